//! What PagerDuty's refusals mean.
use serde_json::Value;

use super::wire::ErrorEnvelope;
use crate::client::Answer;
use crate::words::shown;
use crate::{Error, ErrorKind, Fields, Retry};

/// The user named in `From` does not exist.
const REQUESTER_NOT_FOUND: u32 = 1008;
/// `From` is missing.
const REQUESTER_MISSING: u32 = 2016;
/// Contact methods were changed too often.
const TOO_MANY_CONTACT_METHOD_ACTIONS: u32 = 2017;

/// What PagerDuty says of an account in which it is creating another user just now. Not a word less: what was sent
/// stands in its texts, too.
const LOCKED: [&str; 2] = ["account could not be locked", "account locked"];

/// What PagerDuty calls the fields of a user in its texts. A license stands for the role that needs it.
const USER_FIELDS: [(&str, &str); 9] = [
    ("email", "email"),
    ("name", "name"),
    ("role", "role"),
    ("license", "role"),
    ("job title", "job_title"),
    ("job_title", "job_title"),
    ("time zone", "time_zone"),
    ("time_zone", "time_zone"),
    ("description", "description"),
];

/// What was asked for, as far as the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    verb: Verb,
    sent: Option<&'a Fields>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Read,
    SaveUser,
    SaveContactMethod,
    SaveTeam,
    AddMember,
    /// Deletions and removals, which PagerDuty refuses while something else leans on the user or team.
    Remove,
}

impl<'a> Call<'a> {
    /// A read.
    pub(super) const READ: Call<'static> = Call {
        verb: Verb::Read,
        sent: None,
    };
    /// A deletion or removal.
    pub(super) const REMOVE: Call<'static> = Call {
        verb: Verb::Remove,
        sent: None,
    };
    /// A new member of a team.
    pub(super) const ADD_MEMBER: Call<'static> = Call {
        verb: Verb::AddMember,
        sent: None,
    };

    /// The creation or change of a user.
    pub(super) fn save_user(sent: &'a Fields) -> Self {
        let sent = Some(sent);
        Call {
            verb: Verb::SaveUser,
            sent,
        }
    }

    /// The creation or change of a contact method; `sent` is its field.
    pub(super) fn save_contact_method(sent: &'a Fields) -> Self {
        let sent = Some(sent);
        Call {
            verb: Verb::SaveContactMethod,
            sent,
        }
    }

    /// The creation or change of a team.
    pub(super) fn save_team(sent: &'a Fields) -> Self {
        let sent = Some(sent);
        Call {
            verb: Verb::SaveTeam,
            sent,
        }
    }

    /// The sent field that a text of PagerDuty's is about: the one that it names first.
    fn field(&self, text: &str) -> Option<&'static str> {
        let sent = self.sent?;
        let named = |(word, field): &(&str, &'static str)| Some((text.find(word)?, *field));
        let named = USER_FIELDS.iter().filter_map(named);
        let (_, field) = named
            .filter(|(_, field)| sent.contains_key(*field))
            .min_by_key(|(at, _)| *at)?;
        Some(field)
    }

    /// What was sent and says something of a person.
    fn personal(&self) -> impl Iterator<Item = &'a str> {
        let sent = self.sent.into_iter().flatten();
        let personal = sent.filter(|(name, _)| !matches!(name.as_str(), "role" | "time_zone"));
        personal.filter_map(|(_, value)| value.as_str())
    }
}

/// Reads the answer to a call that PagerDuty refused.
pub(super) fn parse_error(call: &Call<'_>, answer: &Answer) -> Error {
    let envelope = serde_json::from_slice::<ErrorEnvelope>(&answer.body).ok();
    let code = envelope.as_ref().and_then(|envelope| envelope.error.code);
    let details = envelope.as_ref().map(details).unwrap_or_default();
    let words = words(answer.status, envelope.as_ref(), &details);
    let (kind, retry) = match (answer.status, code) {
        (404, _) => (ErrorKind::NotFound, Retry::Never),
        (403, _) | (_, Some(REQUESTER_NOT_FOUND | REQUESTER_MISSING)) => (ErrorKind::Unauthorized, Retry::Backoff),
        (402, _) => (rejected(call, "role"), Retry::Never),
        (_, Some(TOO_MANY_CONTACT_METHOD_ACTIONS)) => (rejected(call, ""), Retry::Backoff),
        _ => refused(call, &words.to_lowercase()),
    };
    Error::new(kind, retry, shown(&words, call.personal()))
}

