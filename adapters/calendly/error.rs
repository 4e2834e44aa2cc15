//! What Calendly's refusals mean.
use super::wire::ErrorBody;
use crate::client::Answer;
use crate::{Error, ErrorKind, Retry, words};

/// How both texts begin that say that no seat is free, in lower case.
const NO_SEAT: &str = "you already sent all the invitations";

/// What was asked for, as far as the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call<'a> {
    Read,
    /// An invitation to this address.
    Invite(&'a str),
    Remove,
}

/// Reads the answer to a call that Calendly refused.
pub(super) fn parse_error(call: Call<'_>, answer: &Answer) -> Error {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = told(answer.status, &body);
    let lower = words.to_lowercase();
    let (kind, retry) = match (answer.status, call) {
        (404, Call::Read | Call::Remove) => (ErrorKind::NotFound, Retry::Never),
        // The organization is not there: the target's state.
        (404, Call::Invite(_)) => (ErrorKind::Unavailable, Retry::Backoff),
        (403, Call::Invite(_)) if lower.contains(NO_SEAT) => (rejected(None), Retry::Never),
        (403, _) => (ErrorKind::Unauthorized, Retry::Backoff),
        (400 | 409 | 422, Call::Invite(_)) if lower.contains("already") => {
            (ErrorKind::Exists { id: None }, Retry::Never)
        }
        (_, Call::Invite(_)) => (rejected(Some("email")), Retry::Never),
        (400, Call::Read) if names_email(&body) => (rejected(Some("email")), Retry::Never),
        (_, Call::Read) => (rejected(None), Retry::Never),
        (_, Call::Remove) => (rejected(None), Retry::Backoff),
    };
    let sent = match call {
        Call::Invite(email) => Some(email),
        Call::Read | Call::Remove => None,
    };
    Error::new(kind, retry, words::shown(&words, sent.into_iter()))
}

fn rejected(field: Option<&str>) -> ErrorKind {
    ErrorKind::Rejected {
        field: field.map(str::to_owned),
    }
}

fn names_email(body: &ErrorBody) -> bool {
    let mut parameters = body.details.iter().filter_map(|detail| detail.parameter.as_deref());
    parameters.any(|parameter| parameter == "email")
}

/// Calendly's own words.
fn told(status: u16, body: &ErrorBody) -> String {
    if body.title.is_empty() && body.message.is_empty() {
        return format!("Calendly answered {status}");
    }
    let details = body.details.iter().map(|detail| {
        let (parameter, message) = (detail.parameter.as_deref(), detail.message.as_deref());
        format!("; {} {}", parameter.unwrap_or_default(), message.unwrap_or_default())
    });
    format!(
        "{}: {}{} ({status})",
        body.title,
        body.message,
        details.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SEATS: &str = "You already sent all the invitations you're allotted based upon the number of seats";
    const SCIM: &str = "You cannot perform this action for an organization with SCIM enabled.";

    /// `detail` is a parameter and a message.
    fn check(call: Call<'_>, status: u16, (message, detail): (&str, &str)) -> String {
        let (parameter, said) = detail.split_once(' ').unwrap_or((detail, ""));
        let details = json!([{ "parameter": parameter, "message": said }]);
        let body = json!({ "title": "Refused", "message": message, "details": details });
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
        let invite = Call::Invite("ann@x.example");
        for (call, status, words, expected) in [
            (
                invite,
                400,
                ("Invalid.", "email has already been invited"),
                "Exists { id: None } Never",
            ),
            (invite, 409, ("Already exists.", ""), "Exists { id: None } Never"),
            (invite, 400, ("Invalid.", "email is invalid"), "Rejected email Never"),
            (invite, 403, (SEATS, ""), "Rejected - Never"),
            (invite, 403, (SCIM, ""), "Unauthorized Backoff"),
            (invite, 403, ("You do not have permission", ""), "Unauthorized Backoff"),
            (
                invite,
                403,
                ("Your token may not manage invitations", ""),
                "Unauthorized Backoff",
            ),
            (invite, 404, ("", ""), "Unavailable Backoff"),
            (Call::Read, 404, ("", ""), "NotFound Never"),
            (
                Call::Read,
                400,
                ("Invalid.", "email is invalid"),
                "Rejected email Never",
            ),
            (Call::Read, 400, ("Invalid.", "count is invalid"), "Rejected - Never"),
            (
                Call::Read,
                403,
                ("You do not have permission", ""),
                "Unauthorized Backoff",
            ),
            (
                Call::Remove,
                400,
                ("Invalid.", "uuid is no longer pending"),
                "Rejected - Backoff",
            ),
            (Call::Remove, 403, (SCIM, ""), "Unauthorized Backoff"),
            (Call::Remove, 404, ("", ""), "NotFound Never"),
        ] {
            assert_eq!(check(call, status, words), expected, "{call:?} {status} {words:?}");
        }
    }

    #[test]
    fn words_are_kept_but_not_what_was_sent() {
        for (body, expected) in [
            (
                r#"{"title":"Invalid Argument","message":"Wrong.","details":[{"parameter":"email","message":"ann@x.example is odd"}]}"#,
                "Invalid Argument: Wrong.; email … is odd (400)",
            ),
            ("<html>", "Calendly answered 400"),
        ] {
            let (status, headers, body) = (400, Vec::new(), body.as_bytes().to_vec());
            let error = parse_error(Call::Invite("ann@x.example"), &Answer { status, headers, body });
            assert_eq!(error.reason, expected);
        }
    }
}
