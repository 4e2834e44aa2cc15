//! Okta's adapter against its twin, where Okta is unlike other vendors.
use std::collections::BTreeMap;

use adapters::descriptor::Kind;
use adapters::{Account, Adapter, ErrorKind, Fields, Retry};
use serde_json::{Value, json};

use crate::contract::{Login, connect, start};
use crate::harness::{Twin, until};

/// Long enough for a change to meet an activation, short enough to wait for.
const ACTIVATION_MS: u64 = 300;

async fn okta() -> (conformance::twins::shell::Running, Twin, Box<dyn Adapter>) {
    let (running, twin) = start("okta").await;
    let adapter = connect(
        adapters::vendor("okta").expect("it is registered"),
        &twin,
        &Login::default(),
    );
    (running, twin, adapter)
}

fn profile(login: &str) -> Value {
    json!({ "login": login, "email": "ada@engine.example", "firstName": "Ada", "lastName": "Lovelace" })
}

fn fields(value: Value) -> Fields {
    value.as_object().expect("an object").clone().into_iter().collect()
}

async fn found(adapter: &dyn Adapter, login: &str) -> Account {
    let found = adapter.find(Kind::User, login).await.expect("the look-up works");
    found.unwrap_or_else(|| panic!("{login} is not found"))
}

/// How the accounts of the twin stand, by login.
async fn statuses(twin: &Twin) -> BTreeMap<String, String> {
    let state = twin.state().await;
    let users = state["users"].as_array().expect("a list of users").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    users
        .map(|user| (text(&user["profile"]["login"]), text(&user["status"])))
        .collect()
}

