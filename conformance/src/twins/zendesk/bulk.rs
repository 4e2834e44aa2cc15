//! Requests that concern many at once, each of which becomes a job.

use serde_json::{Map, Value};

use super::account::Zendesk;
use super::body::{self, few, objects};
use super::jobs::{Change, Work};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::users::named;

pub(super) fn create_many(twin: &mut Zendesk, call: &Call) -> Reply {
    check_import(twin)?;
    let items = objects(call.request, "users")?;
    twin.queue(call.now, Work::CreateUsers(items))
}

pub(super) fn create_or_update_many(twin: &mut Zendesk, call: &Call) -> Reply {
    check_import(twin)?;
    let items = objects(call.request, "users")?;
    twin.queue(call.now, Work::CreateOrUpdateUsers(items))
}

/// The same change for all who are named in the query, or a change for each who is named in the body by id or by
/// external id.
pub(super) fn update_many(twin: &mut Zendesk, call: &Call) -> Reply {
    let is_same_for_all = ["ids", "external_ids"]
        .iter()
        .any(|name| call.request.parameter(name).is_some());
    let changes = if is_same_for_all {
        let fields = body::object(call.request, "user")?;
        let change = |user| Change {
            user,
            fields: fields.clone(),
        };
        named(twin, call.request)?.into_iter().map(change).collect()
    } else {
        let each = objects(call.request, "users")?;
        each.into_iter().map(|fields| change(twin, fields)).collect()
    };
    twin.queue(call.now, Work::UpdateUsers(changes))
}

pub(super) fn destroy_many(twin: &mut Zendesk, call: &Call) -> Reply {
    let users = named(twin, call.request)?;
    twin.queue(call.now, Work::DeleteUsers(users))
}

pub(super) fn create_memberships(twin: &mut Zendesk, call: &Call) -> Reply {
    let items = objects(call.request, "group_memberships")?;
    twin.queue(call.now, Work::CreateMemberships(items))
}

pub(super) fn destroy_memberships(twin: &mut Zendesk, call: &Call) -> Reply {
    let ids = call
        .request
        .parameter("ids")
        .ok_or_else(|| Refusal::parameter("ids is missing"))?;
    let ids = ids
        .split(',')
        .map(|id| id.trim().parse().map_err(|_| Refusal::parameter("ids must be numbers")));
    let ids = few(ids.collect::<Result<_, _>>()?)?;
    twin.queue(call.now, Work::DeleteMemberships(ids))
}

fn change(twin: &Zendesk, fields: Map<String, Value>) -> Change {
    let by_external_id = || twin.user_by_external_id(fields.get("external_id")?.as_str()?);
    let user = fields.get("id").and_then(Value::as_u64).or_else(by_external_id);
    Change { user, fields }
}

fn check_import(twin: &Zendesk) -> Result<(), Refusal> {
    match twin.account.bulk_import {
        true => Ok(()),
        false => Err(Refusal::forbidden("Bulk user imports are not enabled for this account")),
    }
}
