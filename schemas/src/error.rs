//! What a client did wrong, in the form the protocol answers it (RFC 7644 section 3.12).
use std::borrow::Cow;

use serde_json::{Value, json};

use crate::urn;

/// A request that cannot be served, with the HTTP status and the `scimType` of its answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// The keyword of RFC 7644 table 9, where one fits.
    pub scim_type: Option<ScimType>,
    /// A sentence for the person who set up the client.
    pub detail: String,
}

/// Characters of a client's text that a detail repeats: enough to find it by.
const EXCERPT_CHARS_MAX: usize = 200;

/// The beginning of a client's text, for details.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// The `scimType` keywords of RFC 7644 table 9 and of RFC 9865.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's keywords, see as_str")]
pub enum ScimType {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
    InvalidVers,
    Sensitive,
    InvalidCursor,
    ExpiredCursor,
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands in an answer.
    pub fn as_str(self) -> &'static str {
        match self {
            ScimType::InvalidFilter => "invalidFilter",
            ScimType::TooMany => "tooMany",
            ScimType::Uniqueness => "uniqueness",
            ScimType::Mutability => "mutability",
            ScimType::InvalidSyntax => "invalidSyntax",
            ScimType::InvalidPath => "invalidPath",
            ScimType::NoTarget => "noTarget",
            ScimType::InvalidValue => "invalidValue",
            ScimType::InvalidVers => "invalidVers",
            ScimType::Sensitive => "sensitive",
            ScimType::InvalidCursor => "invalidCursor",
            ScimType::ExpiredCursor => "expiredCursor",
            ScimType::InvalidCount => "invalidCount",
        }
    }

    /// The HTTP status the RFC gives the keyword: 409 for `uniqueness`, 403 for `sensitive`, else 400.
    pub fn status(self) -> u16 {
        match self {
            ScimType::Uniqueness => 409,
            ScimType::Sensitive => 403,
            ScimType::InvalidFilter
            | ScimType::TooMany
            | ScimType::Mutability
            | ScimType::InvalidSyntax
            | ScimType::InvalidPath
            | ScimType::NoTarget
            | ScimType::InvalidValue
            | ScimType::InvalidVers
            | ScimType::InvalidCursor
            | ScimType::ExpiredCursor
            | ScimType::InvalidCount => 400,
        }
    }
}

impl Error {
    /// An error of any status.
    pub fn new(status: u16, scim_type: Option<ScimType>, detail: impl Into<String>) -> Error {
        Error {
            status,
            scim_type,
            detail: detail.into(),
        }
    }

    /// An error of the status that belongs to the keyword.
    pub fn of(scim_type: ScimType, detail: impl Into<String>) -> Error {
        Error::new(scim_type.status(), Some(scim_type), detail)
    }

    /// The body of the answer; `status` is a string there (RFC 7644 section 3.12).
    pub fn to_json(&self) -> Value {
        let mut body = json!({ "schemas": [urn::ERROR], "status": self.status.to_string() });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.as_str().into();
        }
        body["detail"] = self.detail.as_str().into();
        body
    }
}

macro_rules! constructors {
    ($($(#[doc = $doc:literal])+ $name:ident = $scim_type:ident;)+) => {
        impl Error {
            $($(#[doc = $doc])+
            pub fn $name(detail: impl Into<String>) -> Error {
                Error::of(ScimType::$scim_type, detail)
            })+
        }
    };
}

constructors! {
    /// 400: the filter is malformed, or its comparison is not supported by the attribute.
    invalid_filter = InvalidFilter;
    /// 400: the search would have to look at, or return, more than the server is willing to.
    too_many = TooMany;
    /// 409: a unique value is taken.
    uniqueness = Uniqueness;
    /// 400: the change does not fit the attribute's mutability.
    mutability = Mutability;
    /// 400: the body is malformed or does not have the request's schema.
    invalid_syntax = InvalidSyntax;
    /// 400: the `path` of a PATCH operation is malformed or names nothing.
    invalid_path = InvalidPath;
    /// 400: the `path` of a PATCH operation selects nothing that could be changed.
    no_target = NoTarget;
    /// 400: a required value is missing, or a value does not fit its attribute.
    invalid_value = InvalidValue;
    /// 400: the protocol version is not supported.
    invalid_version = InvalidVers;
    /// 403: the request would put confidential values into a URI.
    sensitive = Sensitive;
    /// 400: the cursor is none of this server's (RFC 9865).
    invalid_cursor = InvalidCursor;
    /// 400: the cursor is too old (RFC 9865).
    expired_cursor = ExpiredCursor;
    /// 400: `count` differs from the one the cursor was made for (RFC 9865).
    invalid_count = InvalidCount;
}

impl Error {
    /// 404: the resource or endpoint does not exist.
    pub fn not_found(detail: impl Into<String>) -> Error {
        Error::new(404, None, detail)
    }

    /// 412: the resource is not of the version that the client named.
    pub fn precondition_failed(detail: impl Into<String>) -> Error {
        Error::new(412, None, detail)
    }

    /// 413: the body is larger, or has more operations, than the server takes.
    pub fn too_large(detail: impl Into<String>) -> Error {
        Error::new(413, None, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short() {
        let check = |text: &str, expected: &str| assert_eq!(excerpt(text), expected);
        check("", "");
        check(&"ä".repeat(EXCERPT_CHARS_MAX), &"ä".repeat(EXCERPT_CHARS_MAX));
        check(&"ä".repeat(1_000), &format!("{}…", "ä".repeat(EXCERPT_CHARS_MAX)));
    }

    #[test]
    fn bodies_carry_status_as_string() {
        let check = |error: Error, expected: Value| assert_eq!(error.to_json(), expected);
        check(
            Error::uniqueness("userName is taken"),
            json!({ "schemas": [urn::ERROR], "status": "409", "scimType": "uniqueness", "detail": "userName is taken" }),
        );
        check(
            Error::not_found("no such user"),
            json!({ "schemas": [urn::ERROR], "status": "404", "detail": "no such user" }),
        );
        check(
            Error::expired_cursor("too old"),
            json!({ "schemas": [urn::ERROR], "status": "400", "scimType": "expiredCursor", "detail": "too old" }),
        );
        check(
            Error::sensitive("not in a URI"),
            json!({ "schemas": [urn::ERROR], "status": "403", "scimType": "sensitive", "detail": "not in a URI" }),
        );
    }
}
