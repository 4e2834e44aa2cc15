//! Roles of which a vendor has none left, or none at all: said before the vendor says it, and no longer than it is so.
use std::time::Duration;

use conformance::twins;
use futures_util::future::join_all;
use serde_json::{Value, json};
use usherd::delivery::Settings;

use crate::contract::start;
use crate::harness::{Answer, Gateway, Installation, Options, directory, start_twin, target, until, user};

/// A gateway that looks at the vendor's roles again and again.
async fn watchful() -> Gateway {
    let usual = Options::default();
    let delivery = Settings {
        live_roles_interval: Duration::from_millis(50),
        live_roles_fresh: Duration::from_millis(20),
        ..usual.delivery
    };
    Gateway::with(Options { delivery, ..usual }).await
}

/// So many licences for those who work, and one for those who watch. The owner has another one.
fn licences(full: u64) -> Value {
    let full_roles = [
        "owner",
        "admin",
        "user",
        "limited_user",
        "observer",
        "restricted_access",
    ];
    let watching_roles = ["read_only_user", "read_only_limited_user"];
    json!({ "licenses": [
        { "id": "PFULL", "name": "Full", "valid_roles": full_roles, "role_group": "FullUser", "seats": full },
        { "id": "PSTAKE", "name": "Stake", "valid_roles": watching_roles, "role_group": "Stakeholder", "seats": 1 },
    ]})
}

fn person(name: &str, role: &str) -> Value {
    let mut person = user(name);
    person["roles"] = json!([{ "value": role, "primary": true }]);
    person
}

async fn left(gateway: &Gateway, role: &str, expected: u64) {
    until(&format!("{expected} of {role} are left"), async || {
        (gateway.left(role).await == Some(expected)).then_some(())
    })
    .await;
}

fn told(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.body["scimType"], "invalidValue", "{answer:?}");
    (answer.status, answer.body["detail"].as_str().expect("a detail"))
}

#[tokio::test]
async fn a_licence_that_is_not_there_is_refused_until_one_is_freed() {
    let gateway = watchful().await;
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    twin.seed(licences(1)).await;
    left(&gateway, "admin", 1).await;
    let ann = acme.create("/Users", &person("ann", "Manager")).await;
    let watcher = acme.create("/Users", &person("wes", "read_only_user")).await;
    gateway.settled().await;
    left(&gateway, "user", 0).await;
    twin.seed(json!({ "users": [{ "name": "Old", "email": "old@example.com" }] }))
        .await;
    twin.forget_calls().await;

    let refused = acme.post("/Users", &person("bob", "Responder")).await;
    let detail = "roles[primary eq true].value: PagerDuty cannot give bob@example.com the role Responder \
                  (`limited_user`): no licence of this kind left";
    assert_eq!(told(&refused), (400, detail));
    let raised = json!([{ "op": "replace", "path": "roles[primary eq true].value", "value": "admin" }]);
    let refused = acme.patch(&format!("/Users/{watcher}"), raised).await;
    assert!(
        told(&refused)
            .1
            .contains("wes@example.com the role Global Admin (`admin`)"),
        "{refused:?}"
    );
    assert_eq!(acme.get("/Users").await.body["totalResults"], 2, "nothing was stored");
    assert_eq!(twin.writes().await, json!({}), "and the vendor was not asked to write");

    let lowered = json!([{ "op": "replace", "path": "roles[primary eq true].value", "value": "limited_user" }]);
    assert_eq!(
        acme.patch(&format!("/Users/{ann}"), lowered).await.status,
        200,
        "the licence stays"
    );
    // The account is there, and has a licence already.
    let old = acme.create("/Users", &person("old", "user")).await;
    for leaver in [ann, old] {
        assert_eq!(acme.delete(&format!("/Users/{leaver}")).await.status, 204);
    }
    gateway.settled().await;
    until("the freed licence is had", async || {
        let answer = acme.post("/Users", &person("bob", "Responder")).await;
        (answer.status == 201).then_some(())
    })
    .await;
    gateway.settled().await;
    assert!(twin.user("bob@example.com").await.is_some());
    gateway.stop().await;
}

