//! Roles: three that every account has, and those that the account lists.
//!
//! Zendesk keeps a person's role in two fields: `role`, of three values, and `custom_role_id`. Here both are one value:
//! the name of the role that people see.
use std::sync::Arc;

use serde_json::{Map, Value};

use super::adapter::descriptor;
use super::api::{Api, decode, deleted, number, request};
use super::error::{Call, tells_of_scope};
use super::wire::{CustomRole, CustomRoles, User};
use crate::descriptor::is_same_name;
use crate::{Account, Error, ErrorKind, LiveRole};

const CUSTOM_ROLES: &str = "/api/v2/custom_roles";

/// The role of who has none: the least, and without a seat.
pub(super) const END_USER: &str = "end-user";
const AGENT: &str = "agent";
pub(super) const ADMIN: &str = "admin";
const BILLING_ADMIN: &str = "billing_admin";

/// The roles of the field `role`.
const PLAIN: [&str; 3] = [END_USER, AGENT, ADMIN];

/// `role_type` of roles that go by one name in every account.
const TYPES: [(i64, &str); 4] = [(1, "light_agent"), (3, "contributor"), (4, ADMIN), (5, BILLING_ADMIN)];

/// Whose role is to be set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// Nobody's yet.
    New,
    /// That of an account as far as it is known.
    Known(&'a Account),
}

impl Api {
    /// The roles that may be given in this account.
    pub(super) async fn live_roles(&self) -> Result<Vec<LiveRole>, Error> {
        self.custom_roles.forget();
        let listed = self.listed_roles().await?;
        let live = |name| LiveRole {
            name,
            ..LiveRole::default()
        };
        Ok(names(&listed).into_iter().map(live).collect())
    }

    /// What a role's name becomes in a body.
    ///
    /// # Errors
    /// `Rejected` naming `role` when there is no such role, or it cannot be given to this person.
    pub(super) async fn role_fields(&self, text: &str, whose: Whose<'_>) -> Result<Map<String, Value>, Error> {
        let described = descriptor().role(text).map(|role| role.name.as_str());
        let wanted = described.unwrap_or(text);
        if PLAIN.contains(&wanted) {
            return Ok(plain(wanted, whose));
        }
        let listed = self.listed_roles().await?;
        let Some(role) = listed.iter().find(|role| is_same_name(name(role), wanted)) else {
            self.custom_roles.forget();
            let names = names(&listed).join(", ");
            return Err(refused(format!(
                "not one of the roles of this Zendesk account: {names}"
            )));
        };
        let base = match name(role) {
            ADMIN => return Ok(plain(ADMIN, whose)),
            BILLING_ADMIN => {
                self.only_for_administrators(&role.name, whose).await?;
                ADMIN
            }
            _ => AGENT,
        };
        Ok(body(base, Some(role.id.into())))
    }

    /// The role's name by which people know it.
    pub(super) async fn role_name(&self, user: &User) -> Result<Option<String>, Error> {
        let typed = TYPES.iter().find(|(number, _)| user.role_type == Some(*number));
        let base = typed.map(|(_, name)| *name).or(user.role.as_deref());
        let own = user.custom_role_id.filter(|_| base == Some(AGENT));
        let Some(id) = own else {
            return Ok(base.map(str::to_owned));
        };
        let listed = self.listed_roles().await?;
        let found = listed.iter().find(|role| role.id == id);
        Ok(Some(found.map_or_else(|| id.to_string(), |role| name(role).to_owned())))
    }

    /// Custom roles; none in accounts whose plan has none.
    async fn listed_roles(&self) -> Result<Arc<Vec<CustomRole>>, Error> {
        if let Some(roles) = self.custom_roles.get() {
            return Ok(roles);
        }
        let listing = request("GET", CUSTOM_ROLES, CUSTOM_ROLES.into());
        let roles = match self.send(listing, &Call::READ).await {
            Ok(answer) => decode::<CustomRoles>(&answer, ErrorKind::Unavailable)?.custom_roles,
            Err(error) if is_absent(&error) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(self.custom_roles.set(roles))
    }

    /// Zendesk makes billing administrators of administrators only; nobody becomes one by way of it.
    async fn only_for_administrators(&self, title: &str, whose: Whose<'_>) -> Result<(), Error> {
        let is_administrator = match whose {
            Whose::New => false,
            Whose::Known(account) => match account.fields.get("role") {
                Some(role) => role == ADMIN || role == BILLING_ADMIN,
                None => {
                    let user = self.bare_user(number(&account.id)?).await?.ok_or_else(deleted)?;
                    user.role.as_deref() == Some(ADMIN)
                }
            },
        };
        match is_administrator {
            true => Ok(()),
            false => Err(refused(format!(
                "the role {title} is only for administrators: give the person the role {ADMIN} first"
            ))),
        }
    }
}

/// One of the three, and no custom role any longer if there may have been one.
fn plain(wanted: &str, whose: Whose<'_>) -> Map<String, Value> {
    let former = match whose {
        Whose::New => Some(END_USER),
        Whose::Known(account) => account.fields.get("role").map(|role| role.as_str().unwrap_or(END_USER)),
    };
    let is_plain = former.is_some_and(|former| PLAIN.contains(&former));
    // Who becomes an end user loses it by that.
    let stays = is_plain || wanted == END_USER;
    body(wanted, (!stays).then_some(Value::Null))
}

fn body(base: &str, custom_role_id: Option<Value>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("role".into(), base.into());
    body.extend(custom_role_id.map(|id| ("custom_role_id".to_owned(), id)));
    body
}

/// A plan without custom roles has no such resource, or nothing in it for anybody.
fn is_absent(error: &Error) -> bool {
    match error.kind {
        ErrorKind::NotFound => true,
        ErrorKind::Unauthorized => error.reason.contains("(Forbidden)") && !tells_of_scope(&error.reason),
        _ => false,
    }
}

/// The value of the role field.
fn name(role: &CustomRole) -> &str {
    let typed = TYPES.iter().find(|(number, _)| role.role_type == Some(*number));
    typed.map_or(&role.name, |(_, name)| name)
}

/// All values that the role field takes.
fn names(listed: &[CustomRole]) -> Vec<String> {
    let mut names: Vec<_> = PLAIN.iter().map(|name| (*name).to_owned()).collect();
    for role in listed.iter().map(name) {
        if !names.iter().any(|name| name == role) {
            names.push(role.to_owned());
        }
    }
    names
}

fn refused(reason: String) -> Error {
    Error::rejected(Some("role"), reason)
}
