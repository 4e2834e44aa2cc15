//! Users are made, read, replaced and deleted.

use serde_json::{Value, json};

use super::super::desk::{strict, user};
use super::super::schema::{ENTERPRISE, USER};

#[test]
fn a_user_is_made_read_replaced_and_deleted() {
    let mut desk = strict();
    let full = json!({
        "userName": "New@x.example",
        "externalId": "N1",
        "name": { "givenName": "New", "familyName": "Comer" },
        "active": false,
        "emails": [{ "value": "new@x.example", "type": "work", "primary": true }],
        ENTERPRISE: { "department": "Tours", "manager": { "value": "{ann}" } },
    });
    let mut read = full.clone();
    read["schemas"] = json!([USER, ENTERPRISE]);
    read["id"] = json!("{new}");
    read["meta"] = json!({
        "resourceType": "User",
        "created": "2027-01-15T08:00:00Z",
        "lastModified": "2027-01-15T08:00:00Z",
        "location": "http://scim.example/Users/{new}",
    });
    desk.check(&[
        ("new = POST /Users", user(full), read.clone()),
        ("GET /Users/{new}", Value::Null, read),
    ]);
    desk.pass(60);
    let replaced = json!({
        "userName": "new@x.example",
        "externalId": null,
        "name": null,
        "emails": null,
        ENTERPRISE: null,
        // What is left out is as if it was new.
        "active": true,
        "meta": { "created": "2027-01-15T08:00:00Z", "lastModified": "2027-01-15T08:01:00Z" },
    });
    let gone = json!(desk_not_found(&desk.named("{new}")));
    desk.check(&[
        (
            "PUT /Users/{new}",
            user(json!({ "userName": "new@x.example" })),
            replaced.clone(),
        ),
        ("GET /Users/{new}", Value::Null, replaced),
        ("DELETE /Users/{new}", Value::Null, json!(204)),
        ("GET /Users/{new}", Value::Null, gone.clone()),
        ("DELETE /Users/{new}", Value::Null, gone.clone()),
        ("PUT /Users/{new}", user(json!({ "userName": "new@x.example" })), gone),
        (
            "again = POST /Users",
            user(json!({ "userName": "new@x.example" })),
            json!(201),
        ),
    ]);
    assert_ne!(desk.named("{new}"), desk.named("{again}"));
}

fn desk_not_found(id: &str) -> String {
    format!("404 - Resource {id} not found")
}

#[test]
fn answers_say_where_and_what_they_are() {
    let mut desk = strict();
    let answer = desk.call("POST /Users", &user(json!({ "userName": "new@x.example" })));
    let id = serde_json::from_slice::<Value>(&answer.body).unwrap()["id"].clone();
    let location = format!("http://scim.example/Users/{}", id.as_str().unwrap());
    for header in [("content-type", "application/scim+json"), ("location", &location)] {
        let header = (header.0.to_owned(), header.1.to_owned());
        assert!(answer.headers.contains(&header), "{:?}", answer.headers);
    }
}

/// A body that is refused in a creation and in a replacement alike, and changes nothing.
fn check_refused(body: Value, expected: &str) {
    let mut desk = strict();
    desk.check(&[("POST /Users", body.clone(), json!(expected))]);
    desk.check(&[("PUT /Users/{bob}", body.clone(), json!(expected))]);
    let names = desk.listed("GET /Users", "userName");
    assert_eq!(names, ["ann@x.example", "bob@x.example"], "{body}");
}

#[test]
fn what_a_user_cannot_be_is_refused() {
    for (attributes, expected) in [
        (json!({}), "400 invalidValue userName is required"),
        (json!({ "userName": " " }), "400 invalidValue userName is required"),
        (json!({ "userName": null }), "400 invalidValue userName is required"),
        (json!({ "userName": 7 }), "400 invalidValue userName must be a string"),
        (
            json!({ "userName": "n", "active": "true" }),
            "400 invalidValue active must be true or false",
        ),
        (
            json!({ "userName": "n", "name": "N" }),
            "400 invalidValue name must be an object",
        ),
        (
            json!({ "userName": "n", "emails": {} }),
            "400 invalidValue emails must be a list",
        ),
        (
            json!({ "userName": "n", "emails": ["x"] }),
            "400 invalidValue emails must be an object",
        ),
        (
            json!({ "userName": "n", "shoe": 9 }),
            "400 invalidSyntax shoe is not an attribute",
        ),
        (
            json!({ "userName": "n", "username": "m" }),
            "400 invalidSyntax userName is there twice",
        ),
        (
            json!({ "userName": "n", "name": { "shoe": 9 } }),
            "400 invalidSyntax name.shoe is not an attribute",
        ),
        (
            json!({ "userName": "ANN@x.example" }),
            "409 uniqueness userName ANN@x.example is taken",
        ),
    ] {
        check_refused(user(attributes), expected);
    }
}

