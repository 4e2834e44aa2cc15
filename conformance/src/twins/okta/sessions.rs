//! Sessions of users.

use super::account::Okta;
use super::refusal::Reply;
use super::routes::Call;
use crate::twins::Answer;

/// There is nothing to see of sessions in the API; that there is such a user is checked.
pub(super) fn revoke(twin: &mut Okta, call: &Call) -> Reply {
    call.flag("oauthTokens", false)?;
    call.flag("forgetDevices", true)?;
    twin.user_by_id(call.id())?;
    Ok(Answer::empty(204))
}
