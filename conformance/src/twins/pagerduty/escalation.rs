//! Who is on call: schedules, escalation policies of one rule, and what follows from them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::account::PagerDuty;
use super::page::Page;
use super::records::Duty;
use super::reference::{Object, with};
use super::refusal::Reply;
use super::routes::Call;
use crate::twins::Request;

/// How long a rule waits before the next one.
const ESCALATION_DELAY_MINUTES: u64 = 30;

pub(super) fn list_policies(twin: &mut PagerDuty, call: &Call) -> Reply {
    let page = Page::read(call.request)?;
    let rows = twin.escalation_policies.rows_before(call.now, twin.lag);
    let found = rows.values().filter(|duty| is_asked_for(duty, call.request));
    Ok(page.answer("escalation_policies", found, |policy| twin.policy_json(policy)))
}

pub(super) fn list_schedules(twin: &mut PagerDuty, call: &Call) -> Reply {
    let page = Page::read(call.request)?;
    let rows = twin.schedules.rows_before(call.now, twin.lag);
    let found = rows.values().filter(|duty| is_asked_for(duty, call.request));
    Ok(page.answer("schedules", found, |schedule| twin.schedule_json(schedule)))
}

/// Everybody named by a policy or a schedule is on call, always, at the first level.
pub(super) fn list_oncalls(twin: &mut PagerDuty, call: &Call) -> Reply {
    let page = Page::read(call.request)?;
    let policies = twin.escalation_policies.rows_before(call.now, twin.lag);
    let schedules = twin.schedules.rows_before(call.now, twin.lag);
    let by_policy = policies
        .values()
        .filter(|duty| asks_for(call.request, "escalation_policy_ids[]", &duty.id));
    let by_policy =
        by_policy.flat_map(|duty| of_each_user(duty, "escalation_policy", twin.escalation_policy_reference(duty)));
    let by_schedule = schedules
        .values()
        .filter(|duty| asks_for(call.request, "schedule_ids[]", &duty.id));
    let by_schedule = by_schedule.flat_map(|duty| of_each_user(duty, "schedule", twin.schedule_reference(duty)));
    let wanted = |user: &String| asks_for(call.request, "user_ids[]", user);
    let found = by_policy.chain(by_schedule).filter(|(user, ..)| wanted(user));
    let known = found.filter_map(|(user, name, duty)| Some((twin.users.rows().get(&user)?, name, duty)));
    Ok(page.answer(
        "oncalls",
        known,
        |(user, name, duty)| json!({ "user": twin.user_reference(user), name: duty, "escalation_level": 1 }),
    ))
}

fn of_each_user(duty: &Arc<Duty>, name: &'static str, reference: Value) -> Vec<(String, &'static str, Value)> {
    duty.users
        .iter()
        .map(|user| (user.clone(), name, reference.clone()))
        .collect()
}

/// Whether the parameters for name, users and teams let a duty pass.
fn is_asked_for(duty: &Duty, request: &Request) -> bool {
    let text = request.parameter("query").unwrap_or_default().to_lowercase();
    duty.name.to_lowercase().contains(&text)
        && any_asked_for(request, "user_ids[]", &duty.users)
        && any_asked_for(request, "team_ids[]", &duty.teams)
}

fn any_asked_for(request: &Request, parameter: &str, ids: &[String]) -> bool {
    request.parameter(parameter).is_none() || ids.iter().any(|id| asks_for(request, parameter, id))
}

fn asks_for(request: &Request, parameter: &str, id: &str) -> bool {
    request.parameter(parameter).is_none() || request.parameters(parameter).any(|asked| asked == id)
}

impl PagerDuty {
    fn policy_json(&self, policy: &Duty) -> Value {
        let targets = self.user_references(&policy.users);
        let rule = json!({
            "id": policy.id, "escalation_delay_in_minutes": ESCALATION_DELAY_MINUTES, "targets": targets,
        });
        // A rule without targets is none.
        let rules = if targets.is_empty() { vec![] } else { vec![rule] };
        with(
            self.head(Object {
                kind: "escalation_policy",
                path: "escalation_policies",
                id: &policy.id,
                summary: &policy.name,
            }),
            json!({
                "name": policy.name,
                "num_loops": 0,
                "on_call_handoff_notifications": "if_has_services",
                "escalation_rules": rules,
                "services": [],
                "teams": self.team_references(&policy.teams),
            }),
        )
    }

    fn schedule_json(&self, schedule: &Duty) -> Value {
        with(
            self.head(Object {
                kind: "schedule",
                path: "schedules",
                id: &schedule.id,
                summary: &schedule.name,
            }),
            json!({
                "name": schedule.name,
                "time_zone": PagerDuty::TIME_ZONE,
                "escalation_policies": [],
                "users": self.user_references(&schedule.users),
                "teams": self.team_references(&schedule.teams),
            }),
        )
    }
}
