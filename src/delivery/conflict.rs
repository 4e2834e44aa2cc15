//! Whose account it is, when two resources meet at one. Pure.
use adapters::Account;

use crate::config::{OnExisting, Target};
use crate::store::{Link, LinkKey};

/// Another resource's link to the account in question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) link: &'a Link,
    /// It is being worked on at this moment.
    pub(super) busy: bool,
}

/// What is done before a call that another link stands in the way of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// The owner is the same person, deleted: this link takes its account over.
    TakeOver,
    /// The owner waits for us in turn: make room under a temporary value.
    MakeRoom,
    /// The owner has to let go of the value first.
    Wait,
}

/// What is done with an account that the vendor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It becomes this link's.
    Adopt,
    /// The owner is the same person, deleted: this link takes its account over.
    TakeOver,
    /// The owner has to let go of it first.
    Wait,
    /// Leave it parked, for this reason.
    Park(&'static str),
    /// Leave it to a person, for this reason.
    Hold(&'static str),
}

/// Whether owners wait for each other in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Circle {
    /// They do not.
    None,
    /// They do, and it is on this link to make room.
    Ours,
    /// They do, and this one makes room.
    Others(LinkKey),
}

/// Before a call that would give this link a unique value that another link's account has. The vendor is not asked:
/// while the owner keeps the value it can only refuse.
pub(super) fn before_call(external_id: Option<&str>, has_account: bool, owner: Owner<'_>, circle: Circle) -> Before {
    if !has_account && is_same_person(external_id, owner) {
        return Before::TakeOver;
    }
    match circle {
        Circle::Ours if has_account => Before::MakeRoom,
        Circle::Ours | Circle::None | Circle::Others(_) => Before::Wait,
    }
}

/// An account that the vendor has, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meeting<'a> {
    pub(super) account: &'a Account,
    /// Another link that has it.
    pub(super) owner: Option<Owner<'a>>,
    /// Of the person who is to have it.
    pub(super) external_id: Option<&'a str>,
    /// A create of this link was sent with its unique value.
    pub(super) ours: bool,
    /// It has the role that is wanted for it.
    pub(super) has_wanted_role: bool,
    /// A person has said yes.
    pub(super) approved: bool,
}

/// The vendor has an account of the unique value.
pub(super) fn found(meeting: &Meeting<'_>, target: &Target) -> Found {
    if let Some(owner) = meeting.owner {
        return match is_same_person(meeting.external_id, owner) {
            true => Found::TakeOver,
            false => Found::Wait,
        };
    }
    // A role that protects tells nothing if it is the one that we gave.
    let by_role = meeting.account.protected && !(meeting.ours && meeting.has_wanted_role);
    if !meeting.approved && (by_role || target.protects(None, &meeting.account.fields)) {
        return Found::Hold(
            "an owner's, administrator's or otherwise protected account has this unique value; see `usherd guard`",
        );
    }
    match (meeting.ours || meeting.approved, target.on_existing) {
        (true, _) | (false, OnExisting::Adopt) => Found::Adopt,
        (false, OnExisting::Refuse) => {
            Found::Park("an account of this unique value exists already, and the target adopts none")
        }
    }
}

/// Whether the owner is the same person, deleted and not yet gone from the vendor as far as is known.
pub(super) fn is_same_person(external_id: Option<&str>, owner: Owner<'_>) -> bool {
    let Some(tombstone) = &owner.link.tombstone else {
        return false;
    };
    let same = external_id.is_some() && tombstone.external_id.as_deref() == external_id;
    same && !owner.link.removal_sent && !owner.busy
}

