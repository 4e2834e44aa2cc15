//! What Okta's refusals mean. Only its codes are promised; texts are used to name a field.
use std::time::Duration;

use serde_json::Value;

use super::profile::attribute;
use super::wire::ErrorBody;
use crate::client::Answer;
use crate::{Error, ErrorKind, Fields, Retry, words};

/// An activation runs in the background. Okta says "a few minutes"; most are done in seconds.
const ACTIVATION_WAIT: Duration = Duration::from_secs(20);

/// The request breaks a rule; the causes say which.
const VALIDATION: &str = "E0000001";
/// The same with the codes of different parts of Okta.
const NOT_FOUND: [&str; 3] = ["E0000007", "E0000048", "E0000156"];
/// No session, no permission, a client that is not known, a feature that the org has not got.
const DENIED: [&str; 4] = ["E0000005", "E0000006", "E0000013", "E0000015"];
/// Activation of who is active.
const ALREADY_ACTIVE: &str = "E0000016";
/// The user's status does not allow it: unlocking, anything, a transition.
const WRONG_STATUS: [&str; 3] = ["E0000032", "E0000038", "E0000107"];
/// The user is still being activated.
const ACTIVATING: &str = "E0000112";
/// Who already has the role is given it.
const ROLE_ASSIGNED: &str = "E0000090";

/// What was asked for, as far as the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    verb: Verb,
    sent: Option<(&'a Fields, &'static str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Read,
    Save,
    /// What depends on a status, a role or a rule that may change by itself.
    Change,
}

impl<'a> Call<'a> {
    /// A read.
    pub(super) const READ: Call<'static> = Call {
        verb: Verb::Read,
        sent: None,
    };
    /// A deletion, a removal, a change of status or of membership.
    pub(super) const CHANGE: Call<'static> = Call {
        verb: Verb::Change,
        sent: None,
    };

    /// The creation or change of what has these fields, one of which is unique.
    pub(super) fn save(sent: &'a Fields, unique: &'static str) -> Self {
        Call {
            verb: Verb::Save,
            sent: Some((sent, unique)),
        }
    }

    /// The sent field that a text of Okta's names first.
    fn field(&self, text: &str) -> Option<&'a str> {
        let (sent, _) = self.sent?;
        let mut words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
        words.find_map(|word| {
            let named = |name: &&String| attribute(name) == word;
            sent.keys().find(named).map(String::as_str)
        })
    }

    /// Whether a text says that the unique value is another's. Other attributes may be unique too; those are not what
    /// an account goes by.
    fn is_taken(&self, text: &str) -> bool {
        let unique = self.sent.map(|(_, unique)| unique);
        text.contains("already exists") && self.field(text).is_some_and(|field| Some(field) == unique)
    }

    /// Texts that were sent, those of lists as well.
    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let sent = self.sent.into_iter().flat_map(|(sent, _)| sent.values());
        sent.flat_map(|value| match value {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            value => value.as_str().into_iter().collect::<Vec<_>>(),
        })
    }
}

/// Reads the answer to a call that Okta refused.
pub(super) fn parse_error(call: &Call<'_>, answer: &Answer) -> Error {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = body.error_code.as_str();
    let (kind, retry) = match answer.status {
        404 | 410 if NOT_FOUND.contains(&code) => (ErrorKind::NotFound, Retry::Never),
        // Not even the path is known: this is no Okta, or not its API.
        404 => (ErrorKind::Unavailable, Retry::Backoff),
        403 if code.is_empty() || DENIED.contains(&code) => (ErrorKind::Unauthorized, Retry::Backoff),
        _ if code == VALIDATION && body.texts().any(|text| call.is_taken(text)) => {
            (ErrorKind::Exists { id: None }, Retry::Never)
        }
        _ => (rejected(call, &body), retry(call, code)),
    };
    Error::new(kind, retry, words::shown(&told(answer.status, &body), call.texts()))
}

/// Whether the answer says that the user is active already.
pub(super) fn is_already_active(answer: &Answer) -> bool {
    has_code(answer, ALREADY_ACTIVE)
}

/// Whether the answer says that the role is the user's already.
pub(super) fn is_role_assigned(answer: &Answer) -> bool {
    has_code(answer, ROLE_ASSIGNED)
}

fn has_code(answer: &Answer, code: &str) -> bool {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    body.error_code == code
}

fn rejected(call: &Call<'_>, body: &ErrorBody) -> ErrorKind {
    let field = body.texts().find_map(|text| call.field(text));
    ErrorKind::Rejected {
        field: field.map(str::to_owned),
    }
}

fn retry(call: &Call<'_>, code: &str) -> Retry {
    match call.verb {
        _ if code == ACTIVATING => Retry::After(ACTIVATION_WAIT),
        Verb::Change => Retry::Backoff,
        Verb::Read | Verb::Save if WRONG_STATUS.contains(&code) => Retry::Backoff,
        Verb::Read | Verb::Save => Retry::Never,
    }
}

