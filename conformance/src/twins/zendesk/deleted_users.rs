//! Users who were deleted, and their last trace.

use std::sync::Arc;

use serde_json::json;

use super::account::Zendesk;
use super::page::Page;
use super::records::User;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let rows = twin.users.rows_before(call.now, twin.lag);
    let deleted = rows.range(page.start()..).filter(|(_, user)| !user.active);
    let deleted = deleted.map(|(id, user)| (*id, user));
    Ok(page
        .of(deleted)
        .answer(twin, "deleted_users", |user| twin.deleted_user_json(user)))
}

pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = deleted(twin, call)?;
    Ok(answer(twin, user))
}

/// Afterwards nobody finds the user any more. That is not documented.
pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = deleted(twin, call)?.clone();
    twin.limit_permanent_deletions(call.now)?;
    twin.organization_memberships.leave_all(call.now, user.id);
    twin.users.remove(call.now, &user.id);
    Ok(answer(twin, &user))
}

fn deleted<'a>(twin: &'a Zendesk, call: &Call) -> Result<&'a Arc<User>, Refusal> {
    let user = twin.users.rows().get(&call.id()?).filter(|user| !user.active);
    user.ok_or_else(Refusal::not_found)
}

fn answer(twin: &Zendesk, user: &User) -> Answer {
    Answer::json(200, &json!({ "deleted_user": twin.deleted_user_json(user) }))
}
