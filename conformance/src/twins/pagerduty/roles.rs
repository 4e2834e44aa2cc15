//! The roles of users and what each needs.

use serde::{Deserialize, Serialize};

/// A user's role in the account, as the API names it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Admin,
    LimitedUser,
    Observer,
    Owner,
    ReadOnlyUser,
    ReadOnlyLimitedUser,
    RestrictedAccess,
    User,
}

impl Role {
    /// What an account must have for anyone to be given this role.
    pub(super) fn needs(self) -> Option<&'static str> {
        match self {
            Role::ReadOnlyUser | Role::ReadOnlyLimitedUser => Some("read_only_users"),
            Role::Observer | Role::RestrictedAccess => Some("advanced_permissions"),
            Role::Admin | Role::LimitedUser | Role::Owner | Role::User => None,
        }
    }

    /// Stakeholders watch; they belong to no team.
    pub(super) fn is_stakeholder(self) -> bool {
        self.needs() == Some("read_only_users")
    }
}

/// A user's role in a team.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TeamRole {
    Observer,
    Responder,
    Manager,
}
