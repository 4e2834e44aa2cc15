//! Where users are logged in, and which applications act for them.

use serde_json::json;

use super::account::PagerDuty;
use super::records::{Session, User};
use super::reference::time;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = twin.user(call.id())?;
    let json = |session: &Session| {
        json!({
            "id": session.id,
            "user_id": user.id,
            "created_at": time(session.created_at),
            "type": "browser",
            "summary": "A browser",
        })
    };
    let sessions: Vec<_> = user.sessions.iter().map(json).collect();
    Ok(Answer::json(200, &json!({ "user_sessions": sessions })))
}

pub(super) fn delete(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = twin.user(call.id())?.as_ref().clone();
    twin.put_user(
        call.now,
        User {
            sessions: Vec::new(),
            ..user
        },
    );
    Ok(Answer::empty(204))
}

/// Nobody has delegated anything in a twin; the text of the status is not documented.
pub(super) fn delete_delegations(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = call
        .request
        .parameter("user_id")
        .ok_or_else(|| Refusal::arguments("user_id is missing"))?;
    match call.request.parameter("type") {
        Some("mobile" | "web") => {}
        _ => return Err(Refusal::arguments("type must be mobile or web")),
    }
    if !twin.users.rows().contains_key(user) {
        return Err(Refusal::arguments("user_id names no user"));
    }
    Ok(Answer::json(200, &json!({ "status": "ok" })))
}
