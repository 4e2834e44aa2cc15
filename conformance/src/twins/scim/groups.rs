//! Groups and their members.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Scim;
use super::filter::Filter;
use super::page::{Query, View};
use super::patch::{self, Op, Operation, Target};
use super::profile::Patched;
use super::records::Resource;
use super::refusal::{Reason, Refusal, Reply, scim};
use super::resource::{Document, Rules, body};
use super::routes::Call;
use super::schema::GROUP_TYPE;
use super::users::resource_json;
use crate::twins::Answer;

/// What a request does to the members of a group.
enum Change {
    Add(Vec<String>),
    Remove(Vec<String>),
    RemoveMatching(Filter),
    RemoveAll,
    Replace(Vec<String>),
}

pub(super) fn list(twin: &mut Scim, call: &Call) -> Reply {
    let rules = twin.group_rules();
    let (query, view) = (Query::read(&rules, call.request)?, View::read(&rules, call.request));
    let rows = twin.groups.rows_before(call.now, twin.lag);
    let matching = rows.iter().filter(|(_, group)| match &query.filter {
        Some(filter) => twin.group_matches(call, group, filter),
        None => true,
    });
    Ok(query.answer(matching, |group| twin.group_shown(call, &view, group)))
}

pub(super) fn create(twin: &mut Scim, call: &Call) -> Reply {
    let rules = twin.group_rules();
    let mut document = rules.read(body(call.request)?)?;
    let changes = vec![Change::Add(rules.ids(document.remove("members"))?)];
    twin.check_changes(&changes)?;
    twin.check_group_is_unique("", &document)?;
    let group = twin.new_resource(call.now, document);
    let group = twin.put_group(call.now, group);
    twin.change_members(call.now, &group.id, changes);
    twin.group_answer(call, 201, &group.id)
}

pub(super) fn get(twin: &mut Scim, call: &Call) -> Reply {
    twin.group_answer(call, 200, call.id)
}

/// Members that are left out are none.
pub(super) fn replace(twin: &mut Scim, call: &Call) -> Reply {
    let group = twin.group(call.id)?.clone();
    let rules = twin.group_rules();
    let mut document = rules.read(body(call.request)?)?;
    let changes = vec![Change::Replace(rules.ids(document.remove("members"))?)];
    twin.change_group(call.now, &group, (document, changes))?;
    twin.group_answer(call, 200, &group.id)
}

pub(super) fn patch(twin: &mut Scim, call: &Call) -> Reply {
    let group = twin.group(call.id)?.clone();
    let rules = twin.group_rules();
    let (mut document, mut changes) = (group.document.clone(), Vec::new());
    for operation in patch::operations(body(call.request)?)? {
        for operation in operation.spread()? {
            match rules.member_change(&operation)? {
                Some(change) => changes.push(change),
                None => rules.apply(&mut document, operation)?,
            }
        }
    }
    patch::tidy(&mut document);
    twin.change_group(call.now, &group, (rules.check(document)?, changes))?;
    match rules.shape().patched {
        Patched::Resource => twin.group_answer(call, 200, &group.id),
        Patched::Nothing => Ok(Answer::empty(204)),
    }
}

pub(super) fn delete(twin: &mut Scim, call: &Call) -> Reply {
    let id = twin.group(call.id)?.id.clone();
    twin.remove_group(call.now, &id);
    Ok(Answer::empty(204))
}

impl Scim {
    fn group_answer(&self, call: &Call, status: u16, id: &str) -> Reply {
        let view = View::read(&self.group_rules(), call.request);
        let location = call.location(GROUP_TYPE.endpoint, id);
        let body = self.group_shown(call, &view, self.group(id)?);
        Ok(scim(status, &body).with_header("location", location))
    }

    fn group_shown(&self, call: &Call, view: &View, group: &Resource) -> Value {
        let mut body = resource_json(call, &GROUP_TYPE, group);
        let members = match self.profile.members.shown && view.wants("members") {
            true => self.members_json(call, &group.id),
            false => Vec::new(),
        };
        body.insert("members".to_owned(), members.into());
        view.of(body)
    }