#[test]
fn what_is_no_user_at_all_is_refused() {
    for (body, expected) in [
        (json!({ "userName": "n" }), "400 invalidSyntax schemas is missing"),
        (
            json!({ "schemas": [], "userName": "n" }),
            "400 invalidSyntax schemas is missing",
        ),
        (
            json!({ "schemas": [ENTERPRISE], "userName": "n" }),
            "400 invalidSyntax schemas must name urn:ietf:params:scim:schemas:core:2.0:User",
        ),
        (
            json!({ "schemas": [USER, "urn:example:extension"], "userName": "n" }),
            "400 invalidSyntax schemas names \"urn:example:extension\", which is unknown",
        ),
        (
            json!({ "schemas": [USER], "userName": "n", ENTERPRISE: { "department": "D" } }),
            "400 invalidSyntax schemas must name urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ),
        (json!([]), "400 invalidSyntax The body must be an object"),
        (Value::Null, "400 invalidSyntax The body is not valid JSON"),
    ] {
        check_refused(body, expected);
    }
}

/// RFC 7644 section 3.5.1: what a client cannot write is passed over.
#[test]
fn what_is_read_can_be_written_back() {
    let mut desk = strict();
    desk.seed(json!({ "groups": [{ "displayName": "Ops", "members": ["ann@x.example"] }] }));
    let mut body = desk.body("GET /Users/{ann}");
    assert_eq!(body["groups"][0]["display"], "Ops");
    body["title"] = json!("Guide");
    body["id"] = json!("another");
    desk.check(&[
        ("PUT /Users/{ann}", body, json!({ "id": "{ann}", "title": "Guide" })),
        (
            "GET /Users/{ann}",
            Value::Null,
            json!({ "groups": [{ "display": "Ops", "type": "direct" }] }),
        ),
    ]);
}

#[test]
fn a_password_is_taken_and_never_seen() {
    let mut desk = strict();
    let body = user(json!({ "userName": "new@x.example", "password": "Secret" }));
    desk.check(&[
        ("new = POST /Users", body, json!({ "password": null })),
        (
            "GET /Users/{new}?attributes=password",
            Value::Null,
            json!({ "password": null }),
        ),
    ]);
    let state = crate::twins::Twin::snapshot(&desk.twin).to_string();
    assert!(!state.contains("Secret"));
}

#[test]
fn attributes_can_be_chosen() {
    for (query, expected) in [
        (
            "attributes=userName",
            json!({ "id": "{ann}", "userName": "ann@x.example", "name": null, "meta": null }),
        ),
        (
            "attributes=USERNAME,name.givenName",
            json!({ "userName": "ann@x.example", "name": { "givenName": "Ann", "familyName": null } }),
        ),
        (
            "attributes=userName&attributes=emails.value",
            json!({ "userName": "ann@x.example", "emails": [{ "value": "ann@x.example", "type": null }] }),
        ),
        (
            "attributes=urn:ietf:params:scim:schemas:core:2.0:User:displayName",
            json!({ "displayName": "Ann Example", "userName": null }),
        ),
        (
            "excludedAttributes=userName,name.givenName,id",
            json!({ "id": "{ann}", "userName": null, "name": { "givenName": null, "familyName": "Example" } }),
        ),
        (
            "excludedAttributes=emails.type",
            json!({ "emails": [{ "value": "ann@x.example", "type": null }] }),
        ),
        (
            "attributes=userName&excludedAttributes=name",
            json!("400 invalidValue attributes and excludedAttributes exclude each other"),
        ),
    ] {
        let line = format!("GET /Users/{{ann}}?{query}");
        strict().check(&[(&line, Value::Null, expected)]);
    }
}