/// The vendor's own words with its code.
fn told(status: u16, body: &ErrorBody) -> String {
    if body.error_code.is_empty() {
        return format!("Okta answered {status}");
    }
    let texts: Vec<_> = body.texts().filter(|text| !text.is_empty()).collect();
    format!("{} ({})", texts.join("; "), body.error_code)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(status: u16, code: &str, causes: &[&str]) -> Answer {
        let causes: Vec<_> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
        let body = json!({ "errorCode": code, "errorSummary": "Summary", "errorLink": code, "errorCauses": causes });
        let (headers, body) = (Vec::new(), body.to_string().into_bytes());
        Answer { status, headers, body }
    }

    /// Answers the kind, with the field of a rejection, and the retry.
    fn check(call: Call<'_>, answer: &Answer) -> String {
        let error = parse_error(&call, answer);
        let kind = match error.kind {
            ErrorKind::Rejected { field } => format!("Rejected {}", field.as_deref().unwrap_or("-")),
            kind => format!("{kind:?}"),
        };
        format!("{kind} {:?}", error.retry)
    }

    fn sent(fields: &[&str]) -> Fields {
        fields
            .iter()
            .map(|field| ((*field).to_owned(), json!("some value")))
            .collect()
    }

    #[test]
    fn refusals_of_values_name_the_field() {
        let fields = sent(&["login", "email", "firstName", "profile.badge_no"]);
        for (causes, expected) in [
            (
                &["login: An object with this field already exists in the current organization"][..],
                "Exists { id: None } Never",
            ),
            (
                &[
                    "email: Does not match required pattern",
                    "login: An object with this field already exists in the current organization",
                ],
                "Exists { id: None } Never",
            ),
            (
                &["badge_no: An object with this field already exists in the current organization"],
                "Rejected profile.badge_no Never",
            ),
            (
                &["Property name 'badge_no' is not defined in profile"],
                "Rejected profile.badge_no Never",
            ),
            (
                &["login: Username must be in the form of an email address"],
                "Rejected login Never",
            ),
            (
                &["firstName: The field cannot be left blank"],
                "Rejected firstName Never",
            ),
            (&["lastName: The field cannot be left blank"], "Rejected - Never"),
            (&[], "Rejected - Never"),
        ] {
            let answer = refusal(400, VALIDATION, causes);
            assert_eq!(check(Call::save(&fields, "login"), &answer), expected, "{causes:?}");
        }
        let group = sent(&["name"]);
        let taken = refusal(400, VALIDATION, &["name: An object with this field already exists"]);
        assert_eq!(check(Call::save(&group, "name"), &taken), "Exists { id: None } Never");
    }

    #[test]
    fn refusals_are_told_apart_by_their_codes() {
        let fields = sent(&["title"]);
        let save = Call::save(&fields, "login");
        for (call, status, code, expected) in [
            (save, 400, "E0000003", "Rejected - Never"),
            (save, 403, "E0000005", "Unauthorized Backoff"),
            (save, 403, "E0000006", "Unauthorized Backoff"),
            (save, 403, "", "Unauthorized Backoff"),
            (save, 404, "E0000007", "NotFound Never"),
            (save, 404, "E0000008", "Unavailable Backoff"),
            (save, 404, "", "Unavailable Backoff"),
            (save, 403, "E0000023", "Rejected - Never"),
            (save, 403, "E0000038", "Rejected - Backoff"),
            (save, 403, "E0000077", "Rejected - Never"),
            (save, 409, "E0000112", "Rejected - After(20s)"),
            (save, 410, "E0000156", "NotFound Never"),
            (Call::CHANGE, 400, "E0000001", "Rejected - Backoff"),
            (Call::CHANGE, 403, "E0000006", "Unauthorized Backoff"),
            (Call::CHANGE, 403, "E0000032", "Rejected - Backoff"),
            (Call::CHANGE, 409, "E0000112", "Rejected - After(20s)"),
            (Call::READ, 404, "E0000007", "NotFound Never"),
            (Call::READ, 400, "E0000031", "Rejected - Never"),
        ] {
            assert_eq!(check(call, &refusal(status, code, &[])), expected, "{status} {code}");
        }
    }

    #[test]
    fn words_are_kept_but_not_what_was_sent() {
        let sent = Fields::from([
            ("login".to_owned(), json!("ada@engine.example")),
            ("displayName".to_owned(), json!("ada")),
            ("firstName".to_owned(), json!("A")),
            ("profile.languages".to_owned(), json!(["Latin"])),
        ]);
        let reason = |body: String| {
            let (status, headers, body) = (400, Vec::new(), body.into_bytes());
            parse_error(&Call::save(&sent, "login"), &Answer { status, headers, body }).reason
        };
        let body = json!({ "errorCode": "E0000001", "errorSummary": "Api validation failed: login", "errorCauses": [
            { "errorSummary": "login: ada@engine.example\nis odd, Latin too" },
        ] });
        assert_eq!(
            reason(body.to_string()),
            "login: … is odd, … too; Api validation failed: login (E0000001)"
        );
        assert_eq!(reason("<html>".into()), "Okta answered 400");
        // Words are cut only after they are clean: no part of a value stays at the end.
        let long =
            json!({ "errorCode": "E0000001", "errorSummary": format!("{} ada@engine.example", "ä".repeat(490)) });
        assert!(!reason(long.to_string()).contains("ada"));
    }
}
