//! Creation and change of users.

use serde_json::{Value, json};

use super::desk::{Desk, header, missing, profile, profile_with, refusal, wrapped};

#[test]
fn a_new_user_is_answered_with_200() {
    let mut desk = Desk::new();
    let answer = desk.call("POST /users", &wrapped(profile_with("New", json!({ "title": "SRE" }))));
    assert_eq!(answer.status, 200);
    desk.check(&[(
        "GET /users/new@x.example",
        Value::Null,
        json!({
            "status": "PROVISIONED",
            "profile": {
                "login": "new@x.example", "email": "new@x.example", "firstName": "New", "lastName": "Example",
                "title": "SRE", "mobilePhone": null, "secondEmail": null,
            },
            "credentials": { "provider": { "type": "OKTA", "name": "OKTA" } },
            "created": "2027-01-15T08:00:00.000Z",
            "activated": "2027-01-15T08:00:00.000Z",
            "lastLogin": null,
            "passwordChanged": null,
        }),
    )]);
}

#[test]
fn how_a_user_begins_is_the_callers_choice() {
    let with = |credentials: Value| json!({ "profile": profile("New"), "credentials": credentials });
    let password = with(json!({ "password": { "value": "Aa345678" } }));
    let federated = with(json!({ "provider": { "type": "FEDERATION", "name": "FEDERATION" } }));
    let plain = wrapped(profile("New"));
    for (query, body, expected) in [
        ("", plain.clone(), json!({ "status": "PROVISIONED" })),
        ("?activate=true", plain.clone(), json!({ "status": "PROVISIONED" })),
        (
            "?activate=false",
            plain.clone(),
            json!({ "status": "STAGED", "activated": null }),
        ),
        (
            "",
            password.clone(),
            json!({ "status": "ACTIVE", "credentials": { "password": {} } }),
        ),
        (
            "?activate=false",
            password.clone(),
            json!({ "status": "STAGED", "credentials": { "password": {} } }),
        ),
        (
            "?nextLogin=changePassword",
            password.clone(),
            json!({ "status": "PASSWORD_EXPIRED" }),
        ),
        (
            "?provider=true",
            federated.clone(),
            json!({ "status": "ACTIVE", "credentials": { "provider": { "type": "FEDERATION" } } }),
        ),
        (
            "?provider=false",
            federated,
            json!({ "credentials": { "provider": { "type": "OKTA" } } }),
        ),
        (
            "",
            with(json!({ "password": { "hash": { "algorithm": "BCRYPT" } } })),
            json!({ "status": "ACTIVE", "credentials": { "provider": { "type": "IMPORT" } } }),
        ),
        (
            "",
            with(json!({ "recovery_question": { "question": "Who?", "answer": "nobody" } })),
            json!({ "credentials": { "recovery_question": { "question": "Who?" } } }),
        ),
    ] {
        Desk::new().check(&[(&format!("POST /users{query}"), body, expected)]);
    }
}

#[test]
fn beginnings_that_cannot_be_are_refused() {
    let with = |credentials: Value| json!({ "profile": profile("New"), "credentials": credentials });
    let password = with(json!({ "password": { "value": "Aa345678" } }));
    let plain = wrapped(profile("New"));
    let flag = |name: &str| json!(format!("400 E0000037 Type mismatch exception.  {name}"));
    for (query, body, expected) in [
        (
            "",
            with(json!({ "password": { "value": "password" } })),
            json!("400 E0000001 Api validation failed: password: password: Password requirements were not met"),
        ),
        (
            "?nextLogin=changePassword",
            plain.clone(),
            json!(
                "400 E0000124 Could not create user. To create a user and expire their password immediately, a \
                 password must be specified"
            ),
        ),
        (
            "?nextLogin=changePassword&activate=false",
            password,
            json!(
                "400 E0000125 Could not create user. To create a user and expire their password immediately, \
                 \"activate\" must be true"
            ),
        ),
        ("?activate=yes", plain.clone(), flag("activate")),
        ("?provider=1", plain.clone(), flag("provider")),
        ("?nextLogin=never", plain, flag("nextLogin")),
    ] {
        Desk::new().check(&[(&format!("POST /users{query}"), body, expected)]);
    }
}