/// A refusal of the values: `text` is all that PagerDuty says, in lower case.
fn refused(call: &Call<'_>, text: &str) -> (ErrorKind, Retry) {
    let taken = text.contains("already been taken") || text.contains("must be unique");
    match call.verb {
        // Several creations at a time; PagerDuty has done nothing.
        Verb::SaveUser if LOCKED.iter().any(|words| text.contains(words)) => (ErrorKind::RateLimited, Retry::Backoff),
        Verb::SaveUser if taken && text.contains("email") => (ErrorKind::Exists { id: None }, Retry::Never),
        Verb::SaveTeam | Verb::SaveContactMethod if taken => (ErrorKind::Exists { id: None }, Retry::Never),
        Verb::Remove => (rejected(call, text), Retry::Backoff),
        Verb::Read | Verb::SaveUser | Verb::SaveContactMethod | Verb::SaveTeam | Verb::AddMember => {
            (rejected(call, text), Retry::Never)
        }
    }
}

fn rejected(call: &Call<'_>, text: &str) -> ErrorKind {
    let only = || call.sent?.keys().next().cloned();
    let field = match call.verb {
        Verb::SaveContactMethod => only(),
        Verb::SaveUser | Verb::SaveTeam => call.field(text).map(str::to_owned),
        Verb::Read | Verb::AddMember | Verb::Remove => None,
    };
    ErrorKind::Rejected { field }
}

/// The `errors` of a body: a list of texts, or a text.
fn details(envelope: &ErrorEnvelope) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match &envelope.error.errors {
        Some(Value::Array(errors)) => errors.iter().filter_map(text).collect(),
        Some(Value::String(error)) => vec![error.clone()],
        _ => Vec::new(),
    }
}

