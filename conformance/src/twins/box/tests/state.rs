//! Identity, what is kept, and what can be seeded.

use serde_json::{Value, json};

use super::super::BoxEnterprise;
use super::desk::{Desk, TOKEN};
use crate::twins::Twin;

#[test]
fn another_number_is_another_enterprise() {
    let identity = |number| {
        let mut desk = Desk::new();
        desk.twin = BoxEnterprise::new(number);
        desk.twin.set_token(TOKEN);
        let me = desk.body("GET /users/me?fields=enterprise");
        let enterprise = me["enterprise"]["id"].as_str().unwrap().to_owned();
        assert_eq!(desk.twin.settings()["enterprise"], enterprise);
        (me["id"].to_string(), enterprise)
    };
    assert_eq!(identity(1), identity(1));
    let ((me, enterprise), (other_me, other)) = (identity(1), identity(2));
    assert!(me != other_me && enterprise != other, "{me} {enterprise}");
}

/// Everything that changes the state is told, and what was told brings the state back.
#[test]
fn told_changes_bring_the_state_back() {
    let mut desk = Desk::new();
    let first = desk.twin.snapshot();
    desk.twin.changes();
    let mut told = Vec::new();
    desk.seed(
        json!({ "per_minute": 700, "outside": ["o@x.example"], "changed": { "bob@x.example": { "owns": true } } }),
    );
    told.extend(desk.twin.changes());
    for step in [
        (
            "new = POST /users",
            json!({ "name": "N", "login": "n@x.example" }),
            json!(201),
        ),
        ("ops = POST /groups", json!({ "name": "Ops" }), json!(201)),
        (
            "POST /group_memberships",
            json!({ "user": { "id": "{new}" }, "group": { "id": "{ops}" } }),
            json!(201),
        ),
        ("PUT /users/{ann}", json!({ "login": "a@x.example" }), json!(200)),
        ("DELETE /users/{new}", Value::Null, json!(204)),
    ] {
        desk.check(&[step]);
        let change = desk.twin.changes();
        assert!(change.is_some());
        told.extend(change);
    }
    desk.check(&[("GET /users", Value::Null, json!(200))]);
    assert_eq!(desk.twin.changes(), None);

    let mut copy = BoxEnterprise::new(8);
    copy.restore(first, told).unwrap();
    assert_eq!(copy.snapshot(), desk.twin.snapshot());
    copy.set_token(TOKEN);
    desk.twin = copy;
    let new = |login: &str| json!({ "name": "N", "login": login });
    desk.check(&[
        ("POST /users", new("a@x.example"), json!(409)),
        ("POST /users", new("o@x.example"), json!(409)),
        ("POST /users", new("n@x.example"), json!(201)),
        ("POST /users", new("ann@x.example"), json!(201)),
        ("DELETE /users/{bob}", Value::Null, json!(409)),
    ]);
}

#[test]
fn foreign_state_is_refused() {
    for state in [json!([]), json!({}), json!({ "last_id": 1, "users": [{ "id": "x" }] })] {
        assert!(
            BoxEnterprise::new(1).restore(state.clone(), Vec::new()).is_err(),
            "{state}"
        );
    }
}

#[test]
fn a_seed_that_cannot_be_changes_nothing() {
    for (state, error) in [
        (json!({ "people": [] }), "unknown field `people`"),
        (
            json!({ "users": [{ "name": "A", "login": "ANN@x.example" }] }),
            "`ANN@x.example` is taken",
        ),
        (
            json!({ "users": [{ "name": "A", "login": "ann" }] }),
            "`ann` is no e-mail",
        ),
        (
            json!({ "groups": [{ "name": "G" }, { "name": "G" }] }),
            "the group `G` is there",
        ),
        (
            json!({ "per_minute": 1, "changed": { "no@x.example": {} } }),
            "there is no user `no@x.example`",
        ),
        (json!({ "tokens": { "t": ["all"] } }), "unknown variant `all`"),
    ] {
        let mut desk = Desk::new();
        let before = desk.twin.snapshot();
        let refused = desk.twin.seed(desk.now, &state).unwrap_err().to_string();
        assert!(refused.contains(error), "{state}: {refused}");
        assert_eq!(desk.twin.snapshot(), before, "{state}");
    }
}
