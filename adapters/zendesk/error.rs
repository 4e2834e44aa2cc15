//! What Zendesk's refusals mean.
use serde_json::Value;

use crate::client::Answer;
use crate::{Error, ErrorKind, Fields, Retry, words};

/// Zendesk's code for a value that must be unique and is not.
const DUPLICATE: &str = "DuplicateValue";

/// What Zendesk calls the fields in its refusals, as keys and in its texts, and ours that stand for it.
const NAMES: [(&str, &[&str]); 23] = [
    ("email", &["email"]),
    ("identities", &["email"]),
    // Of an identity.
    ("value", &["email"]),
    ("external_id", &["external_id"]),
    ("external", &["external_id"]),
    ("custom_role_id", &["role"]),
    ("custom role", &["role"]),
    ("permission_set", &["role"]),
    ("role", &["role"]),
    ("agent limit", &["role"]),
    ("seat", &["role"]),
    ("organization", &["organization", "organization_id"]),
    ("phone", &["phone"]),
    ("time_zone", &["time_zone"]),
    ("time zone", &["time_zone"]),
    ("locale", &["locale"]),
    ("default_group_id", &["default_group_id"]),
    ("default group", &["default_group_id"]),
    ("ticket_restriction", &["ticket_restriction"]),
    ("alias", &["alias"]),
    ("signature", &["signature"]),
    ("tags", &["tags"]),
    ("name", &["name"]),
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
    /// Of a user or group: the unique field may be taken.
    Save,
    Join,
    /// A bulk job: accounts may not be allowed to have one.
    Submit,
    /// Deletions and removals, which Zendesk may refuse while something else leans on the account.
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
    /// A new membership.
    pub(super) const JOIN: Call<'static> = Call {
        verb: Verb::Join,
        sent: None,
    };
    /// A bulk job.
    pub(super) const SUBMIT: Call<'static> = Call {
        verb: Verb::Submit,
        sent: None,
    };

    /// The creation or change of a user, an identity or a group.
    pub(super) fn save(sent: &'a Fields) -> Self {
        let sent = Some(sent);
        Call { verb: Verb::Save, sent }
    }

    /// The sent field that goes by a name of Zendesk's.
    fn field(&self, name: &str) -> Option<&'static str> {
        let (_, fields) = NAMES.iter().find(|(theirs, _)| name.starts_with(theirs))?;
        fields.iter().find(|field| self.has_sent(field)).copied()
    }

    /// The sent field that a text is about: the last one that it names with a colon behind it, else the first.
    fn field_in(&self, text: &str) -> Option<&'static str> {
        let labelled = |name: &str| text.rfind(&format!("{name}:"));
        let by_label = NAMES
            .iter()
            .filter_map(|(name, _)| Some((labelled(name)?, self.field(name)?)));
        let by_mention = NAMES
            .iter()
            .filter_map(|(name, _)| Some((text.find(name)?, self.field(name)?)));
        let found = by_label
            .max_by_key(|(at, _)| *at)
            .or_else(|| by_mention.min_by_key(|(at, _)| *at));
        found.map(|(_, field)| field)
    }

    /// Whether accounts go by this field.
    fn is_unique(&self, field: Option<&str>) -> bool {
        match self.verb {
            Verb::Join => true,
            Verb::Save => matches!(field, Some("email" | "name")),
            Verb::Read | Verb::Submit | Verb::Remove => false,
        }
    }

    fn has_sent(&self, field: &str) -> bool {
        let names = |sent: &Fields| sent.keys().any(|name| name == field);
        self.sent.is_some_and(names)
    }

    /// A text of Zendesk's without what was sent and says something of a person: fit to be shown, and to be searched
    /// for words of Zendesk's own.
    fn shown(&self, words: &str) -> String {
        let public = ["role", "time_zone", "locale", "ticket_restriction"];
        let sent = self.sent.into_iter().flatten();
        let personal = sent.filter(|(name, _)| !public.contains(&name.as_str()));
        let texts = personal.flat_map(|(_, value)| texts(value));
        // Zendesk writes addresses in lower case.
        let texts: Vec<_> = texts.flat_map(|text| [text.to_owned(), text.to_lowercase()]).collect();
        words::shown(words, texts.iter().map(String::as_str))
    }
}

/// Texts of a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A fault of one value.
#[derive(Debug)]
struct Fault {
    /// Zendesk's name of the field.
    key: String,
    text: String,
    is_duplicate: bool,
}

