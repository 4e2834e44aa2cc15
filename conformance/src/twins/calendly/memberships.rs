//! Who belongs to the organization. Roles can be read only.

use std::sync::Arc;

use serde_json::{Value, json};

use super::account::Calendly;
use super::page::Page;
use super::records::{Membership, Role};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::uri;
use super::users::{self, time};
use crate::twins::Answer;

/// Of an organization, or of a user, or of an e-mail. Without any of them it is not documented what is listed; the
/// twin refuses. Somebody who is no administrator may ask for itself alone.
pub(super) fn list(twin: &mut Calendly, call: &Call) -> Reply {
    let page = Page::read(call.request)?;
    let organization = uri::parameter(call.request, "organization")?;
    let user = uri::parameter(call.request, "user")?;
    let email = email(call)?;
    if organization.is_none() && user.is_none() && email.is_none() {
        return Err(Refusal::invalid("organization", "can't be blank"));
    }
    if organization.is_some_and(|organization| organization != twin.account.organization) {
        return Err(Refusal::denied());
    }
    if user != Some(call.caller.user.as_str()) {
        call.caller.need_admin()?;
    }
    let rows = twin.memberships.rows_before(call.now, twin.lag);
    // An e-mail names at most one user, who is at most one member.
    let named = email.map(|email| twin.user_id(&email).unwrap_or_default());
    let mut asked = named.as_deref().into_iter().chain(user);
    let only = asked.next();
    let is_nobody = asked.any(|other| Some(other) != only);
    let wanted = rows
        .iter()
        .filter(|(_, row)| only.is_none_or(|user| row.user == user) && !is_nobody);
    Ok(page.answer(wanted, |row| twin.membership_json(row)))
}

pub(super) fn get(twin: &mut Calendly, call: &Call) -> Reply {
    let membership = twin.membership(call.id())?;
    match call.caller.may_see(membership) {
        true => Ok(Answer::json(
            200,
            &json!({ "resource": twin.membership_json(membership) }),
        )),
        false => Err(Refusal::denied()),
    }
}

/// The owner stays. What is said then is not documented.
pub(super) fn delete(twin: &mut Calendly, call: &Call) -> Reply {
    call.caller.need_admin()?;
    let membership = twin.membership(call.id())?.clone();
    if membership.role == Role::Owner {
        return Err(Refusal::denied());
    }
    twin.remove_membership(call.now, &membership.id);
    Ok(Answer::empty(204))
}

/// The e-mail that a list is filtered by, in lower case.
pub(super) fn email(call: &Call) -> Result<Option<String>, Refusal> {
    match call.request.parameter("email") {
        Some(email) if !is_email(email) => Err(Refusal::invalid("email", "is invalid")),
        email => Ok(email.map(str::to_lowercase)),
    }
}

/// Something before and something with a dot behind one `@`, no blanks.
pub(super) fn is_email(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@').is_some_and(|(local, domain)| {
        sound(local) && sound(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    })
}

impl Calendly {
    fn membership_json(&self, membership: &Arc<Membership>) -> Value {
        json!({
            "uri": uri::membership(&membership.id),
            "role": membership.role,
            "user": self.users.rows().get(&membership.user).map(|user| users::json(user)),
            "organization": uri::organization(&self.account.organization),
            "created_at": time(membership.created_at),
            "updated_at": time(membership.updated_at),
        })
    }
}
