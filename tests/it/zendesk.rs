//! What only Zendesk has, over HTTP against its twin.
use adapters::descriptor::Kind;
use adapters::{Account, Adapter, Batch, Error, ErrorKind, Fields, Job};
use conformance::twins::shell::Running;
use serde_json::{Value, json};

use crate::contract::{Login, connect, start};
use crate::harness::Twin;

/// Looks at a job after which it counts as endless.
const LOOKS_MAX: usize = 10;

/// A fresh account with this state, and its adapter.
async fn account(state: Value, login: &Login<'_>) -> (Running, Twin, Box<dyn Adapter>) {
    let (running, twin) = start("zendesk").await;
    twin.seed(state).await;
    let vendor = adapters::vendor("zendesk").expect("there is such a vendor");
    let adapter = connect(vendor, &twin, login);
    (running, twin, adapter)
}

fn fields(value: Value) -> Fields {
    serde_json::from_value(value).expect("an object")
}

fn person(name: &str, role: &str) -> Fields {
    fields(json!({ "name": name, "email": format!("{name}@engine.example"), "role": role }))
}

async fn read(adapter: &dyn Adapter, id: &str) -> Account {
    let found = adapter.get(Kind::User, &Account::of(id)).await.expect("it answers");
    found.expect("the user is there")
}

/// Whether a user of the twin's is the one with this id.
fn is_of(user: &Value, id: &str) -> bool {
    user["id"].as_u64() == id.parse().ok()
}

/// The e-mail identities of a user, the primary one first.
async fn emails(twin: &Twin, id: &str) -> Vec<String> {
    let user = twin.users().await.into_iter().find(|user| is_of(user, id));
    let user = user.expect("the user is there");
    let mut identities: Vec<_> = user["identities"].as_array().expect("a list").iter().collect();
    identities.sort_by_key(|identity| identity["primary"] != true);
    let value = |identity: &&Value| identity["value"].as_str().expect("text").to_owned();
    identities.iter().map(value).collect()
}

async fn finished(adapter: &dyn Adapter, batch: &Batch) -> Vec<Result<String, Error>> {
    let id = adapter.submit(Kind::User, batch).await.expect("a job");
    for _ in 0..LOOKS_MAX {
        if let Job::Done(outcomes) = adapter.job(&id, batch).await.expect("it answers") {
            return outcomes;
        }
    }
    panic!("an endless job");
}

fn ids(outcomes: Vec<Result<String, Error>>) -> Vec<String> {
    let outcomes = outcomes.into_iter().map(|outcome| outcome.expect("it was done"));
    outcomes.collect()
}

const PROMOTION: &str = "PUT /api/v2/users/{user_id}/identities/{user_identity_id}/make_primary";
const REMOVAL: &str = "DELETE /api/v2/users/{user_id}/identities/{user_identity_id}";

#[tokio::test]
async fn a_changed_address_is_the_only_one_wherever_the_change_was_broken_off() {
    let (running, twin, adapter) = account(json!({}), &Login::default()).await;
    let routes = [
        "GET /api/v2/users/{user_id}/identities",
        "POST /api/v2/users/{user_id}/identities",
        PROMOTION,
        REMOVAL,
    ];
    let change = async |of: &Account, address: &str| {
        let address = fields(json!({ "email": address }));
        adapter.update(Kind::User, of, &address).await
    };
    for (n, route) in routes.iter().enumerate() {
        for (fault, name) in [("close-after", format!("after-{n}")), ("500", format!("before-{n}"))] {
            let made = adapter
                .create(Kind::User, &person(&name, "agent"))
                .await
                .expect("a user");
            let first = made.fields["email"].as_str().expect("an address").to_owned();
            let mut wanted = format!("{name}-new@engine.example");
            if *route == PROMOTION {
                // What is there already is made primary by a call of its own.
                twin.fail(REMOVAL, "500", Some(1)).await;
                change(&made, &wanted).await.expect_err("the first one stays");
                wanted = first.clone();
            }
            twin.fail(route, fault, Some(1)).await;
            let broken = change(&made, &wanted).await;
            assert!(broken.is_err(), "{route} {fault}");
            // After a lost answer both what was applied and what was sent are in doubt.
            let sent = format!("{name}-new@engine.example");
            let doubtful = Account {
                doubtful: [("email".to_owned(), vec![first.into(), sent.into()])].into(),
                ..Account::of(made.id.as_str())
            };
            change(&doubtful, &wanted).await.expect("the second time");
            assert_eq!(emails(&twin, &made.id).await, [wanted], "{route} {fault}");
        }
    }
    running.stop().await;
}