/// Reads the answer to a call that Zendesk refused.
pub(super) fn parse_error(call: &Call<'_>, answer: &Answer) -> Error {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let faults = faults(call, &body);
    let words = call.shown(&told(answer.status, &body, &faults));
    let (kind, retry) = match answer.status {
        404 => (ErrorKind::NotFound, Retry::Never),
        // The account may not have bulk imports enabled; single calls work all the same.
        403 if call.verb == Verb::Submit && !tells_of_scope(&words) => (rejected(None), Retry::Never),
        403 => (ErrorKind::Unauthorized, Retry::Backoff),
        status => refused(call, status, &faults, &words),
    };
    Error::new(kind, retry, words)
}

/// What a failed item of a bulk job means.
pub(super) fn parse_item(sent: &Fields, code: &str, details: &str) -> Error {
    let call = Call::save(sent);
    let words = call.shown(&format!("{details} ({code})"));
    let (kind, retry) = match code.contains("NotFound") || words.contains("not found") {
        true => (ErrorKind::NotFound, Retry::Never),
        false => refused(&call, 422, &[], &words),
    };
    Error::new(kind, retry, words)
}

/// Whether a refusal is for a scope that the token lacks.
pub(super) fn tells_of_scope(words: &str) -> bool {
    words.to_lowercase().contains("scope")
}

/// A refusal of the values.
fn refused(call: &Call<'_>, status: u16, faults: &[Fault], words: &str) -> (ErrorKind, Retry) {
    let text = words.to_lowercase();
    let named = || faults.iter().filter_map(|fault| Some((fault, call.field(&fault.key)?)));
    // The same user may have more of what is unique than the address; it is by the address that they are found.
    let taken = named().find(|(fault, field)| fault.is_duplicate && call.is_unique(Some(field)));
    let named = taken.or_else(|| named().next());
    let field = named.map(|(_, field)| field).or_else(|| call.field_in(&text));
    let is_duplicate = match named {
        Some((fault, _)) => fault.is_duplicate,
        None => faults.iter().any(|fault| fault.is_duplicate) || is_taken(&text),
    };
    if is_duplicate && call.is_unique(field) {
        return (ErrorKind::Exists { id: None }, Retry::Never);
    }
    // Two writers at a time, memberships that are yet to come, and what leans on the account, all pass.
    let passes = status == 409 || call.verb == Verb::Remove || field == Some("default_group_id");
    let retry = if passes { Retry::Backoff } else { Retry::Never };
    (rejected(field), retry)
}

fn is_taken(text: &str) -> bool {
    let words = [
        "already being used",
        "already been taken",
        "already a member",
        "duplicatevalue",
    ];
    words.iter().any(|words| text.contains(words))
}

fn rejected(field: Option<&str>) -> ErrorKind {
    let field = field.map(str::to_owned);
    ErrorKind::Rejected { field }
}

/// The `details` of a body: faults by field.
fn faults(call: &Call<'_>, body: &Value) -> Vec<Fault> {
    let details = body.get("details").and_then(Value::as_object);
    let of_field = |(key, faults): (&String, &Value)| {
        let faults = faults.as_array().cloned().unwrap_or_default();
        faults
            .into_iter()
            .map(|fault| self::fault(call, key, &fault))
            .collect::<Vec<_>>()
    };
    details.into_iter().flatten().flat_map(of_field).collect()
}

fn fault(call: &Call<'_>, key: &str, fault: &Value) -> Fault {
    let of = |name: &str| fault.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = of("description");
    Fault {
        key: key.to_owned(),
        text: text.to_owned(),
        is_duplicate: of("error") == DUPLICATE || is_taken(&call.shown(text).to_lowercase()),
    }
}

/// The vendor's own words with its code. There are three forms of bodies: `error` as a code beside a
/// `description` or `message`, `error` with a title and message, and a list of `errors`.
fn told(status: u16, body: &Value, faults: &[Fault]) -> String {
    let of = |value: &Value, names: &[&str]| {
        let mut texts = names.iter().filter_map(|name| value.get(name)?.as_str());
        texts.next().map(str::to_owned)
    };
    let nested = body.get("error").filter(|error| error.is_object());
    let listed = body.get("errors").and_then(|errors| errors.get(0));
    let source = nested.or(listed).unwrap_or(body);
    let message = of(source, &["description", "message", "detail", "title"]);
    let code = of(source, &["code", "title", "error"]).unwrap_or_else(|| status.to_string());
    let message = message.unwrap_or_else(|| match status {
        403 => "Zendesk answered 403: the token lacks a scope, or its user a permission".to_owned(),
        _ => format!("Zendesk answered {status}"),
    });
    let faults: Vec<_> = faults
        .iter()
        .map(|fault| fault.text.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    match faults.is_empty() {
        true => format!("{message} ({code})"),
        false => format!("{message} ({code}): {}", faults.join("; ")),
    }
}

#[cfg(test)]
mod tests;
