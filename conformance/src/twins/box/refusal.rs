//! Every way in which Box refuses a request: status, code and message in one place.

use serde_json::{Value, json};

use crate::twins::Answer;

/// What a handler gives: Box's answer, or its refusal.
pub(super) type Reply = Result<Answer, Refusal>;

/// An error of the API: `{"type":"error","status","code","message","context_info","request_id"}`. Messages are not
/// documented.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
    /// The parameter and what is wrong with it.
    detail: Option<(String, &'static str)>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: &'static str) -> Refusal {
        Refusal {
            status,
            code,
            message,
            detail: None,
        }
    }

    /// A parameter cannot be taken. That `context_info` names it is documented, how is not.
    pub(super) fn invalid(parameter: &str, message: &'static str) -> Refusal {
        Refusal {
            detail: Some((parameter.to_owned(), message)),
            ..Refusal::new(400, "bad_request", "Bad Request")
        }
    }

    pub(super) fn no_json() -> Refusal {
        Refusal::new(400, "bad_request", "Could not parse the body as a JSON object")
    }

    pub(super) fn unauthorized() -> Refusal {
        Refusal::new(401, "unauthorized", "Unauthorized")
    }

    pub(super) fn no_scope() -> Refusal {
        let message = "The request requires higher privileges than provided by the access token.";
        Refusal::new(403, "insufficient_scope", message)
    }

    /// The administrator and the group of everybody are Box's own.
    pub(super) fn untouchable() -> Refusal {
        Refusal::new(403, "forbidden", "Access denied - insufficient permission")
    }

    pub(super) fn unconfirmed() -> Refusal {
        let message = "The primary login cannot be changed before the e-mail is confirmed";
        Refusal::new(403, "forbidden", message)
    }

    /// Something of the user's is kept by a policy, whatever `force` says.
    pub(super) fn held() -> Refusal {
        let message = "The user's content is under a retention policy or a legal hold";
        Refusal::new(403, "forbidden", message)
    }

    /// An information barrier. The developer pages have the code `forbidden_by_policy`, which the contract's list of
    /// codes lacks: so it stands in the message.
    pub(super) fn by_policy() -> Refusal {
        Refusal::new(
            403,
            "forbidden",
            "forbidden_by_policy: an information barrier is between them",
        )
    }

    pub(super) fn not_found() -> Refusal {
        Refusal::new(404, "not_found", "Not Found")
    }

    /// Status and code are documented for groups alone.
    pub(super) fn login_taken() -> Refusal {
        Refusal::new(409, "conflict", "User with the specified login already exists")
    }

    pub(super) fn name_taken() -> Refusal {
        Refusal::new(409, "conflict", "A resource with this value already exists")
    }

    /// The status is not documented.
    pub(super) fn is_member() -> Refusal {
        Refusal::new(409, "conflict", "The user is a member of the group already")
    }

    /// The status is not documented.
    pub(super) fn owns_content() -> Refusal {
        Refusal::new(
            409,
            "conflict",
            "The user owns content; move it, or delete the user by force",
        )
    }

    pub(super) fn rate_limited() -> Refusal {
        Refusal::new(
            429,
            "too_many_requests",
            "Request rate limit exceeded, please try again later",
        )
    }

    pub(super) fn internal() -> Refusal {
        Refusal::new(500, "internal_server_error", "Internal Server Error")
    }

    pub(super) fn unavailable() -> Refusal {
        Refusal::new(503, "unavailable", "Service Unavailable")
    }

    pub(super) fn answer(self) -> Answer {
        let mut body = json!({
            "type": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "help_url": "http://developers.box.com/docs/#errors",
            "request_id": "0",
        });
        if let Some((name, message)) = self.detail {
            let errors = Value::Array(vec![
                json!({ "reason": "invalid_parameter", "name": name, "message": message }),
            ]);
            body["context_info"] = json!({ "errors": errors });
        }
        Answer::json(self.status, &body)
    }
}
