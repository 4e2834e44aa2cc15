//! Calendly's own shapes.
use serde::Deserialize;

use super::people::Id;
use crate::{Account, Fields};

/// Everything single comes in this.
#[derive(Debug, Deserialize)]
pub(super) struct Resource<T> {
    pub(super) resource: T,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Collection<T> {
    pub(super) collection: Vec<T>,
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Debug, Default, Deserialize)]
struct Pagination {
    #[serde(default)]
    next_page_token: Option<String>,
}

impl<T> Collection<T> {
    /// The token of the next page. An empty one would begin anew.
    pub(super) fn next(&self) -> Option<String> {
        self.pagination
            .next_page_token
            .clone()
            .filter(|token| !token.is_empty())
    }
}

/// Whoever the credential belongs to.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    pub(super) current_organization: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Membership {
    uri: String,
    pub(super) role: Role,
    pub(super) user: User,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) uri: String,
    pub(super) email: String,
}

/// Roles can only be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    User,
    Admin,
    Owner,
    /// One that Calendly has added: whoever has it may be important.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Invitation {
    uri: String,
    pub(super) email: String,
    pub(super) status: Status,
    /// The URI of who accepted it.
    #[serde(default)]
    pub(super) user: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Pending,
    Accepted,
    Declined,
}

/// `{"title","message","details":[{"parameter","message"}]}`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Detail {
    #[serde(default)]
    pub(super) parameter: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

impl Membership {
    /// The account of a member; owners and administrators are left to people.
    pub(super) fn account(&self) -> Option<Account> {
        let id = Id::Membership(last_segment(&self.uri)?);
        let protected = match self.role {
            Role::User => false,
            Role::Admin | Role::Owner | Role::Other => true,
        };
        Some(Account {
            protected,
            ..account(&id, &self.user.email)
        })
    }
}

impl Invitation {
    /// The account of somebody who is invited.
    pub(super) fn account(&self) -> Option<Account> {
        Some(account(&Id::Invitation(last_segment(&self.uri)?), &self.email))
    }
}

/// What follows the last slash of a URI.
pub(super) fn last_segment(uri: &str) -> Option<&str> {
    let (_, last) = uri.rsplit_once('/')?;
    Some(last).filter(|last| !last.is_empty())
}

fn account(id: &Id<'_>, email: &str) -> Account {
    Account {
        fields: Fields::from([("email".to_owned(), email.into())]),
        ..Account::of(id.to_string())
    }
}