#[tokio::test]
async fn people_in_every_status_are_shut_out_and_let_in_again() {
    let (running, twin, adapter) = okta().await;
    for (status, off, on) in [
        ("ACTIVE", "SUSPENDED", "ACTIVE"),
        ("LOCKED_OUT", "SUSPENDED", "ACTIVE"),
        ("PROVISIONED", "DEPROVISIONED", "PROVISIONED"),
        ("RECOVERY", "DEPROVISIONED", "PROVISIONED"),
        ("PASSWORD_EXPIRED", "DEPROVISIONED", "PROVISIONED"),
        ("SUSPENDED", "SUSPENDED", "ACTIVE"),
        ("DEPROVISIONED", "DEPROVISIONED", "PROVISIONED"),
        ("STAGED", "STAGED", "PROVISIONED"),
    ] {
        let login = format!("{}@engine.example", status.to_lowercase());
        twin.seed(json!({ "users": [{ "profile": profile(&login), "status": status }] }))
            .await;
        let account = found(adapter.as_ref(), &login).await;
        for (active, expected) in [(false, off), (true, on)] {
            let switched = adapter.set_active(&account, active).await;
            switched.unwrap_or_else(|error| panic!("{status} {active}: {error:?}"));
            assert_eq!(statuses(&twin).await[&login], expected, "{status} {active}");
            assert_eq!(found(adapter.as_ref(), &login).await.active, active, "{status}");
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn an_activation_under_way_is_waited_out() {
    let (running, twin, adapter) = okta().await;
    twin.seed(json!({ "transition_ms": ACTIVATION_MS })).await;
    let made = adapter.create(Kind::User, &fields(profile("ada@engine.example"))).await;
    let made = made.expect("it is created");
    assert!(made.active, "what it is about to be counts");
    let title = fields(json!({ "title": "Countess" }));
    let error = adapter.update(Kind::User, &made, &title).await.expect_err("too early");
    assert_eq!(error.kind, ErrorKind::Rejected { field: None });
    assert!(matches!(error.retry, Retry::After(_)), "{error:?}");
    until("the activation is over", async || {
        adapter.update(Kind::User, &made, &title).await.ok()
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn who_comes_back_after_a_deactivation_gets_the_former_account() {
    let (running, twin, adapter) = okta().await;
    let slashed = "eng/ada@engine.example";
    let users =
        ["ada@engine.example", slashed].map(|login| json!({ "profile": profile(login), "status": "DEPROVISIONED" }));
    twin.seed(json!({ "users": users })).await;
    for login in ["ada@engine.example", slashed] {
        let created = adapter.create(Kind::User, &fields(profile(login))).await;
        assert_eq!(created.expect_err("it exists").kind, ErrorKind::Exists { id: None });
        let account = found(adapter.as_ref(), &login.to_uppercase()).await;
        assert!(!account.active);
        adapter.set_active(&account, true).await.expect("it is activated");
        let title = fields(json!({ "title": "Countess" }));
        adapter
            .update(Kind::User, &account, &title)
            .await
            .expect("it is changed");
        let again = found(adapter.as_ref(), login).await;
        assert_eq!(
            (&again.id, again.active, &again.fields["title"]),
            (&account.id, true, &json!("Countess"))
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn listings_have_everyone_and_say_who_is_protected_but_no_groups_of_others() {
    let (running, twin, adapter) = okta().await;
    let user = |login: &str, status: &str| json!({ "profile": profile(login), "status": status });
    twin.seed(json!({
        "users": [user("ada@engine.example", "ACTIVE"), user("gone@engine.example", "DEPROVISIONED")],
        "groups": [{ "name": "Engine" }, { "name": "Imported", "type": "APP_GROUP" }],
    }))
    .await;
    let mut listed = BTreeMap::new();
    let mut after = None;
    loop {
        let page = adapter.list(Kind::User, after.as_deref()).await.expect("a page");
        for account in page.accounts {
            let login = account.fields["login"].as_str().expect("a login").to_owned();
            listed.insert(login, (account.active, account.protected));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected = [
        ("ada@engine.example", (true, false)),
        ("gone@engine.example", (false, false)),
        ("owner@okta.example", (true, true)),
    ];
    assert_eq!(listed, expected.map(|(login, state)| (login.to_owned(), state)).into());
    let groups = adapter.list(Kind::Group, None).await.expect("a page").accounts;
    let names: Vec<_> = groups.iter().map(|group| &group.fields["name"]).collect();
    assert_eq!(names, ["Engine"]);
    for name in ["Imported", "Everyone"] {
        let refused = adapter.find(Kind::Group, name).await.expect_err("it is not ours");
        let field = Some("name".to_owned());
        assert_eq!(refused.kind, ErrorKind::Rejected { field }, "{name}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_refusal_is_the_credentials_unless_the_group_has_administrator_roles() {
    let (running, twin) = start("okta").await;
    let groups = json!([{ "name": "Engine" }, { "name": "Helpers", "roles": ["HELP_DESK_ADMIN"] }]);
    twin.seed(json!({ "tokens": { "reader": "READ_ONLY_ADMIN" }, "groups": groups }))
        .await;
    let vendor = adapters::vendor("okta").expect("it is registered");
    let login = Login {
        token: "reader",
        ..Login::default()
    };
    let adapter = connect(vendor, &twin, &login);
    for (name, expected) in [
        ("Engine", ErrorKind::Unauthorized),
        ("Helpers", ErrorKind::Rejected { field: None }),
    ] {
        let group = adapter.find(Kind::Group, name).await.expect("the look-up works");
        let group = group.expect("it is there");
        let refused = adapter.delete(Kind::Group, &group).await.expect_err("it may only read");
        assert_eq!(refused.kind, expected, "{name}: {refused}");
    }
    running.stop().await;
}

#[tokio::test]
async fn too_many_calls_at_once_tell_no_time() {
    let (running, twin, adapter) = okta().await;
    twin.seed(json!({ "concurrency_refusals": 1 })).await;
    let error = adapter.check().await.expect_err("too many at once");
    assert_eq!((error.kind, error.retry), (ErrorKind::RateLimited, Retry::Backoff));
    adapter.check().await.expect("there is room again");
    running.stop().await;
}

#[tokio::test]
async fn attributes_of_the_orgs_own_are_set_read_and_cleared() {
    let (running, twin, adapter) = okta().await;
    twin.seed(json!({ "attributes": [{ "name": "badge", "type": "string", "unique": true }] }))
        .await;
    let with_badge = |login: &str, badge: Value| {
        let mut fields = fields(profile(login));
        fields.insert("profile.badge".into(), badge);
        fields
    };
    let made = adapter
        .create(Kind::User, &with_badge("ada@engine.example", json!("B-1")))
        .await;
    let made = made.expect("it is created");
    assert_eq!(made.fields["profile.badge"], "B-1");
    let taken = adapter
        .create(Kind::User, &with_badge("eve@engine.example", json!("B-1")))
        .await;
    let field = Some("profile.badge".to_owned());
    assert_eq!(taken.expect_err("another has it").kind, ErrorKind::Rejected { field });
    let cleared = fields(json!({ "profile.badge": null }));
    adapter
        .update(Kind::User, &made, &cleared)
        .await
        .expect("it is cleared");
    let read = adapter
        .get(Kind::User, &made)
        .await
        .expect("it is read")
        .expect("it is there");
    assert_eq!(read.fields["profile.badge"], Value::Null);
    running.stop().await;
}
