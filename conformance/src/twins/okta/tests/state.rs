//! Identity, ids, what is kept, and what can be seeded.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Okta;
use super::desk::{Desk, TOKEN, profile, wrapped};
use crate::twins::Twin;

#[test]
fn a_fresh_org_has_its_owner_and_everyone() {
    let mut desk = Desk::new();
    desk.twin = Okta::new(3);
    desk.twin.set_token(TOKEN);
    let users = desk.get("GET /users");
    assert_eq!(users.as_array().unwrap().len(), 1);
    desk.name("owner", users[0]["id"].as_str().unwrap());
    desk.check(&[
        (
            "GET /users/owner",
            Value::Null,
            json!({ "status": "ACTIVE", "profile": { "login": Okta::OWNER_LOGIN } }),
        ),
        (
            "GET /users/{owner}/roles",
            Value::Null,
            json!([{ "type": "SUPER_ADMIN" }]),
        ),
        (
            "GET /groups",
            Value::Null,
            json!([{ "type": "BUILT_IN", "profile": { "name": "Everyone" } }]),
        ),
    ]);
}

#[test]
fn ids_are_of_the_vendors_form_and_never_come_again() {
    let mut desk = Desk::new();
    let mut seen = BTreeSet::new();
    let mut last = String::new();
    for n in 0..100 {
        desk.check(&[
            ("new = POST /users", wrapped(profile(&format!("N{n}"))), json!(200)),
            ("DELETE /users/{new}", Value::Null, json!(204)),
            ("DELETE /users/{new}", Value::Null, json!(204)),
        ]);
        let id = desk.named("{new}");
        let formed = id.len() == 20 && id.starts_with("00u") && id.bytes().all(|b| b.is_ascii_alphanumeric());
        assert!(formed && seen.insert(id.clone()) && id > last, "{id} after {last}");
        last = id;
    }
}

#[test]
fn another_number_is_another_org() {
    let identity = |number| {
        let twin = Okta::new(number);
        let ids: Vec<_> = [
            twin.users.rows().keys().next(),
            twin.groups.rows().keys().next(),
            twin.default_type().map(|kind| &kind.id),
            Some(&twin.org.domain),
        ]
        .map(Option::unwrap)
        .map(String::clone)
        .into();
        ids
    };
    assert_eq!(identity(1), identity(1));
    for (one, other) in identity(1).iter().zip(identity(2)) {
        assert_ne!(*one, other);
    }
}

#[test]
fn links_lead_back_to_where_the_request_was_sent() {
    let mut desk = Desk::new();
    let mut request = desk.request("GET /users/{ann}", &Value::Null);
    for (host, expected) in [
        (Some("127.0.0.1:9"), "http://127.0.0.1:9/api/v1/users/"),
        (None, "https://twin-7.okta.com/api/v1/users/"),
    ] {
        request.headers.retain(|(name, _)| name != "host");
        request
            .headers
            .extend(host.map(|host| ("host".to_owned(), host.to_owned())));
        let said: Value = serde_json::from_slice(&desk.send(&request).body).unwrap();
        let link = said["_links"]["self"]["href"].as_str().unwrap();
        assert_eq!(link, format!("{expected}{}", desk.named("{ann}")));
    }
}

