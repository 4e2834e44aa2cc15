//! The life of a user: activation, suspension, deactivation, deletion.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::account::Okta;
use super::records::{Provider, Status, Transition, User};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

/// From `STAGED` and `DEPROVISIONED` alone. That someone `PROVISIONED` counts as active already is not documented.
pub(super) fn activate(twin: &mut Okta, call: &Call) -> Reply {
    let sends_email = call.flag("sendEmail", true)?;
    let user = twin.settled_user(call)?;
    match user.status {
        Status::Staged | Status::Deprovisioned => {}
        Status::Active | Status::Provisioned => return Err(Refusal::already_active()),
        Status::Recovery | Status::PasswordExpired | Status::LockedOut | Status::Suspended => {
            return Err(Refusal::wrong_status());
        }
    }
    let user = twin.begin_activation(call.now, user);
    let user = twin.put_user(call.now, user);
    Ok(activation(call, &user, sends_email))
}

/// Begins the activation anew that was not completed.
pub(super) fn reactivate(twin: &mut Okta, call: &Call) -> Reply {
    let sends_email = call.flag("sendEmail", false)?;
    let user = twin.settled_user(call)?;
    if !matches!(user.status, Status::Provisioned | Status::Recovery) {
        return Err(Refusal::wrong_status());
    }
    let user = twin.put_user(call.now, user.in_status(call.now, Status::Provisioned));
    Ok(activation(call, &user, sends_email))
}

/// Once someone is deactivated, this finds nobody.
pub(super) fn deactivate(twin: &mut Okta, call: &Call) -> Reply {
    call.flag("sendEmail", false)?;
    let user = twin.settled_user(call)?;
    if user.status == Status::Deprovisioned {
        return Err(Refusal::not_found(call.id(), "User"));
    }
    twin.deactivate(call, user);
    Ok(done())
}

/// Group memberships stay.
pub(super) fn suspend(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.settled_user(call)?;
    if user.status != Status::Active {
        // The texts are not documented, here and below.
        return Err(Refusal::field("status", "Only active users can be suspended"));
    }
    twin.put_user(call.now, user.in_status(call.now, Status::Suspended));
    Ok(done())
}

pub(super) fn unsuspend(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.settled_user(call)?;
    if user.status != Status::Suspended {
        return Err(Refusal::field("status", "Only suspended users can be unsuspended"));
    }
    twin.put_user(call.now, user.in_status(call.now, Status::Active));
    Ok(done())
}

pub(super) fn unlock(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.settled_user(call)?;
    if user.status != Status::LockedOut {
        return Err(Refusal::unlock());
    }
    twin.put_user(call.now, user.in_status(call.now, Status::Active));
    Ok(done())
}

/// The first call deactivates, the second deletes.
pub(super) fn delete(twin: &mut Okta, call: &Call) -> Reply {
    call.flag("sendEmail", false)?;
    let user = twin.settled_user(call)?;
    match user.status {
        Status::Deprovisioned => twin.remove_user(call.now, &user.id),
        _ => twin.deactivate(call, user),
    }
    Ok(Answer::empty(204))
}

fn done() -> Answer {
    Answer::json(200, &json!({}))
}

/// If no e-mail tells the user, the caller must.
fn activation(call: &Call, user: &User, sends_email: bool) -> Answer {
    if sends_email {
        return done();
    }
    let token = format!("{}{}", user.id, user.version);
    let url = format!("{}/welcome/{token}", call.base);
    Answer::json(200, &json!({ "activationUrl": url, "activationToken": token }))
}

impl Okta {
    /// The user whom the path names, unless a change of status is under way. What a deactivation under way is answered
    /// with is not documented.
    pub(super) fn settled_user(&self, call: &Call) -> Result<User, Refusal> {
        let user = self.user(call.id())?.at(call.now);
        match user.transition.map(|transition| transition.to) {
            None => Ok(user.into_owned()),
            Some(Status::Deprovisioned) => Err(Refusal::wrong_status()),
            Some(_) => Err(Refusal::activating()),
        }
    }

    /// Activation takes a while, and ends with `PROVISIONED` for whoever has yet to set a password. That this is
    /// everyone who was deactivated is not documented.
    pub(super) fn begin_activation(&self, now: Timestamp, user: User) -> User {
        let is_foreign = matches!(user.provider, Provider::Federation | Provider::Social);
        let has_password = user.has_password && user.status == Status::Staged;
        let to = match is_foreign || has_password {
            true => Status::Active,
            false => Status::Provisioned,
        };
        self.begin(now, user, to)
    }

    /// Memberships stay; the user is unassigned from applications, of which the twin has none.
    fn deactivate(&mut self, call: &Call, user: User) {
        let user = match call.is_async() {
            true => self.begin(call.now, user, Status::Deprovisioned),
            false => user.in_status(call.now, Status::Deprovisioned),
        };
        self.put_user(call.now, user);
    }

    fn begin(&self, now: Timestamp, user: User, to: Status) -> User {
        match Duration::from_millis(self.org.transition_ms) {
            Duration::ZERO => user.in_status(now, to),
            delay => User {
                transition: Some(Transition { to, until: now + delay }),
                last_updated: now,
                ..user
            },
        }
    }
}
