//! The life of a user: what each status allows, and how long it takes.

use serde_json::{Value, json};

use super::desk::{Desk, missing, profile, wrapped};

const ACTIVE: &str = "403 E0000016 Activation failed because the user is already active";
const WRONG: &str = "403 E0000038 This operation is not allowed in the user's current status.";
const ACTIVATING: &str = "409 E0000112 Cannot update this user because they are still being activated. Please try \
                          again in a few minutes.";

/// What an operation makes of a user in each status: the status afterwards, or a refusal.
fn check(line: &str, rows: &[(&str, Result<&str, Value>)]) {
    for (status, expected) in rows {
        let mut desk = Desk::new();
        let made = desk.seed(json!({ "users": [{ "profile": profile("New"), "status": status }] }));
        desk.name("new", made["users"][0].as_str().unwrap());
        let (answer, after) = match expected {
            Ok(after) => (json!({}), *after),
            Err(refusal) => (refusal.clone(), *status),
        };
        desk.check(&[
            (line, Value::Null, answer),
            ("GET /users/{new}", Value::Null, json!({ "status": after })),
        ]);
    }
}

#[test]
fn only_the_staged_and_the_deactivated_are_activated() {
    check(
        "POST /users/{new}/lifecycle/activate",
        &[
            ("STAGED", Ok("PROVISIONED")),
            ("DEPROVISIONED", Ok("PROVISIONED")),
            ("PROVISIONED", Err(json!(ACTIVE))),
            ("ACTIVE", Err(json!(ACTIVE))),
            ("RECOVERY", Err(json!(WRONG))),
            ("PASSWORD_EXPIRED", Err(json!(WRONG))),
            ("LOCKED_OUT", Err(json!(WRONG))),
            ("SUSPENDED", Err(json!(WRONG))),
        ],
    );
}

#[test]
fn only_who_did_not_complete_it_is_reactivated() {
    check(
        "POST /users/{new}/lifecycle/reactivate",
        &[
            ("PROVISIONED", Ok("PROVISIONED")),
            ("RECOVERY", Ok("PROVISIONED")),
            ("STAGED", Err(json!(WRONG))),
            ("ACTIVE", Err(json!(WRONG))),
            ("SUSPENDED", Err(json!(WRONG))),
            ("DEPROVISIONED", Err(json!(WRONG))),
        ],
    );
}

#[test]
fn only_the_active_are_suspended() {
    let wrong = || {
        Err(json!(
            "400 E0000001 Api validation failed: status: status: Only active users can be suspended"
        ))
    };
    check(
        "POST /users/{new}/lifecycle/suspend",
        &[
            ("ACTIVE", Ok("SUSPENDED")),
            ("SUSPENDED", wrong()),
            ("STAGED", wrong()),
            ("PROVISIONED", wrong()),
            ("DEPROVISIONED", wrong()),
        ],
    );
    let wrong = || {
        Err(json!(
            "400 E0000001 Api validation failed: status: status: Only suspended users can be unsuspended"
        ))
    };
    check(
        "POST /users/{new}/lifecycle/unsuspend",
        &[
            ("SUSPENDED", Ok("ACTIVE")),
            ("ACTIVE", wrong()),
            ("DEPROVISIONED", wrong()),
        ],
    );
}

#[test]
fn everyone_but_the_deactivated_is_deactivated() {
    for status in [
        "STAGED",
        "PROVISIONED",
        "ACTIVE",
        "RECOVERY",
        "PASSWORD_EXPIRED",
        "LOCKED_OUT",
        "SUSPENDED",
    ] {
        check(
            "POST /users/{new}/lifecycle/deactivate?sendEmail=true",
            &[(status, Ok("DEPROVISIONED"))],
        );
    }
    check(
        "POST /users/{new}/lifecycle/deactivate",
        &[("DEPROVISIONED", Err(missing("{new}", "User")))],
    );
}

#[test]
fn only_the_locked_out_are_unlocked() {
    let wrong = || Err(json!("403 E0000032 Unlock is not allowed for this user."));
    check(
        "POST /users/{new}/lifecycle/unlock",
        &[
            ("LOCKED_OUT", Ok("ACTIVE")),
            ("ACTIVE", wrong()),
            ("SUSPENDED", wrong()),
        ],
    );
}

#[test]
fn whoever_is_not_there_has_no_life() {
    for operation in ["activate", "reactivate", "deactivate", "suspend", "unsuspend", "unlock"] {
        Desk::new().check(&[(
            &format!("POST /users/00unone/lifecycle/{operation}"),
            Value::Null,
            missing("00unone", "User"),
        )]);
    }
}

/// Without an e-mail the caller gets what the e-mail would say. Activation sends one by default, reactivation does not.
#[test]
fn an_activation_link_goes_by_mail_or_to_the_caller() {
    for (operation, query, is_told) in [
        ("activate", "", false),
        ("activate", "?sendEmail=true", false),
        ("activate", "?sendEmail=false", true),
        ("reactivate", "", true),
        ("reactivate", "?sendEmail=true", false),
    ] {
        let mut desk = Desk::new();
        if operation == "reactivate" {
            desk.check(&[("POST /users/{sam}/lifecycle/activate", Value::Null, json!(200))]);
        }
        let answer = desk.call(
            &format!("POST /users/{{sam}}/lifecycle/{operation}{query}"),
            &Value::Null,
        );
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        let told = said["activationUrl"].is_string() && said["activationToken"].is_string();
        assert_eq!((answer.status, told), (200, is_told), "{operation}{query}");
    }
    Desk::new().check(&[(
        "POST /users/{sam}/lifecycle/activate?sendEmail=perhaps",
        Value::Null,
        json!("400 E0000037 Type mismatch exception.  sendEmail"),
    )]);
}

