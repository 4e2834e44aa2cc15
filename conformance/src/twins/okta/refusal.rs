//! Every way in which Okta refuses a request: status, code, summary and causes in one place.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ids;
use crate::twins::Answer;

/// What a handler gives: Okta's answer, or its refusal.
pub(super) type Reply = Result<Answer, Refusal>;

/// An error of the API: `{"errorCode","errorSummary","errorLink","errorId","errorCauses"}`.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    summary: String,
    causes: Vec<String>,
    /// The error that `WWW-Authenticate` names to the bearer of an access token.
    challenge: Option<&'static str>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, summary: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code,
            summary: summary.into(),
            causes: Vec::new(),
            challenge: None,
        }
    }

    /// The request breaks a rule of the endpoint; `of` is what the summary names.
    pub(super) fn validation(of: &str, causes: Vec<String>) -> Refusal {
        Refusal {
            causes,
            ..Refusal::new(400, "E0000001", format!("Api validation failed: {of}"))
        }
    }

    /// One field's value cannot be taken.
    pub(super) fn field(name: &str, error: &str) -> Refusal {
        Refusal::validation(name, vec![format!("{name}: {error}")])
    }

    pub(super) fn taken(name: &str) -> Refusal {
        Refusal::field(
            name,
            "An object with this field already exists in the current organization",
        )
    }

    pub(super) fn malformed() -> Refusal {
        Refusal::new(400, "E0000003", "The request body was not well-formed.")
    }

    pub(super) fn no_credential() -> Refusal {
        Refusal::new(403, "E0000005", "Invalid session")
    }

    /// The credential may not do this, or nobody may.
    pub(super) fn denied() -> Refusal {
        Refusal::new(
            403,
            "E0000006",
            "You do not have permission to perform the requested action",
        )
    }

    /// The access token lacks the scope. The header is not documented for the Management API; it is RFC 6750's.
    pub(super) fn scope() -> Refusal {
        Refusal {
            challenge: Some("insufficient_scope"),
            ..Refusal::denied()
        }
    }

    pub(super) fn not_found(id: &str, kind: &str) -> Refusal {
        Refusal::new(404, "E0000007", format!("Not found: Resource not found: {id} ({kind})"))
    }

    pub(super) fn no_path() -> Refusal {
        Refusal::new(404, "E0000008", "The requested path was not found")
    }

    pub(super) fn internal() -> Refusal {
        Refusal::new(500, "E0000009", "Internal Server Error")
    }

    pub(super) fn unavailable() -> Refusal {
        Refusal::new(503, "E0000010", "Service is in read only mode")
    }

    pub(super) fn bad_token() -> Refusal {
        Refusal::new(401, "E0000011", "Invalid token provided")
    }

    /// The access token is unknown or has expired. That the body is the one of [`Refusal::bad_token`] is not
    /// documented.
    pub(super) fn bad_access_token() -> Refusal {
        Refusal {
            challenge: Some("invalid_token"),
            ..Refusal::bad_token()
        }
    }

    pub(super) fn already_active() -> Refusal {
        Refusal::new(403, "E0000016", "Activation failed because the user is already active")
    }

    pub(super) fn media_type() -> Refusal {
        let summary = "Bad request.  Accept and/or Content-Type headers likely do not match supported values.";
        Refusal::new(400, "E0000021", summary)
    }

    pub(super) fn method() -> Refusal {
        Refusal::new(
            405,
            "E0000022",
            "The endpoint does not support the provided HTTP method",
        )
    }

    pub(super) fn paging() -> Refusal {
        Refusal::new(400, "E0000029", "Invalid paging request.")
    }

    pub(super) fn date() -> Refusal {
        let summary = "Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. \
                       2013-01-01T12:00:00.000-07:00.";
        Refusal::new(400, "E0000030", summary)
    }

    pub(super) fn search() -> Refusal {
        Refusal::new(400, "E0000031", "Invalid search criteria.")
    }

    pub(super) fn unlock() -> Refusal {
        Refusal::new(403, "E0000032", "Unlock is not allowed for this user.")
    }

    pub(super) fn search_and_filter() -> Refusal {
        let summary = "Bad request. Can't specify a search query and filter in the same request.";
        Refusal::new(400, "E0000033", summary)
    }

    /// A parameter is not of its type.
    pub(super) fn type_mismatch(parameter: &str) -> Refusal {
        Refusal::new(400, "E0000037", format!("Type mismatch exception.  {parameter}"))
    }

    pub(super) fn wrong_status() -> Refusal {
        let summary = "This operation is not allowed in the user's current status.";
        Refusal::new(403, "E0000038", summary)
    }

    pub(super) fn too_many_requests() -> Refusal {
        let summary = "API call exceeded rate limit due to too many requests.";
        Refusal::new(429, "E0000047", summary)
    }

    pub(super) fn unsupported() -> Refusal {
        Refusal::new(501, "E0000060", "Unsupported operation.")
    }

    pub(super) fn read_only_attribute(name: &str) -> Refusal {
        let summary = format!("Cannot modify the {name} attribute because it is read-only.");
        Refusal::new(403, "E0000077", summary)
    }

    pub(super) fn immutable_attribute(name: &str) -> Refusal {
        let summary = format!("Cannot modify the {name} attribute because it is immutable.");
        Refusal::new(403, "E0000078", summary)
    }

    pub(super) fn role_assigned() -> Refusal {
        Refusal::new(409, "E0000090", "The role specified is already assigned to the user.")
    }

    pub(super) fn activating() -> Refusal {
        let summary = "Cannot update this user because they are still being activated. Please try again in a few \
                       minutes.";
        Refusal::new(409, "E0000112", summary)
    }

    pub(super) fn not_acceptable() -> Refusal {
        let summary = "Accept Header did not contain supported media type 'application/json'";
        Refusal::new(406, "E0000122", summary)
    }

    pub(super) fn expiry_without_password() -> Refusal {
        let summary = "Could not create user. To create a user and expire their password immediately, a password must \
                       be specified";
        Refusal::new(400, "E0000124", summary)
    }

    pub(super) fn expiry_without_activation() -> Refusal {
        let summary = "Could not create user. To create a user and expire their password immediately, \"activate\" \
                       must be true";
        Refusal::new(400, "E0000125", summary)
    }

    pub(super) fn role_for_ruled_group() -> Refusal {
        let summary = "Roles cannot be granted to groups with group membership rules.";
        Refusal::new(400, "E0000192", summary)
    }

    pub(super) fn role_for_built_in_group(name: &str) -> Refusal {
        let summary = format!("Roles cannot be granted to built-in groups: {name}");
        Refusal::new(400, "E0000211", summary)
    }

    /// The user was changed since. That `If-Match` is heeded is documented, status and code are not.
    pub(super) fn changed_meanwhile() -> Refusal {
        Refusal {
            status: 412,
            ..Refusal::validation("If-Match", Vec::new())
        }
    }

    pub(super) fn answer(self, now: Timestamp) -> Answer {
        let causes: Vec<_> = self
            .causes
            .iter()
            .map(|cause| json!({ "errorSummary": cause }))
            .collect();
        let body = json!({
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": ids::error_id(now),
            "errorCauses": Value::Array(causes),
        });
        let answer = Answer::json(self.status, &body);
        match self.challenge {
            Some(error) => answer.with_header("www-authenticate", format!("Bearer error=\"{error}\"")),
            None => answer,
        }
    }
}
