//! Every way in which PagerDuty refuses a request: status, code, message and details in one place.

use serde_json::{Value, json};

use crate::twins::Answer;

/// What a handler gives: PagerDuty's answer, or its refusal.
pub(super) type Reply = Result<Answer, Refusal>;

/// An error of the API: `{"error":{"message","code","errors"}}`.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: u32,
    message: &'static str,
    errors: Vec<String>,
    missing_ability: Option<&'static str>,
}

impl Refusal {
    fn new(status: u16, code: u32, message: &'static str) -> Refusal {
        Refusal {
            status,
            code,
            message,
            errors: Vec::new(),
            missing_ability: None,
        }
    }

    /// The values of a request cannot be taken.
    pub(super) fn invalid(error: impl Into<String>) -> Refusal {
        Refusal::all_invalid(vec![error.into()])
    }

    pub(super) fn all_invalid(errors: Vec<String>) -> Refusal {
        Refusal {
            errors,
            ..Refusal::new(400, 2001, "Invalid Input Provided")
        }
    }

    /// The arguments in the query or the headers cannot be taken.
    pub(super) fn arguments(error: impl Into<String>) -> Refusal {
        Refusal {
            errors: vec![error.into()],
            ..Refusal::new(400, 2002, "Arguments Caused Error")
        }
    }

    pub(super) fn no_requester() -> Refusal {
        let message = "You must specify a user's email address in the \"From\" header to perform this action";
        Refusal::new(400, 2016, message)
    }

    pub(super) fn unknown_requester() -> Refusal {
        Refusal::new(400, 1008, "Requester User Not Found")
    }

    /// Contact methods were changed too often. The documentation names the code only; the status is not documented.
    pub(super) fn too_many_contact_method_actions() -> Refusal {
        Refusal::new(400, 2017, "Too Many Contact Method Actions")
    }

    /// License, seat or lock: PagerDuty's texts for these begin alike.
    pub(super) fn license(error: &str) -> Refusal {
        Refusal::invalid(format!("License error: {error}"))
    }

    pub(super) fn unauthenticated() -> Refusal {
        Refusal::new(401, 2006, "Authentication failed")
    }

    /// The account has not got what the request needs.
    pub(super) fn ability(ability: &'static str, purpose: &str) -> Refusal {
        let error = format!("The {ability} account ability is required to {purpose}.");
        Refusal {
            errors: vec![error],
            missing_ability: Some(ability),
            ..Refusal::new(402, 2014, "Required abilities are unavailable")
        }
    }

    /// The caller may not do this, whatever the values. The details are not documented.
    pub(super) fn denied(error: &str) -> Refusal {
        Refusal {
            errors: vec![error.to_owned()],
            ..Refusal::new(403, 2010, "Access Denied")
        }
    }

    pub(super) fn not_found() -> Refusal {
        Refusal::new(404, 2100, "Not Found")
    }

    pub(super) fn team_not_found() -> Refusal {
        Refusal::new(404, 6001, "Team Not Found")
    }

    pub(super) fn incident_not_found() -> Refusal {
        Refusal::new(400, 5001, "Incident Not Found")
    }

    pub(super) fn incident_resolved() -> Refusal {
        Refusal::new(400, 1001, "Incident Already Resolved")
    }

    pub(super) fn reassignment_team_not_valid() -> Refusal {
        Refusal::new(400, 6002, "Team has Incidents but Reassignment Team is not valid")
    }

    pub(super) fn reassignment_team_not_found() -> Refusal {
        Refusal::new(400, 6003, "Team has Incidents but Reassignment Team is not found")
    }

    pub(super) fn team_with_too_many_incidents() -> Refusal {
        let message = "Team could not be deleted because there are too many incidents, please contact support.";
        Refusal::new(400, 6004, message)
    }

    pub(super) fn team_in_use(errors: Vec<String>) -> Refusal {
        Refusal {
            errors,
            ..Refusal::new(400, 6006, "Team has existing associations")
        }
    }

    /// More items than one request may name. The code is not documented.
    pub(super) fn too_large(error: &str) -> Refusal {
        Refusal {
            errors: vec![error.to_owned()],
            ..Refusal::new(413, 2001, "Invalid Input Provided")
        }
    }

    pub(super) fn rate_limited() -> Refusal {
        Refusal::new(429, 2020, "Rate Limit Exceeded")
    }

    pub(super) fn internal() -> Refusal {
        Refusal::new(
            500,
            2000,
            "An internal error has occurred. PagerDuty team has been notified.",
        )
    }

    /// PagerDuty documents no body for this status; the one of an internal error stands in.
    pub(super) fn unavailable() -> Refusal {
        Refusal {
            status: 503,
            ..Refusal::internal()
        }
    }

    pub(super) fn answer(self) -> Answer {
        let mut body = json!({ "error": { "message": self.message, "code": self.code, "errors": self.errors } });
        if let Some(ability) = self.missing_ability {
            body["error"]["missing_abilities"] = Value::from(ability);
        }
        Answer::json(self.status, &body)
    }
}