#[cfg(test)]
mod tests {
    use adapters::Fields;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId, Tombstone};

    fn owner(external_id: Option<&str>) -> Link {
        let tombstone = external_id.map(|external_id| Tombstone {
            external_id: Some(external_id.to_owned()),
        });
        Link {
            tombstone,
            ..Link::default()
        }
    }

    #[test]
    fn before_calls() {
        let other = Circle::Others(LinkKey {
            directory: DirectoryId(Uuid::nil()),
            target: TargetId(Uuid::nil()),
            resource: ResourceId(Uuid::nil()),
        });
        for (external_id, has_account, busy, circle, expected) in [
            (None, false, false, Circle::None, Before::Wait),
            (Some("ann"), false, false, Circle::None, Before::TakeOver),
            (Some("ann"), false, true, Circle::None, Before::Wait),
            (Some("bob"), false, false, Circle::None, Before::Wait),
            (Some("ann"), true, false, Circle::None, Before::Wait),
            (None, true, false, Circle::Ours, Before::MakeRoom),
            (None, false, false, Circle::Ours, Before::Wait),
            (None, true, true, other, Before::Wait),
        ] {
            let link = owner(Some("ann"));
            let found = before_call(external_id, has_account, Owner { link: &link, busy }, circle);
            assert_eq!(found, expected, "{external_id:?} {has_account} {busy} {circle:?}");
        }
    }

    /// `account`: `-` is nobody's, `admin` protected by its role, `boss` by the settings.
    fn check(account: &str, ours: bool, has_wanted_role: bool, on_existing: &str) -> &'static str {
        let declared = "name = 't'\ndirectory = 'd'\nvendor = 'v'\ncredential = 'env:X'\nprotected = ['boss']\n";
        let target = toml::from_str(&format!("{declared}on_existing = '{on_existing}'")).unwrap();
        let account = Account {
            fields: Fields::from([("email".to_owned(), json!(account))]),
            protected: account == "admin",
            ..Account::default()
        };
        let meeting = Meeting {
            account: &account,
            owner: None,
            external_id: None,
            ours,
            has_wanted_role,
            approved: false,
        };
        match found(&meeting, &target) {
            Found::Adopt => "adopt",
            Found::TakeOver => "take over",
            Found::Wait => "wait",
            Found::Park(_) => "park",
            Found::Hold(_) => "hold",
        }
    }

    #[test]
    fn accounts_of_nobody() {
        for (account, ours, has_wanted_role, on_existing, expected) in [
            ("-", false, false, "adopt", "adopt"),
            ("-", false, false, "refuse", "park"),
            ("-", true, false, "refuse", "adopt"),
            ("admin", false, true, "adopt", "hold"),
            ("admin", true, false, "adopt", "hold"),
            ("admin", true, true, "refuse", "adopt"),
            ("boss", true, true, "adopt", "hold"),
        ] {
            let found = check(account, ours, has_wanted_role, on_existing);
            assert_eq!(found, expected, "{account} {ours} {has_wanted_role} {on_existing}");
        }
    }

    #[test]
    fn accounts_that_a_person_has_said_yes_to() {
        let declared = "name = 't'\ndirectory = 'd'\nvendor = 'v'\ncredential = 'env:X'\nprotected = ['boss']\n";
        let target = toml::from_str(&format!("{declared}on_existing = 'refuse'")).unwrap();
        let account = Account {
            fields: Fields::from([("email".to_owned(), json!("boss"))]),
            protected: true,
            ..Account::default()
        };
        let meeting = Meeting {
            account: &account,
            owner: None,
            external_id: None,
            ours: false,
            has_wanted_role: false,
            approved: true,
        };
        assert_eq!(found(&meeting, &target), Found::Adopt);
    }

    #[test]
    fn accounts_of_another_link() {
        let target = toml::from_str("name = 't'\ndirectory = 'd'\nvendor = 'v'\ncredential = 'env:X'").unwrap();
        for (external_id, busy, expected) in [
            (Some("ann"), false, Found::TakeOver),
            (Some("ann"), true, Found::Wait),
            (Some("bob"), false, Found::Wait),
            (None, false, Found::Wait),
        ] {
            let link = owner(Some("ann"));
            let meeting = Meeting {
                account: &Account::of("V1"),
                owner: Some(Owner { link: &link, busy }),
                external_id,
                ours: false,
                has_wanted_role: false,
                approved: false,
            };
            assert_eq!(found(&meeting, &target), expected, "{external_id:?} {busy}");
        }
    }
}
