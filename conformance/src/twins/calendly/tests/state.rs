//! Identity, what is kept, and what can be seeded.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Calendly;
use super::desk::{Desk, TOKEN};
use crate::twins::Twin;

const INVITE: &str = "POST /organizations/{org}/invitations";

fn new(email: &str) -> Value {
    json!({ "email": email })
}

#[test]
fn another_number_is_another_organization() {
    let identity = |number| {
        let mut desk = Desk::new();
        desk.twin = Calendly::new(number);
        desk.twin.set_token(TOKEN);
        let me = desk.body("GET /users/me")["resource"].clone();
        (me["uri"].to_string(), me["current_organization"].to_string())
    };
    assert_eq!(identity(1), identity(1));
    let ((me, organization), (other_me, other)) = (identity(1), identity(2));
    assert!(me != other_me && organization != other, "{me} {organization}");
}

#[test]
fn ids_do_not_come_again() {
    let mut desk = Desk::new();
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        desk.check(&[
            (
                "it = POST /organizations/{org}/invitations",
                new("it@x.example"),
                json!(201),
            ),
            ("DELETE /organizations/{org}/invitations/{it}", Value::Null, json!(204)),
        ]);
        let id = desk.named("{it}");
        let formed = id.len() == 16 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        assert!(formed && seen.insert(id.clone()), "{id}");
    }
}

/// Everything that changes the state is told, and what was told brings the state back.
#[test]
fn told_changes_bring_the_state_back() {
    let mut desk = Desk::new();
    let first = desk.twin.snapshot();
    desk.twin.changes();
    let mut told = Vec::new();
    desk.seed(json!({ "groups": [{ "name": "Sales", "members": ["ann@x.example"] }], "per_minute": 700, "seats": 9 }));
    told.extend(desk.twin.changes());
    for step in [
        (
            "it = POST /organizations/{org}/invitations",
            new("one@x.example"),
            json!(201),
        ),
        (INVITE, new("two@x.example"), json!(201)),
        ("DELETE /organizations/{org}/invitations/{it}", Value::Null, json!(204)),
        ("DELETE /organization_memberships/{ann-m}", Value::Null, json!(204)),
    ] {
        desk.check(&[step]);
        let change = desk.twin.changes();
        assert!(change.is_some());
        told.extend(change);
    }
    desk.seed(json!({ "accept": { "email": "two@x.example" } }));
    told.extend(desk.twin.changes());
    desk.check(&[("GET /users/me", Value::Null, json!(200))]);
    assert_eq!(desk.twin.changes(), None);

    let mut copy = Calendly::new(8);
    copy.restore(first, told).unwrap();
    assert_eq!(copy.snapshot(), desk.twin.snapshot());
    copy.set_token(TOKEN);
    desk.twin = copy;
    let two = "GET /organization_memberships?email=two@x.example";
    desk.check(&[
        (INVITE, new("two@x.example"), json!(400)),
        (INVITE, new("one@x.example"), json!(201)),
        (INVITE, new("one@x.example"), json!(400)),
        (two, Value::Null, json!({ "collection": [{ "role": "user" }] })),
    ]);
}

#[test]
fn foreign_state_is_refused() {
    for state in [json!([]), json!({}), json!({ "last_id": 1, "users": [{ "id": 1 }] })] {
        assert!(Calendly::new(1).restore(state.clone(), Vec::new()).is_err(), "{state}");
    }
}

#[test]
fn a_seed_that_cannot_be_changes_nothing() {
    let group = json!([{ "name": "G", "members": ["new@x.example"] }]);
    let owner = json!([{ "name": "A", "email": "o@x.example", "role": "owner" }]);
    for (state, error) in [
        (json!({ "people": [] }), "unknown field `people`"),
        (
            json!({ "users": [{ "name": "A", "email": "ANN@x.example" }] }),
            "`ANN@x.example` is taken",
        ),
        (
            json!({ "users": [{ "name": "A", "email": "ann" }] }),
            "`ann` is no e-mail",
        ),
        (json!({ "users": owner }), "the organization has its owner"),
        (
            json!({ "accept": new("ann@x.example") }),
            "`ann@x.example` is not invited",
        ),
        (
            json!({ "decline": new("no@x.example") }),
            "`no@x.example` is not invited",
        ),
        (json!({ "groups": group }), "`new@x.example` is not a member"),
        (
            json!({ "seats": 1, "tokens": { "t": new("no@x.example") } }),
            "`no@x.example` is not a member",
        ),
    ] {
        let mut desk = Desk::new();
        desk.check(&[(INVITE, new("new@x.example"), json!(201))]);
        let before = desk.twin.snapshot();
        let refused = desk.twin.seed(desk.now, &state).unwrap_err().to_string();
        assert!(refused.contains(error), "{state}: {refused}");
        assert_eq!(desk.twin.snapshot(), before, "{state}");
    }
}
