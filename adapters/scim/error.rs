//! What a service provider's refusals mean. RFC 7644 section 3.12.
use serde::Deserialize;
use serde_json::Value;

use super::dialect::Resources;
use crate::client::Answer;
use crate::{Error, ErrorKind, Fields, Retry, words};

/// Words by which a refusal of who is let in is one for want of a seat, and not of rights.
const SEAT_WORDS: [&str; 2] = ["seat", "licen"];

/// What was asked for, as far as the meaning of a refusal depends on it.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    verb: Verb,
    sent: Option<(&'a Resources, &'a Fields)>,
    /// The unique value was sent.
    names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Read,
    /// Calls to what every service provider has, so that there is none if it is not there.
    List,
    Create,
    Update,
    /// A removal of members.
    Remove,
    /// A person is let in again.
    Activate,
    Other,
}

impl<'a> Call<'a> {
    /// A read of one resource.
    pub(super) const READ: Call<'static> = Call::plain(Verb::Read);
    /// A read of several.
    pub(super) const LIST: Call<'static> = Call::plain(Verb::List);
    /// A removal of members: where the path meets nobody, nobody is to be removed.
    pub(super) const REMOVE: Call<'static> = Call::plain(Verb::Remove);
    /// A reactivation, which takes a seat as a creation does.
    pub(super) const ACTIVATE: Call<'static> = Call::plain(Verb::Activate);
    /// A deletion, or a change that is none of fields.
    pub(super) const OTHER: Call<'static> = Call::plain(Verb::Other);

    const fn plain(verb: Verb) -> Call<'static> {
        Call {
            verb,
            sent: None,
            names: false,
        }
    }

    /// A creation with these fields.
    pub(super) fn create(resources: &'a Resources, sent: &'a Fields) -> Self {
        Call {
            verb: Verb::Create,
            sent: Some((resources, sent)),
            names: true,
        }
    }

    /// A change of these fields; `unique` is the one that no other account may share.
    pub(super) fn update(resources: &'a Resources, sent: &'a Fields, unique: &str) -> Self {
        Call {
            verb: Verb::Update,
            sent: Some((resources, sent)),
            names: sent.contains_key(unique),
        }
    }

    /// The sent field that a text is about: the one whose attribute it names, or the only one.
    fn field(&self, text: &str) -> Option<String> {
        let (resources, sent) = self.sent?;
        if sent.len() == 1 {
            return sent.keys().next().cloned();
        }
        let attributes = resources
            .attributes
            .iter()
            .filter(|(field, _)| sent.contains_key(*field));
        let named = attributes.filter_map(|(field, attribute)| {
            let (dotted, name) = attribute.names();
            let (at, length) = match (text.find(&dotted), text.find(name)) {
                (Some(at), _) => (at, dotted.len()),
                (None, at) => (at?, name.len()),
            };
            Some((at, std::cmp::Reverse(length), field))
        });
        named.min().map(|(.., field)| field.clone())
    }

    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let sent = self.sent.into_iter().flat_map(|(_, sent)| sent.values());
        sent.filter_map(Value::as_str)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    scim_type: Option<String>,
}

/// Reads the answer to a call that the vendor `title` refused.
pub(super) fn parse_error(title: &str, call: &Call<'_>, answer: &Answer) -> Error {
    let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
    let detail = body.detail.as_deref().unwrap_or_default();
    let scim_type = body.scim_type.as_deref().unwrap_or_default();
    let (kind, retry) = match (answer.status, scim_type) {
        (404, _) if matches!(call.verb, Verb::List | Verb::Create) => {
            let reason = format!("{title} has no SCIM endpoint at the base URL (404)");
            return Error::new(ErrorKind::Unavailable, Retry::Backoff, reason);
        }
        // It may be that there is no such way to remove somebody.
        (404, _) if call.verb == Verb::Remove => (ErrorKind::NotFound, Retry::Backoff),
        (404, _) => (ErrorKind::NotFound, Retry::Never),
        (400, "noTarget") if call.verb == Verb::Remove => (ErrorKind::NotFound, Retry::Never),
        (403, _) if matches!(call.verb, Verb::Create | Verb::Activate) && wants_seat(detail) => {
            (rejected(None), Retry::Never)
        }
        (403, _) => (ErrorKind::Unauthorized, Retry::Backoff),
        (400, "uniqueness") | (409, _) if call.names => (ErrorKind::Exists { id: None }, Retry::Never),
        // Another value is taken than the one by which accounts are found.
        (400 | 409, "uniqueness") => (rejected(call.field(detail)), Retry::Never),
        // Somebody else changes it.
        (409 | 412, _) => (rejected(None), Retry::Backoff),
        _ => (rejected(call.field(detail)), Retry::Never),
    };
    let told = match (detail, scim_type) {
        ("", "") => format!("{title} answered {}", answer.status),
        ("", scim_type) => format!("{title} answered {} ({scim_type})", answer.status),
        (detail, "") => format!("{detail} ({})", answer.status),
        (detail, scim_type) => format!("{detail} ({} {scim_type})", answer.status),
    };
    Error::new(kind, retry, words::shown(&told, call.texts()))
}

