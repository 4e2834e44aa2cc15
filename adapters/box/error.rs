//! What Box's refusals mean.
use serde_json::Value;

use super::adapter::descriptor;
use super::wire::ErrorBody;
use crate::client::Answer;
use crate::descriptor::Kind;
use crate::{Error, ErrorKind, Fields, Retry, words};

/// The app in Box has not been given the scope.
const NO_SCOPE: &str = "insufficient_scope";

/// The enterprise keeps these people apart.
const BY_POLICY: &str = "forbidden_by_policy";

/// Fields whose values say nothing of a person and are words of Box's own.
const IMPERSONAL: [&str; 3] = ["role", "language", "timezone"];

/// What was asked for, as far as the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    verb: Verb,
    sent: Option<&'a Fields>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Read,
    Create,
    Update(Kind),
    Delete(Kind),
    Join,
    Leave,
}

impl<'a> Call<'a> {
    /// A read.
    pub(super) const READ: Call<'static> = Call::bare(Verb::Read);
    /// A new member of a group.
    pub(super) const JOIN: Call<'static> = Call::bare(Verb::Join);
    /// A member of a group no longer.
    pub(super) const LEAVE: Call<'static> = Call::bare(Verb::Leave);
    /// A user is switched on or off.
    pub(super) const STATUS: Call<'static> = Call::bare(Verb::Update(Kind::User));

    /// A new account.
    pub(super) fn create(sent: &'a Fields) -> Self {
        let (verb, sent) = (Verb::Create, Some(sent));
        Call { verb, sent }
    }

    /// A change of fields.
    pub(super) fn update(kind: Kind, sent: &'a Fields) -> Self {
        let (verb, sent) = (Verb::Update(kind), Some(sent));
        Call { verb, sent }
    }

    /// A deletion.
    pub(super) fn delete(kind: Kind) -> Self {
        Call::bare(Verb::Delete(kind))
    }

    const fn bare(verb: Verb) -> Self {
        Call { verb, sent: None }
    }

    fn sends(&self, field: &str) -> bool {
        self.sent.is_some_and(|sent| sent.contains_key(field))
    }

    /// What was sent and says something of a person.
    fn personal(&self) -> impl Iterator<Item = &'a str> {
        let sent = self.sent.into_iter().flatten();
        sent.filter(|(name, _)| !IMPERSONAL.contains(&name.as_str()))
            .filter_map(|(_, value)| value.as_str())
    }
}

/// Reads the answer to a call that Box refused.
pub(super) fn parse_error(call: &Call<'_>, answer: &Answer) -> Error {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (kind, retry) = match (answer.status, call.verb) {
        (403, _) => denied(call, &body),
        // There is no such list: the target's state.
        (404, Verb::Create) => (ErrorKind::Unavailable, Retry::Backoff),
        (404, _) => (ErrorKind::NotFound, Retry::Never),
        (409, Verb::Create | Verb::Join) => (ErrorKind::Exists { id: None }, Retry::Never),
        (409, Verb::Update(kind)) if call.sends(unique(kind)) => (ErrorKind::Exists { id: None }, Retry::Never),
        // What stands in the way can go: what the person owns, or another change at the same time.
        (_, Verb::Delete(_) | Verb::Leave) | (409, _) => (rejected(None), Retry::Backoff),
        (_, Verb::Read | Verb::Create | Verb::Update(_) | Verb::Join) => (rejected(field(call, &body)), Retry::Never),
    };
    Error::new(kind, retry, words::shown(&told(answer.status, &body), call.personal()))
}

/// Box answers 403 to a credential without rights as to what nobody may do.
fn denied(call: &Call<'_>, body: &ErrorBody) -> (ErrorKind, Retry) {
    let is_policy = body.code == BY_POLICY || body.message.contains(BY_POLICY);
    match call.verb {
        _ if body.code == NO_SCOPE => (ErrorKind::Unauthorized, Retry::Backoff),
        _ if is_policy => (rejected(None), Retry::Never),
        // Something of theirs is under retention or legal hold.
        Verb::Delete(Kind::User) => (rejected(None), Retry::Backoff),
        // The address is not confirmed.
        Verb::Update(Kind::User) if call.sends("login") => (rejected(Some("login")), Retry::Never),
        Verb::Read | Verb::Create | Verb::Update(_) | Verb::Delete(Kind::Group) | Verb::Join | Verb::Leave => {
            (ErrorKind::Unauthorized, Retry::Backoff)
        }
    }
}

fn rejected(field: Option<&str>) -> ErrorKind {
    ErrorKind::Rejected {
        field: field.map(str::to_owned),
    }
}

fn unique(kind: Kind) -> &'static str {
    descriptor().kind(kind).map_or("", |described| &described.unique)
}

/// The sent field that Box names.
fn field<'c>(call: &Call<'c>, body: &ErrorBody) -> Option<&'c str> {
    let mut sent = call.sent?.keys().map(String::as_str);
    let named: Vec<_> = details(body)
        .filter_map(|detail| detail.get("name")?.as_str())
        .collect();
    sent.find(|name| named.contains(name))
}

