//! Targets whose mapping reads groups: the directory's groups say who belongs there, and who has which role.
use usherd::config;

use super::plan::{OUTSIDE, Version};
use crate::dice::Dice;

/// Groups that such directories have: one that lets people in, one that keeps them out, and one that raises a role.
pub(super) const GROUPS: usize = 3;

/// Which of them is which.
pub(super) const IN: usize = 0;
pub(super) const OUT: usize = 1;
const LEADS: usize = 2;

/// The version of a group's name under which it means something.
pub(super) const MEANT: u64 = 1;

/// Another one, under which it means nothing.
pub(super) const UNMEANT: u64 = 2;

/// The title of those who belong to a target whatever their groups are, where a person may say so too.
const BELONGS: &str = "canary t1";

/// The role of those whom no group raises, and of those whom one does, at the vendors that have roles of theirs.
const ROLE: &str = "limited_user";
const RAISED: &str = "user";

/// What groups mean at a directory's targets.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByGroup {
    assignment: Assignment,
    role: bool,
}

/// Who belongs to a target.
#[derive(Debug, Clone, Copy)]
enum Assignment {
    /// Who is in a group.
    In,
    /// Who is not in a group.
    NotOut,
    /// Both.
    InAndNotOut,
    /// Who is in a group or has a title.
    InOrTitle,
    /// Who is in a group and has another title than one.
    InAndTitle,
}

const ASSIGNMENTS: &[Assignment] = &[
    Assignment::In,
    Assignment::NotOut,
    Assignment::InAndNotOut,
    Assignment::InOrTitle,
    Assignment::InAndTitle,
];

/// In which of the groups that mean something somebody is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Among([bool; GROUPS]);

impl Among {
    /// In those of these numbers.
    pub(super) fn of(groups: impl Iterator<Item = usize>) -> Self {
        let mut among = Self::default();
        for group in groups {
            if let Some(is_in) = among.0.get_mut(group) {
                *is_in = true;
            }
        }
        among
    }

    fn is_in(self, group: usize) -> bool {
        self.0.get(group).copied().unwrap_or_default()
    }
}

impl ByGroup {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        Self {
            assignment: dice.pick(ASSIGNMENTS),
            role: dice.in_thousand(500),
        }
    }

    /// Whether somebody who is switched on belongs to the targets.
    pub(super) fn belongs(self, title: &str, among: Among) -> bool {
        match self.assignment {
            Assignment::In => among.is_in(IN),
            Assignment::NotOut => !among.is_in(OUT),
            Assignment::InAndNotOut => among.is_in(IN) && !among.is_in(OUT),
            Assignment::InOrTitle => among.is_in(IN) || title == BELONGS,
            Assignment::InAndTitle => among.is_in(IN) && title != OUTSIDE,
        }
    }

    /// The same as a filter; groups are named by their numbers.
    pub(super) fn filter(self, name: impl Fn(usize) -> String) -> String {
        let is_in = |group| format!("groups.display eq \"{}\"", name(group));
        match self.assignment {
            Assignment::In => is_in(IN),
            Assignment::NotOut => format!("not ({})", is_in(OUT)),
            Assignment::InAndNotOut => format!("{} and not ({})", is_in(IN), is_in(OUT)),
            Assignment::InOrTitle => format!("{} or title eq \"{BELONGS}\"", is_in(IN)),
            Assignment::InAndTitle => format!("{} and title ne \"{OUTSIDE}\"", is_in(IN)),
        }
    }

    /// The role that somebody is to have, where groups say so.
    pub(super) fn role(self, among: Among) -> Option<&'static str> {
        let role = if among.is_in(LEADS) { RAISED } else { ROLE };
        self.role.then_some(role)
    }

    /// Whether groups say who has which role.
    pub(super) fn rules_roles(self) -> bool {
        self.role
    }

    /// Declares that.
    pub(super) fn declare_roles(self, target: &mut config::Target, name: impl Fn(usize) -> String) {
        if !self.role {
            return;
        }
        target.default_role = Some(ROLE.to_owned());
        target.role = vec![config::RoleRule {
            role: RAISED.to_owned(),
            group: Some(name(LEADS)),
            scim_role: None,
            entitlement: None,
        }];
    }
}

/// Whether a group of this name means something.
pub(super) fn is_meant(name: &str) -> bool {
    name.ends_with(&format!(" v{MEANT}"))
}

/// Whether who is in this group never gets access by that.
pub(super) fn keeps_out(group: usize) -> bool {
    group == OUT
}

/// Whether who is in this group never loses access by that.
pub(super) fn lets_in(group: usize) -> bool {
    group == IN
}

/// How somebody in the story looks at first.
pub(super) const AT_FIRST: Version = Version {
    number: 2,
    active: true,
};
