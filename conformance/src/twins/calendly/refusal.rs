//! Every way in which Calendly refuses a request: status, title, message and details in one place.

use serde_json::{Value, json};

use crate::twins::Answer;

/// What a handler gives: Calendly's answer, or its refusal.
pub(super) type Reply = Result<Answer, Refusal>;

/// An error of the API: `{"title","message","details":[{"parameter","message"}]}`.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    title: &'static str,
    message: &'static str,
    /// The parameter and what is wrong with it.
    detail: Option<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, title: &'static str, message: &'static str) -> Refusal {
        Refusal {
            status,
            title,
            message,
            detail: None,
        }
    }

    /// A parameter cannot be taken. What the details say is not documented.
    pub(super) fn invalid(parameter: &'static str, message: &str) -> Refusal {
        Refusal {
            detail: Some((parameter, message.to_owned())),
            ..Refusal::new(400, "Invalid Argument", "The supplied parameters are invalid.")
        }
    }

    pub(super) fn unauthenticated() -> Refusal {
        Refusal::new(401, "Unauthenticated", "The access token is invalid")
    }

    /// The caller is not an administrator, or the token lacks the scope. The document has this text for both.
    pub(super) fn denied() -> Refusal {
        Refusal::new(403, "Permission Denied", "You do not have permission")
    }

    pub(super) fn no_seats(trial: bool) -> Refusal {
        let message = match trial {
            true => "You already sent all the invitations allotted to you with a trial account.",
            false => {
                "You already sent all the invitations you're allotted based upon the number of seats purchased with \
                 your account. Please purchase more seats to send more invitations."
            }
        };
        Refusal::new(403, "Permission Denied", message)
    }

    pub(super) fn scim_enabled() -> Refusal {
        let message = "You cannot perform this action for an organization with SCIM enabled.";
        Refusal::new(403, "Permission Denied", message)
    }

    pub(super) fn not_found() -> Refusal {
        let message = "The server could not find the requested resource.";
        Refusal::new(404, "Resource Not Found", message)
    }

    /// Title and text are not documented.
    pub(super) fn rate_limited() -> Refusal {
        Refusal::new(429, "Too Many Requests", "The rate limit is exceeded.")
    }

    pub(super) fn internal() -> Refusal {
        let message = "The server encountered an unexpected condition that prevented it from fulfilling the request.";
        Refusal::new(500, "Internal Server Error", message)
    }

    /// Calendly documents no body for this status; the one of an internal error stands in.
    pub(super) fn unavailable() -> Refusal {
        Refusal {
            status: 503,
            ..Refusal::internal()
        }
    }

    pub(super) fn answer(self) -> Answer {
        let mut body = json!({ "title": self.title, "message": self.message });
        if let Some((parameter, message)) = self.detail {
            body["details"] = Value::Array(vec![json!({ "parameter": parameter, "message": message })]);
        }
        Answer::json(self.status, &body)
    }
}
