//! Administrator roles. A person may hold several, each by an assignment with an id of its own; the field is one of
//! them, and the others are left alone.
use serde_json::{Value, json};

use super::adapter::descriptor;
use super::api::{Api, Holder, decode, gone, is_empty, request, segment, with_body};
use super::error::{Call, is_role_assigned};
use super::profile::is_custom;
use super::wire::{Entry, Role, User};
use crate::{Account, Error, ErrorKind, Retry};

/// The field, its part and its call.
pub(super) const ADMIN_ROLE: &str = "admin_role";

const ROLES: &str = "/api/v1/users/{id}/roles";
const ROLE: &str = "/api/v1/users/{id}/roles/{assignment_id}";

impl Holder {
    /// A user, by an id that is a part of paths.
    pub(super) fn user(id: &str) -> Self {
        Self {
            route: ROLES,
            path: format!("/api/v1/users/{id}/roles"),
        }
    }
}

impl Api {
    /// The user as an account, with what the roles say and what is known of it; `None` if it goes meanwhile.
    pub(super) async fn with_roles(&self, user: User, known: &Account) -> Result<Option<Account>, Error> {
        let Some(roles) = self.roles_of(&Holder::user(segment(&user.id)?)).await? else {
            return Ok(None);
        };
        let mut account = self.account(user);
        account.protected = !roles.is_empty();
        let role = match chosen(&roles, known, None) {
            Chosen::None => Some(Value::Null),
            Chosen::One(role) => {
                account.parts.insert(ADMIN_ROLE.to_owned(), role.id.clone());
                Some(role.kind.clone().into())
            }
            // Which of them is the directory's is unknown.
            Chosen::Several => None,
        };
        account.fields.extend(role.map(|role| (ADMIN_ROLE.to_owned(), role)));
        // Of the org's own attributes those without value are not told.
        for name in known.fields.keys().filter(|name| is_custom(name)) {
            account.fields.entry(name.clone()).or_default();
        }
        Ok(Some(account))
    }

    /// Gives the role, or takes it away; the assignment's id. The former one goes last: who is refused the new one keeps
    /// what they had.
    pub(super) async fn set_role(&self, account: &Account, value: &Value) -> Result<Option<String>, Error> {
        let wanted = role(value)?;
        let user_id = segment(&account.id)?;
        let former = self.former_role(user_id, account, wanted).await?;
        if let Some((id, _)) = former.as_ref().filter(|(_, name)| Some(name.as_str()) == wanted) {
            return Ok(Some(id.clone()));
        }
        let given = match wanted {
            Some(name) => Some(self.assign(user_id, name).await?),
            None => None,
        };
        if let Some((id, _)) = &former {
            let taken = self.unassign(user_id, id).await;
            taken.map_err(|error| match &given {
                Some(_) => error.half_done(),
                None => error,
            })?;
        }
        Ok(given)
    }

    /// Id and role of the assignment that the field is: as known, or as read.
    async fn former_role(
        &self,
        user_id: &str,
        account: &Account,
        wanted: Option<&str>,
    ) -> Result<Option<(String, String)>, Error> {
        match (account.parts.get(ADMIN_ROLE), account.fields.get(ADMIN_ROLE)) {
            (_, Some(name)) if is_empty(name) => return Ok(None),
            (Some(id), Some(Value::String(name))) => return Ok(Some((id.clone(), name.clone()))),
            _ => {}
        }
        let roles = self.roles_of(&Holder::user(user_id)).await?;
        let roles = roles.ok_or_else(|| Error::new(ErrorKind::NotFound, Retry::Never, "there is no such user"))?;
        match chosen(&roles, account, wanted) {
            Chosen::None => Ok(None),
            Chosen::One(role) => Ok(Some((role.id.clone(), role.kind.clone()))),
            Chosen::Several => {
                let reason = "holds several administrator roles, and which of them the directory gave is unknown: \
                              take away at Okta those that are not wanted";
                Err(Error {
                    retry: Retry::Backoff,
                    ..Error::rejected(Some(ADMIN_ROLE), reason)
                })
            }
        }
    }

    async fn assign(&self, user_id: &str, name: &str) -> Result<String, Error> {
        let holder = Holder::user(user_id);
        let request = with_body(request("POST", ROLES, holder.path.clone()), &json!({ "type": name }));
        let answer = self.connection.call(request).await?;
        if is_role_assigned(&answer) {
            let roles = self.roles_of(&holder).await?.unwrap_or_default();
            let held = personal(&roles).find(|role| role.kind == name);
            let unseen = || {
                Error::new(
                    ErrorKind::Unavailable,
                    Retry::Backoff,
                    "a role is there that is not listed",
                )
            };
            return held.map(|role| role.id.clone()).ok_or_else(unseen);
        }
        let answer = self.judge(answer, &Call::CHANGE, &holder).await?;
        Ok(decode::<Entry>(&answer, ErrorKind::Ambiguous)?.id)
    }

    async fn unassign(&self, user_id: &str, id: &str) -> Result<(), Error> {
        let Ok(id) = segment(id) else { return Ok(()) };
        let request = request("DELETE", ROLE, format!("/api/v1/users/{user_id}/roles/{id}"));
        gone(self.write(request, &Call::CHANGE, &Holder::user(user_id)).await).map(|_| ())
    }
}

/// The name of a role, if one is wanted.
///
/// # Errors
/// `Rejected` by name: no such role, or one that is not given this way.
pub(super) fn role(value: &Value) -> Result<Option<&'static str>, Error> {
    if is_empty(value) {
        return Ok(None);
    }
    let refused = |reason: String| Err(Error::rejected(Some(ADMIN_ROLE), reason));
    match descriptor().role(value.as_str().unwrap_or_default()) {
        Some(role) if role.assignable => Ok(Some(&role.name)),
        Some(role) => refused(role.rule.clone().unwrap_or_default()),
        None => {
            let assignable = descriptor().roles.iter().filter(|role| role.assignable);
            let names: Vec<_> = assignable.map(|role| role.name.as_str()).collect();
            refused(format!("not one of Okta's predefined roles: {}", names.join(", ")))
        }
    }
}

/// Which assignment the field is.
enum Chosen<'a> {
    /// Nobody holds any.
    None,
    One(&'a Role),
    /// None of them is known to be it, and the others are not ours to take.
    Several,
}

/// The assignment that the field is: the one known by its id, else the one of the role that it last had, else the
/// wanted one, else the only one.
fn chosen<'a>(roles: &'a [Role], known: &Account, wanted: Option<&str>) -> Chosen<'a> {
    let id = known.parts.get(ADMIN_ROLE);
    let name = known.fields.get(ADMIN_ROLE).and_then(Value::as_str);
    let named = |name: Option<&str>| personal(roles).find(|role| Some(role.kind.as_str()) == name);
    let by_id = personal(roles).find(|role| Some(&role.id) == id);
    let known = by_id.or_else(|| named(name)).or_else(|| named(wanted));
    let mut held = personal(roles);
    match (known, held.next(), held.next()) {
        (Some(role), ..) | (None, Some(role), None) => Chosen::One(role),
        (None, None, _) => Chosen::None,
        (None, Some(_), Some(_)) => Chosen::Several,
    }
}

/// The predefined roles that somebody holds in person. Custom ones and those of groups are not ours.
fn personal(roles: &[Role]) -> impl Iterator<Item = &Role> {
    let is_predefined = |role: &&Role| descriptor().role(&role.kind).is_some_and(|role| role.assignable);
    roles.iter().filter(|role| role.is_personal()).filter(is_predefined)
}
