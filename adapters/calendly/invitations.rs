//! Those who were asked to join.
use serde_json::{Value, json};

use super::api::{Api, PAGE_ENTRIES, decode, request, with_body, with_query};
use super::error::Call;
use super::wire::{Invitation, Resource};
use crate::{Account, Error, ErrorKind, Fields, Retry};

const INVITATIONS: &str = "/organizations/{uuid}/invitations";
const INVITATION: &str = "/organizations/{org_uuid}/invitations/{uuid}";

impl Api {
    pub(super) async fn invitation(&self, uuid: &str) -> Result<Option<Invitation>, Error> {
        let path = format!("{}/{uuid}", self.invitations_path().await?);
        self.read(request("GET", INVITATION, path)).await
    }

    /// The pending invitation to an address. Others say nothing of today.
    pub(super) async fn invitation_by_email(&self, email: &str) -> Result<Option<Account>, Error> {
        let query = [("email", email), ("status", "pending")];
        let path = with_query(&self.invitations_path().await?, &query);
        let page = self.read_page::<Invitation>(request("GET", INVITATIONS, path)).await?;
        let is_theirs = |invitation: &&Invitation| invitation.email.to_lowercase() == email.to_lowercase();
        Ok(page.collection.iter().find(is_theirs).and_then(Invitation::account))
    }

    /// A page of pending invitations, and the token of the next.
    pub(super) async fn invitations(&self, token: &str) -> Result<(Vec<Account>, Option<String>), Error> {
        let count = PAGE_ENTRIES.to_string();
        let mut query = vec![("status", "pending"), ("count", count.as_str())];
        if !token.is_empty() {
            query.push(("page_token", token));
        }
        let path = with_query(&self.invitations_path().await?, &query);
        let page = self.read_page::<Invitation>(request("GET", INVITATIONS, path)).await?;
        let accounts = page.collection.iter().filter_map(Invitation::account);
        Ok((accounts.collect(), page.next()))
    }

    pub(super) async fn invite(&self, fields: &Fields) -> Result<Account, Error> {
        let email = fields
            .get("email")
            .and_then(Value::as_str)
            .filter(|email| !email.is_empty());
        let email =
            email.ok_or_else(|| Error::rejected(Some("email"), "Calendly invites nobody without an address"))?;
        let request = request("POST", INVITATIONS, self.invitations_path().await?);
        let request = with_body(request, &json!({ "email": email }));
        let answer = self.send(request, Call::Invite(email)).await?;
        let made = decode::<Resource<Invitation>>(&answer, ErrorKind::Ambiguous)?;
        // Without an id it can still be found by its address.
        let made = made.resource.account();
        made.ok_or_else(|| Error::new(ErrorKind::Ambiguous, Retry::Backoff, "Calendly named no invitation"))
    }

    /// Takes a pending invitation back; any other is refused, with `Rejected` or with `NotFound`.
    pub(super) async fn revoke(&self, uuid: &str) -> Result<(), Error> {
        let path = format!("{}/{uuid}", self.invitations_path().await?);
        let answer = self.send(request("DELETE", INVITATION, path), Call::Remove).await;
        answer.map(|_| ())
    }

    async fn invitations_path(&self) -> Result<String, Error> {
        Ok(format!("/organizations/{}/invitations", self.organization().await?))
    }
}
