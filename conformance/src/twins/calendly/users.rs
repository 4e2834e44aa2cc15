//! Who somebody is.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Calendly;
use super::records::User;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::uri;
use crate::twins::Answer;

pub(super) fn me(twin: &mut Calendly, call: &Call) -> Reply {
    answer(twin, &call.caller.user)
}

/// Whoever is not a member is not seen; what Calendly answers then is not documented.
pub(super) fn get(twin: &mut Calendly, call: &Call) -> Reply {
    let membership = twin.membership_of(call.id()).ok_or_else(Refusal::not_found)?;
    match call.caller.may_see(membership) {
        true => answer(twin, call.id()),
        false => Err(Refusal::denied()),
    }
}

fn answer(twin: &Calendly, id: &str) -> Reply {
    let user = twin.users.rows().get(id).ok_or_else(Refusal::not_found)?;
    let mut body = json(user);
    body["current_organization"] = uri::organization(&twin.account.organization).into();
    Ok(Answer::json(200, &json!({ "resource": body })))
}

/// A user as a membership shows it.
pub(super) fn json(user: &User) -> Value {
    let slug = user.id.to_lowercase();
    json!({
        "uri": uri::user(&user.id),
        "name": user.name,
        "slug": slug,
        "email": user.email,
        "scheduling_url": format!("https://calendly.com/{slug}"),
        "timezone": "America/New_York",
        "avatar_url": null,
        "created_at": time(user.created_at),
        "updated_at": time(user.updated_at),
    })
}

/// A time with microseconds, as Calendly writes it.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.6}")
}