    fn members_json(&self, call: &Call, group: &str) -> Vec<Value> {
        let ids = self.member_ids_of(group);
        let users = ids.iter().filter_map(|id| self.users.rows().get(id));
        let json = |user: &Arc<Resource>| {
            let name = match user.text("displayName") {
                "" => user.text("userName"),
                name => name,
            };
            json!({
                "value": user.id,
                "$ref": call.location("Users", &user.id),
                "display": name,
                "type": "User",
            })
        };
        users.map(json).collect()
    }

    /// A filter sees the members, whether or not answers show them.
    fn group_matches(&self, call: &Call, group: &Resource, filter: &Filter) -> bool {
        let mut body = resource_json(call, &GROUP_TYPE, group);
        if filter.reads("members") {
            body.insert("members".to_owned(), self.members_json(call, &group.id).into());
        }
        filter.matches(&body)
    }

    /// Does all of it or nothing. What changes nothing leaves the group as old as it was.
    fn change_group(
        &mut self,
        now: Timestamp,
        group: &Resource,
        (document, changes): (Document, Vec<Change>),
    ) -> Result<(), Refusal> {
        self.check_changes(&changes)?;
        self.check_removals(&group.id, &changes)?;
        self.check_group_is_unique(&group.id, &document)?;
        let is_changed = self.change_members(now, &group.id, changes) || document != group.document;
        let changed = Resource {
            modified_at: if is_changed { now } else { group.modified_at },
            document,
            ..group.clone()
        };
        self.put_group(now, changed);
        Ok(())
    }

    /// Nothing is done unless all of it can be.
    fn check_changes(&self, changes: &[Change]) -> Result<(), Refusal> {
        let count = |change: &Change| match change {
            Change::Add(ids) | Change::Remove(ids) | Change::Replace(ids) => ids.len(),
            Change::RemoveMatching(_) => 1,
            Change::RemoveAll => 0,
        };
        let max = self.profile.members.changes_max.unwrap_or(usize::MAX);
        if changes.iter().map(count).sum::<usize>() > max {
            let detail = format!("Only {max} members can be changed at once");
            return Err(Refusal::new(Reason::TooManyMembers, detail));
        }
        for change in changes {
            match change {
                Change::Add(ids) | Change::Replace(ids) => self.check_members(ids)?,
                Change::Remove(_) | Change::RemoveMatching(_) | Change::RemoveAll => {}
            }
        }
        Ok(())
    }

    fn check_removals(&self, group: &str, changes: &[Change]) -> Result<(), Refusal> {
        for change in changes {
            let meets_nobody = match change {
                Change::RemoveMatching(filter) => self.matching(group, filter).is_empty(),
                Change::Add(_) | Change::Remove(_) | Change::RemoveAll | Change::Replace(_) => false,
            };
            if meets_nobody && !self.profile.members.strangers_go {
                return Err(Refusal::new(Reason::NoTarget, "members: the filter meets no member"));
            }
        }
        Ok(())
    }

    fn check_members(&self, ids: &[String]) -> Result<(), Refusal> {
        for id in ids {
            let user = self.users.rows().get(id);
            let user = user.ok_or_else(|| Refusal::new(Reason::NoSuchMember, format!("There is no user {id}")))?;
            if !user.is_active() && !self.profile.members.may_be_inactive {
                return Err(Refusal::new(Reason::InactiveMember, format!("User {id} is not active")));
            }
        }
        Ok(())
    }

    /// Whether anything changed.
    fn change_members(&mut self, now: Timestamp, group: &str, changes: Vec<Change>) -> bool {
        let mut is_changed = false;
        for change in changes {
            let (added, removed) = self.difference(group, change);
            for user in removed {
                is_changed |= self.remove_member(now, group, &user);
            }
            for user in added {
                is_changed |= self.put_member(now, group, &user);
            }
        }
        is_changed
    }

