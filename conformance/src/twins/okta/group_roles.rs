//! Administrator roles of groups: every member has them.

use super::account::Okta;
use super::records::GroupKind;
use super::refusal::{Refusal, Reply};
use super::roles::Asked;
use super::routes::Call;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let group = twin.group(call.id())?;
    let roles = twin.assignments_of(&group.id).map(|role| twin.role_json(call, role));
    Ok(Answer::json(200, &roles.collect()))
}

/// `Everyone` and groups that rules fill hold no role.
pub(super) fn assign(twin: &mut Okta, call: &Call) -> Reply {
    let group = twin.group(call.id())?.clone();
    if group.kind == GroupKind::BuiltIn {
        return Err(Refusal::role_for_built_in_group(&group.name));
    }
    let mut rules = twin.rules.rows().values();
    if rules.any(|rule| rule.groups.contains(&group.id)) {
        return Err(Refusal::role_for_ruled_group());
    }
    let asked = Asked::read(twin, call)?;
    let role = twin.assign_role(call, group.id.clone(), asked)?;
    Ok(Answer::json(200, &role))
}

pub(super) fn unassign(twin: &mut Okta, call: &Call) -> Reply {
    let holder = twin.group(call.id())?.id.clone();
    twin.unassign_role(call, holder)
}
