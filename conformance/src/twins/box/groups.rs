//! Groups, each of a name of its own.

use std::sync::Arc;

use super::account::BoxEnterprise;
use super::body::{self, GROUP};
use super::page::Page;
use super::records::Group;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::shown::{group_json, narrowed};
use super::users::begins;
use crate::twins::Answer;

/// The filter finds names by how they begin; not documented.
pub(super) fn list(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let page = Page::by_offset(call.request)?;
    let term = call.request.parameter("filter_term").map(str::to_lowercase);
    let rows = twin.groups.rows_before(call.now, twin.lag);
    let wanted = rows
        .iter()
        .filter(|(_, group)| term.as_ref().is_none_or(|term| begins(&group.name, term)));
    let wanted: Vec<_> = wanted.map(|(id, group)| (*id, Arc::clone(group))).collect();
    let answer = page.answer(&wanted, |group| narrowed(call.request, group_json(group)));
    Ok(Answer::json(200, &answer))
}

pub(super) fn get(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let group = twin.group(call.id())?;
    Ok(Answer::json(200, &narrowed(call.request, group_json(group))))
}

pub(super) fn create(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let mut values = body::read(call.request, GROUP)?;
    let name = body::required(&values, "name")?.to_owned();
    values.remove("name");
    check_name(twin, &name)?;
    let group = Group {
        id: twin.new_id(),
        name,
        values,
        is_everybody: false,
        barred: Default::default(),
        created_at: call.now,
        modified_at: call.now,
    };
    let group = twin.groups.put(call.now, group);
    Ok(Answer::json(201, &narrowed(call.request, group_json(&group))))
}

pub(super) fn update(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let mut group = changeable(twin, call)?.as_ref().clone();
    let mut changed = body::read(call.request, GROUP)?;
    if changed.contains_key("name") {
        let name = body::required(&changed, "name")?.to_owned();
        if name != group.name {
            check_name(twin, &name)?;
        }
        group.name = name;
        changed.remove("name");
    }
    group.values.extend(changed);
    group.modified_at = call.now;
    let group = twin.groups.put(call.now, group);
    Ok(Answer::json(200, &narrowed(call.request, group_json(&group))))
}

pub(super) fn delete(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let id = changeable(twin, call)?.id;
    twin.remove_group(call.now, id);
    Ok(Answer::empty(204))
}

fn changeable(twin: &BoxEnterprise, call: &Call) -> Result<Arc<Group>, Refusal> {
    let group = twin.group(call.id())?;
    match group.is_everybody {
        true => Err(Refusal::untouchable()),
        false => Ok(Arc::clone(group)),
    }
}

/// That names of other case are other names is not documented.
fn check_name(twin: &BoxEnterprise, name: &str) -> Result<(), Refusal> {
    let is_taken = twin.groups.rows().values().any(|group| group.name == name);
    match is_taken {
        true => Err(Refusal::name_taken()),
        false => Ok(()),
    }
}
