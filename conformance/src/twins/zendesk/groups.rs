//! Groups, to which only members of the team belong.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::account::Zendesk;
use super::body::{self, Fields};
use super::page::Page;
use super::records::Group;
use super::refusal::{Faults, Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

/// Deleted groups stay in the list, unless somebody asks for it without.
pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let without = call.request.parameter("exclude_deleted") == Some("true");
    page_of(twin, call, |group| !(without && group.deleted))
}

pub(super) fn assignable(twin: &mut Zendesk, call: &Call) -> Reply {
    page_of(twin, call, |group| !group.deleted)
}

pub(super) fn of_user(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = twin.user(call.id()?)?.id;
    let own: BTreeSet<u64> = twin
        .group_memberships
        .of_user(user)
        .map(|membership| membership.of)
        .collect();
    page_of(twin, call, |group| own.contains(&group.id))
}

pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let group = twin.groups.rows().get(&call.id()?).ok_or_else(Refusal::not_found)?;
    Ok(twin.group_answer(200, group))
}

pub(super) fn create(twin: &mut Zendesk, call: &Call) -> Reply {
    let input = GroupInput::read(twin, call, None)?;
    let group = Group {
        id: twin.new_id(),
        name: input.name.unwrap_or_default(),
        description: input.description.unwrap_or_default(),
        is_public: input.is_public.unwrap_or(true),
        default: false,
        deleted: false,
        created_at: call.now,
        updated_at: call.now,
    };
    let group = twin.groups.put(call.now, group);
    Ok(twin.group_answer(201, &group))
}

pub(super) fn update(twin: &mut Zendesk, call: &Call) -> Reply {
    let group = twin.group(call.id()?)?.as_ref().clone();
    let input = GroupInput::read(twin, call, Some(&group))?;
    let group = Group {
        name: input.name.unwrap_or(group.name),
        description: input.description.unwrap_or(group.description),
        is_public: input.is_public.unwrap_or(group.is_public),
        updated_at: call.now,
        ..group
    };
    let group = twin.groups.put(call.now, group);
    Ok(twin.group_answer(200, &group))
}

/// That the account's default group stays is not documented.
pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    let group = twin.group(call.id()?)?.as_ref().clone();
    if group.default {
        return Err(Refusal::invalid(
            "base",
            "InvalidValue",
            "the default group cannot be deleted",
        ));
    }
    twin.group_memberships.dissolve(call.now, group.id);
    twin.groups.put(
        call.now,
        Group {
            deleted: true,
            updated_at: call.now,
            ..group
        },
    );
    Ok(Answer::empty(204))
}

fn page_of(twin: &Zendesk, call: &Call, is_wanted: impl Fn(&Group) -> bool) -> Reply {
    let page = Page::read(call)?;
    let rows = twin.groups.rows_before(call.now, twin.lag);
    let groups = rows.iter().filter(|(_, group)| is_wanted(group));
    let groups = groups.map(|(id, group)| (*id, group));
    Ok(page.of(groups).answer(twin, "groups", |group| twin.group_json(group)))
}

/// The fields of a group that a request names.
struct GroupInput {
    name: Option<String>,
    description: Option<String>,
    is_public: Option<bool>,
}

impl GroupInput {
    /// A private group stays private. Neither the status of that is documented, nor that names are unique.
    fn read(twin: &Zendesk, call: &Call, before: Option<&Group>) -> Result<GroupInput, Refusal> {
        let said = body::object(call.request, "group")?;
        let mut fields = Fields::new(&said);
        let mut name = fields.filled("name");
        if before.is_none() {
            name = fields.require("name", name);
        }
        let (description, is_public) = (fields.text("description"), fields.boolean("is_public"));
        let mut faults: Faults = fields.faults;
        let own = before.map(|group| group.id);
        let mut others = twin
            .groups
            .rows()
            .values()
            .filter(|group| !group.deleted && Some(group.id) != own);
        let is_taken = |name: &String| others.any(|group| group.name.to_lowercase() == name.to_lowercase());
        if name.as_ref().is_some_and(is_taken) {
            faults.add("name", "DuplicateValue", "has already been taken");
        }
        if before.is_some_and(|group| !group.is_public) && is_public == Some(true) {
            faults.add("is_public", "InvalidValue", "a private group cannot be made public");
        }
        faults.finish()?;
        Ok(GroupInput {
            name,
            description,
            is_public,
        })
    }
}

impl Zendesk {
    /// A group that was not deleted.
    pub(super) fn group(&self, id: u64) -> Result<&Arc<Group>, Refusal> {
        self.live_group(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn live_group(&self, id: u64) -> Option<&Arc<Group>> {
        self.groups.rows().get(&id).filter(|group| !group.deleted)
    }

    fn group_answer(&self, status: u16, group: &Group) -> Answer {
        Answer::json(status, &json!({ "group": self.group_json(group) }))
    }

    fn group_json(&self, group: &Group) -> Value {
        json!({
            "id": group.id,
            "url": self.url(&format!("groups/{}", group.id)),
            "name": group.name,
            "description": group.description,
            "is_public": group.is_public,
            "default": group.default,
            "deleted": group.deleted,
            "created_at": time(group.created_at),
            "updated_at": time(group.updated_at),
        })
    }
}