/// The vendor's own words with its code, within bounds.
fn words(status: u16, envelope: Option<&ErrorEnvelope>, details: &[String]) -> String {
    let Some(envelope) = envelope else {
        return format!("PagerDuty answered {status}");
    };
    let code = envelope
        .error
        .code
        .map_or_else(|| status.to_string(), |code| code.to_string());
    let mut words = format!("{} ({code})", envelope.error.message);
    if !details.is_empty() {
        words = format!("{words}: {}", details.join("; "));
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `refusal` is status, code and text. Answers the kind, with the field of a rejection, and the retry.
    fn check(call: Call<'_>, refusal: &str) -> String {
        let mut parts = refusal.splitn(3, ' ');
        let status = parts.next().unwrap().parse().unwrap();
        let code: u32 = parts.next().unwrap().parse().unwrap();
        let body = json!({ "error": { "message": "Invalid", "code": code, "errors": [parts.next()] } });
        let (headers, body) = (Vec::new(), body.to_string().into_bytes());
        let error = parse_error(&call, &Answer { status, headers, body });
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
    fn refusals_of_users_are_told_apart() {
        let all = sent(&["email", "name", "role", "job_title", "time_zone"]);
        for (refusal, expected) in [
            ("400 2001 Email has already been taken", "Exists { id: None } Never"),
            ("400 2001 Email is invalid", "Rejected email Never"),
            (
                "400 2001 Name is too long (maximum is 100 characters)",
                "Rejected name Never",
            ),
            ("400 2001 Job title is too long", "Rejected job_title Never"),
            ("400 2001 Time zone is invalid", "Rejected time_zone Never"),
            ("400 2001 Invalid role", "Rejected role Never"),
            ("400 2001 License error: no seats left", "Rejected role Never"),
            ("400 2001 License error: Account locked", "RateLimited Backoff"),
            (
                "400 2001 Unable to perform request at this time. account could not be locked",
                "RateLimited Backoff",
            ),
            ("400 2001 Email domain is blocked", "Rejected email Never"),
            ("400 2001 Name Ann Lockedge is invalid", "Rejected name Never"),
            ("400 2001 Something else", "Rejected - Never"),
            ("400 1008 ", "Unauthorized Backoff"),
            ("400 2016 ", "Unauthorized Backoff"),
            (
                "402 2014 The read_only_users account ability is required",
                "Rejected role Never",
            ),
            ("403 2010 ", "Unauthorized Backoff"),
            ("404 2100 ", "NotFound Never"),
            ("409 2001 Name is odd", "Rejected name Never"),
            ("422 2001 Name is odd", "Rejected name Never"),
        ] {
            assert_eq!(check(Call::save_user(&all), refusal), expected, "{refusal}");
        }
        let email = sent(&["email"]);
        for (refusal, expected) in [
            ("400 2001 Email has already been taken", "Exists { id: None } Never"),
            ("400 2001 License error: no seats left", "Rejected - Never"),
            (
                "402 2014 The read_only_users account ability is required",
                "Rejected - Never",
            ),
        ] {
            assert_eq!(check(Call::save_user(&email), refusal), expected, "{refusal}");
        }
    }

    #[test]
    fn refusals_of_everything_else_are_told_apart() {
        let (phone, name) = (sent(&["phone"]), sent(&["name"]));
        let (dial, team) = (Call::save_contact_method(&phone), Call::save_team(&name));
        for (call, refusal, expected) in [
            (
                dial,
                "400 2001 User Contact method must be unique",
                "Exists { id: None } Never",
            ),
            (dial, "400 2001 Address is invalid", "Rejected phone Never"),
            (dial, "400 2017 ", "Rejected phone Backoff"),
            (
                team,
                "400 2001 Name has already been taken",
                "Exists { id: None } Never",
            ),
            (team, "400 2001 Name is too long", "Rejected name Never"),
            (
                team,
                "402 2014 The teams account ability is required",
                "Rejected - Never",
            ),
            (team, "404 6001 ", "NotFound Never"),
            (
                Call::ADD_MEMBER,
                "400 2001 read_only_user cannot be added",
                "Rejected - Never",
            ),
            (Call::REMOVE, "400 2001 User has incidents", "Rejected - Backoff"),
            (
                Call::REMOVE,
                "400 2001 belong to an escalation policy on this team",
                "Rejected - Backoff",
            ),
            (
                Call::REMOVE,
                "400 6006 Team has existing associations",
                "Rejected - Backoff",
            ),
            (Call::REMOVE, "409 2001 ", "Rejected - Backoff"),
            (Call::READ, "400 2001 offset", "Rejected - Never"),
        ] {
            assert_eq!(check(call, refusal), expected, "{refusal}");
        }
    }

    #[test]
    fn words_are_kept_but_not_what_was_sent() {
        let sent = Fields::from([
            ("email".to_owned(), json!("ada@engine.example")),
            ("description".to_owned(), json!("ada")),
            ("name".to_owned(), json!("e")),
            ("role".to_owned(), json!("observer")),
        ]);
        let reason = |body: &str| {
            let body = body.as_bytes().to_vec();
            let headers = Vec::new();
            parse_error(
                &Call::save_user(&sent),
                &Answer {
                    status: 400,
                    headers,
                    body,
                },
            )
            .reason
        };
        for (body, expected) in [
            (r#"{"error":{"message":"Invalid","code":2001}}"#, "Invalid (2001)"),
            (
                r#"{"error":{"message":"Invalid","code":2001,"errors":["ada@engine.example is bad","observer\nis not"]}}"#,
                "Invalid (2001): … is bad; observer is not",
            ),
            (r#"{"error":{"message":"Invalid"}}"#, "Invalid (400)"),
            ("<html>", "PagerDuty answered 400"),
        ] {
            assert_eq!(reason(body), expected, "{body}");
        }
    }
}
