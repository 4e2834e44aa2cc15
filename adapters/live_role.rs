//! Roles as a vendor lists them for one account: which there are, and how many more people may have each. Pure.
use serde::{Deserialize, Serialize};

use crate::descriptor::is_same_name;

/// A role that the vendor lists for this account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveRole {
    /// The value that the role field takes.
    pub name: String,
    /// How many more people may be given it; `None` where the vendor sets no bound.
    pub available: Option<u64>,
    /// The licences that are good for it, if the vendor has such: who changes between roles of one licence keeps it.
    #[serde(default)]
    pub licences: Vec<String>,
}

/// Why a role cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The account has no such role.
    Role,
    /// Nobody else may have it.
    Licence,
}

/// What keeps the vendor from giving a role to a person who has another one, or none.
pub fn lack(roles: &[LiveRole], had: Option<&str>, role: &str) -> Option<Lack> {
    let had = had.and_then(|had| find(roles, had));
    match find(roles, role) {
        None => Some(Lack::Role),
        Some(role) if role.available == Some(0) && !had.is_some_and(|had| had.shares(role)) => Some(Lack::Licence),
        Some(_) => None,
    }
}

/// Whether nobody may be given any role, so that no further account can be made.
pub fn none_left(roles: &[LiveRole]) -> bool {
    !roles.is_empty() && roles.iter().all(|role| role.available == Some(0))
}

/// Counts down what is left once a person who had another role, or none, was given one: of this role, and of each that
/// all its licences are good for. Which licence the vendor took for others is not known.
pub fn count_down(roles: &mut [LiveRole], had: Option<&str>, role: &str) {
    let had = had.and_then(|had| find(roles, had));
    let Some(given) = find(roles, role).filter(|role| !had.is_some_and(|had| had.shares(role))) else {
        return;
    };
    let given = given.clone();
    for role in roles.iter_mut().filter(|role| given.counts_for(role)) {
        role.available = role.available.map(|available| available.saturating_sub(1));
    }
}

fn find<'a>(roles: &'a [LiveRole], name: &str) -> Option<&'a LiveRole> {
    roles.iter().find(|role| is_same_name(&role.name, name))
}

impl LiveRole {
    /// Whether a person with this role may have a licence that is good for the other as well.
    fn shares(&self, other: &LiveRole) -> bool {
        self.name == other.name || self.licences.iter().any(|licence| other.licences.contains(licence))
    }

    /// Whether who is given this role takes a licence of the other's, whichever it is.
    fn counts_for(&self, other: &LiveRole) -> bool {
        let is_within = self.licences.iter().all(|licence| other.licences.contains(licence));
        self.name == other.name || (is_within && !self.licences.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, available: Option<u64>, licences: &[&str]) -> LiveRole {
        LiveRole {
            name: name.to_owned(),
            available,
            licences: licences.iter().map(ToString::to_string).collect(),
        }
    }

    fn roles() -> Vec<LiveRole> {
        vec![
            role("admin", Some(1), &["Full", "Large"]),
            role("user", Some(0), &["Full"]),
            role("observer", Some(0), &["Full"]),
            role("watcher", Some(0), &["Stake"]),
            role("guest", None, &[]),
        ]
    }

    #[test]
    fn a_role_lacks_a_licence_unless_the_former_one_will_do() {
        for (had, given, expected) in [
            (None, "admin", None),
            (None, "user", Some(Lack::Licence)),
            (None, "USER", Some(Lack::Licence)),
            (None, "guest", None),
            (None, "king", Some(Lack::Role)),
            (Some("admin"), "user", None),
            (Some("observer"), "user", None),
            (Some("user"), "user", None),
            (Some("watcher"), "user", Some(Lack::Licence)),
            (Some("guest"), "watcher", Some(Lack::Licence)),
            (Some("king"), "user", Some(Lack::Licence)),
        ] {
            assert_eq!(lack(&roles(), had, given), expected, "{had:?} {given}");
        }
    }

    #[test]
    fn what_is_given_is_counted_where_it_is_certain() {
        let counts = |roles: &[LiveRole]| roles.iter().map(|role| role.available).collect::<Vec<_>>();
        let [full, large] = [
            role("user", Some(2), &["Full"]),
            role("admin", Some(5), &["Full", "Large"]),
        ];
        let free = role("guest", None, &[]);
        for (had, given, expected) in [
            (None, "user", [Some(1), Some(4), None]),
            (None, "admin", [Some(2), Some(4), None]),
            (Some("admin"), "user", [Some(2), Some(5), None]),
            (Some("guest"), "USER", [Some(1), Some(4), None]),
            (None, "guest", [Some(2), Some(5), None]),
            (None, "king", [Some(2), Some(5), None]),
        ] {
            let mut roles = vec![full.clone(), large.clone(), free.clone()];
            count_down(&mut roles, had, given);
            assert_eq!(counts(&roles), expected, "{had:?} {given}");
        }
    }

    #[test]
    fn an_account_is_full_when_no_role_is_left() {
        for (roles, expected) in [
            (vec![], false),
            (vec![role("a", Some(0), &[])], true),
            (vec![role("a", Some(0), &[]), role("b", Some(1), &[])], false),
            (vec![role("a", Some(0), &[]), role("b", None, &[])], false),
        ] {
            assert_eq!(none_left(&roles), expected, "{roles:?}");
        }
    }
}
