//! Users: end users, agents and administrators alike.
use serde_json::{Value, json};

use super::api::{
    Api, PAGE_ENTRIES, Place, accept, decode, deleted, gone, number, request, unavailable, with_query, writing,
};
use super::error::{Call, tells_of_scope};
use super::fields::is_empty;
use super::roles::{ADMIN, END_USER, Whose};
use super::wire::{Found, User, UserEnvelope, Users};
use crate::client::{Answer, Request};
use crate::{Account, Error, ErrorKind, Fields, Identity, Page, Retry};

const USERS: &str = "/api/v2/users";
const USER: &str = "/api/v2/users/{id}";
const ME: &str = "/api/v2/users/me";
const SEARCH: &str = "/api/v2/users/search";
const DELETED: &str = "/api/v2/deleted_users/{id}";

/// Pages of a search: Zendesk gives no more than 10,000 results.
const FOUND_PAGES_MAX: u32 = 100;

impl Api {
    /// Says whose account the token opens. Zendesk answers for strangers too, as a user without id.
    pub(super) async fn identity(&self) -> Result<Identity, Error> {
        let me = self.read::<UserEnvelope>(request("GET", ME, ME.into())).await?;
        let me = me
            .ok_or_else(|| unavailable("there is no Zendesk API at the base URL"))?
            .user;
        let refusal = match me.id.and(me.role.as_deref()) {
            None => "the token is nobody's",
            // Agents may read people, and change hardly any of them.
            Some(role) if role != ADMIN => "the token's user is no administrator, and may not manage people",
            Some(_) => {
                let name = &self.choices.subdomain;
                let host = me.url.as_deref().and_then(host);
                return Ok(Identity {
                    id: host.map_or_else(|| format!("{name}.zendesk.com"), str::to_owned),
                    name: name.clone(),
                });
            }
        };
        Err(Error::new(ErrorKind::Unauthorized, Retry::Backoff, refusal))
    }

    pub(super) async fn user(&self, id: &str) -> Result<Option<Account>, Error> {
        let Ok(id) = number(id) else { return Ok(None) };
        match self.bare_user(id).await? {
            Some(user) => self.account(user).await.map(Some),
            None => Ok(None),
        }
    }