/// Of many who come at the same time one gets the last licence, and the others are told before the vendor is asked.
#[tokio::test]
async fn the_last_licence_is_given_to_one_of_ten() {
    let gateway = watchful().await;
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    twin.seed(licences(1)).await;
    left(&gateway, "admin", 1).await;
    let joiners: Vec<_> = (0..10).map(|number| person(&format!("p{number}"), "user")).collect();
    let answers = join_all(joiners.iter().map(|joiner| acme.post("/Users", joiner))).await;
    let made = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(made.count(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        let (status, detail) = told(answer);
        assert_eq!(status, 400);
        assert!(detail.ends_with("no licence of this kind left"), "{detail}");
    }
    gateway.settled().await;
    assert_eq!(twin.writes().await, json!({ "POST /users": 1 }));
    gateway.stop().await;
}

#[tokio::test]
async fn roles_are_read_at_the_start_and_not_for_each_write() {
    let gateway = Gateway::start().await;
    for number in 0..5 {
        gateway
            .acme
            .create("/Users", &person(&format!("p{number}"), "user"))
            .await;
    }
    assert_eq!(gateway.twin.calls().await["routes"]["GET /licenses"], Value::Null);
    gateway.stop().await;
}

/// The gateway believes that there are licences; the vendor knows better. It is believed from then on.
#[tokio::test]
async fn a_vendors_refusal_is_a_reason_to_look() {
    let gateway = Gateway::with(Options {
        delivery: Settings {
            live_roles_fresh: Duration::from_millis(1),
            ..Options::default().delivery
        },
        ..Options::default()
    })
    .await;
    gateway.twin.seed(licences(0)).await;
    let refused = gateway.acme.post("/Users", &person("ann", "user")).await;
    assert!(told(&refused).1.contains("PagerDuty refuses `role`"), "{refused:?}");
    left(&gateway, "user", 0).await;
    // As long as the vendor cannot be asked in time it is the vendor who says so.
    let mut sent = 1;
    until("it is known that none is left", async || {
        let refused = gateway.acme.post("/Users", &person("ann", "user")).await;
        let (status, detail) = told(&refused);
        assert_eq!(status, 400, "{refused:?}");
        let is_known = detail.ends_with("no licence of this kind left");
        sent += u64::from(!is_known);
        is_known.then_some(())
    })
    .await;
    assert_eq!(gateway.twin.writes().await, json!({ "POST /users": sent }));
    assert!(sent < 4, "{sent}");
    gateway.stop().await;
}

/// An IdP that is never kept waiting cannot be told what only the vendor knows: whether the person has an account, and with
/// it a licence. Who has one is taken over; who has none is parked, in the vendor's words.
#[tokio::test]
async fn who_waits_for_no_vendor_is_parked_in_its_words() {
    let usual = Options::default();
    let gateway = Gateway::with(Options {
        acme: "respond_within_ms = 0".into(),
        delivery: Settings {
            live_roles_interval: Duration::from_millis(50),
            live_roles_fresh: Duration::from_millis(20),
            ..usual.delivery
        },
        ..usual
    })
    .await;
    let old = json!({ "name": "Old", "email": "old@example.com" });
    gateway.twin.seed(json!({ "users": [old] })).await;
    gateway.twin.seed(licences(0)).await;
    left(&gateway, "user", 0).await;
    for name in ["old", "ann"] {
        gateway.acme.create("/Users", &person(name, "user")).await;
    }
    gateway.settled().await;
    let problems = gateway.report("pagerduty").await.problems;
    let told: Vec<_> = problems
        .iter()
        .map(|one| (one.kind.as_str(), one.reason.as_str()))
        .collect();
    assert!(
        matches!(told.as_slice(), [("parked", reason)] if reason.contains("icense")),
        "{told:?}"
    );
    assert!(gateway.twin.user("ann@example.com").await.is_none());
    gateway.stop().await;
}

#[tokio::test]
async fn a_role_that_the_account_has_not_got_is_refused_until_somebody_makes_it() {
    let gateway = watchful().await;
    let (running, zendesk) = start("zendesk").await;
    let settings = twins::by_vendor("zendesk", 1).expect("there is a twin").settings();
    let target = format!(
        r#"
        [[target]]
        name = "desk"
        directory = "plain"
        vendor = "zendesk"
        base_url = "{}"
        allow_private = ["127.0.0.1"]
        credential = "env:CARGO_PKG_NAME"
        auth = {{ method = "client_credentials", client_id = "usherd" }}
        [target.settings]
        subdomain = "{}"
        "#,
        zendesk.base_url, settings["subdomain"]
    );
    gateway
        .declare_with(&format!("{}{target}", directory("plain", "")), "usherd-secret")
        .await;
    gateway.is("working").await;
    gateway.roles_known().await;
    let plain = &gateway.plain;
    let refused = plain.post("/Users", &person("ann", "Night shift")).await;
    let detail = "roles[primary eq true].value: Zendesk cannot give ann@example.com the role `Night shift`: \
                  this account has no such role";
    assert_eq!(told(&refused), (400, detail));
    let ann = plain.create("/Users", &person("ann", "agent")).await;
    zendesk
        .seed(json!({ "custom_roles": [{ "name": "Night shift", "role_type": "custom_agent" }] }))
        .await;
    let promoted = json!([{ "op": "replace", "path": "roles[primary eq true].value", "value": "night shift" }]);
    until("the new role is known", async || {
        let answer = plain.patch(&format!("/Users/{ann}"), promoted.clone()).await;
        (answer.status == 200).then_some(())
    })
    .await;
    gateway.settled().await;
    let given = zendesk.users().await;
    let has_custom_role = |user: &Value| user["name"] == "ann" && user["custom_role_id"].is_number();
    assert!(given.iter().any(has_custom_role), "{given:?}");
    gateway.stop().await;
    running.stop().await;
}

/// Such a role would park everybody who is given it. It is told, and no declaration waits for a vendor.
#[tokio::test]
async fn a_declared_role_that_the_account_has_not_got_is_told_of() {
    let twin = start_twin(1).await;
    let full = json!({ "id": "P1", "name": "Full", "valid_roles": ["owner", "user"], "role_group": "FullUser" });
    twin.seed(json!({ "licenses": [full] })).await;
    let declared = |more: &str| directory("acme", "") + &target("pagerduty", "acme", &twin.base_url, more);
    let installation = Installation::start(&declared("default_role = \"Manager\"")).await;
    assert_eq!(
        installation.status()[0]["warnings"],
        json!([]),
        "by its title it is `user`"
    );

    twin.fail("*", "503", None).await;
    let rules = "default_role = \"admin\"\n[[target.role]]\nrole = \"user\"\ngroup = \"Crew\"\n\
                 [[target.role]]\nrole = \"observer\"\ngroup = \"Guests\"\n\
                 [target.mapping.user]\nrole = { value = \"limited_user\" }\n";
    let told = installation.declare(&declared(rules));
    assert!(
        told.starts_with("directory acme: unchanged\ntarget pagerduty: changed\n"),
        "{told}"
    );
    let named = [
        ("rule 2 of `role`", "observer"),
        ("`default_role`", "admin"),
        ("`mapping.user.role`", "limited_user"),
    ];
    let warned = |text: &str| {
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("  warning: ")).collect();
        assert_eq!(lines.len(), named.len(), "{text}");
        for (line, (place, role)) in lines.into_iter().zip(named) {
            let expected = format!("  warning: {place}: PagerDuty would refuse the role `{role}`: as of 2");
            assert!(
                line.starts_with(&expected) && line.ends_with(" this account has owner, user"),
                "{line}"
            );
        }
    };
    warned(&told);
    twin.heal().await;
    installation.working().await;
    warned(&installation.command(&["status"]));

    let other = start_twin(2).await;
    let told = installation.declare(&(directory("acme", "") + &target("pagerduty", "acme", &other.base_url, rules)));
    assert!(!told.contains("warning"), "of another account nothing is known: {told}");

    let (code, _, told) = installation.apply(&declared("default_role = \"pilot\""));
    let file = installation.file("directories.toml");
    let place = format!("{}:", file.display());
    assert!(code == 1 && told.starts_with(&place), "{told}");
    assert!(
        told.contains("PagerDuty has no role `pilot`; there are admin, "),
        "{told}"
    );
}
