//! Those who were asked to join the organization.

use serde_json::{Map, Value, json};

use super::account::Calendly;
use super::memberships::{email, is_email};
use super::page::Page;
use super::records::{Invitation, Status};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::uri;
use super::users::time;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Calendly, call: &Call) -> Reply {
    twin.enter(call)?;
    let mut page = Page::read(call.request)?;
    // Other orders than by creation are not documented.
    page.descending = match call.request.parameter("sort").unwrap_or("created_at:asc") {
        "created_at:asc" => false,
        "created_at:desc" => true,
        _ => return Err(Refusal::invalid("sort", "is invalid")),
    };
    let (email, status) = (email(call)?, status(call)?);
    let rows = twin.invitations.rows_before(call.now, twin.lag);
    let wanted = rows.iter().filter(|(_, row)| {
        let is_theirs = |email: &String| row.folded_email == *email;
        email.as_ref().is_none_or(is_theirs) && status.is_none_or(|status| row.status == status)
    });
    Ok(page.answer(wanted, |row| twin.invitation_json(row)))
}

/// That an invited or present e-mail is refused with 400 follows from the statuses that the document lists; the
/// details are not documented.
pub(super) fn create(twin: &mut Calendly, call: &Call) -> Reply {
    twin.enter(call)?;
    if twin.account.scim_enabled {
        return Err(Refusal::scim_enabled());
    }
    let email = invited(call)?;
    if twin.membership_by_email(&email).is_some() {
        return Err(Refusal::invalid("email", "is already a member of the organization"));
    }
    if twin.pending_invitation(&email).is_some() {
        return Err(Refusal::invalid("email", "has already been invited"));
    }
    if twin.account.seats.is_some_and(|seats| twin.seated() >= seats) {
        return Err(Refusal::no_seats(twin.account.trial));
    }
    let invitation = Invitation {
        id: twin.new_id(),
        email,
        status: Status::Pending,
        user: None,
        created_at: call.now,
        updated_at: call.now,
        folded_email: String::new(),
    };
    let invitation = twin.put_invitation(call.now, invitation);
    Ok(Answer::json(
        201,
        &json!({ "resource": twin.invitation_json(&invitation) }),
    ))
}

pub(super) fn get(twin: &mut Calendly, call: &Call) -> Reply {
    twin.enter(call)?;
    let invitation = twin.invitation(call.inner_id())?;
    Ok(Answer::json(
        200,
        &json!({ "resource": twin.invitation_json(invitation) }),
    ))
}

/// Only while it is pending; what is said of others is not documented.
pub(super) fn revoke(twin: &mut Calendly, call: &Call) -> Reply {
    twin.enter(call)?;
    if twin.account.scim_enabled {
        return Err(Refusal::scim_enabled());
    }
    let invitation = twin.invitation(call.inner_id())?;
    if invitation.status != Status::Pending {
        return Err(match twin.account.answered_is_gone {
            true => Refusal::not_found(),
            false => Refusal::invalid("uuid", "is no longer pending"),
        });
    }
    let id = invitation.id.clone();
    twin.remove_invitation(call.now, &id);
    Ok(Answer::empty(204))
}

fn invited(call: &Call) -> Result<String, Refusal> {
    let body: Map<String, Value> =
        serde_json::from_slice(&call.request.body).map_err(|_| Refusal::invalid("body", "must be a JSON object"))?;
    match body.get("email") {
        None | Some(Value::Null) => Err(Refusal::invalid("email", "can't be blank")),
        Some(Value::String(email)) if is_email(email) => Ok(email.clone()),
        Some(_) => Err(Refusal::invalid("email", "is invalid")),
    }
}

fn status(call: &Call) -> Result<Option<Status>, Refusal> {
    let status = call.request.parameter("status").map(|status| match status {
        "pending" => Ok(Status::Pending),
        "accepted" => Ok(Status::Accepted),
        "declined" => Ok(Status::Declined),
        _ => Err(Refusal::invalid("status", "is invalid")),
    });
    status.transpose()
}

impl Calendly {
    /// Invitations are a matter of the organization's administrators; there is one organization.
    fn enter(&self, call: &Call) -> Result<(), Refusal> {
        call.caller.need_admin()?;
        match call.id() == self.account.organization {
            true => Ok(()),
            false => Err(Refusal::not_found()),
        }
    }

    fn invitation(&self, id: &str) -> Result<&Invitation, Refusal> {
        let invitation = self.invitations.rows().get(id);
        invitation.map(AsRef::as_ref).ok_or_else(Refusal::not_found)
    }

    fn invitation_json(&self, invitation: &Invitation) -> Value {
        let mut body = json!({
            "uri": uri::invitation(&self.account.organization, &invitation.id),
            "organization": uri::organization(&self.account.organization),
            "email": invitation.email,
            "status": invitation.status,
            "created_at": time(invitation.created_at),
            "updated_at": time(invitation.updated_at),
            "last_sent_at": time(invitation.created_at),
        });
        if let Some(user) = &invitation.user {
            body["user"] = uri::user(user).into();
        }
        body
    }
}
