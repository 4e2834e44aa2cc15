//! What a vendor's description tells is refused before anything is stored.
use serde_json::{Value, json};

use crate::harness::{Gateway, user};

/// By the names of both sides.
#[tokio::test]
async fn a_vendors_rule_is_an_error_that_names_attribute_field_and_rule() {
    let gateway = Gateway::start().await;
    let with = |attribute: &str, value: Value| {
        let mut body = user("ada");
        body["userName"] = json!("ada");
        body[attribute] = value;
        body
    };
    for (body, parts) in [
        (
            with("emails", json!([])),
            ["emails", "PagerDuty's `email`", "e-mail address"],
        ),
        (
            with("roles", json!([{ "value": "owner", "primary": true }])),
            ["roles", "PagerDuty's `role`", "cannot be `owner`"],
        ),
        (
            with("roles", json!([{ "value": "emperor", "primary": true }])),
            ["roles", "PagerDuty's `role`", "must be one of admin, user"],
        ),
        (
            with("title", json!("x".repeat(101))),
            ["title", "PagerDuty's `job_title`", "at most 100"],
        ),
    ] {
        let answer = gateway.acme.post("/Users", &body).await;
        let told = (answer.status, &answer.body["scimType"]);
        assert_eq!(told, (400, &json!("invalidValue")), "{answer:?}");
        let detail = answer.body["detail"].as_str().expect("a detail");
        assert!(
            parts.iter().all(|part| detail.contains(part)),
            "{detail} lacks one of {parts:?}"
        );
        let plain = gateway.plain.create("/Users", &body).await;
        assert_eq!(
            gateway.plain.delete(&format!("/Users/{plain}")).await.status,
            204,
            "no target, no rule"
        );
    }
    assert_eq!(gateway.acme.get("/Users").await.body["totalResults"], 0);
    assert_eq!(gateway.twin.calls().await["total"], 0);
    gateway.stop().await;
}
