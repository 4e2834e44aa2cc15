//! Calendly's SCIM endpoint: its few attributes and its traps.

use serde_json::{Value, json};

use crate::twins::Twin;
use crate::twins::scim::Scim;
use crate::twins::scim::desk::{Desk, TOKEN, patch, user};

fn ann() -> Value {
    json!({ "userName": "ann@x.example", "displayName": "Ann", "active": true, "externalId": "A1" })
}

fn desk() -> Desk {
    let mut ann = ann();
    ann["data"] = json!(12);
    Desk::new("calendly-scim", json!([ann]))
}

fn new(name: &str) -> Value {
    user(json!({ "userName": name, "displayName": "New", "active": true }))
}

fn renamed() -> Value {
    patch(json!([{ "op": "replace", "path": "userName", "value": "anna@x.example" }]))
}

const FIND_OLD: &str = "GET /Users?filter=userName+eq+%22ann@x.example%22";
const FIND_NEW: &str = "GET /Users?filter=userName+eq+%22anna@x.example%22";

/// "Extra attributes will cause errors."
#[test]
fn there_are_four_attributes() {
    let with = |name: &str, value: Value| {
        let mut body = new("new@x.example");
        body[name] = value;
        body
    };
    for (body, expected) in [
        (
            new("new@x.example"),
            json!({ "userName": "new@x.example", "displayName": "New", "active": true }),
        ),
        (with("externalId", json!("N1")), json!({ "externalId": "N1" })),
        (with("active", json!(false)), json!({ "active": false })),
        (
            with("name", json!({ "givenName": "N" })),
            json!("400 invalidSyntax name is not an attribute"),
        ),
        (
            with("emails", json!([])),
            json!("400 invalidSyntax emails is not an attribute"),
        ),
        (
            with("title", json!("T")),
            json!("400 invalidSyntax title is not an attribute"),
        ),
        (
            with("groups", json!([])),
            json!("400 invalidSyntax groups is not an attribute"),
        ),
        (
            with("id", json!("x")),
            json!("400 invalidSyntax id is not an attribute"),
        ),
        (
            with("displayName", Value::Null),
            json!("400 invalidValue displayName is required"),
        ),
        (
            with("userName", Value::Null),
            json!("400 invalidValue userName is required"),
        ),
        (
            with("userName", json!("new")),
            json!("400 invalidValue userName must be an e-mail"),
        ),
        (
            with("userName", json!("ANN@x.example")),
            json!("409 uniqueness userName ANN@x.example is taken"),
        ),
    ] {
        desk().check(&[("POST /Users", body, expected)]);
    }
    desk().check(&[
        (
            "PATCH /Users/{ann}",
            patch(json!([{ "op": "replace", "path": "title", "value": "T" }])),
            json!("400 invalidPath title is not an attribute"),
        ),
        (
            "GET /Users?filter=externalId+eq+%22A1%22",
            Value::Null,
            json!("400 invalidFilter The filter is not supported"),
        ),
    ]);
}

#[test]
fn whoever_is_created_is_invited_and_has_no_seat_yet() {
    let full = json!("403 - There is no free seat");
    let mut desk = desk();
    desk.seed(json!({ "seats": 2 }));
    desk.check(&[
        ("one = POST /Users", new("one@x.example"), json!({ "active": true })),
        // Invitations take no seats, so that more of them may be sent than can be accepted.
        ("two = POST /Users", new("two@x.example"), json!(201)),
    ]);
    let pending = |desk: &Desk| {
        let users = desk.twin.snapshot()["users"].as_array().unwrap().clone();
        users.iter().filter(|user| user["pending"] == true).count()
    };
    assert_eq!(pending(&desk), 2);
    desk.seed(json!({ "accept": { "email": "one@x.example" } }));
    assert_eq!(pending(&desk), 1);
    // The id is the same after acceptance as before.
    desk.check(&[
        ("GET /Users/{one}", Value::Null, json!({ "userName": "one@x.example" })),
        ("POST /Users", new("three@x.example"), full),
    ]);
    let accept = json!({ "accept": { "email": "two@x.example" } });
    let refused = desk.twin.seed(desk.now, &accept).unwrap_err().to_string();
    assert_eq!(refused, "there is no free seat");
    desk.check(&[
        ("DELETE /Users/{ann}", Value::Null, json!(204)),
        ("POST /Users", new("three@x.example"), json!(201)),
    ]);
}

