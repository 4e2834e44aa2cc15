//! A user's e-mail addresses, which Zendesk keeps as identities.
//!
//! `PUT /users/{id}` with an `email` adds a second address and leaves the first in charge. So a new address is added as
//! the primary one, and then the former is removed. Wherever that is left, also for an address that nobody asked for
//! meanwhile, the same calls come to the same end: the primary one goes, and what the directory gave before. An address
//! that Zendesk does not take as primary at once is made so by a call of its own; one that is left between the two, and
//! that the directory gives no more, stays beside the new one.
use serde_json::{Value, json};

use super::api::{Api, Place, decode, number, request, writing};
use super::error::Call;
use super::fields::is_empty;
use super::wire::{Identities, Identity, IdentityEnvelope};
use crate::{Account, Error, ErrorKind, Fields};

const IDENTITIES: &str = "/api/v2/users/{id}/identities";
const IDENTITY: &str = "/api/v2/users/{id}/identities/{identity_id}";
const MAKE_PRIMARY: &str = "/api/v2/users/{id}/identities/{identity_id}/make_primary";

/// E-mail identities that are read; nobody has more.
const IDENTITIES_MAX: usize = 1000;

impl Api {
    /// Makes an address the user's primary one and takes the former one away: a reading, and two or three calls.
    ///
    /// # Errors
    /// `Exists` when somebody else has the address.
    pub(super) async fn change_email(&self, account: &Account, wanted: &Value) -> Result<(), Error> {
        if is_empty(wanted) {
            return Err(Error::rejected(Some("email"), "Zendesk has no user without it"));
        }
        let id = number(&account.id)?;
        let wanted = wanted.as_str().unwrap_or_default();
        let identities = self.email_identities(id).await?;
        let (ours, others): (Vec<_>, Vec<_>) = identities.into_iter().partition(|one| is_same(&one.value, wanted));
        let (ours, is_new) = match ours.into_iter().next() {
            Some(identity) => (identity, false),
            None => (self.add_identity(id, wanted).await?, true),
        };
        let mut is_begun = is_new;
        if !ours.primary {
            let promoted = self.make_primary(id, ours.id).await;
            self.take_back(promoted, is_new.then_some((id, ours.id))).await?;
            is_begun = true;
        }
        let given = given(account);
        for identity in others.iter().filter(|identity| is_former(identity, &given)) {
            let deleted = self.delete_identity(id, identity.id).await;
            deleted.map_err(|error| if is_begun { error.half_done() } else { error })?;
            is_begun = true;
        }
        Ok(())
    }

    /// An identity that was added and is refused as the primary one must not stay: nobody would remember it.
    async fn take_back(&self, promoted: Result<(), Error>, added: Option<(i64, i64)>) -> Result<(), Error> {
        let (Err(error), Some((id, identity_id))) = (&promoted, added) else {
            return promoted;
        };
        if !matches!(error.kind, ErrorKind::Rejected { .. }) {
            return promoted.map_err(Error::half_done);
        }
        self.delete_identity(id, identity_id).await.map_err(Error::half_done)?;
        promoted
    }

    async fn email_identities(&self, id: i64) -> Result<Vec<Identity>, Error> {
        let place = Place {
            route: IDENTITIES,
            path: path(id),
            query: &[("type[]", "email")],
        };
        let is_email = |identity: &Identity| identity.kind == "email";
        self.seek::<Identities>(&place, is_email, IDENTITIES_MAX).await
    }

    async fn add_identity(&self, id: i64, email: &str) -> Result<Identity, Error> {
        let mut identity = json!({ "type": "email", "value": email, "primary": true });
        if !self.choices.verifies {
            identity["verified"] = true.into();
            identity["skip_verify_email"] = true.into();
        }
        let request = writing("POST", IDENTITIES, path(id), &json!({ "identity": identity }));
        let sent = Fields::from([("email".to_owned(), email.into())]);
        let answer = self.send(request, &Call::save(&sent)).await?;
        Ok(decode::<IdentityEnvelope>(&answer, ErrorKind::Ambiguous)?.identity)
    }

    async fn make_primary(&self, id: i64, identity_id: i64) -> Result<(), Error> {
        let path = format!("{}/{identity_id}/make_primary", path(id));
        let request = request("PUT", MAKE_PRIMARY, path);
        self.send(request, &Call::save(&Fields::new())).await.map(|_| ())
    }

    async fn delete_identity(&self, id: i64, identity_id: i64) -> Result<(), Error> {
        let request = request("DELETE", IDENTITY, format!("{}/{identity_id}", path(id)));
        super::api::gone(self.send(request, &Call::REMOVE).await.map(|_| ()))
    }
}

fn path(id: i64) -> String {
    format!("/api/v2/users/{id}/identities")
}

/// The addresses that the directory gave before, as far as anybody knows.
fn given(account: &Account) -> Vec<&str> {
    let doubtful = account.doubtful.get("email").into_iter().flatten();
    let known = account.fields.get("email").into_iter();
    known.chain(doubtful).filter_map(Value::as_str).collect()
}

/// Whether an address other than the wanted one has to go: the one that was in charge, and those that the directory gave
/// before. Others were added by hand.
fn is_former(identity: &Identity, given: &[&str]) -> bool {
    identity.primary || given.iter().any(|former| is_same(former, &identity.value))
}

fn is_same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}
