use serde_json::{Value, json};

use super::{FORBIDDEN, NO_SCOPE, NOT_FOUND, account, fields, rejected, told};
use crate::descriptor::Kind;
use crate::zendesk::fake::Fake;
use crate::{Account, ErrorKind, Retry};

const LIST: &str = "GET /custom_roles";

fn listed() -> String {
    let role = |id: i64, name: &str, role_type: i64| json!({ "id": id, "name": name, "role_type": role_type });
    let roles = [
        role(90, "Staff", 0),
        role(91, "Light Agent", 1),
        role(93, "Contributor", 3),
        role(94, "Administrator", 4),
        role(95, "Billing admin", 5),
    ];
    json!({ "custom_roles": roles }).to_string()
}

#[tokio::test]
async fn the_accounts_own_roles_are_listed_beside_everyones() {
    let all = [
        "end-user",
        "agent",
        "admin",
        "Staff",
        "light_agent",
        "contributor",
        "billing_admin",
    ];
    for (status, body, expected) in [
        (200, listed(), &all[..]),
        (200, r#"{"custom_roles":[]}"#.to_owned(), &all[..3]),
        (404, NOT_FOUND.to_owned(), &all[..3]),
        (403, FORBIDDEN.to_owned(), &all[..3]),
    ] {
        let fake = Fake::play(&[(status, &body)]);
        let roles = fake.adapter.roles().await.unwrap().unwrap();
        let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, expected, "{status}");
        assert!(roles.iter().all(|role| role.available.is_none()));
    }
    let error = Fake::play(&[(403, NO_SCOPE)]).adapter.roles().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
}

/// Gives a role to who is known to have another one, with just these reads before. Answers what is sent of it.
async fn check(known: Value, role: &str, reads: &[&str]) -> (Value, Option<Value>) {
    let saved = told(1, json!({}));
    let script: Vec<_> = reads.iter().chain([&saved.as_str()]).map(|body| (200, *body)).collect();
    let fake = Fake::play(&script);
    let role = Some(role).filter(|role| !role.is_empty());
    let changed = fields(json!({ "role": role }));
    let update = fake.adapter.update(Kind::User, &account("1", known), &changed).await;
    update.unwrap();
    let seen = fake.seen();
    let body = seen.last().unwrap().strip_prefix("PUT /users/1 ").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    (
        body["user"]["role"].clone(),
        body["user"].get("custom_role_id").cloned(),
    )
}

#[tokio::test]
async fn a_role_is_one_value_of_two_fields() {
    let (none, id) = (Some(Value::Null), |id: i64| Some(Value::from(id)));
    // What is known to be plain has no custom role to take away, and an end user loses it by being one.
    for (known, role, base, custom) in [
        (json!({ "role": "end-user" }), "agent", "agent", None),
        (json!({ "role": null }), "agent", "agent", None),
        (json!({ "role": "agent" }), "", "end-user", None),
        (json!({ "role": "Staff" }), "end user", "end-user", None),
        (json!({ "role": "Staff" }), "agent", "agent", none.clone()),
        (json!({}), "agent", "agent", none.clone()),
        (json!({ "role": "billing_admin" }), "admin", "admin", none),
    ] {
        assert_eq!(
            check(known.clone(), role, &[]).await,
            (base.into(), custom),
            "{known} {role}"
        );
    }
    let listed = listed();
    for (known, role, base, custom) in [
        ("agent", "staff", "agent", id(90)),
        ("agent", "Light agent", "agent", id(91)),
        ("admin", "contributor", "agent", id(93)),
        ("admin", "Billing admin", "admin", id(95)),
        ("billing_admin", "billing_admin", "admin", id(95)),
    ] {
        let known = json!({ "role": known });
        assert_eq!(
            check(known.clone(), role, &[&listed]).await,
            (base.into(), custom),
            "{known} {role}"
        );
    }
    // In doubt the person is looked at.
    let admin = told(1, json!({ "role": "admin" }));
    let given = check(json!({}), "billing_admin", &[&listed, &admin]).await;
    assert_eq!(given, ("admin".into(), id(95)));
}

#[tokio::test]
async fn who_is_no_administrator_does_not_become_a_billing_one() {
    let (listed, agent) = (listed(), told(1, json!({})));
    for (known, script) in [
        (json!({ "role": "agent" }), &[(200, listed.as_str())][..]),
        (json!({ "role": null }), &[(200, &listed)]),
        (json!({}), &[(200, &listed), (200, &agent)]),
    ] {
        let fake = Fake::play(script);
        let changed = fields(json!({ "role": "Billing admin" }));
        let error = fake
            .adapter
            .update(Kind::User, &account("1", known), &changed)
            .await
            .unwrap_err();
        assert_eq!(rejected(&error), (Some("role"), Retry::Never));
        assert!(
            error.reason.contains("Billing admin is only for administrators"),
            "{error}"
        );
        assert_eq!(fake.seen().len(), script.len());
    }
    let fake = Fake::play(&[(200, &listed)]);
    let given = fields(json!({ "name": "Ada", "email": "ada@engine.example", "role": "billing_admin" }));
    let error = fake.adapter.create(Kind::User, &given).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("role"), Retry::Never));
}

#[tokio::test]
async fn a_role_that_is_not_there_is_refused_by_name() {
    let listed = listed();
    let fake = Fake::play(&[(200, &listed), (200, r#"{"custom_roles":[]}"#)]);
    for (role, names) in [("King", "Staff, light_agent"), ("Staff", "end-user, agent, admin")] {
        let changed = fields(json!({ "role": role }));
        let error = fake
            .adapter
            .update(Kind::User, &Account::of("1"), &changed)
            .await
            .unwrap_err();
        assert_eq!(rejected(&error), (Some("role"), Retry::Never));
        assert!(error.reason.contains(names), "{error}");
    }
    assert_eq!(fake.seen(), [LIST, LIST], "roles are read anew after one was missed");
}

#[tokio::test]
async fn a_custom_role_is_told_by_its_name() {
    let listed = listed();
    for (told_role, reads, expected) in [
        (
            json!({ "role": "agent", "role_type": 0, "custom_role_id": 90 }),
            1,
            "Staff",
        ),
        (
            json!({ "role": "agent", "role_type": null, "custom_role_id": "90" }),
            1,
            "Staff",
        ),
        (
            json!({ "role": "agent", "role_type": 0, "custom_role_id": 77 }),
            1,
            "77",
        ),
        (
            json!({ "role": "agent", "role_type": 1, "custom_role_id": 91 }),
            0,
            "light_agent",
        ),
        (
            json!({ "role": "agent", "role_type": 3, "custom_role_id": 93 }),
            0,
            "contributor",
        ),
        (
            json!({ "role": "admin", "role_type": "4", "custom_role_id": "94" }),
            0,
            "admin",
        ),
        (
            json!({ "role": "admin", "role_type": 5, "custom_role_id": 95 }),
            0,
            "billing_admin",
        ),
        (json!({ "role": "end-user", "role_type": null }), 0, "end-user"),
    ] {
        let body = told(1, told_role.clone());
        let script = [(200, body.as_str()), (200, &listed)];
        let fake = Fake::play(&script[..1 + reads]);
        let read = fake.adapter.get(Kind::User, &Account::of("1")).await.unwrap().unwrap();
        assert_eq!(read.fields["role"], expected, "{told_role}");
        assert_eq!(fake.seen().len(), 1 + reads);
    }
}
