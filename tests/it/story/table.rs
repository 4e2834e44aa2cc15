//! The stories, and how they are told at every vendor.
use adapters::descriptor::Kind;
use futures_util::future::join_all;
use usherd::config::{self, On, OnDelete, OnExisting, RoleRule, Source, Switches};

use super::group::Group;
use super::house::{House, target};
use super::person::Person;
use super::scene::{Rules, Scene};
use super::steps::Step::*;
use super::steps::{APART, Step, Write};
use super::vendor::{Vendor, is_text, path};
use crate::contract;

/// A story: how its target is declared, and what happens.
struct Story {
    name: &'static str,
    declare: fn(&mut Declared),
    steps: &'static [Step],
}

/// What a story declares.
struct Declared {
    vendor: Vendor,
    /// Of the person.
    number: usize,
    target: config::Target,
    /// What follows from it for what is mapped.
    rules: Rules,
}

const LIFE: Story = Story {
    name: "life",
    declare: |_| {},
    steps: &[
        Create,
        Repeat,
        EachField,
        Rename,
        Group,
        LeaveAndJoin,
        RenameGroup,
        Crowd,
        Role,
        WrongRole,
        Off,
        Keep(Write::Change),
        On,
        DeleteGroup,
        Clear,
        NoRole,
        Delete,
        Return,
        Delete,
    ],
};

const DELETIONS: &[Story] = &[
    Story {
        name: "usual",
        declare: |declared| declared.target.on_delete = None,
        steps: &[Create, Group, DeleteAsUsual],
    },
    Story {
        name: "deactivate",
        declare: |declared| {
            declared.target.on_delete = Some(OnDelete::Deactivate);
            declared.rules.no_role = true;
        },
        steps: &[Create, Group, DeleteByOff, Return, Keep(Write::DeleteGroup)],
    },
    Story {
        name: "leave",
        declare: |declared| {
            declared.target.on_delete = Some(OnDelete::Leave);
            declared.rules.no_role = true;
        },
        steps: &[Create, Group, DeleteAndLeave, Return, Keep(Write::DeleteGroup)],
    },
];

const SWITCHES: &[Story] = &[
    Story {
        name: "create-off",
        declare: |declared| declared.switches().create = false,
        steps: &[
            Keep(Write::Create),
            Keep(Write::Group),
            Keep(Write::Change),
            Keep(Write::RenameGroup),
            Keep(Write::Off),
            Keep(Write::On),
            Keep(Write::DeleteGroup),
            Keep(Write::Delete),
        ],
    },
    Story {
        name: "update-off",
        declare: |declared| {
            declared.switches().update = false;
            declared.rules.no_updates = true;
        },
        steps: &[
            Create,
            Group,
            Keep(Write::Change),
            Keep(Write::RenameGroup),
            Off,
            On,
            Delete,
        ],
    },
    Story {
        name: "activate-off",
        declare: |declared| {
            declared.switches().activate = false;
            declared.rules.withholds = true;
        },
        steps: &[Create, Keep(Write::Off), Keep(Write::On), EachField, Delete],
    },
    Story {
        name: "delete-off",
        declare: |declared| {
            declared.switches().delete = false;
            declared.rules.withholds = true;
        },
        steps: &[Create, Group, Off, On, Keep(Write::DeleteGroup), Keep(Write::Delete)],
    },
];

const EXISTING: &[Story] = &[
    Story {
        name: "adopt",
        declare: |_| {},
        steps: &[Adopt, AdoptGroup, EachField, Delete, LeaveGroup],
    },
    Story {
        name: "refuse",
        declare: |declared| declared.target.on_existing = OnExisting::Refuse,
        steps: &[Refuse, Keep(Write::Delete)],
    },
    Story {
        name: "protected",
        declare: |declared| declared.target.protected = vec![declared.unique_value()],
        steps: &[Protected, Keep(Write::Delete)],
    },
    Story {
        name: "administrator",
        declare: |_| {},
        steps: &[Administrator],
    },
];

const MAPPINGS: &[Story] = &[
    Story {
        name: "constant",
        declare: |declared| declared.map_constants(),
        steps: &[Create, Keep(Write::Unmapped), EachField, Off, On, Delete],
    },
    Story {
        name: "role-rules",
        declare: |declared| declared.give_roles(),
        steps: &[Create, Group, LeaveAndJoin, DeleteGroup, Delete],
    },
];