/// Everything that changes the state is told, and what was told brings the state back.
#[test]
fn told_changes_bring_the_state_back() {
    let mut desk = Desk::new();
    let first = desk.twin.snapshot();
    desk.twin.changes();
    let mut told = Vec::new();
    desk.seed(json!({ "groups": [{ "name": "More" }], "transition_ms": 1000, "concurrency_refusals": 1 }));
    told.extend(desk.twin.changes());
    let rule = json!({
        "name": "All",
        "conditions": { "expression": { "value": "true", "type": "urn:okta:expression:1.0" } },
        "actions": { "assignUserToGroups": { "groupIds": ["{ops}"] } },
    });
    for step in [
        // Refused, but one refusal fewer.
        ("POST /users", wrapped(profile("New")), json!(429)),
        (
            "new = POST /users",
            wrapped(profile("New")),
            json!({ "transitioningToStatus": "ACTIVE" }),
        ),
        (
            "POST /users/{ann}",
            wrapped(json!({ "login": "anna@x.example" })),
            json!(200),
        ),
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("PUT /groups/{ops}/users/{bob}", Value::Null, json!(204)),
        ("DELETE /groups/{ops}/users/{bob}", Value::Null, json!(204)),
        ("POST /users/{ann}/roles", json!({ "type": "APP_ADMIN" }), json!(201)),
        ("POST /groups/rules", rule, json!(200)),
        ("DELETE /users/{bob}", Value::Null, json!(204)),
        ("DELETE /users/{bob}", Value::Null, json!(204)),
        ("DELETE /groups/{ad}", Value::Null, json!(204)),
    ] {
        desk.check(&[step]);
        let change = desk.twin.changes();
        assert!(change.is_some());
        told.extend(change);
    }
    desk.check(&[("GET /users", Value::Null, json!(200))]);
    assert_eq!(desk.twin.changes(), None);

    let mut copy = Okta::new(8);
    copy.restore(first, told).unwrap();
    assert_eq!(copy.snapshot(), desk.twin.snapshot());
    copy.set_token(TOKEN);
    desk.twin = copy;
    desk.pass(1000);
    desk.check(&[
        ("GET /users/anna", Value::Null, json!({ "id": "{ann}" })),
        ("GET /users/ann@x.example", Value::Null, json!(404)),
        ("GET /users/{new}", Value::Null, json!({ "status": "PROVISIONED" })),
        (
            "GET /users/{ann}/groups",
            Value::Null,
            json!([{ "id": "{everyone}" }, { "id": "{ops}" }]),
        ),
        ("GET /users/{ann}/roles", Value::Null, json!([{ "type": "APP_ADMIN" }])),
        ("POST /groups", wrapped(json!({ "name": "MORE" })), json!(400)),
        ("POST /users", wrapped(profile("Bob")), json!(200)),
    ]);
}

#[test]
fn foreign_state_is_refused() {
    for state in [
        json!([]),
        json!({}),
        json!({ "last_id": 1, "users": [{ "id": 5 }] }),
        json!({ "last_id": 1, "org": {} }),
    ] {
        assert!(Okta::new(1).restore(state.clone(), Vec::new()).is_err(), "{state}");
    }
}

#[test]
fn what_is_seeded_is_there() {
    let mut desk = Desk::new();
    let made = desk.seed(json!({
        "groups": [{ "name": "Admins", "roles": ["APP_ADMIN"] }],
        "users": [{
            "profile": profile("Root"), "status": "LOCKED_OUT", "provider": "ACTIVE_DIRECTORY",
            "roles": ["SUPER_ADMIN"], "groups": ["Admins", "directory"],
        }],
    }));
    desk.name("root", made["users"][0].as_str().unwrap());
    desk.name("admins", made["groups"][0].as_str().unwrap());
    desk.check(&[
        (
            "GET /users/{root}",
            Value::Null,
            json!({ "status": "LOCKED_OUT", "credentials": { "provider": { "type": "ACTIVE_DIRECTORY" } } }),
        ),
        (
            "GET /users/{root}/groups",
            Value::Null,
            json!([{ "id": "{everyone}" }, { "id": "{ad}" }, { "id": "{admins}" }]),
        ),
        (
            "GET /users/{root}/roles",
            Value::Null,
            json!([{ "type": "SUPER_ADMIN" }, { "type": "APP_ADMIN", "assignmentType": "GROUP" }]),
        ),
    ]);
}

#[test]
fn a_seed_that_cannot_be_changes_nothing() {
    let free = wrapped(profile("Free"));
    for (given, expected) in [
        (json!({ "user": [] }), "unknown field `user`"),
        (json!({ "limits": { "apps": 5 } }), "unknown variant `apps`"),
        (
            json!({ "users": [free, wrapped(profile("ANN"))] }),
            "`ann@x.example` cannot be",
        ),
        (json!({ "users": [free, free] }), "`free@x.example` is taken"),
        (json!({ "users": [wrapped(json!({ "login": "x" }))] }), "`x` cannot be"),
        (
            json!({ "users": [free, { "profile": profile("Other"), "groups": ["None"] }] }),
            "there is no group `None`",
        ),
        (
            json!({ "groups": [{ "name": "New" }, { "name": "NEW" }] }),
            "there is a group `NEW`",
        ),
        (json!({ "groups": [{ "name": "ops" }] }), "there is a group `ops`"),
        (
            json!({ "groups": [{ "name": "All", "type": "BUILT_IN" }] }),
            "the org has its built-in group",
        ),
        (
            json!({ "transition_ms": 5, "custom_roles": [{ "label": "H" }], "oauth": { "revoked": ["nobody"] } }),
            "there is no client `nobody`",
        ),
    ] {
        let mut desk = Desk::new();
        let before = desk.twin.snapshot();
        let error = desk.twin.seed(desk.now, &given).unwrap_err().to_string();
        assert!(error.contains(expected), "{given}: {error}");
        assert_eq!(desk.twin.snapshot(), before, "{given}");
    }
}
