//! Who is in which group.

use std::sync::Arc;

use serde_json::Value;

use super::account::BoxEnterprise;
use super::body::{self, MEMBERSHIP, NEW_MEMBERSHIP};
use super::page::Page;
use super::records::Membership;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

pub(super) fn of_user(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let id = twin.user(call.id())?.id;
    page(twin, call, |membership| membership.user == id)
}

pub(super) fn of_group(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let id = twin.group(call.id())?.id;
    page(twin, call, |membership| membership.group == id)
}

pub(super) fn get(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let membership = twin.membership(call.id())?;
    Ok(Answer::json(200, &twin.membership_json(membership)))
}

pub(super) fn create(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let body = body::read(call.request, NEW_MEMBERSHIP)?;
    let user = twin.user(body::reference(&body, "user")?)?.clone();
    let group = twin.group(body::reference(&body, "group")?)?.clone();
    if group.barred.contains(&user.login.to_lowercase()) {
        return Err(Refusal::by_policy());
    }
    let mut rows = twin.memberships.rows().values();
    if rows.any(|row| row.user == user.id && row.group == group.id) {
        return Err(Refusal::is_member());
    }
    let membership = Membership {
        id: twin.new_id(),
        user: user.id,
        group: group.id,
        role: role(&body).unwrap_or("member").to_owned(),
        created_at: call.now,
        modified_at: call.now,
    };
    let membership = twin.memberships.put(call.now, membership);
    Ok(Answer::json(201, &twin.membership_json(&membership)))
}

pub(super) fn update(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let mut membership = twin.membership(call.id())?.as_ref().clone();
    let body = body::read(call.request, MEMBERSHIP)?;
    if let Some(role) = role(&body) {
        membership.role = role.to_owned();
        membership.modified_at = call.now;
    }
    let membership = twin.memberships.put(call.now, membership);
    Ok(Answer::json(200, &twin.membership_json(&membership)))
}

pub(super) fn delete(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let id = twin.membership(call.id())?.id;
    twin.memberships.remove(call.now, &id);
    Ok(Answer::empty(204))
}

fn page(twin: &BoxEnterprise, call: &Call, is_wanted: impl Fn(&Membership) -> bool) -> Reply {
    let page = Page::by_offset(call.request)?;
    let rows = twin.memberships.rows_before(call.now, twin.lag);
    let wanted = rows.iter().filter(|(_, row)| is_wanted(row));
    let wanted: Vec<_> = wanted.map(|(id, row)| (*id, Arc::clone(row))).collect();
    let answer = page.answer(&wanted, |row| twin.membership_json(row));
    Ok(Answer::json(200, &answer))
}

fn role(body: &serde_json::Map<String, Value>) -> Option<&str> {
    body.get("role").and_then(Value::as_str)
}