/// While an activation is under way, nothing else can be done with the user, but for reading.
#[test]
fn an_activation_takes_a_while() {
    let password = json!({ "password": { "value": "Aa345678" } });
    for (credentials, after) in [(json!({}), "PROVISIONED"), (password, "ACTIVE")] {
        let mut desk = Desk::given(json!({ "transition_ms": 5000 }));
        let body = json!({ "profile": profile("New"), "credentials": credentials });
        let under_way = json!({ "status": "STAGED", "transitioningToStatus": "ACTIVE", "activated": null });
        desk.check(&[
            ("new = POST /users", body, under_way.clone()),
            ("GET /users/{new}", Value::Null, under_way),
        ]);
        desk.pass(4999);
        for (line, body) in [
            ("POST /users/{new}", wrapped(json!({ "title": "SRE" }))),
            ("PUT /users/{new}", wrapped(profile("New"))),
            ("DELETE /users/{new}", Value::Null),
            ("POST /users/{new}/lifecycle/activate", Value::Null),
            ("POST /users/{new}/lifecycle/reactivate", Value::Null),
            ("POST /users/{new}/lifecycle/suspend", Value::Null),
            ("POST /users/{new}/lifecycle/deactivate", Value::Null),
        ] {
            desk.check(&[(line, body, json!(ACTIVATING))]);
        }
        desk.check(&[
            (
                "GET /users?filter=status+eq+%22STAGED%22",
                Value::Null,
                json!([{ "id": "{sam}" }, { "id": "{new}" }]),
            ),
            ("PUT /groups/{ops}/users/{new}", Value::Null, json!(204)),
        ]);
        desk.pass(1);
        desk.check(&[
            (
                "GET /users/{new}",
                Value::Null,
                json!({ "status": after, "activated": "2027-01-15T08:00:05.000Z" }),
            ),
            (
                "GET /users?filter=status+eq+%22STAGED%22",
                Value::Null,
                json!([{ "id": "{sam}" }]),
            ),
            (
                "POST /users/{new}",
                wrapped(json!({ "title": "SRE" })),
                json!({ "status": after }),
            ),
        ]);
        assert_eq!(desk.get("GET /users/{new}").get("transitioningToStatus"), None);
    }
}

#[test]
fn a_deactivation_takes_a_while_if_the_caller_does_not_wait() {
    for (line, status) in [
        ("POST /users/{ann}/lifecycle/deactivate", 200),
        ("DELETE /users/{ann}", 204),
    ] {
        let mut desk = Desk::given(json!({ "transition_ms": 5000 }));
        let mut request = desk.request(line, &Value::Null);
        request.headers.push(("prefer".into(), "respond-async".into()));
        assert_eq!(desk.send(&request).status, status);
        desk.check(&[
            (
                "GET /users/{ann}",
                Value::Null,
                json!({ "status": "ACTIVE", "transitioningToStatus": "DEPROVISIONED" }),
            ),
            ("POST /users/{ann}/lifecycle/suspend", Value::Null, json!(WRONG)),
        ]);
        desk.pass(5000);
        desk.check(&[("GET /users/{ann}", Value::Null, json!({ "status": "DEPROVISIONED" }))]);
    }
    // Who waits, waits.
    Desk::given(json!({ "transition_ms": 5000 })).check(&[
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        ("GET /users/{ann}", Value::Null, json!({ "status": "DEPROVISIONED" })),
    ]);
}

#[test]
fn a_user_is_deleted_by_the_second_call() {
    let mut desk = Desk::new();
    desk.check(&[
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("DELETE /users/{ann}?sendEmail=true", Value::Null, json!(204)),
        ("GET /users/{ann}", Value::Null, json!({ "status": "DEPROVISIONED" })),
        // The login is taken still, and the membership stays.
        ("POST /users", wrapped(profile("Ann")), json!(400)),
        (
            "GET /groups/{ops}/users",
            Value::Null,
            json!([{ "id": "{ann}", "status": "DEPROVISIONED" }]),
        ),
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        ("GET /users/{ann}", Value::Null, missing("{ann}", "User")),
        ("DELETE /users/{ann}", Value::Null, missing("{ann}", "User")),
        ("GET /groups/{ops}/users", Value::Null, json!([])),
        ("again = POST /users", wrapped(profile("Ann")), json!(200)),
        ("GET /users/ann@x.example", Value::Null, json!({ "id": "{again}" })),
    ]);
}

#[test]
fn suspension_keeps_memberships() {
    Desk::new().check(&[
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("POST /users/{ann}/lifecycle/suspend", Value::Null, json!(200)),
        (
            "GET /users/{ann}/groups",
            Value::Null,
            json!([{ "id": "{everyone}" }, { "id": "{ops}" }]),
        ),
        // The profile of somebody suspended can be edited.
        (
            "POST /users/{ann}",
            wrapped(json!({ "title": "SRE" })),
            json!({ "status": "SUSPENDED" }),
        ),
    ]);
}

#[test]
fn the_profile_of_the_deactivated_is_edited_if_the_org_lets_it() {
    for (is_editable, expected) in [
        (false, missing("{ann}", "User")),
        (true, json!({ "status": "DEPROVISIONED" })),
    ] {
        Desk::given(json!({ "deprovisioned_editable": is_editable })).check(&[
            ("POST /users/{ann}/lifecycle/deactivate", Value::Null, json!(200)),
            (
                "POST /users/{ann}",
                wrapped(json!({ "title": "SRE" })),
                expected.clone(),
            ),
            ("PUT /users/{ann}", wrapped(profile("Ann")), expected),
        ]);
    }
}
