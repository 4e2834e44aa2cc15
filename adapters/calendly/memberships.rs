//! Those who belong to the organization.
use super::api::{Api, ORIGIN, PAGE_ENTRIES, request, with_query};
use super::error::Call;
use super::wire::{Membership, Role};
use crate::{Account, Error, ErrorKind};

const MEMBERSHIPS: &str = "/organization_memberships";
const MEMBERSHIP: &str = "/organization_memberships/{uuid}";

impl Api {
    pub(super) async fn membership(&self, uuid: &str) -> Result<Option<Account>, Error> {
        let found = self.read_membership(uuid).await?;
        Ok(found.as_ref().and_then(Membership::account))
    }

    pub(super) async fn membership_by_email(&self, email: &str) -> Result<Option<Account>, Error> {
        let found = self.search(("email", email)).await?;
        let is_theirs = |membership: &&Membership| membership.user.email.to_lowercase() == email.to_lowercase();
        Ok(found.iter().find(is_theirs).and_then(Membership::account))
    }

    /// `user` is a URI. A filter that is not heeded finds others, the owner perhaps.
    pub(super) async fn membership_of(&self, user: &str) -> Result<Option<Account>, Error> {
        let found = self.search(("user", user)).await?;
        let is_theirs = |membership: &&Membership| membership.user.uri == user;
        Ok(found.iter().find(is_theirs).and_then(Membership::account))
    }

    /// A page of memberships, and the token of the next.
    pub(super) async fn memberships(&self, token: &str) -> Result<(Vec<Account>, Option<String>), Error> {
        let (organization, count) = (self.organization_uri().await?, PAGE_ENTRIES.to_string());
        let mut query = vec![("organization", organization.as_str()), ("count", count.as_str())];
        if !token.is_empty() {
            query.push(("page_token", token));
        }
        let request = request("GET", MEMBERSHIPS, with_query(MEMBERSHIPS, &query));
        let page = self.read_page::<Membership>(request).await?;
        let accounts = page.collection.iter().filter_map(Membership::account);
        Ok((accounts.collect(), page.next()))
    }

    /// Tells the one member whom nobody can remove from a credential that can remove none.
    pub(super) async fn end_membership(&self, uuid: &str) -> Result<(), Error> {
        let request = request("DELETE", MEMBERSHIP, format!("{MEMBERSHIPS}/{uuid}"));
        let error = match self.send(request, Call::Remove).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        match error.kind {
            ErrorKind::NotFound => Ok(()),
            ErrorKind::Unauthorized if self.is_owner(uuid).await? => {
                let reason = format!("the organization's owner cannot be removed: {}", error.reason);
                Err(Error::rejected(None, reason))
            }
            _ => Err(error),
        }
    }

    async fn is_owner(&self, uuid: &str) -> Result<bool, Error> {
        let found = self.read_membership(uuid).await?;
        Ok(found.is_some_and(|membership| membership.role == Role::Owner))
    }

    async fn read_membership(&self, uuid: &str) -> Result<Option<Membership>, Error> {
        self.read(request("GET", MEMBERSHIP, format!("{MEMBERSHIPS}/{uuid}")))
            .await
    }

    async fn search(&self, wanted: (&str, &str)) -> Result<Vec<Membership>, Error> {
        let organization = self.organization_uri().await?;
        let path = with_query(MEMBERSHIPS, &[("organization", &organization), wanted]);
        let page = self.read_page(request("GET", MEMBERSHIPS, path)).await?;
        Ok(page.collection)
    }

    async fn organization_uri(&self) -> Result<String, Error> {
        Ok(format!("{ORIGIN}/organizations/{}", self.organization().await?))
    }
}
