//! Users: people with a login.
use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::api::{
    Api, Fit, Holder, decode, gone, is_empty, listing, named_page, quoted, request, segment, unavailable, with_body,
};
use super::error::Call;
use super::link::place;
use super::profile;
use super::roles::{ADMIN_ROLE, role};
use super::wire::{Assignees, User};
use crate::{Account, Error, ErrorKind, Fields, Page, Retry};

const USERS: &str = "/api/v1/users";
const USER: &str = "/api/v1/users/{id}";
const ASSIGNEES: &str = "/api/v1/iam/assignees/users";

/// The field by which accounts are found.
const UNIQUE: &str = "login";

/// The plain listing leaves these out, so that they are listed after it.
const DEPROVISIONED: &str = r#"status eq "DEPROVISIONED""#;

/// Pages of 100 administrators that are read with a page of users. No org has so many.
const ADMINISTRATOR_PAGES_MAX: usize = 50;

/// One call deactivates whoever is not deactivated yet, the next deletes.
const DELETIONS: usize = 2;

impl Api {
    /// The user with that id, roles and all.
    pub(super) async fn user(&self, account: &Account) -> Result<Option<Account>, Error> {
        let Ok(id) = segment(&account.id) else { return Ok(None) };
        match self.bare_user(id).await? {
            Some(user) => self.with_roles(user, account).await,
            None => Ok(None),
        }
    }

    /// The user with exactly this login, but for its case. Reading by login sees every write at once; a search lags.
    pub(super) async fn user_by_login(&self, login: &str) -> Result<Option<Account>, Error> {
        let lower = login.to_lowercase();
        let is_wanted = |user: &User| user.login().to_lowercase() == lower;
        let found = match is_readable(login) {
            true => {
                self.read(request("GET", USER, format!("{USERS}/{}", encoded(login))))
                    .await?
            }
            false => {
                let expression = format!("profile.login eq {}", quoted(login));
                self.search(USERS, &expression, |user: &User| Fit::of(user.login(), login))
                    .await?
            }
        };
        match found.filter(is_wanted) {
            Some(user) => self.with_roles(user, &Account::default()).await,
            None => Ok(None),
        }
    }

    /// The user with that id; a login or a part of one is none.
    pub(super) async fn bare_user(&self, id: &str) -> Result<Option<User>, Error> {
        let found = self.read::<User>(request("GET", USER, format!("{USERS}/{id}"))).await?;
        Ok(found.filter(|user| user.id == id))
    }

    pub(super) async fn create_user(&self, fields: &Fields) -> Result<Account, Error> {
        if let Some(value) = fields.get(ADMIN_ROLE).filter(|value| !is_empty(value)) {
            role(value)?;
            return Err(Error::rejected(Some(ADMIN_ROLE), "given by a call of its own"));
        }
        let mut body = Map::from_iter([("profile".to_owned(), profile::new(fields)?.into())]);
        if !self.choices.groups.is_empty() {
            body.insert("groupIds".into(), self.choices.groups.clone().into());
        }
        let path = format!("{USERS}?activate={}", self.choices.activation);
        let request = with_body(request("POST", USERS, path), &body.into());
        let answer = self
            .send(request, &Call::save(fields, UNIQUE))
            .await
            .map_err(groupless)?;
        let made = decode::<User>(&answer, ErrorKind::Ambiguous)?;
        let mut account = self.account(made);
        account.fields.insert(ADMIN_ROLE.into(), Value::Null);
        Ok(account)
    }

    pub(super) async fn update_user(&self, id: &str, changed: &Fields) -> Result<(), Error> {
        let id = segment(id)?;
        let body = json!({ "profile": profile::changed(changed)? });
        let request = with_body(request("POST", USER, format!("{USERS}/{id}")), &body);
        let call = Call::save(changed, UNIQUE);
        self.write(request, &call, &Holder::user(id)).await.map(|_| ())
    }

