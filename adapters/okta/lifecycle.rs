//! Switching a person off and on. What each status allows, Okta's documentation says; what it does not allow is
//! refused, so that the status is read first.
use super::api::{Api, Holder, request, segment};
use super::error::{Call, is_already_active};
use super::settings::{Choices, Deactivation};
use super::wire::Status;
use crate::{Error, ErrorKind, Retry};

/// A change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Activate,
    Suspend,
    Unsuspend,
    Unlock,
    Deactivate,
}

impl Api {
    pub(super) fn is_active(&self, status: Status) -> bool {
        is_active(&self.choices, status)
    }

    /// Lets the person in, or no longer.
    pub(super) async fn switch(&self, id: &str, active: bool) -> Result<(), Error> {
        let id = segment(id)?;
        let user = self.bare_user(id).await?;
        let user = user.ok_or_else(|| Error::new(ErrorKind::NotFound, Retry::Never, "there is no such user"))?;
        let steps = match active {
            true => on(&self.choices, user.status()),
            false => off(&self.choices, user.status()),
        };
        for step in steps {
            match self.take(id, *step).await {
                // Whom their own directory has locked out Okta does not unlock, so that they cannot be suspended
                // either.
                Err(error) if *step == Step::Unlock && is_refused(&error) => {
                    return self.take(id, Step::Deactivate).await;
                }
                taken => taken?,
            }
        }
        Ok(())
    }

    async fn take(&self, id: &str, step: Step) -> Result<(), Error> {
        let (route, name) = step.place();
        let request = request("POST", route, format!("/api/v1/users/{id}/lifecycle/{name}"));
        let answer = self.connection.call(request).await?;
        if step == Step::Activate && is_already_active(&answer) {
            return Ok(());
        }
        let judged = self.judge(answer, &Call::CHANGE, &Holder::user(id)).await;
        match judged {
            // It was there a moment ago. Who has been deactivated meanwhile is not found either.
            Err(error) if error.kind == ErrorKind::NotFound => {
                let kind = ErrorKind::Rejected { field: None };
                Err(Error::new(kind, Retry::Backoff, error.reason))
            }
            judged => judged.map(|_| ()),
        }
    }
}

impl Step {
    /// The path with placeholders, and its last part.
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Step::Activate => ("/api/v1/users/{id}/lifecycle/activate", "activate"),
            Step::Suspend => ("/api/v1/users/{id}/lifecycle/suspend", "suspend"),
            Step::Unsuspend => ("/api/v1/users/{id}/lifecycle/unsuspend", "unsuspend"),
            Step::Unlock => ("/api/v1/users/{id}/lifecycle/unlock", "unlock"),
            Step::Deactivate => ("/api/v1/users/{id}/lifecycle/deactivate", "deactivate"),
        }
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Rejected { .. })
}

/// Who has yet to set a password, is locked out or must change it is let in all the same: it is in the person's hands.
/// Staged users are as far as a target goes that activates nobody.
fn is_active(choices: &Choices, status: Status) -> bool {
    match status {
        Status::Suspended | Status::Deprovisioned => false,
        Status::Staged => !choices.activation,
        Status::Provisioned
        | Status::Active
        | Status::Recovery
        | Status::PasswordExpired
        | Status::LockedOut
        | Status::Unknown => true,
    }
}

fn on(choices: &Choices, status: Status) -> &'static [Step] {
    match status {
        Status::Suspended => &[Step::Unsuspend],
        Status::Deprovisioned => &[Step::Activate],
        Status::Staged if choices.activation => &[Step::Activate],
        // To reactivate would only send the invitation again.
        Status::Staged
        | Status::Provisioned
        | Status::Active
        | Status::Recovery
        | Status::PasswordExpired
        | Status::LockedOut
        | Status::Unknown => &[],
    }
}

/// Only active users can be suspended, and those locked out once they are unlocked. Whoever could still come in by a
/// link or an old password can only be deactivated.
fn off(choices: &Choices, status: Status) -> &'static [Step] {
    match (choices.deactivation, status) {
        (_, Status::Deprovisioned) | (Deactivation::Suspend, Status::Suspended) => &[],
        (Deactivation::Suspend, Status::Staged) if choices.activation => &[],
        (Deactivation::Suspend, Status::Active) => &[Step::Suspend],
        (Deactivation::Suspend, Status::LockedOut) => &[Step::Unlock, Step::Suspend],
        (
            Deactivation::Suspend,
            Status::Staged | Status::Provisioned | Status::Recovery | Status::PasswordExpired | Status::Unknown,
        )
        | (Deactivation::Deactivate, _) => &[Step::Deactivate],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_switched_by_what_it_allows() {
        let choices = |activation, deactivation| Choices {
            domain: String::new(),
            activation,
            deactivation,
            groups: Vec::new(),
        };
        let usual = choices(true, Deactivation::Suspend);
        let staging = choices(false, Deactivation::Suspend);
        let hard = choices(true, Deactivation::Deactivate);
        let (activate, deactivate) = (&[Step::Activate][..], &[Step::Deactivate][..]);
        for (choices, status, active, switched_on, switched_off) in [
            (&usual, Status::Active, true, &[][..], &[Step::Suspend][..]),
            (&usual, Status::LockedOut, true, &[], &[Step::Unlock, Step::Suspend]),
            (&usual, Status::Provisioned, true, &[], deactivate),
            (&usual, Status::Recovery, true, &[], deactivate),
            (&usual, Status::PasswordExpired, true, &[], deactivate),
            (&usual, Status::Unknown, true, &[], deactivate),
            (&usual, Status::Suspended, false, &[Step::Unsuspend], &[]),
            (&usual, Status::Deprovisioned, false, activate, &[]),
            (&usual, Status::Staged, false, activate, &[]),
            (&staging, Status::Staged, true, &[], deactivate),
            (&staging, Status::Active, true, &[], &[Step::Suspend]),
            (&staging, Status::Deprovisioned, false, activate, &[]),
            (&hard, Status::Active, true, &[], deactivate),
            (&hard, Status::LockedOut, true, &[], deactivate),
            (&hard, Status::Staged, false, activate, deactivate),
            (&hard, Status::Suspended, false, &[Step::Unsuspend], deactivate),
            (&hard, Status::Deprovisioned, false, activate, &[]),
        ] {
            let case = format!("{status:?} {choices:?}");
            assert_eq!(is_active(choices, status), active, "{case}");
            assert_eq!(on(choices, status), switched_on, "on: {case}");
            assert_eq!(off(choices, status), switched_off, "off: {case}");
        }
    }
}