    /// The search also finds parts of addresses, and addresses that are not the user's primary one.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Account>, Error> {
        let lower = email.to_lowercase();
        let has_it = |user: &User| user.email.as_deref().is_some_and(|email| email.to_lowercase() == lower);
        let query = format!("email:{email}");
        for page in 1..=FOUND_PAGES_MAX {
            let found = self.found(&query, page).await?;
            if let Some(user) = found.users.into_iter().find(|user| user.is_there() && has_it(user)) {
                return self.account(user).await.map(Some);
            }
            if found.next_page.is_none() {
                return Ok(None);
            }
        }
        Err(unavailable("the search finds too much"))
    }

    async fn found(&self, query: &str, page: u32) -> Result<Found, Error> {
        let page = page.to_string();
        let pairs = [("query", query), ("per_page", PAGE_ENTRIES), ("page", &page)];
        let search = request("GET", SEARCH, with_query(SEARCH, pairs));
        let answer = self.send(search, &Call::READ).await?;
        decode(&answer, ErrorKind::Unavailable)
    }

    /// A page of users.
    pub(super) async fn users(&self, after: Option<&str>) -> Result<Page, Error> {
        let place = Place {
            route: USERS,
            path: USERS.into(),
            query: &[],
        };
        let (users, next) = self.page::<Users>(&place, after).await?;
        let mut accounts = Vec::new();
        for user in users.into_iter().filter(User::is_there) {
            accounts.push(self.account(user).await?);
        }
        Ok(Page { accounts, next })
    }

    pub(super) async fn create_user(&self, fields: &Fields) -> Result<Account, Error> {
        let body = self.new_user(fields).await?;
        let request = writing("POST", USERS, USERS.into(), &json!({ "user": body }));
        let outcome = self.send(request, &Call::save(fields)).await;
        let answer = outcome.inspect_err(|error| self.doubt(error))?;
        let made = decode::<UserEnvelope>(&answer, ErrorKind::Ambiguous)?;
        self.account(made.user).await
    }

    /// The body of a new user.
    pub(super) async fn new_user(&self, fields: &Fields) -> Result<Value, Error> {
        for required in ["email", "name"] {
            if fields.get(required).is_none_or(is_empty) {
                return Err(Error::rejected(Some(required), "Zendesk has no user without it"));
            }
        }
        let given = fields.iter().filter(|(_, value)| !is_empty(value));
        let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut body = self.user_body(&given, Whose::New).await?;
        if !self.choices.verifies {
            body.insert("verified".into(), true.into());
            body.insert("skip_verify_email".into(), true.into());
        }
        Ok(body.into())
    }

    pub(super) async fn update_user(&self, account: &Account, changed: &Fields) -> Result<(), Error> {
        let id = number(&account.id)?;
        let body = self.user_body(changed, Whose::Known(account)).await?;
        let outcome = self.put_user(id, &body.into(), changed).await;
        outcome.inspect_err(|error| self.doubt(error))
    }

    pub(super) async fn deactivate(&self, account: &Account) -> Result<Fields, Error> {
        let id = number(&account.id)?;
        let is_end_user = account.fields.get("role").is_some_and(|role| role == END_USER);
        match self.choices.downgrades && !is_end_user {
            true => self.downgrade_and_suspend(id).await.map_err(undecided),
            false => self.suspend(id, true).await.map(|()| Fields::new()),
        }
    }

    /// In the order that Zendesk advises. Who cannot be downgraded is suspended all the same, and keeps the seat.
    async fn downgrade_and_suspend(&self, id: i64) -> Result<Fields, Error> {
        let role = Fields::from([("role".to_owned(), END_USER.into())]);
        let changed = match self.put_user(id, &json!({ "role": END_USER }), &role).await {
            Ok(()) => role,
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) => {
                tracing::warn!(
                    vendor = "zendesk",
                    "somebody cannot be downgraded: their access ends, and the seat is kept"
                );
                Fields::new()
            }
            Err(error) => return Err(error),
        };
        self.suspend(id, true).await?;
        Ok(changed)
    }

    pub(super) async fn reactivate(&self, account: &Account) -> Result<Fields, Error> {
        self.suspend(number(&account.id)?, false).await?;
        Ok(Fields::new())
    }

    pub(super) async fn delete_user(&self, id: &str) -> Result<(), Error> {
        let Ok(id) = number(id) else { return Ok(()) };
        match self.choices.erases {
            true => self.erase(id).await.map_err(undecided),
            false => self.remove(id).await,
        }
    }

    async fn remove(&self, id: i64) -> Result<(), Error> {
        let request = request("DELETE", USER, format!("{USERS}/{id}"));
        gone(self.write_to(id, request, &Call::REMOVE).await.map(|_| ()))
    }

    /// Both deletions, of which the second one is for good.
    async fn erase(&self, id: i64) -> Result<(), Error> {
        self.remove(id).await?;
        let request = request("DELETE", DELETED, format!("/api/v2/deleted_users/{id}"));
        gone(self.send(request, &Call::REMOVE).await.map(|_| ()))
    }

    async fn suspend(&self, id: i64, suspended: bool) -> Result<(), Error> {
        self.put_user(id, &json!({ "suspended": suspended }), &Fields::new())
            .await
    }

    async fn put_user(&self, id: i64, body: &Value, sent: &Fields) -> Result<(), Error> {
        let request = writing("PUT", USER, format!("{USERS}/{id}"), &json!({ "user": body }));
        let answer = self.write_to(id, request, &Call::save(sent)).await?;
        match decode::<UserEnvelope>(&answer, ErrorKind::Ambiguous)?.user.is_there() {
            true => Ok(()),
            false => Err(deleted()),
        }
    }

    /// Changes a user. A 403 of an administrator is a refusal of the one whom this token may not touch, such as the
    /// account's owner; that of anybody else is one of the token.
    async fn write_to(&self, id: i64, request: Request, call: &Call<'_>) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        let is_denied = answer.status == 403;
        match accept(answer, call) {
            Err(error) if is_denied && !tells_of_scope(&error.reason) && self.is_administrator(id).await? => {
                Err(Error::rejected(None, error.reason))
            }
            outcome => outcome,
        }
    }

    async fn is_administrator(&self, id: i64) -> Result<bool, Error> {
        let user = self.bare_user(id).await?;
        Ok(user.and_then(|user| user.role).is_some_and(|role| role == ADMIN))
    }

    /// A user as Zendesk tells of them; deleted ones are none.
    pub(super) async fn bare_user(&self, id: i64) -> Result<Option<User>, Error> {
        let reading = request("GET", USER, format!("{USERS}/{id}"));
        let found = self.read::<UserEnvelope>(reading).await?;
        Ok(found.map(|envelope| envelope.user).filter(User::is_there))
    }

    /// What was remembered of roles or organizations may be what was refused.
    pub(super) fn doubt(&self, error: &Error) {
        let ErrorKind::Rejected { field } = &error.kind else {
            return;
        };
        match field.as_deref() {
            Some("role") => self.custom_roles.forget(),
            Some("organization") => self.organizations.forget(),
            _ => {}
        }
    }
}

/// Reading tells who cannot sign in any longer, but not whether a seat was freed or data erased. So a lost answer is no
/// doubt to be read off, but a reason to do both again, which may be done as often as one likes.
fn undecided(error: Error) -> Error {
    match error.kind {
        ErrorKind::Ambiguous => Error::new(ErrorKind::Unavailable, error.retry, error.reason),
        _ => error,
    }
}

/// The host of a web address.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split('/').next().filter(|host| !host.is_empty())
}