#[test]
fn a_new_user_can_be_put_into_groups() {
    let with = |groups: Value| json!({ "profile": profile("New"), "groupIds": groups });
    let mut desk = Desk::new();
    desk.check(&[
        ("new = POST /users", with(json!(["{ops}"])), json!(200)),
        (
            "GET /users/{new}/groups",
            Value::Null,
            json!([{ "id": "{everyone}" }, { "id": "{ops}" }]),
        ),
    ]);
    let denied = json!("403 E0000006 You do not have permission to perform the requested action");
    let many = vec!["{ops}"; 21];
    for (groups, expected) in [
        (json!(["00gnone"]), missing("00gnone", "UserGroup")),
        (json!(["{ops}", "{ad}"]), denied),
        (json!(["{everyone}"]), json!("501 E0000060 Unsupported operation.")),
        (
            json!(many),
            json!("400 E0000001 Api validation failed: groupIds: groupIds: There are too many groups"),
        ),
        (
            json!("{ops}"),
            json!("400 E0000003 The request body was not well-formed."),
        ),
    ] {
        Desk::new().check(&[
            ("POST /users", with(groups), expected),
            (
                "GET /users/new@x.example",
                Value::Null,
                missing("new@x.example", "User"),
            ),
        ]);
    }
}

#[test]
fn a_body_that_cannot_be_read_is_refused() {
    let malformed = "400 E0000003 The request body was not well-formed.";
    for (body, expected) in [
        ("", malformed),
        ("{", malformed),
        ("[]", malformed),
        (r#"{"profile":[]}"#, malformed),
        (r#"{"profile":{},"credentials":"x"}"#, malformed),
        (
            "{}",
            "400 E0000001 Api validation failed: profile: profile: The field cannot be left blank",
        ),
    ] {
        let mut desk = Desk::new();
        let mut request = desk.request("POST /users", &Value::Null);
        request.body = body.into();
        assert_eq!(refusal(&desk.send(&request)), expected, "{body}");
    }
}

#[test]
fn users_are_found_by_id_login_and_short_login() {
    let ann = json!({ "id": "{ann}" });
    let mut desk = Desk::given(json!({ "users": [
        wrapped(profile_with("Slash", json!({ "login": "a/b@x.example" }))),
        wrapped(profile_with("Other", json!({ "login": "bob@y.example" }))),
        wrapped(profile_with("Plus", json!({ "login": "p+q@x.example" }))),
    ]}));
    desk.check(&[
        ("GET /users/{ann}", Value::Null, ann.clone()),
        ("GET /users/ann@x.example", Value::Null, ann.clone()),
        ("GET /users/ann%40x.example", Value::Null, ann.clone()),
        ("GET /users/ANN@X.example", Value::Null, ann.clone()),
        ("GET /users/ann", Value::Null, ann),
        (
            "GET /users/p+q@x.example",
            Value::Null,
            json!({ "profile": { "firstName": "Plus" } }),
        ),
        ("GET /users/me", Value::Null, json!({ "id": "{owner}" })),
        // There are two of this short login.
        ("GET /users/bob", Value::Null, missing("bob", "User")),
        (
            "GET /users/nobody@x.example",
            Value::Null,
            missing("nobody@x.example", "User"),
        ),
        // By a login with a slash nobody is found, however it is written.
        (
            "GET /users/a%2Fb@x.example",
            Value::Null,
            missing("a/b@x.example", "User"),
        ),
        (
            "GET /users/a/b@x.example",
            Value::Null,
            json!("404 E0000008 The requested path was not found"),
        ),
    ]);
    let found = desk.get("GET /users?filter=profile.login+eq+%22a/b@x.example%22");
    let id = found[0]["id"].as_str().unwrap().to_owned();
    desk.check(&[(
        &format!("GET /users/{id}"),
        Value::Null,
        json!({ "profile": { "login": "a/b@x.example" } }),
    )]);
}

#[test]
fn an_update_by_post_leaves_what_it_does_not_name() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "POST /users/{ann}",
            wrapped(json!({ "title": "SRE", "department": "IT" })),
            json!({ "profile": { "title": "SRE" } }),
        ),
        (
            "POST /users/ann@x.example?strict=true",
            wrapped(json!({ "title": null, "nickName": "A" })),
            json!({ "profile": { "department": "IT", "nickName": "A", "firstName": "Ann" } }),
        ),
        (
            "POST /users/{ann}",
            json!({}),
            json!({ "profile": { "nickName": "A" } }),
        ),
        ("POST /users/none", wrapped(json!({})), missing("none", "User")),
        (
            "POST /users/{ann}?strict=maybe",
            wrapped(json!({})),
            json!("400 E0000037 Type mismatch exception.  strict"),
        ),
        (
            "POST /users/{ann}",
            wrapped(json!({ "login": "anna@x.example" })),
            json!({ "profile": { "login": "anna@x.example", "email": "ann@x.example" } }),
        ),
        ("GET /users/ann@x.example", Value::Null, json!(404)),
        ("GET /users/anna@x.example", Value::Null, json!({ "id": "{ann}" })),
    ]);
    assert_eq!(desk.get("GET /users/{ann}")["profile"].get("title"), None);
}