/// Whoever has forgotten what was sent last knows what was applied before.
#[tokio::test]
async fn a_change_that_was_broken_off_and_forgotten_leaves_no_address() {
    let (running, twin, adapter) = account(json!({}), &Login::default()).await;
    for (n, route) in ["POST /api/v2/users/{user_id}/identities", REMOVAL].iter().enumerate() {
        let name = format!("ada{n}");
        let made = adapter
            .create(Kind::User, &person(&name, "agent"))
            .await
            .expect("a user");
        twin.fail(route, "close-after", Some(1)).await;
        for (address, is_done) in [("forgotten", false), ("last", true)] {
            let address = fields(json!({ "email": format!("{name}-{address}@engine.example") }));
            let answer = adapter.update(Kind::User, &made, &address).await;
            assert_eq!(answer.is_ok(), is_done, "{route}");
        }
        let expected = [format!("{name}-last@engine.example")];
        assert_eq!(emails(&twin, &made.id).await, expected, "{route}");
    }
    running.stop().await;
}

#[tokio::test]
async fn many_are_created_changed_and_deleted_by_jobs() {
    let state =
        json!({ "bulk_import": true, "job_polls": 2, "users": [{ "name": "Taken", "email": "taken@engine.example" }] });
    let (running, twin, adapter) = account(state, &Login::default()).await;
    let mut people: Vec<_> = (0..99).map(|n| person(&format!("p{n}"), "agent")).collect();
    people.insert(50, person("taken", "agent"));
    twin.forget_calls().await;
    let mut outcomes = finished(adapter.as_ref(), &Batch::Create(people)).await;
    assert_eq!(twin.writes().await, json!({ "POST /api/v2/users/create_many": 1 }));
    let taken = outcomes.remove(50).expect_err("somebody has the address");
    assert_eq!(taken.kind, ErrorKind::Exists { id: None });
    let made = ids(outcomes);
    assert_eq!(read(adapter.as_ref(), &made[50]).await.fields["name"], "p50");
    let changes = made
        .iter()
        .map(|id| (Account::of(id.as_str()), fields(json!({ "notes": id, "role": null }))));
    let changed = ids(finished(adapter.as_ref(), &Batch::Update(changes.collect())).await);
    assert_eq!(changed, made);
    let last = read(adapter.as_ref(), &made[98]).await;
    assert_eq!(
        (&last.fields["notes"], &last.fields["role"]),
        (&json!(made[98]), &json!("end-user"))
    );
    adapter.delete(Kind::User, &last).await.expect("deleted");
    let gone: Vec<_> = made.iter().map(|id| Account::of(id.as_str())).collect();
    let deleted = ids(finished(adapter.as_ref(), &Batch::Delete(gone)).await);
    assert_eq!(deleted, made, "who was gone already as well");
    assert_eq!(
        twin.users().await.iter().filter(|user| user["active"] == true).count(),
        2
    );
    running.stop().await;
}

#[tokio::test]
async fn an_account_without_bulk_imports_refuses_the_job_and_not_the_token() {
    let (running, _, adapter) = account(json!({}), &Login::default()).await;
    let batch = Batch::Create(vec![person("ada", "agent")]);
    let error = adapter.submit(Kind::User, &batch).await.expect_err("no bulk imports");
    assert_eq!(error.kind, ErrorKind::Rejected { field: None }, "{error}");
    let error = adapter.job("0123456789abcdef", &batch).await.expect_err("no such job");
    assert_eq!(error.kind, ErrorKind::NotFound);
    running.stop().await;
}

#[tokio::test]
async fn a_downgraded_leaver_frees_the_seat() {
    let login = Login {
        settings: &[("deactivate", "downgrade_and_suspend")],
        ..Login::default()
    };
    let (running, _, adapter) = account(json!({ "agent_seats": 2 }), &login).await;
    let leaver = adapter
        .create(Kind::User, &person("ada", "agent"))
        .await
        .expect("a seat");
    let full = adapter
        .create(Kind::User, &person("bob", "agent"))
        .await
        .expect_err("no seat");
    let role = ErrorKind::Rejected {
        field: Some("role".to_owned()),
    };
    assert_eq!(full.kind, role, "{full}");
    let changed = adapter.set_active(&leaver, false).await.expect("switched off");
    assert_eq!(changed, fields(json!({ "role": "end-user" })));
    let left = read(adapter.as_ref(), &leaver.id).await;
    assert_eq!((left.active, &left.fields["role"]), (false, &json!("end-user")));
    adapter
        .create(Kind::User, &person("bob", "agent"))
        .await
        .expect("the seat is free");
    running.stop().await;
}

