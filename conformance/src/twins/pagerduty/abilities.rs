//! What the account can do.

use serde_json::json;

use super::account::PagerDuty;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

/// Every ability the twin knows. PagerDuty's document names `teams` and `read_only_users`; it says of "advanced
/// permissions" and of offboarding only that there are abilities for them.
const KNOWN: [&str; 6] = [
    "advanced_permissions",
    "offboarding",
    "preview_incident_alert_split",
    "read_only_users",
    "sso",
    "teams",
];

impl PagerDuty {
    /// Refuses what the account has no ability for; the purpose completes "is required to".
    pub(super) fn need(&self, ability: &'static str, purpose: &str) -> Result<(), Refusal> {
        match self.account.abilities.contains(ability) {
            true => Ok(()),
            false => Err(Refusal::ability(ability, purpose)),
        }
    }
}

pub(super) fn list(twin: &mut PagerDuty, _call: &Call) -> Reply {
    Ok(Answer::json(200, &json!({ "abilities": twin.account.abilities })))
}

pub(super) fn test(twin: &mut PagerDuty, call: &Call) -> Reply {
    let known = KNOWN
        .iter()
        .find(|ability| **ability == call.id())
        .ok_or_else(Refusal::not_found)?;
    twin.need(known, "do this")?;
    Ok(Answer::empty(204))
}

/// Whether there is such an ability at all.
pub(super) fn is_known(ability: &str) -> bool {
    KNOWN.contains(&ability)
}