/// A client that sends only what changed loses the rest.
#[test]
fn a_replacement_by_put_deletes_what_it_does_not_name() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "POST /users/{ann}",
            wrapped(json!({ "title": "SRE", "department": "IT", "mobilePhone": "+49 1" })),
            json!(200),
        ),
        (
            "PUT /users/{ann}",
            wrapped(json!({ "title": "Boss" })),
            json!(
                "400 E0000001 Api validation failed: login: login: The field cannot be left blank; email: The field \
                 cannot be left blank; firstName: The field cannot be left blank; lastName: The field cannot be left \
                 blank"
            ),
        ),
        (
            "PUT /users/{ann}",
            wrapped(profile_with("Ann", json!({ "title": "Boss" }))),
            json!({ "profile": { "title": "Boss", "mobilePhone": null } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "credentials": { "password": { "value": "Aa345678" } } }),
            json!({ "profile": { "title": "Boss" } }),
        ),
    ]);
    assert_eq!(desk.get("GET /users/{ann}")["profile"].get("department"), None);
}

#[test]
fn a_user_type_changes_by_a_replacement_alone() {
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "user_types": [{ "name": "contractor", "display_name": "Contractor" }] }));
    let types: Vec<_> = made["user_types"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let [default, contractor] = types[..] else {
        panic!("{types:?}")
    };
    desk.name("default", default);
    desk.name("contractor", contractor);
    let typed = |kind: &str| json!({ "profile": profile("Ann"), "type": { "id": kind } });
    desk.check(&[
        (
            "GET /users/{ann}",
            Value::Null,
            json!({ "type": { "id": "{default}" } }),
        ),
        ("POST /users/{ann}", typed("{default}"), json!(200)),
        (
            "POST /users/{ann}",
            typed("{contractor}"),
            json!("400 E0000001 Api validation failed: type: type: The user type can only be changed by a replacement"),
        ),
        ("PUT /users/{ann}", typed("otynone"), missing("otynone", "UserType")),
        (
            "PUT /users/{ann}",
            typed("{contractor}"),
            json!({ "type": { "id": "{contractor}" } }),
        ),
        (
            "POST /users",
            json!({ "profile": profile("New"), "type": { "id": "{contractor}" } }),
            json!({ "type": { "id": "{contractor}" } }),
        ),
    ]);
}

#[test]
fn an_update_can_be_bound_to_a_version() {
    let mut desk = Desk::new();
    let etag = header(&desk.call("GET /users/{ann}", &Value::Null), "etag")
        .unwrap()
        .to_owned();
    for (version, expected) in [("W/\"0\"", 412), (etag.as_str(), 200), (etag.as_str(), 412)] {
        let mut request = desk.request("POST /users/{ann}", &wrapped(json!({ "title": "SRE" })));
        request.headers.push(("if-match".into(), version.into()));
        assert_eq!(desk.send(&request).status, expected, "{version}");
    }
}

#[test]
fn sessions_are_revoked_without_a_trace() {
    Desk::new().check(&[
        ("DELETE /users/{ann}/sessions", Value::Null, json!(204)),
        ("DELETE /users/{ann}/sessions?oauthTokens=true", Value::Null, json!(204)),
        ("DELETE /users/{ann}/sessions?oauthTokens=all", Value::Null, json!(400)),
        (
            "DELETE /users/ann@x.example/sessions",
            Value::Null,
            missing("ann@x.example", "User"),
        ),
    ]);
}
