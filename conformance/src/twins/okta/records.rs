//! What an org consists of, as it is kept.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::twins::table::Row;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) status: Status,
    /// A change of status under way. Once it is over, [`User::at`] shows its end.
    pub(super) transition: Option<Transition>,
    pub(super) created: Timestamp,
    pub(super) activated: Option<Timestamp>,
    pub(super) status_changed: Option<Timestamp>,
    pub(super) last_updated: Timestamp,
    pub(super) password_changed: Option<Timestamp>,
    /// The id of the user type.
    pub(super) user_type: String,
    pub(super) profile: Map<String, Value>,
    pub(super) provider: Provider,
    pub(super) has_password: bool,
    pub(super) recovery_question: Option<String>,
    /// Counts the changes, for the ETag.
    pub(super) version: u64,
}

impl User {
    /// The user as seen at this time.
    pub(super) fn at(&self, now: Timestamp) -> Cow<'_, User> {
        match &self.transition {
            Some(transition) if transition.until <= now => Cow::Owned(self.settled(transition)),
            _ => Cow::Borrowed(self),
        }
    }

    /// The user in another status since this time.
    pub(super) fn in_status(self, since: Timestamp, status: Status) -> User {
        let activated = match status {
            Status::Active | Status::Provisioned if self.activated.is_none() => Some(since),
            _ => self.activated,
        };
        User {
            status,
            transition: None,
            activated,
            status_changed: Some(since),
            last_updated: since,
            ..self
        }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.profile.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn login(&self) -> &str {
        self.text("login")
    }

    fn settled(&self, transition: &Transition) -> User {
        User {
            version: self.version + 1,
            ..self.clone().in_status(transition.until, transition.to)
        }
    }
}

impl Row for User {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Staged,
    Provisioned,
    Active,
    Recovery,
    PasswordExpired,
    LockedOut,
    Suspended,
    Deprovisioned,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Status::Staged => "STAGED",
            Status::Provisioned => "PROVISIONED",
            Status::Active => "ACTIVE",
            Status::Recovery => "RECOVERY",
            Status::PasswordExpired => "PASSWORD_EXPIRED",
            Status::LockedOut => "LOCKED_OUT",
            Status::Suspended => "SUSPENDED",
            Status::Deprovisioned => "DEPROVISIONED",
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Transition {
    pub(super) to: Status,
    pub(super) until: Timestamp,
}

impl Transition {
    /// What `transitioningToStatus` says: it names `ACTIVE` for an activation even if the user has yet to set a
    /// password and ends up `PROVISIONED`.
    pub(super) fn shown(self) -> Status {
        match self.to {
            Status::Deprovisioned => Status::Deprovisioned,
            Status::Staged
            | Status::Provisioned
            | Status::Active
            | Status::Recovery
            | Status::PasswordExpired
            | Status::LockedOut
            | Status::Suspended => Status::Active,
        }
    }
}

/// Who authenticates a user.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Provider {
    ActiveDirectory,
    Federation,
    Import,
    Ldap,
    Okta,
    Social,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) kind: GroupKind,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) created: Timestamp,
    pub(super) last_updated: Timestamp,
    pub(super) last_membership_updated: Timestamp,
    /// Whether it is pushed to an application, which keeps it from deletion.
    pub(super) pushed: bool,
}

impl Row for Group {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum GroupKind {
    /// Made by imports from an application, which alone changes it.
    AppGroup,
    /// `Everyone`.
    BuiltIn,
    OktaGroup,
}

impl GroupKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            GroupKind::AppGroup => "APP_GROUP",
            GroupKind::BuiltIn => "BUILT_IN",
            GroupKind::OktaGroup => "OKTA_GROUP",
        }
    }
}

/// That a user belongs to a group. Nobody has such a row for `Everyone`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Member {
    pub(super) group: String,
    pub(super) user: String,
}

impl Row for Member {
    type Key = (String, String);

    fn key(&self) -> (String, String) {
        (self.group.clone(), self.user.clone())
    }
}

/// That a user or a group has an administrator role.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Assignment {
    /// The id of the user or the group.
    pub(super) holder: String,
    pub(super) id: String,
    pub(super) role: RoleType,
    /// Which custom role, if it is one.
    pub(super) custom: Option<CustomBinding>,
    pub(super) created: Timestamp,
}

impl Row for Assignment {
    type Key = (String, String);

    fn key(&self) -> (String, String) {
        (self.holder.clone(), self.id.clone())
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct CustomBinding {
    /// The id of the custom role.
    pub(super) role: String,
    pub(super) resource_set: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RoleType {
    AccessCertificationsAdmin,
    AccessRequestsAdmin,
    ApiAccessManagementAdmin,
    AppAdmin,
    Custom,
    GroupMembershipAdmin,
    HelpDeskAdmin,
    OrgAdmin,
    ReadOnlyAdmin,
    ReportAdmin,
    SuperAdmin,
    UserAdmin,
    WorkflowsAdmin,
}

/// A group rule. The twin keeps it, but puts nobody into groups by it: it does not speak the expression language.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: RuleStatus,
    pub(super) expression: String,
    /// The ids of users whom the rule passes over.
    pub(super) excluded: Vec<String>,
    /// The ids of the groups it puts users into.
    pub(super) groups: Vec<String>,
    pub(super) created: Timestamp,
    pub(super) last_updated: Timestamp,
}

impl Row for Rule {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RuleStatus {
    Active,
    Inactive,
    /// A group that it names is gone.
    Invalid,
}

/// A client assertion that has an id and was accepted: it is not accepted again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct UsedAssertion {
    pub(super) client: String,
    pub(super) id: String,
    /// In seconds since 1970.
    pub(super) expires: i64,
}

impl Row for UsedAssertion {
    type Key = (String, String);

    fn key(&self) -> (String, String) {
        (self.client.clone(), self.id.clone())
    }
}