#[tokio::test]
async fn roles_of_the_accounts_own_are_given_and_told_by_name() {
    let roles = json!([{ "name": "Night shift", "role_type": "custom_agent" }]);
    let (running, _, adapter) = account(json!({ "custom_roles": roles }), &Login::default()).await;
    let live = adapter.roles().await.expect("it answers").expect("there are some");
    let listed = |name: &str| live.iter().filter(|role| role.name == name).count();
    for name in [
        "end-user",
        "agent",
        "admin",
        "light_agent",
        "billing_admin",
        "Night shift",
    ] {
        assert_eq!(listed(name), 1, "{name} in {live:?}");
    }
    let made = adapter
        .create(Kind::User, &person("ada", "night shift"))
        .await
        .expect("a user");
    assert_eq!(made.fields["role"], "Night shift");
    let mut account = made;
    for (role, expected) in [
        ("Light agent", "light_agent"),
        ("agent", "agent"),
        ("Administrator", "admin"),
        ("billing_admin", "billing_admin"),
        ("admin", "admin"),
        ("Night shift", "Night shift"),
        ("end-user", "end-user"),
    ] {
        let changed = fields(json!({ "role": role }));
        adapter
            .update(Kind::User, &account, &changed)
            .await
            .unwrap_or_else(|error| panic!("{role}: {error}"));
        account = read(adapter.as_ref(), &account.id).await;
        assert_eq!(account.fields["role"], expected);
    }
    let billing = fields(json!({ "role": "Billing admin" }));
    let error = adapter
        .update(Kind::User, &account, &billing)
        .await
        .expect_err("no administrator");
    assert!(
        error.reason.contains("Billing admin is only for administrators"),
        "{error}"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_permanently_deleted_user_leaves_no_trace() {
    let login = Login {
        settings: &[("delete", "permanent")],
        ..Login::default()
    };
    let (running, twin, adapter) = account(json!({}), &login).await;
    let made = adapter
        .create(Kind::User, &person("ada", "agent"))
        .await
        .expect("a user");
    twin.fail("DELETE /api/v2/deleted_users/{deleted_user_id}", "500", Some(1))
        .await;
    adapter.delete(Kind::User, &made).await.expect_err("half of it");
    for _ in 0..2 {
        adapter.delete(Kind::User, &made).await.expect("deleted");
    }
    assert!(twin.users().await.iter().all(|user| !is_of(user, &made.id)));
    running.stop().await;
}

#[tokio::test]
async fn organizations_go_by_name_and_own_fields_by_their_keys() {
    let state = json!({
        "organizations": [{ "name": "Engine Works" }, { "name": "Engine Works Ltd" }],
        "user_fields": [{ "key": "office", "type": "text" }],
    });
    let (running, twin, adapter) = account(state, &Login::default()).await;
    let mut given = person("ada", "end-user");
    given.extend(fields(
        json!({ "organization": "engine works", "user_fields.office": "Ockham" }),
    ));
    let made = adapter.create(Kind::User, &given).await.expect("a user");
    assert_eq!(made.fields["user_fields.office"], "Ockham");
    let organizations = twin.state().await["organizations"].as_array().expect("a list").clone();
    let named = organizations
        .iter()
        .find(|one| one["name"] == "Engine Works")
        .expect("it is there");
    assert_eq!(made.fields["organization_id"], named["id"]);
    let changed = fields(json!({ "organization": null, "user_fields.office": null }));
    adapter.update(Kind::User, &made, &changed).await.expect("changed");
    let read = read(adapter.as_ref(), &made.id).await;
    assert_eq!(
        (&read.fields["organization_id"], &read.fields["user_fields.office"]),
        (&Value::Null, &Value::Null)
    );
    running.stop().await;
}

#[tokio::test]
async fn a_token_that_lacks_a_scope_is_told_so() {
    let state = json!({ "tokens": { "reader": ["read"] } });
    let login = Login {
        token: "reader",
        ..Login::default()
    };
    let (running, _, adapter) = account(state, &login).await;
    adapter.check().await.expect("it may read");
    let error = adapter
        .create(Kind::User, &person("ada", "agent"))
        .await
        .expect_err("it may not write");
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    assert!(error.reason.contains("scopes"), "{error}");
    running.stop().await;
}

#[tokio::test]
async fn the_owner_is_protected_and_a_refusal_is_not_the_tokens() {
    let (running, _, adapter) = account(json!({}), &Login::default()).await;
    let owner = adapter.list(Kind::User, None).await.expect("a page").accounts.remove(0);
    assert!(owner.protected);
    let deleted = adapter.delete(Kind::User, &owner).await.expect_err("the owner stays");
    let demoted = adapter
        .update(Kind::User, &owner, &fields(json!({ "role": "agent" })))
        .await;
    for error in [deleted, demoted.expect_err("the owner stays")] {
        assert!(
            matches!(error.kind, ErrorKind::Rejected { .. }),
            "{:?} {error}",
            error.kind
        );
    }
    running.stop().await;
}
