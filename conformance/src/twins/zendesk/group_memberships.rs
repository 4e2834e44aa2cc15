//! Who belongs to which groups. A membership is a record with an id of its own.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::body::{self, Fields};
use super::page::Page;
use super::records::Membership;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    page_of(twin, call, |_| true)
}

pub(super) fn of_user(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = twin.user(call.id()?)?.id;
    page_of(twin, call, |membership| membership.user == user)
}

pub(super) fn of_group(twin: &mut Zendesk, call: &Call) -> Reply {
    let group = twin.group(call.id()?)?.id;
    page_of(twin, call, |membership| membership.of == group)
}

pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let membership = twin.group_memberships.get(call.id()?)?;
    Ok(answer(twin, 200, membership))
}

pub(super) fn show_of_user(twin: &mut Zendesk, call: &Call) -> Reply {
    let membership = found_of_user(twin, call)?;
    Ok(answer(twin, 200, &membership))
}

pub(super) fn create(twin: &mut Zendesk, call: &Call) -> Reply {
    let fields = body::object(call.request, "group_membership")?;
    let membership = twin.create_membership(call.now, &fields)?;
    Ok(answer(twin, 201, &membership))
}

pub(super) fn create_of_user(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = twin.user(call.id()?)?.id;
    let mut fields = body::object(call.request, "group_membership")?;
    fields.insert("user_id".to_owned(), user.into());
    let membership = twin.create_membership(call.now, &fields)?;
    Ok(answer(twin, 201, &membership))
}

pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    twin.delete_membership(call.now, call.id()?)?;
    Ok(Answer::empty(204))
}

pub(super) fn delete_of_user(twin: &mut Zendesk, call: &Call) -> Reply {
    let id = found_of_user(twin, call)?.id;
    twin.delete_membership(call.now, id)?;
    Ok(Answer::empty(204))
}

/// Answers all memberships of the user, since another one is no longer the default.
pub(super) fn make_default(twin: &mut Zendesk, call: &Call) -> Reply {
    let membership = found_of_user(twin, call)?;
    twin.group_memberships.make_default(call.now, membership.id);
    let memberships = twin.group_memberships.of_user(membership.user);
    let list: Vec<_> = memberships.map(|membership| twin.membership_json(membership)).collect();
    Ok(Answer::json(200, &json!({ "group_memberships": list })))
}

fn found_of_user(twin: &Zendesk, call: &Call) -> Result<Arc<Membership>, Refusal> {
    let user = twin.user(call.id()?)?.id;
    let membership = twin.group_memberships.get(call.inner_id()?)?;
    match membership.user == user {
        true => Ok(membership.clone()),
        false => Err(Refusal::not_found()),
    }
}

fn page_of(twin: &Zendesk, call: &Call, is_wanted: impl Fn(&Membership) -> bool) -> Reply {
    let page = Page::read(call)?;
    let rows = twin.group_memberships.table.rows_before(call.now, twin.lag);
    let wanted = rows
        .range(page.start()..)
        .filter(|(_, membership)| is_wanted(membership));
    let wanted = wanted.map(|(id, membership)| (*id, membership));
    Ok(page
        .of(wanted)
        .answer(twin, "group_memberships", |membership| twin.membership_json(membership)))
}

fn answer(twin: &Zendesk, status: u16, membership: &Membership) -> Answer {
    Answer::json(status, &json!({ "group_membership": twin.membership_json(membership) }))
}

impl Zendesk {
    /// Only the team has groups, and nobody belongs to one twice. Which errors say so is not documented.
    pub(super) fn create_membership(
        &mut self,
        now: Timestamp,
        said: &Map<String, Value>,
    ) -> Result<Arc<Membership>, Refusal> {
        let mut fields = Fields::new(said);
        let (user, group) = (fields.id("user_id").flatten(), fields.id("group_id").flatten());
        let default = fields.boolean("default").unwrap_or_default();
        let mut faults = fields.faults;
        let member = user
            .and_then(|id| self.user(id).ok())
            .filter(|user| user.role.is_team());
        if member.is_none() {
            faults.invalid("user_id");
        }
        let live = group.and_then(|id| self.live_group(id));
        if live.is_none() {
            faults.invalid("group_id");
        }
        let pair = member.zip(live).map(|(user, group)| (user.id, group.id));
        if pair.is_some_and(|(user, group)| self.group_memberships.find(user, group).is_some()) {
            faults.add("user_id", "DuplicateValue", "has already been taken");
        }
        faults.finish()?;
        let (user, group) = pair.ok_or_else(Refusal::not_found)?;
        let id = self.join_group(now, user, group);
        if default {
            self.group_memberships.make_default(now, id);
        }
        Ok(self.group_memberships.get(id)?.clone())
    }

    /// The id of the membership, be it an old one.
    pub(super) fn join_group(&mut self, now: Timestamp, user: u64, group: u64) -> u64 {
        if let Some(membership) = self.group_memberships.find(user, group) {
            return membership.id;
        }
        let id = self.new_id();
        self.group_memberships.join(now, id, (user, group)).id
    }

    pub(super) fn delete_membership(&mut self, now: Timestamp, id: u64) -> Result<(), Refusal> {
        self.group_memberships.get(id)?;
        self.group_memberships.leave(now, id);
        Ok(())
    }

    fn membership_json(&self, membership: &Membership) -> Value {
        json!({
            "id": membership.id,
            "url": self.url(&format!("group_memberships/{}", membership.id)),
            "user_id": membership.user,
            "group_id": membership.of,
            "default": membership.default,
            "created_at": time(membership.created_at),
            "updated_at": time(membership.updated_at),
        })
    }
}