/// The trap: the change is taken, and the former name is read back until the person confirms the new one.
#[test]
fn a_new_email_counts_once_it_is_confirmed() {
    let mut desk = desk();
    let old = json!({ "userName": "ann@x.example" });
    desk.check(&[
        ("PATCH /Users/{ann}", renamed(), old.clone()),
        ("GET /Users/{ann}", Value::Null, old),
        (FIND_OLD, Value::Null, json!({ "totalResults": 1 })),
        (FIND_NEW, Value::Null, json!({ "totalResults": 0 })),
        (
            "POST /Users",
            new("anna@x.example"),
            json!("409 uniqueness userName anna@x.example is taken"),
        ),
        (
            "POST /Users",
            new("ann@x.example"),
            json!("409 uniqueness userName ann@x.example is taken"),
        ),
    ]);
    desk.pass(7 * 24 * 60 * 60);
    desk.check(&[("GET /Users/{ann}", Value::Null, json!({ "userName": "ann@x.example" }))]);
    desk.seed(json!({ "confirm": { "email": "anna@x.example" } }));
    desk.check(&[
        ("GET /Users/{ann}", Value::Null, json!({ "userName": "anna@x.example" })),
        (FIND_OLD, Value::Null, json!({ "totalResults": 0 })),
        (FIND_NEW, Value::Null, json!({ "totalResults": 1 })),
        ("POST /Users", new("ann@x.example"), json!(201)),
    ]);
}

#[test]
fn a_confirmation_may_be_only_a_matter_of_time() {
    let mut desk = desk();
    desk.seed(json!({ "confirmed_after": 30 }));
    desk.check(&[("PATCH /Users/{ann}", renamed(), json!(200))]);
    for (seconds, name) in [(10, "ann"), (19, "ann"), (1, "anna")] {
        desk.pass(seconds);
        // Saying it again does not begin the wait anew.
        desk.check(&[(
            "PATCH /Users/{ann}",
            renamed(),
            json!({ "userName": format!("{name}@x.example") }),
        )]);
    }
    // Other changes neither wait nor end what waits.
    let other = json!([{ "op": "replace", "path": "displayName", "value": "Anna" }]);
    let mut desk = Desk::new("calendly-scim", json!([ann()]));
    desk.seed(json!({ "confirmed_after": 30 }));
    desk.check(&[
        ("PATCH /Users/{ann}", renamed(), json!(200)),
        (
            "PATCH /Users/{ann}",
            patch(other),
            json!({ "userName": "ann@x.example", "displayName": "Anna" }),
        ),
    ]);
    desk.pass(30);
    desk.check(&[("GET /Users/{ann}", Value::Null, json!({ "userName": "anna@x.example" }))]);
    let mut desk = Desk::new("calendly-scim", json!([ann()]));
    desk.seed(json!({ "confirmed_after": 30 }));
    let mut back = user(ann());
    back["userName"] = json!("anna@x.example");
    back["displayName"] = json!("Anna");
    desk.check(&[(
        "PUT /Users/{ann}",
        back,
        json!({ "userName": "ann@x.example", "displayName": "Anna" }),
    )]);
    // Being called as before ends it.
    desk.check(&[("PUT /Users/{ann}", user(ann()), json!({ "displayName": "Ann" }))]);
    desk.pass(60);
    desk.check(&[("GET /Users/{ann}", Value::Null, json!({ "userName": "ann@x.example" }))]);
}

#[test]
fn to_disable_keeps_everything_and_to_delete_loses_it() {
    let lost = |desk: &Desk| desk.twin.snapshot()["account"]["lost"].clone();
    let active = |value: bool| patch(json!([{ "op": "replace", "path": "active", "value": value }]));
    let mut desk = desk();
    desk.check(&[
        ("PATCH /Users/{ann}", active(false), json!({ "active": false })),
        (FIND_OLD, Value::Null, json!({ "Resources": [{ "active": false }] })),
        ("PATCH /Users/{ann}", active(true), json!({ "active": true })),
    ]);
    assert_eq!(lost(&desk), 0);
    desk.check(&[
        ("DELETE /Users/{ann}", Value::Null, json!(204)),
        ("GET /Users/{ann}", Value::Null, json!(404)),
        ("again = POST /Users", new("ann@x.example"), json!(201)),
    ]);
    assert_eq!(lost(&desk), 12);
    assert_ne!(desk.named("{again}"), desk.named("{ann}"));
}

/// Whatever waits for somebody outlives the process.
#[test]
fn what_waits_is_part_of_the_state() {
    let mut desk = desk();
    desk.check(&[
        ("one = POST /Users", new("one@x.example"), json!(201)),
        ("PATCH /Users/{ann}", renamed(), json!(200)),
    ]);
    let mut copy = Scim::new("calendly-scim", 8).unwrap();
    copy.restore(desk.twin.snapshot(), Vec::new()).unwrap();
    copy.set_token(TOKEN);
    desk.twin = copy;
    desk.seed(json!({ "accept": { "email": "one@x.example" }, "confirm": { "email": "anna@x.example" } }));
    desk.check(&[("GET /Users/{ann}", Value::Null, json!({ "userName": "anna@x.example" }))]);
}
