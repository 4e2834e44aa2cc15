//! Invitations and what becomes of them.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, denied, invalid, not_found};
use crate::twins::Twin;

const INVITE: &str = "POST /organizations/{org}/invitations";
const INVITE_IT: &str = "it = POST /organizations/{org}/invitations";
const GET_IT: &str = "GET /organizations/{org}/invitations/{it}";
const REVOKE_IT: &str = "DELETE /organizations/{org}/invitations/{it}";

fn new(email: &str) -> Value {
    json!({ "email": email })
}

#[test]
fn an_invitation_is_made_read_and_revoked() {
    let resource = json!({ "resource": {
        "uri": "https://api.calendly.com/organizations/{org}/invitations/{it}",
        "organization": "https://api.calendly.com/organizations/{org}",
        "email": "New@x.example",
        "status": "pending",
        "created_at": "2027-01-15T08:00:00.000000Z",
        "updated_at": "2027-01-15T08:00:00.000000Z",
        "last_sent_at": "2027-01-15T08:00:00.000000Z",
    }});
    let mut desk = Desk::new();
    desk.check(&[
        (INVITE_IT, new("New@x.example"), resource.clone()),
        (GET_IT, Value::Null, resource),
        (REVOKE_IT, Value::Null, json!(204)),
        (GET_IT, Value::Null, not_found()),
        (REVOKE_IT, Value::Null, not_found()),
    ]);
    let first = desk.named("{it}");
    desk.check(&[(INVITE_IT, new("new@x.example"), json!(201))]);
    assert_ne!(desk.named("{it}"), first);
    assert_eq!(desk.body(GET_IT)["resource"].get("user"), None, "nobody accepted yet");
}

#[test]
fn what_cannot_be_invited_is_refused() {
    for (body, expected) in [
        (json!({}), "email can't be blank"),
        (json!({ "email": null }), "email can't be blank"),
        (json!({ "email": "ann" }), "email is invalid"),
        (json!({ "email": 7 }), "email is invalid"),
        (json!(["new@x.example"]), "body must be a JSON object"),
        (Value::Null, "body must be a JSON object"),
        (new("ANN@x.example"), "email is already a member of the organization"),
        (new("Invited@X.example"), "email has already been invited"),
    ] {
        let mut desk = Desk::new();
        desk.check(&[
            (INVITE, new("invited@x.example"), json!(201)),
            (INVITE, body, invalid(expected)),
            (
                "GET /organizations/{org}/invitations",
                Value::Null,
                json!({ "collection": [{ "email": "invited@x.example" }] }),
            ),
        ]);
    }
}

/// The trap: by the invitation's id nobody is found as a user or a member.
#[test]
fn acceptance_makes_a_user_and_a_membership_with_other_ids() {
    let mut desk = Desk::new();
    desk.check(&[(INVITE_IT, new("new@x.example"), json!(201))]);
    desk.pass(5);
    let made = desk.seed(json!({ "accept": { "email": "NEW@x.example" } }));
    desk.name("new", &made["accepted"]["user"]);
    desk.name("new-m", &made["accepted"]["membership"]);
    let [it, user, membership] = ["{it}", "{new}", "{new-m}"].map(|name| desk.named(name));
    assert!(it != user && user != membership && it != membership, "{made}");
    let accepted = json!({ "resource": {
        "status": "accepted",
        "user": "https://api.calendly.com/users/{new}",
        "updated_at": "2027-01-15T08:00:05.000000Z",
    }});
    let member = json!({ "collection": [{
        "uri": "https://api.calendly.com/organization_memberships/{new-m}",
        "role": "user",
        "user": { "uri": "https://api.calendly.com/users/{new}", "name": "new", "email": "new@x.example" },
    }]});
    desk.check(&[
        (GET_IT, Value::Null, accepted),
        ("GET /organization_memberships?email=new@x.example", Value::Null, member),
        ("GET /organization_memberships/{it}", Value::Null, not_found()),
        ("GET /users/{it}", Value::Null, not_found()),
        (REVOKE_IT, Value::Null, invalid("uuid is no longer pending")),
        (
            INVITE,
            new("new@x.example"),
            invalid("email is already a member of the organization"),
        ),
    ]);
}

/// Who has an account at Calendly under another address may accept with that.
#[test]
fn another_address_than_was_invited_can_accept() {
    let mut desk = Desk::new();
    desk.check(&[(INVITE_IT, new("new@x.example"), json!(201))]);
    let made = desk.seed(json!({ "accept": { "email": "new@x.example", "address": "old@y.example" } }));
    desk.name("new", &made["accepted"]["user"]);
    let user = "https://api.calendly.com/users/{new}";
    let accepted = json!({ "resource": { "email": "new@x.example", "status": "accepted", "user": user } });
    let member = json!({ "collection": [{ "user": { "uri": user, "email": "old@y.example" } }] });
    desk.check(&[
        (GET_IT, Value::Null, accepted),
        ("GET /organization_memberships?email=old@y.example", Value::Null, member),
        (
            "GET /organization_memberships?email=new@x.example",
            Value::Null,
            json!({ "collection": [] }),
        ),
    ]);
    desk.seed(json!({ "answered_is_gone": true }));
    desk.check(&[(REVOKE_IT, Value::Null, not_found()), (GET_IT, Value::Null, json!(200))]);
}