const LICENCES: Story = Story {
    name: "licences",
    declare: |_| {},
    steps: &[NoLicence, Delete],
};

impl Declared {
    fn switches(&mut self) -> &mut Switches {
        &mut self.target.switches
    }

    fn unique_value(&self) -> String {
        let person = Person::new(self.vendor, self.number);
        let value = &person.values[&path(self.vendor.unique(Kind::User))];
        value.as_str().expect("a text").to_owned()
    }

    /// Two fields of free text, as far as the vendor has them: one is the same for everybody, one is given once.
    fn map_constants(&mut self) {
        let unique = &self.vendor.unique(Kind::User).name;
        let free = self
            .vendor
            .fields()
            .filter(|field| is_text(field) && field.name != *unique);
        let mut free = free.filter(|field| field.roles.is_empty());
        let (constant, once) = (free.next(), free.next());
        if let Some(field) = constant {
            let source = Source {
                value: Some("the same for everybody".into()),
                ..Source::default()
            };
            self.target.mapping.user.insert(field.name.clone(), source);
            self.rules
                .constants
                .insert(field.name.clone(), "the same for everybody".into());
        }
        if let Some(field) = once {
            let source = Source {
                path: Some(path(field)),
                on: On::Create,
                ..Source::default()
            };
            self.target.mapping.user.insert(field.name.clone(), source);
            self.rules.once.push(&field.name);
        }
    }

    /// A role for who is in the group, and another one for everybody else, where there are roles and groups.
    fn give_roles(&mut self) {
        let Some(field) = self.vendor.role().filter(|_| self.vendor.descriptor.group.is_some()) else {
            return;
        };
        let role = |n| {
            self.vendor
                .value(&path(field), n)
                .and_then(|role| role.as_str().map(str::to_owned))
        };
        let (Some(of_members), Some(of_others)) = (role(0), role(1)) else {
            return;
        };
        self.target.role = vec![RoleRule {
            role: of_members.clone(),
            group: Some(Group::new(self.number).name),
            scim_role: None,
            entitlement: None,
        }];
        self.target.default_role = Some(of_others.clone());
        self.rules.roles = Some([of_members, of_others]);
    }
}

/// Tells the stories at every vendor.
async fn check(stories: &[Story]) {
    check_at(contract::entries().into_iter().map(Vendor::new), stories).await;
}

async fn check_at(vendors: impl Iterator<Item = Vendor>, stories: &[Story]) {
    let vendors = vendors.map(|vendor| told_at(vendor, stories));
    let faults: Vec<_> = join_all(vendors).await.concat();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Tells them at one vendor; what went wrong.
async fn told_at(vendor: Vendor, stories: &[Story]) -> Vec<String> {
    let declared: Vec<_> = stories
        .iter()
        .enumerate()
        .map(|(index, story)| story.declared(vendor, index))
        .collect();
    let house = House::start(
        vendor,
        declared.iter().map(|declared| declared.target.clone()).collect(),
    )
    .await;
    let mut faults = Vec::new();
    for (story, declared) in stories.iter().zip(declared) {
        let mut scene = Scene::new(&house, vendor, (story.name, declared.number, declared.rules)).await;
        for step in story.steps {
            if let Err(what) = scene.step(*step).await {
                faults.push(format!("{}: {}: {step:?}: {what}", vendor.name(), story.name));
                break;
            }
        }
    }
    house.stop().await;
    faults
}

impl Story {
    fn declared(&self, vendor: Vendor, index: usize) -> Declared {
        let mut declared = Declared {
            vendor,
            number: (index + 1) * APART * 2,
            target: target(vendor, self.name),
            rules: Rules::default(),
        };
        (self.declare)(&mut declared);
        declared
    }
}

#[tokio::test]
async fn a_whole_life() {
    check(&[LIFE]).await;
}

#[tokio::test]
async fn what_has_a_name_goes_by_its_id_as_well() {
    let vendors = contract::entries().into_iter().filter_map(Vendor::by_ids);
    check_at(vendors, &[LIFE]).await;
}

#[tokio::test]
async fn what_a_deletion_means() {
    check(DELETIONS).await;
}

#[tokio::test]
async fn what_is_switched_off() {
    check(SWITCHES).await;
}

#[tokio::test]
async fn accounts_that_exist() {
    check(EXISTING).await;
}

#[tokio::test]
async fn what_is_mapped() {
    check(MAPPINGS).await;
}

#[tokio::test]
async fn no_licence_is_left() {
    check(&[LICENCES]).await;
}
