use serde_json::json;

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

/// `refusal` is a field of Zendesk's, a code and a text. Answers the kind, with the field of a rejection, and the
/// retry.
fn check(call: Call<'_>, status: u16, refusal: &str) -> String {
    let mut parts = refusal.splitn(3, ' ');
    let field = parts.next().unwrap();
    let fault = json!({ "error": parts.next().unwrap(), "description": parts.next().unwrap_or_default() });
    let body = json!({
        "error": "RecordInvalid", "description": "Record validation errors", "details": { field: [fault] }
    });
    told(&parse_error(&call, &answer(status, &body.to_string())))
}

fn told(error: &Error) -> String {
    let kind = match &error.kind {
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
fn refusals_of_values_are_told_apart() {
    let all = sent(&[
        "email",
        "name",
        "role",
        "external_id",
        "organization_id",
        "phone",
        "default_group_id",
    ]);
    for (status, refusal, expected) in [
        (
            422,
            "email DuplicateValue Email: x is already being used by another user",
            "Exists { id: None } Never",
        ),
        (
            422,
            "email InvalidFormat Email: x is not properly formatted",
            "Rejected email Never",
        ),
        (
            422,
            "external_id DuplicateValue External has already been taken",
            "Rejected external_id Never",
        ),
        (
            422,
            "external DuplicateValue External has already been taken",
            "Rejected external_id Never",
        ),
        (
            422,
            "phone DuplicateValue Phone: x is already being used",
            "Rejected phone Never",
        ),
        (422, "name BlankValue Name: is too short", "Rejected name Never"),
        (
            422,
            "custom_role_id InvalidValue Custom role is invalid",
            "Rejected role Never",
        ),
        (422, "role - Role: is not included in the list", "Rejected role Never"),
        (422, "base - You have reached your agent limit", "Rejected role Never"),
        (
            422,
            "organization_id - Organization is invalid",
            "Rejected organization_id Never",
        ),
        (422, "organization - is invalid", "Rejected organization_id Never"),
        (
            422,
            "default_group_id - is not a group of the user",
            "Rejected default_group_id Backoff",
        ),
        (422, "base - Something else", "Rejected - Never"),
        (400, "base - Something else", "Rejected - Never"),
        (409, "base - Something else", "Rejected - Backoff"),
        (403, "base - Forbidden", "Unauthorized Backoff"),
        (404, "base - RecordNotFound", "NotFound Never"),
    ] {
        assert_eq!(check(Call::save(&all), status, refusal), expected, "{refusal}");
    }
}

/// The identity provider made the user before: they have the address as well as the id.
#[test]
fn of_several_duplicates_the_address_counts_in_any_order() {
    let fields = sent(&["email", "name", "external_id"]);
    let email =
        r#""email":[{"error":"DuplicateValue","description":"Email: x is already being used by another user"}]"#;
    let external = r#""external_id":[{"error":"DuplicateValue","description":"External has already been taken"}]"#;
    let name = r#""name":[{"error":"BlankValue","description":"Name: is too short"}]"#;
    for (details, expected) in [
        ([email, external], "Exists { id: None } Never"),
        ([external, email], "Exists { id: None } Never"),
        ([name, email], "Exists { id: None } Never"),
        ([name, external], "Rejected name Never"),
        ([external, name], "Rejected external_id Never"),
    ] {
        let body = format!(r#"{{"error":"RecordInvalid","details":{{{}}}}}"#, details.join(","));
        let error = parse_error(&Call::save(&fields), &answer(422, &body));
        assert_eq!(told(&error), expected, "{details:?}");
    }
}

#[test]
fn what_a_refusal_means_depends_on_the_call() {
    let name = sent(&["name"]);
    for (call, status, refusal, expected) in [
        (
            Call::save(&name),
            422,
            "name DuplicateValue Name: has already been taken",
            "Exists { id: None } Never",
        ),
        (Call::save(&name), 422, "role - Role: is odd", "Rejected - Never"),
        (
            Call::JOIN,
            422,
            "user_id DuplicateValue User has already been taken",
            "Exists { id: None } Never",
        ),
        (Call::JOIN, 422, "user - User must be an agent", "Rejected - Never"),
        (
            Call::REMOVE,
            422,
            "base - The account owner cannot be deleted",
            "Rejected - Backoff",
        ),
        (
            Call::SUBMIT,
            403,
            "base - Data imports are not enabled",
            "Rejected - Never",
        ),
        (
            Call::SUBMIT,
            403,
            "base - Missing scopes: write",
            "Unauthorized Backoff",
        ),
        (Call::SUBMIT, 422, "base - Too many users", "Rejected - Never"),
    ] {
        assert_eq!(check(call, status, refusal), expected, "{refusal}");
    }
}

#[test]
fn refused_items_of_jobs_are_told_apart() {
    let all = sent(&["email", "name", "role"]);
    for (code, details, expected) in [
        (
            "UserCreateError",
            "Email: x is already being used by another user",
            "Exists { id: None } Never",
        ),
        (
            "UserUpdateError",
            "Name: Email: x is not properly formatted",
            "Rejected email Never",
        ),
        ("UserUpdateError", "Something", "Rejected - Never"),
        ("UserNotFound", "", "NotFound Never"),
        ("UserUpdateError", "User not found", "NotFound Never"),
    ] {
        assert_eq!(told(&parse_item(&all, code, details)), expected, "{code} {details}");
    }
}

#[test]
fn words_are_kept_but_not_what_was_sent() {
    let sent = Fields::from([
        ("email".to_owned(), json!("Ada@engine.example")),
        ("name".to_owned(), json!("e")),
        ("role".to_owned(), json!("agent")),
        ("tags".to_owned(), json!(["secret-tag"])),
    ]);
    let reason = |status: u16, body: &str| parse_error(&Call::save(&sent), &answer(status, body)).reason;
    for (status, body, expected) in [
        (
            422,
            r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"email":[{"description":"Email: ada@engine.example is bad"}]}}"#,
            "Record validation errors (RecordInvalid): Email: … is bad",
        ),
        (
            422,
            r#"{"error":"X","description":"an agent\nwith secret-tag"}"#,
            "an agent with … (X)",
        ),
        (
            403,
            r#"{"error":{"title":"Forbidden","message":"You do not have access to this page."}}"#,
            "You do not have access to this page. (Forbidden)",
        ),
        (
            403,
            r#"{"error":"Forbidden","message":"Data imports are not enabled"}"#,
            "Data imports are not enabled (Forbidden)",
        ),
        (
            400,
            r#"{"errors":[{"code":"BadRequest","title":"Bad","detail":"of no use"}]}"#,
            "of no use (BadRequest)",
        ),
        (422, "<html>", "Zendesk answered 422 (422)"),
        (
            403,
            "",
            "Zendesk answered 403: the token lacks a scope, or its user a permission (403)",
        ),
    ] {
        assert_eq!(reason(status, body), expected, "{body}");
    }
}

/// A person may be called as Zendesk's refusals are.
#[test]
fn what_was_sent_means_nothing() {
    let sent = Fields::from([
        ("email".to_owned(), json!("ada@engine.example")),
        ("name".to_owned(), json!("already being used by scope")),
    ]);
    let fault = json!({ "description": "Email: already being used by scope is odd" });
    let body = json!({ "error": "RecordInvalid", "description": "Invalid", "details": { "email": [fault] } });
    let error = parse_error(&Call::save(&sent), &answer(422, &body.to_string()));
    assert_eq!(told(&error), "Rejected email Never");
    assert!(!tells_of_scope(&error.reason));
}
