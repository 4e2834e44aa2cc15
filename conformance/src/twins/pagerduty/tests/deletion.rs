//! What stands in the way of those who leave.

use serde_json::{Value, json};

use super::desk::Desk;

#[test]
fn a_deleted_user_is_gone() {
    let gone = json!("404 2100 Not Found");
    let again = json!({ "user": { "type": "user", "name": "Ann", "email": "ann@x.example" } });
    let mut desk = Desk::new();
    desk.check(&[
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        ("GET /users/{ann}", Value::Null, gone.clone()),
        ("DELETE /users/{ann}", Value::Null, gone.clone()),
        ("PUT /users/{ann}", json!({ "user": { "name": "Ann" } }), gone.clone()),
        ("GET /users/{ann}/contact_methods", Value::Null, gone.clone()),
        ("GET /users?query=ann", Value::Null, json!({ "users": [] })),
        // The e-mail is free, and whoever has it next is another user.
        ("again = POST /users", again, json!(201)),
        ("GET /users/{ann}", Value::Null, gone),
        ("GET /users/{again}", Value::Null, json!(200)),
    ]);
}

#[test]
fn the_owner_stays() {
    Desk::new().check(&[
        (
            "DELETE /users/{owner}",
            Value::Null,
            json!("403 2010 Access Denied: The account owner cannot be deleted"),
        ),
        ("GET /users/{owner}", Value::Null, json!(200)),
    ]);
}

#[test]
fn open_incidents_keep_a_user() {
    let refused = json!("400 2001 Invalid Input Provided: User cannot be deleted while incidents are assigned");
    for end in [
        json!({ "status": "resolved" }),
        json!({ "assignments": [{ "assignee": { "type": "user_reference", "id": "{bob}" } }] }),
    ] {
        let mut desk = Desk::new();
        let made = desk.seed(json!({ "incidents": [{ "assigned": "{ann}" }] }));
        let mut update = end.clone();
        update["id"] = made["incidents"][0].clone();
        update["type"] = json!("incident_reference");
        desk.check(&[
            (
                "GET /incidents?user_ids[]={ann}",
                Value::Null,
                json!({ "incidents": [{ "status": "triggered" }] }),
            ),
            ("DELETE /users/{ann}", Value::Null, refused.clone()),
            ("GET /users/{ann}", Value::Null, json!(200)),
            (
                "PUT /incidents",
                json!({ "incidents": [update] }),
                json!({ "incidents": [end] }),
            ),
            ("DELETE /users/{ann}", Value::Null, json!(204)),
        ]);
    }
}

/// Both the ability and the setting are needed.
#[test]
fn offboarding_hands_incidents_on() {
    for (abilities, set, expected) in [
        (vec!["offboarding"], true, json!(204)),
        (vec!["offboarding"], false, json!(400)),
        (vec![], true, json!(400)),
    ] {
        let mut desk = Desk::given(json!({ "abilities": abilities, "offboarding": set }));
        desk.seed(json!({ "incidents": [{ "assigned": "{ann}" }] }));
        let heir = if expected == json!(204) { "{owner}" } else { "{ann}" };
        desk.check(&[
            ("DELETE /users/{ann}", Value::Null, expected),
            (
                "GET /incidents",
                Value::Null,
                json!({ "incidents": [{ "assignments": [{ "assignee": { "id": heir } }] }] }),
            ),
        ]);
    }
}

#[test]
fn in_older_accounts_being_on_call_keeps_a_user() {
    let refused =
        json!("400 2001 Invalid Input Provided: User cannot be deleted while on a schedule or an escalation policy");
    for list in ["schedules", "escalation_policies"] {
        let duty = json!({ list: [{ "name": "Primary", "users": ["{ann}", "{bob}"] }] });
        let mut older = Desk::given(json!({ "on_call_blocks_deletion": true }));
        older.seed(duty.clone());
        older.check(&[("DELETE /users/{ann}", Value::Null, refused.clone())]);
        older.seed(json!({ list: [] }));
        older.check(&[("DELETE /users/{ann}", Value::Null, json!(204))]);
        let mut newer = Desk::given(duty);
        newer.check(&[
            (
                "GET /oncalls?user_ids[]={ann}",
                Value::Null,
                json!({ "oncalls": [{ "user": { "id": "{ann}" } }] }),
            ),
            ("DELETE /users/{ann}", Value::Null, json!(204)),
            (
                "GET /oncalls",
                Value::Null,
                json!({ "oncalls": [{ "user": { "id": "{bob}" } }] }),
            ),
        ]);
    }
}

#[test]
fn incidents_are_changed_all_or_none() {
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "incidents": [{ "assigned": "{ann}" }, { "assigned": "{bob}" }] }));
    let [first, second] = [0, 1].map(|index| made["incidents"][index].clone());
    let one = |id: &Value, status: &str| json!({ "id": id, "type": "incident", "status": status });
    let update = |updates: Value| json!({ "incidents": updates });
    desk.check(&[
        (
            "PUT /incidents",
            update(json!([one(&first, "resolved"), one(&json!("PX"), "resolved")])),
            json!("400 5001 Incident Not Found"),
        ),
        (
            "GET /incidents?statuses[]=resolved",
            Value::Null,
            json!({ "incidents": [] }),
        ),
        ("PUT /incidents", update(json!([one(&first, "resolved")])), json!(200)),
        (
            "PUT /incidents",
            update(json!([one(&first, "acknowledged")])),
            json!("400 1001 Incident Already Resolved"),
        ),
        (
            "GET /incidents?statuses[]=triggered",
            Value::Null,
            json!({ "incidents": [{ "id": second }] }),
        ),
        (
            "PUT /incidents",
            update(json!([one(&second, "acknowledged")])),
            json!({ "incidents": [{ "assignments": [{ "assignee": { "id": "{owner}" } }] }] }),
        ),
        (
            "PUT /incidents",
            update(json!([{ "id": second }])),
            json!("400 2001 Invalid Input Provided: Incidents must be an array"),
        ),
        (
            "PUT /incidents",
            update(json!(vec![one(&second, "resolved"); 251])),
            json!("413 2001 Invalid Input Provided: Too many incidents"),
        ),
    ]);
}
