//! What a profile may hold.

use serde_json::{Value, json};

use super::desk::{Desk, profile, profile_with, wrapped};

fn invalid(name: &str, error: &str) -> Value {
    json!(format!("400 E0000001 Api validation failed: {name}: {name}: {error}"))
}

#[test]
fn values_that_a_user_cannot_have_are_refused() {
    let blank = "The field cannot be left blank";
    let long = "The field is too long";
    let pattern = "Does not match required pattern";
    let kind = "The value is not of the attribute's type";
    let taken = "An object with this field already exists in the current organization";
    let mail = |length: usize| format!("{}@x.example", "y".repeat(length - 10));
    for (attributes, name, error) in [
        (json!({ "login": null }), "login", blank),
        (json!({ "login": "" }), "login", blank),
        (
            json!({ "login": "new" }),
            "login",
            "Username must be in the form of an email address",
        ),
        (json!({ "login": mail(101) }), "login", long),
        (json!({ "login": "ann@x.example" }), "login", taken),
        (json!({ "login": "ANN@x.Example" }), "login", taken),
        (json!({ "login": 5 }), "login", kind),
        (json!({ "email": null }), "email", blank),
        (json!({ "email": "a@b." }), "email", "The field is too short"),
        (json!({ "email": "no mail@x.example" }), "email", pattern),
        (json!({ "email": mail(101) }), "email", long),
        (json!({ "firstName": "" }), "firstName", blank),
        (json!({ "firstName": "x".repeat(51) }), "firstName", long),
        (json!({ "lastName": null }), "lastName", blank),
        (json!({ "lastName": "x".repeat(51) }), "lastName", long),
        (json!({ "secondEmail": "nowhere" }), "secondEmail", pattern),
        (json!({ "mobilePhone": "1".repeat(101) }), "mobilePhone", long),
        (json!({ "primaryPhone": "1".repeat(101) }), "primaryPhone", long),
        (json!({ "countryCode": "DEU" }), "countryCode", long),
        (json!({ "city": "x".repeat(129) }), "city", long),
        (json!({ "state": "x".repeat(129) }), "state", long),
        (json!({ "zipCode": "x".repeat(51) }), "zipCode", long),
        (json!({ "streetAddress": "x".repeat(1025) }), "streetAddress", long),
        (json!({ "postalAddress": "x".repeat(4097) }), "postalAddress", long),
        (json!({ "locale": "en-US" }), "locale", pattern),
        (json!({ "title": ["SRE"] }), "title", kind),
        (json!({ "employeeNumber": 42 }), "employeeNumber", kind),
        // What the contract does not let be null.
        (json!({ "department": null }), "department", "The field cannot be null"),
        (
            json!({ "employeeNumber": null }),
            "employeeNumber",
            "The field cannot be null",
        ),
        (json!({ "locale": null }), "locale", "The field cannot be null"),
    ] {
        let body = wrapped(profile_with("New", attributes.clone()));
        Desk::new().check(&[
            ("POST /users", body, invalid(name, error)),
            ("GET /users/new", Value::Null, json!(404)),
        ]);
        if attributes["login"] != "ann@x.example" && attributes["login"] != "ANN@x.Example" {
            Desk::new().check(&[("POST /users/{ann}", wrapped(attributes), invalid(name, error))]);
        }
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let taken = "login: An object with this field already exists in the current organization";
    let body = wrapped(profile_with(
        "New",
        json!({ "login": "ann@x.example", "countryCode": "DEU" }),
    ));
    let said = format!("400 E0000001 Api validation failed: countryCode: countryCode: The field is too long; {taken}");
    Desk::new().check(&[("POST /users", body, json!(said))]);
}

#[test]
fn an_attribute_that_the_schema_lacks_is_refused() {
    let cause = "Property name 'shoeSize' is not defined in profile";
    Desk::new().check(&[
        (
            "POST /users",
            wrapped(profile_with("New", json!({ "shoeSize": "45" }))),
            json!(format!("400 E0000001 Api validation failed: newUser: {cause}")),
        ),
        (
            "POST /users/{ann}",
            wrapped(json!({ "shoeSize": "45" })),
            json!(format!("400 E0000001 Api validation failed: user: {cause}")),
        ),
        (
            "POST /users/{ann}",
            wrapped(json!({ "title": "", "department": "", "locale": "de_DE" })),
            json!(200),
        ),
    ]);
}

#[test]
fn an_org_may_ask_for_less() {
    Desk::given(json!({ "names_required": false, "logins_are_emails": false })).check(&[
        (
            "POST /users",
            wrapped(json!({ "login": "newcomer", "email": "new@x.example" })),
            json!({ "profile": { "login": "newcomer", "firstName": null, "lastName": null } }),
        ),
        ("GET /users/newcomer", Value::Null, json!(200)),
        (
            "POST /users",
            wrapped(json!({ "login": "nobody" })),
            invalid("email", "The field cannot be left blank"),
        ),
    ]);
}

#[test]
fn an_orgs_own_attributes_are_checked() {
    let org = json!({ "attributes": [
        { "name": "badge", "title": "Badge", "type": "string", "unique": true, "min_length": 2, "max_length": 4 },
        { "name": "floor", "type": "integer" },
        { "name": "share", "type": "number" },
        { "name": "remote", "type": "boolean" },
        { "name": "skills", "type": "array" },
        { "name": "size", "type": "string", "enum": ["S", "L"] },
        { "name": "hired", "type": "string", "mutability": "IMMUTABLE" },
        { "name": "badgeId", "type": "string", "mutability": "READ_ONLY" },
    ]});
    let kind = "The value is not of the attribute's type";
    for (attributes, expected) in [
        (
            json!({ "floor": 3, "share": 0.5, "remote": true, "skills": ["a"], "size": "S" }),
            json!(200),
        ),
        (json!({ "floor": 3.5 }), invalid("floor", kind)),
        (json!({ "share": "half" }), invalid("share", kind)),
        (json!({ "remote": "true" }), invalid("remote", kind)),
        (json!({ "skills": [1] }), invalid("skills", kind)),
        (
            json!({ "size": "M" }),
            invalid("size", "The value is not one of the allowed values"),
        ),
        (json!({ "badge": "1" }), invalid("badge", "The field is too short")),
        (json!({ "badge": "12345" }), invalid("badge", "The field is too long")),
        (
            json!({ "badgeId": "7" }),
            json!("403 E0000077 Cannot modify the badgeId attribute because it is read-only."),
        ),
    ] {
        Desk::given(org.clone()).check(&[("POST /users/{ann}", wrapped(attributes), expected)]);
    }
    Desk::given(org).check(&[
        (
            "POST /users/{ann}",
            wrapped(json!({ "badge": "42", "hired": "2020" })),
            json!(200),
        ),
        (
            "POST /users/{ann}",
            wrapped(json!({ "badge": "42", "hired": "2020" })),
            json!(200),
        ),
        (
            "POST /users/{ann}",
            wrapped(json!({ "hired": "2021" })),
            json!("403 E0000078 Cannot modify the hired attribute because it is immutable."),
        ),
        (
            "POST /users/{bob}",
            wrapped(json!({ "badge": "42" })),
            invalid(
                "badge",
                "An object with this field already exists in the current organization",
            ),
        ),
        // What cannot be written outlives a replacement.
        (
            "PUT /users/{ann}",
            wrapped(profile("Ann")),
            json!({ "profile": { "hired": "2020" } }),
        ),
    ]);
}

#[test]
fn the_schema_tells_what_a_profile_may_hold() {
    let mut desk = Desk::given(json!({ "attributes": [
        { "name": "badge", "title": "Badge", "type": "string", "required": true, "unique": true, "max_length": 4 },
        { "name": "skills", "type": "array" },
    ]}));
    desk.check(&[
        (
            "GET /meta/schemas/user/default",
            Value::Null,
            json!({
                "name": "user",
                "type": "object",
                "definitions": {
                    "base": {
                        "id": "#base",
                        "required": ["login", "email", "firstName", "lastName"],
                        "properties": {
                            "login": { "type": "string", "minLength": 5, "maxLength": 100, "unique": true },
                            "email": { "format": "email", "required": true },
                            "countryCode": { "maxLength": 2, "required": false },
                        },
                    },
                    "custom": {
                        "id": "#custom",
                        "required": ["badge"],
                        "properties": {
                            "badge": { "title": "Badge", "maxLength": 4, "unique": true },
                            "skills": { "title": "skills", "type": "array", "items": { "type": "string" } },
                        },
                    },
                },
            }),
        ),
        (
            "GET /meta/schemas/user/oscnone",
            Value::Null,
            super::desk::missing("oscnone", "Schema"),
        ),
        (
            "GET /meta/types/user",
            Value::Null,
            json!([{ "name": "user", "displayName": "User", "default": true }]),
        ),
    ]);
    let types = desk.get("GET /meta/types/user");
    let schema = types[0]["_links"]["schema"]["href"].as_str().unwrap();
    let line = format!("GET {}", schema.strip_prefix("http://okta.test/api/v1").unwrap());
    desk.check(&[(&line, Value::Null, json!({ "name": "user" }))]);
}
