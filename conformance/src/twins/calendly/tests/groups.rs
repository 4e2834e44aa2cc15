//! Groups, which can be read.

use serde_json::{Value, json};

use super::desk::{Desk, denied, invalid, not_found};

#[test]
fn groups_and_their_members_can_be_read() {
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "groups": [
        { "name": "Sales", "members": ["ann@x.example", "bob@x.example"] },
        { "name": "Empty" },
    ]}));
    desk.name("sales", &made["groups"][0]);
    let sales = json!({
        "uri": "https://api.calendly.com/groups/{sales}",
        "name": "Sales",
        "organization": "https://api.calendly.com/organizations/{org}",
        "member_count": 2,
    });
    let members = json!({ "collection": [
        { "owner": "https://api.calendly.com/organization_memberships/{ann-m}", "role": "member" },
        { "owner": "https://api.calendly.com/organization_memberships/{bob-m}" },
    ]});
    for (line, expected) in [
        (
            "GET /groups?organization=https://api.calendly.com/organizations/{org}",
            json!({ "collection": [sales, { "name": "Empty", "member_count": 0 }] }),
        ),
        ("GET /groups/{sales}", json!({ "resource": sales })),
        ("GET /groups/NONE", not_found()),
        ("GET /groups", invalid("organization can't be blank")),
        (
            "GET /groups?organization=https://api.calendly.com/organizations/NONE",
            denied(),
        ),
        (
            "GET /group_relationships?group=https://api.calendly.com/groups/{sales}",
            members,
        ),
        ("DELETE /organization_memberships/{ann-m}", json!(204)),
        (
            "GET /group_relationships?owner=https://api.calendly.com/organization_memberships/{ann-m}",
            json!({ "collection": [] }),
        ),
        ("GET /groups/{sales}", json!({ "resource": { "member_count": 1 } })),
    ] {
        desk.check(&[(line, Value::Null, expected)]);
    }
}

#[test]
fn groups_are_for_administrators() {
    let mut desk = Desk::new();
    desk.token = "ann".into();
    for line in ["GET /groups", "GET /groups/NONE", "GET /group_relationships"] {
        desk.check(&[(line, Value::Null, denied())]);
    }
}
