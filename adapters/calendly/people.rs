//! People: those who are invited and those who are members, as one. Who accepts an invitation gets another id.
use std::fmt;

use super::api::Api;
use super::wire::{Invitation, Status};
use crate::{Account, Error, ErrorKind, Page, Retry};

/// Where the ids of invitations begin.
const INVITATIONS: &str = "invitations/";

/// Where the ids of memberships begin.
const MEMBERSHIPS: &str = "organization_memberships/";

/// An account's id: the end of the URI that Calendly gives, with what tells the two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id<'a> {
    Invitation(&'a str),
    Membership(&'a str),
}

impl<'a> Id<'a> {
    /// `None` for what is no id of Calendly's.
    fn parse(text: &'a str) -> Option<Self> {
        let invitation = text.strip_prefix(INVITATIONS).map(Id::Invitation);
        let id = invitation.or_else(|| text.strip_prefix(MEMBERSHIPS).map(Id::Membership))?;
        let (Id::Invitation(uuid) | Id::Membership(uuid)) = id;
        is_plain(uuid).then_some(id)
    }
}

/// Whether a text can be a part of a path. Calendly's ids are letters, digits, dashes and underscores.
pub(super) fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !id.is_empty() && id.bytes().all(plain)
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Invitation(uuid) => write!(formatter, "{INVITATIONS}{uuid}"),
            Id::Membership(uuid) => write!(formatter, "{MEMBERSHIPS}{uuid}"),
        }
    }
}

impl Api {
    /// The person as they are now: whoever has accepted is a member, with another id. The link follows by e-mail, and
    /// by the invitation where that finds nobody: people accept with another address, and change theirs.
    pub(super) async fn person(&self, account: &Account) -> Result<Option<Account>, Error> {
        let uuid = match Id::parse(&account.id) {
            Some(Id::Membership(uuid)) => return self.membership(uuid).await,
            Some(Id::Invitation(uuid)) => uuid,
            None => return Ok(None),
        };
        let email = account.fields.get("email").and_then(|email| email.as_str());
        if let Some(email) = email
            && let Some(found) = self.person_by_email(email).await?
        {
            return Ok(Some(found));
        }
        let Some(invitation) = self.invitation(uuid).await? else {
            return Ok(None);
        };
        match invitation.status {
            Status::Pending => Ok(invitation.account()),
            Status::Accepted => self.who_accepted(&invitation).await,
            Status::Declined => Ok(None),
        }
    }

    /// Invitations come first: whoever accepts in between is found all the same.
    pub(super) async fn person_by_email(&self, email: &str) -> Result<Option<Account>, Error> {
        let found = match self.invitation_by_email(email).await {
            Ok(None) => self.membership_by_email(email).await,
            found => found,
        };
        match found {
            // What Calendly takes for no address is nobody's.
            Err(error) if matches!(&error.kind, ErrorKind::Rejected { field: Some(_) }) => Ok(None),
            found => found,
        }
    }

    /// Takes an invitation back, or ends a membership. Who has accepted meanwhile is a member.
    pub(super) async fn remove_person(&self, id: &str) -> Result<(), Error> {
        let uuid = match Id::parse(id) {
            Some(Id::Membership(uuid)) => return self.end_membership(uuid).await,
            Some(Id::Invitation(uuid)) => uuid,
            None => return Ok(()),
        };
        match self.revoke(uuid).await {
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. } | ErrorKind::NotFound) => {
                self.remove_accepted(uuid, error).await
            }
            answer => answer,
        }
    }

    /// Calendly does not take the invitation back, perhaps since it was accepted. Who accepted and is no member may
    /// have left, or is not listed yet: time tells.
    async fn remove_accepted(&self, uuid: &str, refused: Error) -> Result<(), Error> {
        let Some(invitation) = self.invitation(uuid).await? else {
            return Ok(());
        };
        match invitation.status {
            Status::Pending => {
                return Err(Error::new(
                    ErrorKind::Rejected { field: None },
                    Retry::Backoff,
                    refused.reason,
                ));
            }
            Status::Declined => return Ok(()),
            Status::Accepted => {}
        }
        let member = self.who_accepted(&invitation).await?;
        match member.as_ref().and_then(|member| Id::parse(&member.id)) {
            Some(Id::Membership(uuid)) => self.end_membership(uuid).await,
            Some(Id::Invitation(_)) | None => {
                let reason = "Calendly lists no membership of whoever accepted the invitation";
                Err(Error::new(ErrorKind::Ambiguous, Retry::Backoff, reason))
            }
        }
    }

    async fn who_accepted(&self, invitation: &Invitation) -> Result<Option<Account>, Error> {
        match &invitation.user {
            Some(user) => self.membership_of(user).await,
            None => self.membership_by_email(&invitation.email).await,
        }
    }

    /// Invitations come first: whoever accepts between two pages is listed twice and not missed.
    pub(super) async fn people(&self, after: Option<&str>) -> Result<Page, Error> {
        let place = after.unwrap_or(INVITATIONS);
        if let Some(token) = place.strip_prefix(INVITATIONS) {
            let (accounts, next) = self.invitations(token).await?;
            let next = next.map_or_else(|| MEMBERSHIPS.to_owned(), |token| format!("{INVITATIONS}{token}"));
            return Ok(Page {
                accounts,
                next: Some(next),
            });
        }
        let token = place.strip_prefix(MEMBERSHIPS);
        let token = token.ok_or_else(|| Error::rejected(None, "not a page of this list"))?;
        let (accounts, next) = self.memberships(token).await?;
        let next = next.map(|token| format!("{MEMBERSHIPS}{token}"));
        Ok(Page { accounts, next })
    }
}