    pub(super) async fn delete_user(&self, id: &str) -> Result<(), Error> {
        let Ok(id) = segment(id) else { return Ok(()) };
        for deletion in 0..DELETIONS {
            let request = request("DELETE", USER, format!("{USERS}/{id}"));
            let deleted = self.write(request, &Call::CHANGE, &Holder::user(id)).await;
            match gone(deleted) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                // Whom a former call has deactivated is not as before.
                Err(error) if deletion > 0 => return Err(Error::new(ErrorKind::Ambiguous, error.retry, error.reason)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A page of users, those deactivated last.
    pub(super) async fn users(&self, after: Option<&str>) -> Result<Page, Error> {
        let place = after.map_or_else(|| Ok(listing(USERS, &[])), |after| named_page(after, USERS))?;
        let is_of_live_users = !place.contains("filter=");
        let (users, next) = self.page::<User>(USERS, place).await?;
        if after.is_none() {
            *self.kept_administrators() = None;
        }
        let administrators = match users.is_empty() {
            true => Arc::default(),
            false => self.administrators().await?,
        };
        let deprovisioned = || is_of_live_users.then(|| listing(USERS, &[("filter", DEPROVISIONED)]));
        let listed = users.into_iter().map(|user| self.listed(user, &administrators));
        Ok(Page {
            accounts: listed.collect(),
            next: next.or_else(deprovisioned),
        })
    }

    /// The user as an account, but for what its roles say.
    pub(super) fn account(&self, user: User) -> Account {
        Account {
            active: self.is_active(user.status()),
            id: user.id,
            fields: profile::fields(user.profile),
            ..Account::default()
        }
    }

    /// A listing does not say which role somebody holds, but a further call says who holds any.
    fn listed(&self, user: User, administrators: &BTreeSet<String>) -> Account {
        let mut account = self.account(user);
        account.protected = administrators.contains(&account.id);
        if !account.protected {
            account.fields.insert(ADMIN_ROLE.into(), Value::Null);
        }
        account
    }

    /// Ids of all who hold an administrator role, read once for a listing.
    async fn administrators(&self) -> Result<Arc<BTreeSet<String>>, Error> {
        if let Some(kept) = &*self.kept_administrators() {
            return Ok(Arc::clone(kept));
        }
        let read = Arc::new(self.all_administrators().await?);
        *self.kept_administrators() = Some(Arc::clone(&read));
        Ok(read)
    }

    fn kept_administrators(&self) -> MutexGuard<'_, Option<Arc<BTreeSet<String>>>> {
        self.administrators.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn all_administrators(&self) -> Result<BTreeSet<String>, Error> {
        let mut ids = BTreeSet::new();
        let mut path = ASSIGNEES.to_owned();
        for _ in 0..ADMINISTRATOR_PAGES_MAX {
            let answer = self.send(request("GET", ASSIGNEES, path), &Call::READ).await?;
            let page = decode::<Assignees>(&answer, ErrorKind::Unavailable)?;
            let next = page.next().map(|url| place(url, ASSIGNEES)).transpose()?;
            ids.extend(page.value.into_iter().map(|holder| holder.id));
            match next {
                Some(next) => path = next,
                None => return Ok(ids),
            }
        }
        Err(unavailable("there are more administrators than can be read"))
    }
}

/// A creation finds nothing but a group missing.
fn groupless(error: Error) -> Error {
    match error.kind {
        ErrorKind::NotFound => {
            let reason = format!("the setting `groups` names a group that is not there: {}", error.reason);
            Error::new(ErrorKind::Rejected { field: None }, Retry::Backoff, reason)
        }
        _ => error,
    }
}

/// Whether Okta reads a user by this login. Not if it has a slash or the like, however encoded; and one without an `@`
/// may be the short form of another's.
fn is_readable(login: &str) -> bool {
    login.contains('@') && !login.contains(['/', '\\', '?'])
}

/// A login as part of a path (RFC 3986 section 2.1).
fn encoded(login: &str) -> String {
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    login.bytes().map(encode).collect()
}
