//! Users.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Scim;
use super::filter::Filter;
use super::page::{Query, View};
use super::patch::{self, Operation, Target};
use super::profile::{Deletion, Patched};
use super::records::{Resource, Unconfirmed};
use super::refusal::{Reason, Refusal, Reply, scim};
use super::resource::{Document, Rules, body};
use super::routes::Call;
use super::schema::{ENTERPRISE, Type, USER_TYPE};
use crate::twins::Answer;

pub(super) fn list(twin: &mut Scim, call: &Call) -> Reply {
    let rules = twin.user_rules();
    let (query, view) = (Query::read(&rules, call.request)?, View::read(&rules, call.request));
    let show = |user: &Arc<Resource>| twin.user_shown(call, &view, user);
    if let Some(user) = twin.named_alone(query.filter.as_ref()) {
        return Ok(query.answer(user.map(|user| (&user.id, user)).into_iter(), show));
    }
    let rows = twin.users.rows_before(call.now, twin.lag);
    let matching = rows.iter().filter(|(_, user)| match &query.filter {
        Some(filter) => filter.matches(&twin.user_json(call, user)),
        None => true,
    });
    Ok(query.answer(matching, show))
}

pub(super) fn create(twin: &mut Scim, call: &Call) -> Reply {
    let document = twin.user_rules().read(body(call.request)?)?;
    twin.check_user_is_unique("", &document)?;
    if twin.account.seats.is_some_and(|seats| twin.seated() >= seats) {
        return Err(Refusal::new(Reason::NoSeat, "There is no free seat"));
    }
    let user = Resource {
        pending: twin.profile.invites,
        ..twin.new_resource(call.now, document)
    };
    let user = twin.put_user(call.now, user);
    twin.user_answer(call, 201, &user)
}

pub(super) fn get(twin: &mut Scim, call: &Call) -> Reply {
    twin.user_answer(call, 200, twin.user(call.id)?)
}

pub(super) fn replace(twin: &mut Scim, call: &Call) -> Reply {
    let user = twin.user(call.id)?.clone();
    let document = twin.user_rules().read(body(call.request)?)?;
    let user = twin.change_user(call.now, &user, document)?;
    twin.user_answer(call, 200, &user)
}

pub(super) fn patch(twin: &mut Scim, call: &Call) -> Reply {
    let user = twin.user(call.id)?.clone();
    let rules = twin.user_rules();
    let mut each = Vec::new();
    for operation in patch::operations(body(call.request)?)? {
        each.extend(operation.spread()?);
    }
    rules.check_once(&each)?;
    let mut document = asked_for(&user);
    for operation in each {
        rules.apply(&mut document, operation)?;
    }
    patch::tidy(&mut document);
    let user = twin.change_user(call.now, &user, rules.check(document)?)?;
    match rules.shape().patched {
        Patched::Resource => twin.user_answer(call, 200, &user),
        Patched::Nothing => Ok(Answer::empty(204)),
    }
}

pub(super) fn delete(twin: &mut Scim, call: &Call) -> Reply {
    let user = twin.user(call.id)?.clone();
    match twin.profile.deletion {
        Deletion::Removes => twin.remove_user(call.now, &user.id),
        Deletion::Deactivates => {
            let mut document = asked_for(&user);
            document.insert("active".to_owned(), Value::Bool(false));
            twin.change_user(call.now, &user, document)?;
        }
    }
    Ok(Answer::empty(204))
}

impl Scim {
    /// Makes the new user names count whose time has come.
    pub(super) fn confirm_due(&mut self, now: Timestamp) {
        let Some(seconds) = self.account.confirmed_after else {
            return;
        };
        let is_due = |new: &Unconfirmed| now.as_second() - new.since.as_second() >= i64::from(seconds);
        let due: Vec<_> = self
            .unconfirmed
            .iter()
            .filter_map(|id| self.users.rows().get(id))
            .filter(|user| user.unconfirmed.as_ref().is_some_and(is_due))
            .cloned()
            .collect();
        for user in due {
            self.confirm(now, &user);
        }
    }

    /// Makes a new user name count.
    pub(super) fn confirm(&mut self, now: Timestamp, user: &Resource) {
        let Some(Unconfirmed { user_name, .. }) = user.unconfirmed.clone() else {
            return;
        };
        let mut user = user.clone();
        user.document.insert("userName".to_owned(), user_name.into());
        let user = Resource {
            unconfirmed: None,
            modified_at: now,
            ..user
        };
        self.put_user(now, user);
    }