    /// Who is to come, and who is to go.
    fn difference(&self, group: &str, change: Change) -> (Vec<String>, Vec<String>) {
        match change {
            Change::Add(ids) => (ids, Vec::new()),
            Change::Remove(ids) => (Vec::new(), ids),
            Change::RemoveAll => (Vec::new(), self.member_ids_of(group)),
            Change::Replace(ids) => {
                let stay: BTreeSet<_> = ids.iter().cloned().collect();
                let members = self.member_ids_of(group).into_iter();
                (ids, members.filter(|id| !stay.contains(id)).collect())
            }
            Change::RemoveMatching(filter) => (Vec::new(), self.matching(group, &filter)),
        }
    }

    /// The members that a filter meets. One who is named is found without reading all the others.
    fn matching(&self, group: &str, filter: &Filter) -> Vec<String> {
        if let Some([(name, id)]) = filter.equalities().as_deref()
            && name == "value"
        {
            let key = (group.to_owned(), (*id).to_owned());
            let named = self.members.rows().get(&key);
            return named.map(|member| member.user.clone()).into_iter().collect();
        }
        let matches = |id: &String| filter.matches(&self.member(id));
        self.member_ids_of(group).into_iter().filter(matches).collect()
    }

    /// A member as the filter of a removal sees it.
    fn member(&self, id: &str) -> Map<String, Value> {
        let display = self.users.rows().get(id).map(|user| user.text("displayName"));
        let member = json!({ "value": id, "display": display.unwrap_or_default(), "type": "User" });
        member.as_object().cloned().unwrap_or_default()
    }
}

impl Rules {
    /// What an operation does to the members; none if it is about something else.
    fn member_change(&self, operation: &Operation) -> Result<Option<Change>, Refusal> {
        let text = operation.path.as_deref().unwrap_or_default();
        let Target::Attribute { path, filter } = self.target(text)? else {
            return Ok(None);
        };
        if path.attribute.name != "members" {
            return Ok(None);
        }
        if path.sub.is_some() {
            return Err(Refusal::new(Reason::Mutability, "A member cannot be changed"));
        }
        let value = (!operation.value.is_null()).then(|| operation.value.clone());
        let rules = &self.profile.members;
        let change = match (operation.op, filter, value) {
            (Op::Remove, Some(filter), _) => Change::RemoveMatching(filter),
            (Op::Add | Op::Replace, Some(_), _) => {
                return Err(Refusal::new(Reason::Mutability, "A member cannot be changed"));
            }
            (Op::Add, None, value) => Change::Add(self.ids(value)?),
            (Op::Remove, None, Some(value)) if rules.removed_by_value => Change::Remove(self.ids(Some(value))?),
            (Op::Remove, None, Some(_)) => {
                return Err(Refusal::new(Reason::Syntax, "A removal has no value"));
            }
            (Op::Remove | Op::Replace, None, _) if !rules.replaceable => {
                return Err(Refusal::value("members", "cannot be replaced or removed all at once"));
            }
            (Op::Remove, None, None) => Change::RemoveAll,
            (Op::Replace, None, value) => Change::Replace(self.ids(value)?),
        };
        Ok(Some(change))
    }

    /// The ids in a list of members, or in a single one. Members are rows of their own, no part of a group's document.
    fn ids(&self, members: Option<Value>) -> Result<Vec<String>, Refusal> {
        let members = match members {
            Some(one @ Value::Object(_)) => json!([one]),
            members => members.unwrap_or_default(),
        };
        let Target::Attribute { path, .. } = self.target("members")? else {
            return Ok(Vec::new());
        };
        let members = self.value(path.attribute, "members", members)?;
        let members = members.iter().filter_map(Value::as_array).flatten();
        let id = |member: &Value| Some(member.get("value")?.as_str()?.to_owned());
        members
            .map(|member| id(member).ok_or_else(|| Refusal::value("members.value", "is required")))
            .collect()
    }
}
