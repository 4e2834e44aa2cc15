//! The errors of RFC 6749 section 5.2.

use serde_json::json;

use crate::twins::Answer;

#[derive(Debug)]
pub(super) struct Error {
    status: u16,
    pub(super) error: &'static str,
    pub(super) description: &'static str,
    asks_for_basic: bool,
}

impl Error {
    pub(super) fn new(error: &'static str, description: &'static str) -> Error {
        Error {
            status: 400,
            error,
            description,
            asks_for_basic: false,
        }
    }

    pub(super) fn invalid_request(description: &'static str) -> Error {
        Error::new("invalid_request", description)
    }

    pub(super) fn invalid_grant(description: &'static str) -> Error {
        Error::new("invalid_grant", description)
    }

    pub(super) fn invalid_client(description: &'static str) -> Error {
        Error {
            status: 401,
            ..Error::new("invalid_client", description)
        }
    }

    pub(super) fn invalid_scope() -> Error {
        Error::new(
            "invalid_scope",
            "A scope does not exist, or the client may not ask for it",
        )
    }

    /// A client that tried the `Authorization` header is told which scheme is right.
    pub(super) fn asking_for_basic(self) -> Error {
        Error {
            asks_for_basic: self.status == 401,
            ..self
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let body = json!({ "error": self.error, "error_description": self.description });
        let answer = Answer::json(self.status, &body).with_header("cache-control", "no-store");
        match self.asks_for_basic {
            true => answer.with_header("www-authenticate", "Basic realm=\"oauth\""),
            false => answer,
        }
    }
}