    /// Gives a user this document, but for what cannot be changed, or not yet.
    fn change_user(&mut self, now: Timestamp, user: &Resource, document: Document) -> Result<Arc<Resource>, Refusal> {
        self.check_user_is_unique(&user.id, &document)?;
        let mut changed = Resource {
            document,
            ..user.clone()
        };
        for name in self.profile.users.kept {
            keep(&mut changed.document, &user.document, name);
        }
        if self.profile.confirms_user_names {
            changed.unconfirmed = unconfirmed(now, user, changed.text("userName"));
            keep(&mut changed.document, &user.document, "userName");
        }
        if changed.document != user.document {
            changed.modified_at = now;
        }
        Ok(self.put_user(now, changed))
    }

    /// Whoever a filter names by user name and by nothing else, found without reading everybody; none if it is another
    /// filter, or if reads lag.
    fn named_alone(&self, filter: Option<&Filter>) -> Option<Option<&Arc<Resource>>> {
        let equalities = filter?.equalities().filter(|_| self.lag.is_zero())?;
        match equalities.as_slice() {
            [(name, text)] if name == "userName" => {
                let user = self.user_by_name(text);
                // A new name that is not confirmed finds nobody.
                Some(user.filter(|user| user.text("userName").eq_ignore_ascii_case(text)))
            }
            _ => None,
        }
    }

    fn user_answer(&self, call: &Call, status: u16, user: &Resource) -> Reply {
        let view = View::read(&self.user_rules(), call.request);
        let location = call.location(USER_TYPE.endpoint, &user.id);
        Ok(scim(status, &self.user_shown(call, &view, user)).with_header("location", location))
    }

    fn user_shown(&self, call: &Call, view: &View, user: &Resource) -> Value {
        let mut body = self.user_json(call, user);
        if !self.profile.members.shown {
            body.remove("groups");
        }
        view.of(body)
    }

    /// A user as filters see it.
    fn user_json(&self, call: &Call, user: &Resource) -> Map<String, Value> {
        let mut body = resource_json(call, &USER_TYPE, user);
        let groups: Vec<_> = self.group_ids_of(&user.id);
        let groups = groups.iter().filter_map(|id| self.groups.rows().get(id)).map(|group| {
            json!({
                "value": group.id,
                "$ref": call.location("Groups", &group.id),
                "display": group.text("displayName"),
                "type": "direct",
            })
        });
        let groups: Vec<_> = groups.collect();
        if !groups.is_empty() {
            body.insert("groups".to_owned(), groups.into());
        }
        body
    }
}

/// What every resource shows.
pub(super) fn resource_json(call: &Call, kind: &Type, resource: &Resource) -> Map<String, Value> {
    let has_extension = resource.document.contains_key(ENTERPRISE);
    let urns: Vec<_> = std::iter::once(kind.urn)
        .chain(has_extension.then_some(ENTERPRISE))
        .collect();
    let mut body = Map::new();
    body.insert("schemas".to_owned(), urns.into());
    body.insert("id".to_owned(), resource.id.clone().into());
    body.extend(resource.document.clone());
    let meta = json!({
        "resourceType": kind.name,
        "created": resource.created_at.to_string(),
        "lastModified": resource.modified_at.to_string(),
        "location": call.location(kind.endpoint, &resource.id),
    });
    body.insert("meta".to_owned(), meta);
    body
}

impl Rules {
    /// Some attributes take one change a request.
    fn check_once(&self, operations: &[Operation]) -> Result<(), Refusal> {
        for name in self.shape().patched_once {
            let names = |operation: &&Operation| {
                let path = operation.path.as_deref().unwrap_or_default();
                matches!(self.target(path), Ok(Target::Attribute { path, .. }) if path.name() == *name)
            };
            if operations.iter().filter(names).count() > 1 {
                return Err(Refusal::value(name, "can be changed only once"));
            }
        }
        Ok(())
    }
}

fn keep(document: &mut Document, former: &Document, name: &str) {
    match former.get(name) {
        Some(value) => document.insert(name.to_owned(), value.clone()),
        None => document.remove(name),
    };
}

/// The document as the client asked for it: what says nothing of a user name that waits goes on waiting.
fn asked_for(user: &Resource) -> Document {
    let mut document = user.document.clone();
    if let Some(new) = &user.unconfirmed {
        document.insert("userName".to_owned(), new.user_name.clone().into());
    }
    document
}

/// What is to be confirmed once a user is called so. The name that is in force already needs no confirmation, and ends
/// what waited for one.
fn unconfirmed(now: Timestamp, user: &Resource, user_name: &str) -> Option<Unconfirmed> {
    if user.text("userName") == user_name {
        return None;
    }
    let waiting = user.unconfirmed.clone().filter(|new| new.user_name == user_name);
    waiting.or_else(|| {
        Some(Unconfirmed {
            user_name: user_name.to_owned(),
            since: now,
        })
    })
}