/// What Box says of each parameter.
fn details(body: &ErrorBody) -> impl Iterator<Item = &Value> {
    let errors = body.context_info.as_ref().and_then(|info| info.get("errors"));
    errors.and_then(Value::as_array).into_iter().flatten()
}

/// Box's own words.
fn told(status: u16, body: &ErrorBody) -> String {
    if body.message.is_empty() && body.code.is_empty() {
        return format!("Box answered {status}");
    }
    let details = details(body).map(|detail| {
        let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("; {}: {}", text("name"), text("message"))
    });
    format!("{} ({}){}", body.message, body.code, details.collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(names: &[&str]) -> Fields {
        names
            .iter()
            .map(|name| ((*name).to_owned(), "ann@x.example".into()))
            .collect()
    }

    fn check(call: &Call<'_>, status: u16, body: &Value) -> String {
        let (headers, body) = (Vec::new(), body.to_string().into_bytes());
        let error = parse_error(call, &Answer { status, headers, body });
        let kind = match error.kind {
            ErrorKind::Rejected { field } => format!("Rejected {}", field.as_deref().unwrap_or("-")),
            kind => format!("{kind:?}"),
        };
        format!("{kind} {:?}", error.retry)
    }

    #[test]
    fn refusals_are_told_apart() {
        let (person, renamed, group) = (fields(&["login", "name"]), fields(&["login"]), fields(&["name"]));
        let create = Call::create(&person);
        let (update, rename) = (Call::update(Kind::User, &group), Call::update(Kind::User, &renamed));
        let regroup = Call::update(Kind::Group, &group);
        let (delete, delete_group) = (Call::delete(Kind::User), Call::delete(Kind::Group));
        for (call, status, code, expected) in [
            (create, 409, "conflict", "Exists { id: None } Never"),
            (rename, 409, "conflict", "Exists { id: None } Never"),
            (regroup, 409, "conflict", "Exists { id: None } Never"),
            (update, 409, "conflict", "Rejected - Backoff"),
            (Call::STATUS, 409, "conflict", "Rejected - Backoff"),
            (Call::JOIN, 409, "conflict", "Exists { id: None } Never"),
            (delete, 409, "conflict", "Rejected - Backoff"),
            (delete, 400, "bad_request", "Rejected - Backoff"),
            (delete, 403, "forbidden", "Rejected - Backoff"),
            (delete, 403, "insufficient_scope", "Unauthorized Backoff"),
            (delete, 404, "not_found", "NotFound Never"),
            (delete_group, 403, "forbidden", "Unauthorized Backoff"),
            (rename, 403, "forbidden", "Rejected login Never"),
            (rename, 403, "insufficient_scope", "Unauthorized Backoff"),
            (update, 403, "forbidden", "Unauthorized Backoff"),
            (create, 403, "forbidden", "Unauthorized Backoff"),
            (Call::JOIN, 403, "forbidden_by_policy", "Rejected - Never"),
            (Call::JOIN, 403, "forbidden", "Unauthorized Backoff"),
            (Call::JOIN, 404, "not_found", "NotFound Never"),
            (Call::LEAVE, 400, "bad_request", "Rejected - Backoff"),
            (create, 404, "not_found", "Unavailable Backoff"),
            (Call::READ, 404, "not_found", "NotFound Never"),
            (Call::READ, 403, "forbidden", "Unauthorized Backoff"),
            (create, 400, "bad_request", "Rejected - Never"),
        ] {
            let body = json!({ "type": "error", "status": status, "code": code, "message": "No." });
            assert_eq!(check(&call, status, &body), expected, "{call:?} {status} {code}");
        }
    }

    #[test]
    fn fields_are_named_and_words_are_kept_but_not_what_was_sent() {
        let sent = fields(&["login", "name"]);
        for (body, field, reason) in [
            (
                json!({ "code": "bad_request", "message": "Bad Request", "context_info": { "errors": [
                    { "reason": "invalid_parameter", "name": "login", "message": "Invalid value 'ann@x.example'." },
                ] } }),
                Some("login"),
                "Bad Request (bad_request); login: Invalid value '…'.",
            ),
            (
                json!({ "code": "bad_request", "message": "Bad Request", "context_info": { "errors": [
                    { "name": "phone", "message": "too long" },
                ] } }),
                None,
                "Bad Request (bad_request); phone: too long",
            ),
            (json!("<html>"), None, "Box answered 400"),
        ] {
            let (status, headers, body) = (400, Vec::new(), body.to_string().into_bytes());
            let error = parse_error(&Call::create(&sent), &Answer { status, headers, body });
            let field = field.map(str::to_owned);
            assert_eq!(
                (error.kind, error.reason.as_str()),
                (ErrorKind::Rejected { field }, reason)
            );
        }
    }
}
