//! What a change of a contact method sends.
use serde_json::json;

use super::super::fake::Fake;
use super::{NOT_FOUND, ada, fields, rejected};
use crate::descriptor::Kind;
use crate::{ErrorKind, Retry};

const CONTACT_METHODS: &str = include_str!("../fixtures/contact_methods.json");
const NOT_UNIQUE: &str =
    r#"{"error":{"message":"Invalid Input Provided","code":2001,"errors":["User Contact method must be unique"]}}"#;
const MADE: &str = r#"{"contact_method":{"id":"PNEW","type":"sms_contact_method"}}"#;
const METHODS: &str = "/users/PUSER01/contact_methods";
const LIST: &str = "GET /users/PUSER01/contact_methods";

/// The part that is known, the change, and what PagerDuty answers to each call.
type Story<'a> = (Option<(&'a str, &'a str)>, (&'a str, &'a str), &'a [(u16, &'a str)]);

/// Makes the change; an empty text clears. Compares the calls, and the id of the part afterwards.
async fn check((known, (field, value), script): Story<'_>, calls: &[&str], part: Option<&str>) {
    let fake = Fake::play(script);
    let value = if value.is_empty() { json!(null) } else { json!(value) };
    let changed = fields(json!({ field: value }));
    let parts = fake
        .adapter
        .update(Kind::User, &ada(known.as_slice()), &changed)
        .await
        .unwrap();
    assert_eq!(parts.get(field).map(String::as_str), part, "{changed:?}");
    assert_eq!(fake.seen(), calls, "{changed:?}");
}

fn put(id: &str, fields: &str) -> String {
    format!(r#"PUT {METHODS}/{id} {{"contact_method":{{{fields}}}}}"#)
}

const AMERICAN: &str = r#""address":"5551230000","country_code":1,"type":"phone_contact_method""#;
const KNOWN: Option<(&str, &str)> = Some(("phone", "PPHONE1"));

#[tokio::test]
async fn a_known_one_is_changed_without_reading() {
    let delete = format!("DELETE {METHODS}/PPHONE1");
    let change = ("phone", "+1 555 123 0000");
    check(
        (KNOWN, change, &[(200, "{}")]),
        &[&put("PPHONE1", AMERICAN)],
        Some("PPHONE1"),
    )
    .await;
    check((KNOWN, ("phone", ""), &[(204, "")]), &[&delete], None).await;
    check((KNOWN, ("phone", ""), &[(404, NOT_FOUND)]), &[&delete], None).await;
}

#[tokio::test]
async fn one_known_not_to_be_there_is_made_without_reading() {
    let mut fresh = ada(&[]);
    fresh.fields.insert("sms".into(), json!(null));
    let body = AMERICAN.replace("\"type\":\"phone", "\"label\":\"Mobile\",\"type\":\"sms");
    let post = format!(r#"POST {METHODS} {{"contact_method":{{{body}}}}}"#);
    let sms = fields(json!({ "sms": "+15551230000" }));
    let fake = Fake::play(&[(201, MADE)]);
    let parts = fake.adapter.update(Kind::User, &fresh, &sms).await.unwrap();
    assert_eq!(parts.get("sms").map(String::as_str), Some("PNEW"));
    assert_eq!(fake.seen(), [post.as_str()]);
    // It is there all the same: a person has added it.
    let there = CONTACT_METHODS.replace("PPHONE2\", \"type\": \"phone", "PSMS001\", \"type\": \"sms");
    let sms = fields(json!({ "sms": "+15551234567" }));
    let fake = Fake::play(&[(400, NOT_UNIQUE), (200, &there)]);
    let parts = fake.adapter.update(Kind::User, &fresh, &sms).await.unwrap();
    assert_eq!(parts.get("sms").map(String::as_str), Some("PSMS001"));
    assert_eq!(fake.seen(), [post.replace("0000", "4567").as_str(), LIST]);
    let fake = Fake::play(&[]);
    let cleared = fake
        .adapter
        .update(Kind::User, &fresh, &fields(json!({ "sms": null })))
        .await;
    assert!(cleared.unwrap().is_empty() && fake.seen().is_empty());
}

#[tokio::test]
async fn an_unknown_one_is_that_with_the_former_value_and_not_the_first() {
    let moved = put(
        "PMAIL01",
        r#""address":"ada@new.example","type":"email_contact_method""#,
    );
    let change = ("contact_email", "ada@new.example");
    check(
        (None, change, &[(200, CONTACT_METHODS), (200, "{}")]),
        &[LIST, &moved],
        Some("PMAIL01"),
    )
    .await;
    let delete = format!("DELETE {METHODS}/PPHONE1");
    check(
        (None, ("phone", ""), &[(200, CONTACT_METHODS), (204, "")]),
        &[LIST, &delete],
        None,
    )
    .await;
}

#[tokio::test]
async fn one_that_is_there_already_is_taken_over_as_it_is() {
    for (change, part) in [
        (("phone", "+1 (555) 123-4567"), "PPHONE2"),
        (("contact_email", "Ada@Home.example"), "PMAIL02"),
    ] {
        check((None, change, &[(200, CONTACT_METHODS)]), &[LIST], Some(part)).await;
    }
}

#[tokio::test]
async fn none_of_its_type_is_made_or_is_nothing_to_clear() {
    let body = AMERICAN.replace("\"type\":\"phone", "\"label\":\"Mobile\",\"type\":\"sms");
    let post = format!(r#"POST {METHODS} {{"contact_method":{{{body}}}}}"#);
    let change = ("sms", "+15551230000");
    check(
        (None, change, &[(200, CONTACT_METHODS), (201, MADE)]),
        &[LIST, &post],
        Some("PNEW"),
    )
    .await;
    check((None, ("sms", ""), &[(200, CONTACT_METHODS)]), &[LIST], None).await;
}

#[tokio::test]
async fn what_a_person_did_in_between_is_met() {
    // The known one is deleted: it is looked for anew.
    let script = &[(404, NOT_FOUND), (200, CONTACT_METHODS), (200, "{}")];
    let calls = [&put("PGONE", AMERICAN), LIST, &put("PPHONE1", AMERICAN)];
    check(
        (Some(("phone", "PGONE")), ("phone", "+15551230000"), script),
        &calls,
        Some("PPHONE1"),
    )
    .await;
    // The new one is added: the old one gives way.
    let script = &[(400, NOT_UNIQUE), (200, CONTACT_METHODS), (204, "")];
    let put = put("PPHONE1", &AMERICAN.replace("0000", "4567"));
    let calls = [&put, LIST, &format!("DELETE {METHODS}/PPHONE1")];
    check((KNOWN, ("phone", "+15551234567"), script), &calls, Some("PPHONE2")).await;
}

#[tokio::test]
async fn a_contact_method_that_cannot_be_changed_names_its_field() {
    let phone = fields(json!({ "phone": "+15551230000" }));
    let fake = Fake::play(&[(404, NOT_FOUND)]);
    let error = fake.adapter.update(Kind::User, &ada(&[]), &phone).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let fake = Fake::play(&[(404, NOT_FOUND), (404, NOT_FOUND)]);
    let error = fake
        .adapter
        .update(Kind::User, &ada(&[("phone", "PGONE")]), &phone)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    // The listing lags behind.
    let fake = Fake::play(&[(200, CONTACT_METHODS), (400, NOT_UNIQUE)]);
    let error = fake.adapter.update(Kind::User, &ada(&[]), &phone).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("phone"), Retry::Backoff));
    let fake = Fake::play(&[(400, r#"{"error":{"message":"Too Many","code":2017}}"#)]);
    let error = fake
        .adapter
        .update(Kind::User, &ada(&[("phone", "PPHONE1")]), &phone)
        .await
        .unwrap_err();
    assert_eq!(rejected(&error), (Some("phone"), Retry::Backoff));
    let two = fields(json!({ "phone": null, "name": "A" }));
    let error = Fake::play(&[])
        .adapter
        .update(Kind::User, &ada(&[]), &two)
        .await
        .unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Never));
}

#[tokio::test]
async fn national_numbers_are_those_of_the_chosen_country() {
    let fake = Fake::with(&[("default_country_code", "44")], &[(200, "{}")]);
    let phone = fields(json!({ "phone": "020 7946 1111" }));
    fake.adapter
        .update(Kind::User, &ada(&[("phone", "PPHONE1")]), &phone)
        .await
        .unwrap();
    let body = r#"{"contact_method":{"address":"2079461111","country_code":44,"type":"phone_contact_method"}}"#;
    assert_eq!(fake.seen(), [format!("PUT {METHODS}/PPHONE1 {body}")]);
}