#[test]
fn whoever_declined_or_left_can_be_invited_anew() {
    let declined = "GET /organizations/{org}/invitations?status=declined";
    let mut desk = Desk::new();
    desk.check(&[(INVITE, new("new@x.example"), json!(201))]);
    desk.seed(json!({ "decline": { "email": "new@x.example" } }));
    desk.check(&[
        (
            declined,
            Value::Null,
            json!({ "collection": [{ "email": "new@x.example" }] }),
        ),
        (INVITE, new("new@x.example"), json!(201)),
        ("DELETE /organization_memberships/{ann-m}", Value::Null, json!(204)),
        (INVITE, new("ann@x.example"), json!(201)),
    ]);
    // The user at Calendly is the same as before; the membership is another one.
    let made = desk.seed(json!({ "accept": { "email": "ann@x.example" } }));
    let said = made["accepted"].to_string();
    let [user, membership] = ["{ann}", "{ann-m}"].map(|name| desk.named(name));
    assert!(said.contains(&user) && !said.contains(&membership), "{said}");
}

#[test]
fn invitations_are_found_by_email_and_status() {
    let mut desk = Desk::new();
    for email in ["a@x.example", "b@x.example", "c@x.example"] {
        desk.check(&[(INVITE, new(email), json!(201))]);
    }
    desk.seed(json!({ "accept": { "email": "b@x.example" } }));
    for (query, emails) in [
        ("", vec!["a@x.example", "b@x.example", "c@x.example"]),
        ("?email=B@x.example", vec!["b@x.example"]),
        ("?status=pending", vec!["a@x.example", "c@x.example"]),
        ("?status=accepted", vec!["b@x.example"]),
        ("?status=accepted&email=a@x.example", vec![]),
        (
            "?sort=created_at:desc&status=pending",
            vec!["c@x.example", "a@x.example"],
        ),
    ] {
        let body = desk.body(&format!("GET /organizations/{{org}}/invitations{query}"));
        let found = body["collection"].as_array().unwrap().iter();
        let found: Vec<_> = found.map(|it| it["email"].as_str().unwrap()).collect();
        assert_eq!(found, emails, "{query}");
    }
    for (query, expected) in [
        ("?status=revoked", "status is invalid"),
        ("?email=b", "email is invalid"),
        ("?sort=name:asc", "sort is invalid"),
    ] {
        let line = format!("GET /organizations/{{org}}/invitations{query}");
        desk.check(&[(&line, Value::Null, invalid(expected))]);
    }
}

/// The texts are in Calendly's document.
#[test]
fn seats_trial_and_scim_stand_in_the_way() {
    let seats = json!(
        "403 Permission Denied: You already sent all the invitations you're allotted based upon the number of seats \
         purchased with your account. Please purchase more seats to send more invitations."
    );
    let trial =
        json!("403 Permission Denied: You already sent all the invitations allotted to you with a trial account.");
    for (state, expected) in [
        (json!({ "seats": 4 }), seats),
        (json!({ "seats": 4, "trial": true }), trial),
        (json!({ "seats": 5 }), json!(201)),
    ] {
        Desk::given(state).check(&[
            (INVITE, new("one@x.example"), json!(201)),
            (INVITE, new("two@x.example"), expected),
        ]);
    }
    let scim = json!("403 Permission Denied: You cannot perform this action for an organization with SCIM enabled.");
    let mut desk = Desk::new();
    desk.check(&[(INVITE_IT, new("one@x.example"), json!(201))]);
    desk.seed(json!({ "scim_enabled": true }));
    desk.check(&[
        (INVITE, new("two@x.example"), scim.clone()),
        (REVOKE_IT, Value::Null, scim),
    ]);
}

#[test]
fn a_seat_is_free_again_when_somebody_goes() {
    Desk::given(json!({ "seats": 4 })).check(&[
        (INVITE_IT, new("one@x.example"), json!(201)),
        (INVITE, new("two@x.example"), json!(403)),
        (REVOKE_IT, Value::Null, json!(204)),
        (INVITE, new("two@x.example"), json!(201)),
        ("DELETE /organization_memberships/{ann-m}", Value::Null, json!(204)),
        (INVITE, new("three@x.example"), json!(201)),
    ]);
}

#[test]
fn another_organization_is_not_found() {
    for line in [
        "GET /organizations/NONE/invitations",
        "POST /organizations/NONE/invitations",
        "GET /organizations/NONE/invitations/{it}",
        "DELETE /organizations/NONE/invitations/{it}",
        "GET /organizations/{org}/invitations/NONE",
        "DELETE /organizations/{org}/invitations/NONE",
    ] {
        Desk::new().check(&[
            (INVITE_IT, new("it@x.example"), json!(201)),
            (line, new("new@x.example"), not_found()),
        ]);
    }
}

#[test]
fn invitations_are_for_administrators() {
    for line in ["GET /organizations/{org}/invitations", INVITE, GET_IT, REVOKE_IT] {
        let mut desk = Desk::new();
        for (token, line, expected) in [
            ("bob", INVITE_IT, json!(201)),
            ("ann", line, denied()),
            ("bob", GET_IT, json!(200)),
        ] {
            desk.token = token.into();
            desk.check(&[(line, new("new@x.example"), expected)]);
        }
    }
}

#[test]
fn lists_lag_and_reads_by_id_do_not() {
    let mut desk = Desk::new();
    desk.twin.set_lag(Duration::from_secs(10));
    desk.check(&[(INVITE_IT, new("new@x.example"), json!(201))]);
    for (seconds, found) in [(0, 0), (9, 0), (1, 1)] {
        desk.pass(seconds);
        let body = desk.body("GET /organizations/{org}/invitations?email=new@x.example");
        assert_eq!(body["collection"].as_array().map(Vec::len), Some(found), "{seconds}");
        desk.check(&[(GET_IT, Value::Null, json!(200))]);
    }
}
