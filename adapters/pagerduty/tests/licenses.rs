//! What licenses say of roles.
use serde_json::json;

use super::*;
use crate::LiveRole;

fn live(name: &str, available: Option<u64>, licences: &[&str]) -> LiveRole {
    LiveRole {
        name: name.to_owned(),
        available,
        licences: licences.iter().map(ToString::to_string).collect(),
    }
}

#[tokio::test]
async fn each_role_has_what_is_left_of_all_its_licenses() {
    let license = |id: &str, roles: &[&str], left: Value| json!({ "id": id, "valid_roles": roles, "allocations_available": left });
    for (licenses, expected) in [
        (json!([]), None),
        (
            json!([
                license("PA", &["admin", "user"], json!(2)),
                license("PB", &["user"], json!(3))
            ]),
            Some(vec![
                live("admin", Some(2), &["PA"]),
                live("user", Some(5), &["PA", "PB"]),
            ]),
        ),
        (
            json!([
                license("PA", &["user"], json!(2)),
                license("PB", &["user"], json!(null))
            ]),
            Some(vec![live("user", None, &["PA", "PB"])]),
        ),
        (
            json!([license("PA", &["user"], json!(-1))]),
            Some(vec![live("user", Some(0), &["PA"])]),
        ),
        (
            json!([{ "id": "PA", "valid_roles": ["user"] }]),
            Some(vec![live("user", None, &["PA"])]),
        ),
    ] {
        let body = json!({ "licenses": licenses }).to_string();
        let fake = Fake::play(&[(200, body.as_str())]);
        assert_eq!(fake.adapter.roles().await.unwrap(), expected, "{body}");
        assert_eq!(fake.seen(), ["GET /licenses"]);
    }
}

#[tokio::test]
async fn nothing_is_known_of_licenses_that_may_not_be_read() {
    let fake = Fake::play(&[(404, NOT_FOUND)]);
    assert_eq!(fake.adapter.roles().await.unwrap(), None);
    let fake = Fake::play(&[(403, DENIED)]);
    let error = fake.adapter.roles().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized, "{error}");
}
