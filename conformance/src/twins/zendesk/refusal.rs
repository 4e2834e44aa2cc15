//! Every way in which Zendesk refuses a request: status, body and headers in one place.

use serde_json::{Map, Value, json};

use crate::twins::Answer;

/// What a handler gives: Zendesk's answer, or its refusal.
pub(super) type Reply = Result<Answer, Refusal>;

/// An error of the API: `{"error","description","details"}`.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    body: Value,
    retry_after: Option<u64>,
}

impl Refusal {
    fn new(status: u16, error: &str, description: &str) -> Refusal {
        Refusal {
            status,
            body: json!({ "error": error, "description": description }),
            retry_after: None,
        }
    }

    /// The one value of a request that cannot be taken.
    pub(super) fn invalid(field: &str, error: &str, description: &str) -> Refusal {
        let mut faults = Faults::default();
        faults.add(field, error, description);
        Refusal::all_invalid(faults.0)
    }

    fn all_invalid(details: Map<String, Value>) -> Refusal {
        let mut refusal = Refusal::new(422, "RecordInvalid", "Record validation errors");
        refusal.body["details"] = details.into();
        refusal
    }

    /// The body is not what it must be. Status and texts are not documented.
    pub(super) fn unreadable(description: &str) -> Refusal {
        Refusal::new(422, "InvalidBody", description)
    }

    /// A parameter in the query cannot be taken. Status and texts are not documented.
    pub(super) fn parameter(description: &str) -> Refusal {
        Refusal::new(400, "InvalidParameter", description)
    }

    /// A list that says too many at once. Status and texts are not documented.
    pub(super) fn too_many_values() -> Refusal {
        Refusal::new(422, "TooManyValues", "No more than 100 are taken at once")
    }

    /// A search does not reach so far. The status is not documented for users.
    pub(super) fn search_limit() -> Refusal {
        let description = "Invalid search: Requested response size was greater than Search Response Limits";
        Refusal::new(422, "invalid", description)
    }

    /// No credential, or one that is no bearer token.
    pub(super) fn unauthenticated() -> Refusal {
        Refusal {
            status: 401,
            body: json!({ "error": "Couldn't authenticate you" }),
            retry_after: None,
        }
    }

    /// A bearer token that opens nothing, or no longer. The texts are not documented.
    pub(super) fn invalid_token() -> Refusal {
        let description = "The access token provided is expired, revoked, malformed or invalid for other reasons.";
        Refusal {
            status: 401,
            body: json!({ "error": "invalid_token", "error_description": description }),
            retry_after: None,
        }
    }

    pub(super) fn missing_scope(scope: &str) -> Refusal {
        Refusal::forbidden(&format!("You are missing the following required scopes: {scope}"))
    }

    /// The caller may not do this, whatever the values. The descriptions are not documented, but for scopes.
    pub(super) fn forbidden(description: &str) -> Refusal {
        Refusal::new(403, "Forbidden", description)
    }

    pub(super) fn not_found() -> Refusal {
        Refusal::new(404, "RecordNotFound", "Not found")
    }

    /// There is no such path. The error is not documented.
    pub(super) fn no_endpoint() -> Refusal {
        Refusal::new(404, "InvalidEndpoint", "Not found")
    }

    /// The texts are not documented.
    pub(super) fn rate_limited(retry_after: u64) -> Refusal {
        let description = "Number of allowed API requests per minute exceeded";
        Refusal {
            retry_after: Some(retry_after),
            ..Refusal::new(429, "APIRateLimitExceeded", description)
        }
    }

    /// There are as many jobs as there may be. Neither status nor texts are documented.
    pub(super) fn too_many_jobs() -> Refusal {
        Refusal::new(429, "TooManyJobs", "30 jobs are queued or running")
    }

    /// No body is documented for this status.
    pub(super) fn internal() -> Refusal {
        Refusal::new(500, "InternalError", "Something went wrong")
    }

    /// No body is documented for this status.
    pub(super) fn unavailable() -> Refusal {
        Refusal::new(503, "ServiceUnavailable", "The service is unavailable")
    }

    /// Error and descriptions in one line, as a job's result has them.
    pub(super) fn told(&self) -> (String, String) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let details = self.body["details"].as_object();
        let faults = details.into_iter().flat_map(Map::values).filter_map(Value::as_array);
        let told: Vec<_> = faults.flatten().map(|fault| text(&fault["description"])).collect();
        let told = if told.is_empty() {
            text(&self.body["description"])
        } else {
            told.join(", ")
        };
        (text(&self.body["error"]), told)
    }

    pub(super) fn answer(self) -> Answer {
        let answer = Answer::json(self.status, &self.body);
        match self.retry_after {
            Some(seconds) => answer.with_header("retry-after", seconds),
            None => answer,
        }
    }
}

/// What is wrong with the fields of a record, to be refused in one go.
#[derive(Debug, Default)]
pub(super) struct Faults(Map<String, Value>);

impl Faults {
    /// Adds a fault, unless it is there already; its description begins with the name of the field. But for duplicates
    /// neither error nor description is documented.
    pub(super) fn add(&mut self, field: &str, error: &str, description: &str) {
        let described = format!("{}: {description}", title(field));
        let fault = json!({ "error": error, "description": described });
        let faults = self.0.entry(field).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(faults) = faults.as_array_mut().filter(|faults| !faults.contains(&fault)) {
            faults.push(fault);
        }
    }

    pub(super) fn invalid(&mut self, field: &str) {
        self.add(field, "InvalidValue", "is invalid");
    }

    pub(super) fn duplicate(&mut self, field: &str, value: &str) {
        let description = format!("{value} is already being used by another user");
        self.add(field, "DuplicateValue", &description);
    }

    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Refusal::all_invalid(self.0)),
        }
    }
}

/// The name of a field as descriptions have it: `Time zone` for `time_zone`.
fn title(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
