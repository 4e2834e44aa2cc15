//! Every way in which a service provider refuses a request, and how each vendor words it.

use serde_json::{Value, json};

use super::profile::Errors;
use super::schema::{ERROR, Type};
use crate::twins::Answer;

/// What a handler gives: the answer, or the refusal.
pub(super) type Reply = Result<Answer, Refusal>;

/// What is wrong, and in which words.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    detail: String,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reason {
    /// The body is not of the form that it must have.
    Syntax,
    /// `schemas` is missing or wrong.
    Schemas,
    /// A value is missing, of a wrong type, or not taken.
    Value,
    /// The person's user name is missing.
    NoUserName,
    UserNameTooLong,
    /// The person's e-mail is missing.
    NoEmail,
    /// The path of a PATCH operation is not understood.
    Path,
    /// The path of a PATCH operation meets no value.
    NoTarget,
    /// The attribute cannot be changed so.
    Mutability,
    Filter,
    Cursor,
    /// The user name, or the name of the group, is somebody else's.
    Taken,
    EmailTaken,
    NoSuchMember,
    /// Whoever is deactivated cannot be added to a group.
    InactiveMember,
    /// More members than one request may name.
    TooManyMembers,
    NoSeat,
    /// It is not for clients to ask this.
    Forbidden,
    Unauthenticated,
    NoSuchUser,
    NoSuchGroup,
    NoSuchRoute,
    /// The path is known, the method is not.
    NoSuchMethod,
    RateLimited,
    Internal,
    Unavailable,
}

impl Refusal {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Refusal {
        Refusal {
            reason,
            detail: detail.into(),
        }
    }

    /// A value that an attribute cannot have.
    pub(super) fn value(path: &str, what: &str) -> Refusal {
        Refusal::new(Reason::Value, format!("{path} {what}"))
    }

    pub(super) fn not_found(kind: &Type, id: &str) -> Refusal {
        let reason = match kind.name {
            "Group" => Reason::NoSuchGroup,
            _ => Reason::NoSuchUser,
        };
        Refusal::new(reason, format!("Resource {id} not found"))
    }

    pub(super) fn answer(self, errors: Errors) -> Answer {
        let status = match (errors, self.reason) {
            // A ValidationException, as for all that is not supported.
            (Errors::Aws, Reason::NoSuchMethod) => 400,
            (Errors::Rfc | Errors::Aws | Errors::Slack, reason) => reason.status(),
        };
        let mut body = json!({ "schemas": [ERROR] });
        match errors {
            Errors::Rfc => {
                body["status"] = status.to_string().into();
                body["detail"] = self.detail.into();
                if let Some(scim_type) = self.reason.scim_type() {
                    body["scimType"] = scim_type.into();
                }
            }
            Errors::Aws => {
                body["status"] = status.to_string().into();
                body["detail"] = aws_text(status).into();
            }
            Errors::Slack => {
                body["status"] = status.into();
                body["detail"] = self.reason.slack_code().into();
            }
        }
        scim(status, &body)
    }
}

impl Reason {
    pub(super) fn status(self) -> u16 {
        match self {
            Reason::Syntax
            | Reason::Schemas
            | Reason::Value
            | Reason::NoUserName
            | Reason::UserNameTooLong
            | Reason::NoEmail
            | Reason::Path
            | Reason::NoTarget
            | Reason::Mutability
            | Reason::Filter
            | Reason::Cursor
            | Reason::NoSuchMember
            | Reason::InactiveMember
            | Reason::TooManyMembers => 400,
            Reason::Unauthenticated => 401,
            Reason::NoSeat | Reason::Forbidden => 403,
            Reason::NoSuchUser | Reason::NoSuchGroup | Reason::NoSuchRoute => 404,
            Reason::NoSuchMethod => 405,
            Reason::Taken | Reason::EmailTaken => 409,
            Reason::RateLimited => 429,
            Reason::Internal => 500,
            Reason::Unavailable => 503,
        }
    }

    /// RFC 7644 section 3.12, RFC 9865 section 2.1.
    fn scim_type(self) -> Option<&'static str> {
        Some(match self {
            Reason::Syntax | Reason::Schemas => "invalidSyntax",
            Reason::Value
            | Reason::NoUserName
            | Reason::UserNameTooLong
            | Reason::NoEmail
            | Reason::NoSuchMember
            | Reason::InactiveMember => "invalidValue",
            Reason::Path => "invalidPath",
            Reason::NoTarget => "noTarget",
            Reason::Mutability => "mutability",
            Reason::Filter => "invalidFilter",
            Reason::Cursor => "invalidCursor",
            Reason::Taken | Reason::EmailTaken => "uniqueness",
            Reason::TooManyMembers => "tooMany",
            Reason::NoSeat
            | Reason::Forbidden
            | Reason::Unauthenticated
            | Reason::NoSuchUser
            | Reason::NoSuchGroup
            | Reason::NoSuchRoute
            | Reason::NoSuchMethod
            | Reason::RateLimited
            | Reason::Internal
            | Reason::Unavailable => return None,
        })
    }

    /// The codes are in Slack's reference; which status goes with each is not documented.
    fn slack_code(self) -> &'static str {
        match self {
            Reason::Syntax | Reason::Value | Reason::Path | Reason::NoTarget | Reason::Mutability => {
                "invalid_request_payload"
            }
            Reason::Schemas => "missing_schema_element",
            Reason::NoUserName => "username_empty",
            Reason::UserNameTooLong => "username_too_long",
            Reason::NoEmail => "email_empty",
            Reason::Filter | Reason::Cursor => "invalid_query",
            Reason::Taken => "username_taken",
            Reason::EmailTaken => "email_taken",
            Reason::NoSuchMember => "no_such_group_members",
            Reason::InactiveMember => "unable_to_add_deleted_or_guest_to_group",
            Reason::TooManyMembers => "too_many_users",
            Reason::NoSeat | Reason::Forbidden => "permission_denied",
            Reason::Unauthenticated => "invalid_authentication",
            Reason::NoSuchUser => "no_such_user",
            Reason::NoSuchGroup => "no_such_group",
            Reason::NoSuchRoute => "bad_endpoint",
            Reason::NoSuchMethod => "method_not_allowed",
            Reason::RateLimited => "too_many_requests",
            Reason::Internal | Reason::Unavailable => "internal_error",
        }
    }
}

/// AWS never names the attribute. The text for 400 is known from Okta's knowledge base; the others are not documented.
fn aws_text(status: u16) -> &'static str {
    match status {
        400 => "Request is unparsable, syntactically incorrect, or violates schema",
        401 => "Authorization header is invalid or missing",
        403 => "Operation is not permitted based on the supplied authorization",
        404 => "Resource not found",
        409 => "Duplicate resource",
        429 => "Too many requests exceeded the limits",
        _ => "Service failed to process the request",
    }
}

/// An answer of SCIM's own media type.
pub(super) fn scim(status: u16, body: &Value) -> Answer {
    let mut answer = Answer::json(status, body);
    answer.headers = vec![("content-type".to_owned(), "application/scim+json".to_owned())];
    answer
}
