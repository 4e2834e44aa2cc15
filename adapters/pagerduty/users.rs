//! Users: people with a login.
use serde_json::{Map, Value};

use super::adapter::descriptor;
use super::api::{Api, Place, accept, decode, request, segment};
use super::error::Call;
use super::wire::{Listing, User, UserEnvelope, Users, wrapped};
use crate::{Account, Error, ErrorKind, Fields, Identity, Retry};

const USERS: &str = "/users";
const USER: &str = "/users/{id}";

/// Brings contact methods along with a listing. PagerDuty documents the parameter, but not what it changes: that there
/// are whole contact methods in place of references. So no single user is read that way, and a listing may ignore it.
const WITH_CONTACT_METHODS: (&str, &str) = ("include[]", "contact_methods");

/// The role of who has lost theirs: the least that every plan has and that needs no stakeholder license.
const CLEARED_ROLE: &str = "limited_user";

/// The role that nobody can be given or lose through the API.
const OWNER: &str = "owner";

impl Api {
    /// Says whose account the credential opens. An account's key is no user's and cannot ask who it is, but every
    /// user's web address names the account, and there is always one: the owner.
    pub(super) async fn identity(&self) -> Result<Identity, Error> {
        let request = request("GET", USERS, format!("{USERS}?limit=1"));
        let found = self.read::<Users>(request).await?;
        let found = found.ok_or_else(|| unavailable("there is no PagerDuty API at the base URL"))?;
        let (users, _) = found.split();
        let host = users.iter().find_map(|user| host(user.html_url.as_deref()?));
        let host = host.ok_or_else(|| unavailable("PagerDuty does not say whose account it is"))?;
        let (name, _) = host.split_once('.').unwrap_or((host, ""));
        Ok(Identity {
            id: host.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(super) async fn user(&self, id: &str) -> Result<Option<Account>, Error> {
        let Ok(id) = segment(id) else { return Ok(None) };
        match self.bare_user(id).await? {
            Some(user) => self.with_contact_methods(user).await,
            None => Ok(None),
        }
    }

    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Account>, Error> {
        let lower = email.to_lowercase();
        let is_wanted = |user: &User| user.email.to_lowercase() == lower;
        let query = &[("query", email)];
        match self.search::<Users>(&users(query), is_wanted, 1).await?.pop() {
            Some(user) => self.with_contact_methods(user).await,
            None => Ok(None),
        }
    }

    /// A page of users, and where the next begins.
    pub(super) async fn users(&self, offset: u32) -> Result<(Vec<User>, Option<u32>), Error> {
        self.page::<Users>(&users(&[WITH_CONTACT_METHODS]), offset).await
    }

    pub(super) async fn create_user(&self, fields: &Fields) -> Result<Account, Error> {
        let given = fields.iter().filter(|(_, value)| !is_empty(value));
        let given: Fields = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        for required in ["email", "name"] {
            if !given.contains_key(required) {
                return Err(Error::rejected(Some(required), "PagerDuty has no user without it"));
            }
        }
        let request = request("POST", USERS, USERS.into())
            .header("from", &self.choices.from)
            .json(&wrapped("user", "user", body(&given)?));
        let answer = self.send(request, &Call::save_user(&given)).await?;
        let made = decode::<UserEnvelope>(&answer, ErrorKind::Ambiguous)?;
        Ok(made.user.into())
    }

    pub(super) async fn update_user(&self, account: &Account, changed: &Fields) -> Result<(), Error> {
        let with_role = changed.contains_key("role");
        if with_role && account.fields.get("role").is_some_and(|role| role == OWNER) {
            return Err(owner("the owner's role cannot be changed by the API"));
        }
        let path = format!("/users/{}", segment(&account.id)?);
        let request = request("PUT", USER, path).json(&wrapped("user", "user", body(changed)?));
        let answer = self.connection.call(request).await?;
        let is_denied = answer.status == 403;
        match accept(answer, &Call::save_user(changed)) {
            Ok(_) => Ok(()),
            Err(error) if is_denied && with_role && self.is_owner(&account.id).await? => Err(owner(&error.reason)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn delete_user(&self, id: &str) -> Result<(), Error> {
        let Ok(id) = segment(id) else { return Ok(()) };
        let request = request("DELETE", USER, format!("/users/{id}"));
        let answer = self.connection.call(request).await?;
        let is_denied = answer.status == 403;
        match accept(answer, &Call::REMOVE) {
            Err(error) if is_denied && self.is_owner(id).await? => Err(Error::rejected(None, error.reason)),
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Tells a refusal of the one account that nobody may touch from that of a credential that may touch none.
    async fn is_owner(&self, id: &str) -> Result<bool, Error> {
        let found = self.bare_user(segment(id)?).await?;
        Ok(found.and_then(|user| user.role).is_some_and(|role| role == OWNER))
    }

    async fn bare_user(&self, id: &str) -> Result<Option<User>, Error> {
        let found = self
            .read::<UserEnvelope>(request("GET", USER, format!("/users/{id}")))
            .await?;
        Ok(found.map(|envelope| envelope.user))
    }

    /// The account with what its contact methods say; `None` if it goes meanwhile.
    async fn with_contact_methods(&self, mut user: User) -> Result<Option<Account>, Error> {
        user.contact_methods = self.contact_methods(segment(&user.id)?).await?;
        let is_there = user.contact_methods.is_some();
        Ok(is_there.then(|| user.into()))
    }
}

fn users<'a>(query: &'a [(&'a str, &'a str)]) -> Place<'a> {
    Place {
        route: USERS,
        path: USERS.into(),
        query,
    }
}

/// The fields as PagerDuty takes them; those without value as it clears them.
fn body(fields: &Fields) -> Result<Map<String, Value>, Error> {
    let value = |(name, value): (&String, &Value)| Ok((name.clone(), sent(name, value)?));
    fields.iter().map(value).collect()
}

fn sent(name: &str, value: &Value) -> Result<Value, Error> {
    match name {
        "name" | "email" if is_empty(value) => Err(Error::rejected(Some(name), "PagerDuty has no user without it")),
        "role" => role(value),
        // Its contract has no null here, unlike for the others.
        "job_title" if is_empty(value) => Ok("".into()),
        // The account's own time zone takes its place.
        "description" | "time_zone" if is_empty(value) => Ok(Value::Null),
        _ => Ok(value.clone()),
    }
}

fn role(value: &Value) -> Result<Value, Error> {
    if is_empty(value) {
        return Ok(CLEARED_ROLE.into());
    }
    let text = value.as_str().unwrap_or_default();
    match descriptor().role(text) {
        Some(role) if role.assignable => Ok(role.name.clone().into()),
        Some(role) => Err(owner(role.rule.as_deref().unwrap_or("the API cannot give this role"))),
        None => {
            let assignable = descriptor().roles.iter().filter(|role| role.assignable);
            let names: Vec<_> = assignable.map(|role| role.name.as_str()).collect();
            let reason = format!("not one of PagerDuty's roles: {}", names.join(", "));
            Err(Error::rejected(Some("role"), reason))
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn owner(reason: &str) -> Error {
    Error::rejected(Some("role"), reason)
}

fn unavailable(reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}

/// The host of a web address.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split('/').next().filter(|host| !host.is_empty())
}
