//! Where users are logged in. A twin's users never are.

use serde_json::json;

use super::account::Zendesk;
use super::refusal::Reply;
use super::routes::Call;
use super::users;
use crate::twins::Answer;

pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    twin.user(call.id()?)?;
    Ok(Answer::empty(204))
}

pub(super) fn logout_many(twin: &mut Zendesk, call: &Call) -> Reply {
    users::named(twin, call.request)?;
    Ok(Answer::json(202, &json!("")))
}
