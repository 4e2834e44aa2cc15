//! A group of the directory with the person in it, or not.
use adapters::descriptor::{Field, Kind};
use adapters::{Account, Fields};
use serde_json::{Value, json};

use super::person::Person;
use super::scene::{Outcome, Scene, Turn, ensure, same, told, writing};
use super::vendor::{GROUP_NAME, group_constant};
use crate::harness;

/// A group of the story.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Its name in the directory.
    pub(super) name: String,
    /// Whether the person is a member in the directory.
    pub(super) has_person: bool,
    /// What the vendor should have of it.
    pub(super) held: Option<HeldGroup>,
    /// Its id in the directory.
    id: Option<String>,
}

/// What the vendor should have of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeldGroup {
    pub(super) name: String,
    pub(super) has_person: bool,
}

impl Group {
    pub(super) fn new(number: usize) -> Self {
        Self {
            name: format!("Group {number}"),
            has_person: false,
            held: None,
            id: None,
        }
    }

    /// The vendor should have it as it is.
    pub(super) fn follow(&mut self) {
        self.held = Some(HeldGroup {
            name: self.name.clone(),
            has_person: self.has_person,
        });
    }
}

impl Scene<'_> {
    /// A write of the group as it is in the directory. `calls` are those that it takes where the vendor has groups;
    /// elsewhere none are made.
    pub(super) async fn write_group(&mut self, method: &'static str, (status, calls): (u16, u64)) -> Outcome {
        let members: Vec<_> = self.group.has_person.then_some(self.id.as_str()).into_iter().collect();
        let body = harness::group(&self.group.name, &members);
        let id = self.group.id.as_ref();
        let path = id.map_or_else(|| "/Groups".to_owned(), |id| format!("/Groups/{id}"));
        let calls = if self.has_groups() { calls } else { 0 };
        let turn = Turn {
            body: (method != "DELETE").then_some(body),
            ..writing(method, &path, (status, calls))
        };
        let body = self.take(turn).await?;
        self.group.id = body["id"].as_str().map(str::to_owned);
        Ok(())
    }

    /// What the vendor had before is deleted by a person's word alone.
    pub(super) async fn leave_group(&mut self) -> Outcome {
        let path = format!("/Groups/{}", self.group.id.as_deref().unwrap_or_default());
        let turn = Turn {
            problem: self.has_groups().then_some(("held", "was at the vendor before")),
            ..writing("DELETE", &path, (204, 0))
        };
        self.take(turn).await.map(drop)
    }

    pub(super) fn has_groups(&self) -> bool {
        self.vendor.descriptor.group.is_some()
    }

    /// What the vendor should have of a group of this name.
    pub(super) fn group_fields(&self, name: &str) -> Fields {
        let fields = self.vendor.descriptor.group.iter().flat_map(|group| &group.fields);
        let value = |field: &Field| match field.default_source.as_deref() {
            None => group_constant(field).unwrap_or_else(|| name.into()),
            Some(GROUP_NAME) => name.into(),
            Some(_) => Value::Null,
        };
        fields.map(|field| (field.name.clone(), value(field))).collect()
    }

    /// The calls that bring the person into the group that the vendor has.
    pub(super) fn joining(&self) -> u64 {
        match self.has_groups() && self.group.has_person {
            true => self.vendor.descriptor.join_calls,
            false => 0,
        }
    }

    /// A group comes with several people in it, as many in one call as the vendor takes, and goes again.
    pub(super) async fn crowd(&mut self) -> Outcome {
        let mut members = vec![self.id.clone()];
        for number in [12, 14].map(|apart| self.person.number() + apart) {
            let other = Person::new(self.vendor, number).document();
            members.push(self.scim.create("/Users", &other).await);
        }
        self.house.settled(&self.target).await?;
        self.forget_calls();
        let ids: Vec<_> = members.iter().map(String::as_str).collect();
        let name = format!("Crowd {}", self.person.number());
        let calls = match self.has_groups() {
            true => {
                let batches = members.chunks(self.vendor.descriptor.members_per_call);
                let batches: u64 = batches.map(|_| 1).sum();
                self.vendor.creation(Kind::Group, &self.group_fields(&name))
                    + batches * self.vendor.descriptor.join_calls
            }
            false => 0,
        };
        let turn = Turn {
            body: Some(harness::group(&name, &ids)),
            ..writing("POST", "/Groups", (201, calls))
        };
        let body = self.take(turn).await?;
        if self.has_groups() {
            let found = self.reader.find(Kind::Group, &name).await.map_err(told)?;
            let found = found.ok_or("the group is not there")?;
            same(
                "members of the group",
                &members.len(),
                &self.members_of(&found.id).await?.len(),
            )?;
            self.forget_calls();
        }
        let calls = if self.has_groups() {
            self.vendor.deletion(Kind::Group)
        } else {
            0
        };
        let path = format!("/Groups/{}", body["id"].as_str().unwrap_or_default());
        self.take(writing("DELETE", &path, (204, calls))).await.map(|_| ())
    }

    async fn members_of(&self, group: &str) -> Outcome<Vec<String>> {
        let (mut members, mut after) = (Vec::new(), None);
        loop {
            let page = self.reader.members(group, after.as_deref()).await.map_err(told)?;
            members.extend(page.0);
            after = page.1;
            if after.is_none() {
                return Ok(members);
            }
        }
    }

    /// Asserts that the vendor has of the group what it should.
    pub(super) async fn look_at_group(&self) -> Outcome {
        if !self.has_groups() {
            return Ok(());
        }
        let (held, name) = (&self.group.held, &self.group.name);
        let name = held.as_ref().map_or(name, |held| &held.name);
        let found = self.reader.find(Kind::Group, name).await.map_err(told)?;
        let (held, found) = match (held, found) {
            (None, None) => return Ok(()),
            (Some(held), Some(found)) => (held, found),
            (held, found) => return Err(format!("the vendor has {found:?} where {held:?} was expected")),
        };
        self.compare_group(&held.name, &found)?;
        let members = self.members_of(&found.id).await?;
        let expected: Vec<_> = self.account.iter().filter(|_| held.has_person).cloned().collect();
        same("who is in the group", &expected, &members)
    }

    fn compare_group(&self, name: &str, found: &Account) -> Outcome {
        let wanted = self.group_fields(name);
        for field in &self.vendor.kind(Kind::Group).fields {
            let (expected, none) = (&wanted[&field.name], json!(null));
            let got = found.fields.get(&field.name).unwrap_or(&none);
            ensure(field.same(expected, got), || {
                format!("the group's {} is {got} where {expected} was expected", field.name)
            })?;
        }
        Ok(())
    }
}
