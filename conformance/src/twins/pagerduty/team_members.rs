//! Who belongs to which team, and as what.

use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::account::PagerDuty;
use super::body::{self, Fields};
use super::page::Page;
use super::records::{DefaultRole, Member, Team};
use super::refusal::{Refusal, Reply};
use super::roles::TeamRole;
use super::routes::Call;
use crate::twins::Answer;

pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "read teams")?;
    let team = twin.team(call.id())?;
    let page = Page::read(call.request)?;
    let rows = twin.members.rows_before(call.now, twin.lag);
    let from = (team.id.clone(), String::new());
    let of_team = rows
        .range((Bound::Included(from), Bound::Unbounded))
        .map(|(_, member)| member);
    let of_team = of_team.take_while(|member| member.team == team.id);
    // Whoever was deleted meanwhile is no longer shown, even where the list lags.
    let known = of_team.filter_map(|member| Some((twin.users.rows().get(&member.user)?, member.role)));
    Ok(page.answer(
        "members",
        known,
        |(user, role)| json!({ "user": twin.user_reference(user), "role": role }),
    ))
}

/// Adds a member, or changes the role of one.
pub(super) fn put(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "update teams")?;
    let team = twin.team(call.id())?.clone();
    let user = twin.user(call.inner_id())?;
    if user.role.is_stakeholder() {
        // The text is not documented.
        return Err(Refusal::invalid("Stakeholders cannot be added to teams"));
    }
    let role = role(call, &team)?;
    let member = Member {
        team: team.id,
        user: user.id.clone(),
        role,
    };
    twin.put_member(call.now, member);
    Ok(Answer::empty(204))
}

pub(super) fn delete(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "update teams")?;
    let team = twin.team(call.id())?.id.clone();
    let user = twin.user(call.inner_id())?.id.clone();
    let mut policies = twin.escalation_policies.rows().values();
    if policies.any(|policy| policy.teams.contains(&team) && policy.users.contains(&user)) {
        let error = "User cannot be removed as they belong to an escalation policy on this team";
        return Err(Refusal::invalid(error));
    }
    match twin.remove_member(call.now, &team, &user) {
        true => Ok(Answer::empty(204)),
        false => Err(Refusal::not_found()),
    }
}

/// The body and the role in it may be left out; the team's default applies then. For a team without one that is an
/// observer, which is not documented.
fn role(call: &Call, team: &Team) -> Result<TeamRole, Refusal> {
    let default = match team.default_role {
        DefaultRole::Manager => TeamRole::Manager,
        DefaultRole::None => TeamRole::Observer,
    };
    let fields = match call.request.body.is_empty() {
        true => Map::new(),
        false => match body::whole(call.request)? {
            Value::Object(fields) => fields,
            _ => return Err(Refusal::invalid("The body must be an object")),
        },
    };
    let mut fields = Fields::new(fields);
    let role = fields.choice("role");
    fields.finish()?;
    Ok(role.unwrap_or(default))
}

impl PagerDuty {
    pub(super) fn member_ids_of(&self, team: &str) -> Vec<String> {
        let from = (team.to_owned(), String::new());
        let members = self.members.rows().range(from..).take_while(|((of, _), _)| of == team);
        members.map(|((_, user), _)| user.clone()).collect()
    }
}