fn wants_seat(detail: &str) -> bool {
    let detail = detail.to_lowercase();
    SEAT_WORDS.iter().any(|word| detail.contains(word))
}

fn rejected(field: Option<String>) -> ErrorKind {
    ErrorKind::Rejected { field }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `refusal` is status, `scimType` or `-`, and detail.
    fn check(call: &Call<'_>, refusal: &str) -> String {
        let mut parts = refusal.splitn(3, ' ');
        let status = parts.next().unwrap().parse().unwrap();
        let scim_type = parts.next().filter(|scim_type| *scim_type != "-");
        let body = json!({ "detail": parts.next(), "scimType": scim_type, "status": "400" });
        let (headers, body) = (Vec::new(), body.to_string().into_bytes());
        let error = parse_error("Acme", call, &Answer { status, headers, body });
        let kind = match error.kind {
            ErrorKind::Rejected { field } => format!("Rejected {}", field.as_deref().unwrap_or("-")),
            kind => format!("{kind:?}"),
        };
        format!("{kind} {:?}", error.retry)
    }

    fn resources() -> Resources {
        let text = r#"
            find_by = "userName"
            [attributes]
            user_name = "userName"
            display_name = "displayName"
            given_name = "name.givenName"
            family_name = "name.familyName"
            email = 'emails[type eq "work"].value'
        "#;
        toml::from_str(text).unwrap()
    }

    fn sent(fields: &[&str]) -> Fields {
        let value = |field: &&str| ((*field).to_owned(), json!("some value"));
        fields.iter().map(value).collect()
    }

    #[test]
    fn refusals_are_told_apart() {
        let resources = resources();
        let all = sent(&["user_name", "display_name", "given_name", "family_name", "email"]);
        let email = sent(&["email"]);
        let create = Call::create(&resources, &all);
        let rename = Call::update(&resources, &all, "user_name");
        let update = Call::update(&resources, &email, "user_name");
        let both = sent(&["display_name", "email"]);
        let change = Call::update(&resources, &both, "user_name");
        for (call, refusal, expected) in [
            (create, "409 uniqueness taken", "Exists { id: None } Never"),
            (create, "409 - Duplicate resource", "Exists { id: None } Never"),
            (create, "400 uniqueness taken", "Exists { id: None } Never"),
            (rename, "409 - ", "Exists { id: None } Never"),
            (update, "409 - ", "Rejected - Backoff"),
            (change, "409 uniqueness The emails are taken", "Rejected email Never"),
            (change, "400 uniqueness taken", "Rejected - Never"),
            (create, "404 - ", "Unavailable Backoff"),
            (create, "403 - There is no free seat", "Rejected - Never"),
            (create, "403 - Not allowed", "Unauthorized Backoff"),
            (update, "403 - There is no free seat", "Unauthorized Backoff"),
            (Call::ACTIVATE, "403 - There is no free seat", "Rejected - Never"),
            (Call::ACTIVATE, "403 - Not allowed", "Unauthorized Backoff"),
            (Call::OTHER, "403 - There is no free seat", "Unauthorized Backoff"),
            (update, "404 - ", "NotFound Never"),
            (
                create,
                "400 invalidValue name.familyName is required",
                "Rejected family_name Never",
            ),
            (
                create,
                "400 invalidValue emails must be primary",
                "Rejected email Never",
            ),
            (
                create,
                "400 invalidValue userName must be an e-mail",
                "Rejected user_name Never",
            ),
            (
                create,
                "400 invalidValue displayName and userName",
                "Rejected display_name Never",
            ),
            (create, "400 - Request is unparsable", "Rejected - Never"),
            (update, "400 - Request is unparsable", "Rejected email Never"),
            (Call::READ, "404 - ", "NotFound Never"),
            (Call::LIST, "404 - ", "Unavailable Backoff"),
            (Call::OTHER, "409 - ", "Rejected - Backoff"),
            (Call::OTHER, "405 - ", "Rejected - Never"),
            (Call::OTHER, "400 noTarget ", "Rejected - Never"),
            (Call::REMOVE, "400 noTarget ", "NotFound Never"),
            (Call::REMOVE, "404 - ", "NotFound Backoff"),
            (Call::OTHER, "501 - PATCH is not supported", "Rejected - Never"),
        ] {
            assert_eq!(check(&call, refusal), expected, "{refusal}");
        }
    }

    #[test]
    fn words_are_kept_but_not_what_was_sent() {
        let (resources, sent) = (
            resources(),
            Fields::from([("email".to_owned(), json!("ann@x.example"))]),
        );
        let call = Call::create(&resources, &sent);
        for (body, expected) in [
            (
                r#"{"detail":"ann@x.example is odd","scimType":"invalidValue"}"#,
                "… is odd (400 invalidValue)",
            ),
            (r#"{"detail":"odd"}"#, "odd (400)"),
            (r#"{"scimType":"invalidValue"}"#, "Acme answered 400 (invalidValue)"),
            ("<html>", "Acme answered 400"),
        ] {
            let (status, headers, body) = (400, Vec::new(), body.as_bytes().to_vec());
            let error = parse_error("Acme", &call, &Answer { status, headers, body });
            assert_eq!(error.reason, expected);
        }
    }
}
