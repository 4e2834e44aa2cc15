//! What values become at vendors that have more than texts, more than one address and roles of several ranks.
use adapters::Account;
use adapters::descriptor::Kind;
use conformance::twins::{CLIENT_ID, CLIENT_SECRET};
use serde_json::{Value, json};

use crate::contract::{Login, connect};
use crate::harness::{Gateway, Options, TWIN_TOKEN, group, until, user};

async fn gateway(vendor: &'static str, seed: Value, more: &str) -> Gateway {
    let client = format!("auth = {{ method = \"client_credentials\", client_id = \"{CLIENT_ID}\" }}");
    let (auth, credential) = match vendor {
        "zendesk" => (client, CLIENT_SECRET),
        _ => (String::new(), TWIN_TOKEN),
    };
    Gateway::with(Options {
        vendor,
        seed,
        credential,
        acme: "respond_within_ms = 3000".into(),
        target: format!("call_deadline_ms = 1000\nread_lag_ms = 50\n{auth}\n{more}"),
        ..Options::default()
    })
    .await
}

/// A field of ada's account at the vendor.
async fn field(gateway: &Gateway, vendor: &str, name: &str) -> Value {
    let vendor = adapters::vendor(vendor).expect("it is registered");
    let adapter = connect(vendor, &gateway.twin, &Login::default());
    let found = adapter.find(Kind::User, "ada@example.com").await.expect("it answers");
    found.expect("she is there").fields.remove(name).unwrap_or_default()
}

fn replaced(path: &str, value: &str) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

#[tokio::test]
async fn a_promotion_that_finds_no_seat_is_refused_and_no_leaver() {
    let gateway = gateway("zendesk", json!({ "agent_seats": 1 }), "").await;
    let mut ada = user("ada");
    ada["roles"] = json!([{ "value": "end-user", "primary": true }]);
    let path = format!("/Users/{}", gateway.acme.create("/Users", &ada).await);
    gateway.settled().await;
    let refused = gateway
        .acme
        .patch(&path, replaced("roles[primary eq true].value", "agent"))
        .await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("role") && detail.contains("agent"), "{detail}");
    gateway.settled().await;
    assert_eq!(field(&gateway, "zendesk", "role").await, "end-user");
    gateway.twin.seed(json!({ "agent_seats": 2 })).await;
    for role in ["agent", "end-user"] {
        let given = gateway
            .acme
            .patch(&path, replaced("roles[primary eq true].value", role))
            .await;
        assert_eq!(given.status, 200, "{given:?}");
        gateway.settled().await;
        assert_eq!(field(&gateway, "zendesk", "role").await, role);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn own_fields_have_the_type_of_their_source() {
    let zendesk = [("vip", "checkbox"), ("level", "integer"), ("team", "text")];
    let zendesk = zendesk.map(|(key, kind)| json!({ "key": key, "type": kind }));
    let okta = [("vip", "boolean"), ("level", "integer"), ("team", "array")];
    let okta = okta.map(|(name, kind)| json!({ "name": name, "type": kind }));
    for (vendor, prefix, seed, team, teams) in [
        (
            "zendesk",
            "user_fields",
            json!({ "user_fields": zendesk }),
            "user.title",
            [json!("Boss"), json!("Countess")],
        ),
        (
            "okta",
            "profile",
            json!({ "attributes": okta }),
            "['all', user.title]",
            [json!(["all", "Boss"]), json!(["all", "Countess"])],
        ),
    ] {
        let of = |key: &str, expression: &str| {
            format!("mapping.user.\"{prefix}.{key}\" = {{ expression = \"{expression}\" }}\n")
        };
        let mapping = of("vip", "user.title == 'Boss'") + &of("level", "size(user.title)") + &of("team", team);
        let gateway = gateway(vendor, seed, &mapping).await;
        let mut ada = user("ada");
        ada["title"] = json!("Boss");
        ada["name"] = json!({ "givenName": "Ada", "familyName": "King" });
        let path = format!("/Users/{}", gateway.acme.create("/Users", &ada).await);
        for (title, vip, level, team) in [("Boss", true, 4, &teams[0]), ("Countess", false, 8, &teams[1])] {
            let answer = gateway.acme.patch(&path, replaced("title", title)).await;
            assert_eq!(answer.status, 200, "{vendor}: {answer:?}");
            gateway.settled().await;
            for (key, expected) in [("vip", &json!(vip)), ("level", &json!(level)), ("team", team)] {
                let found = field(&gateway, vendor, &format!("{prefix}.{key}")).await;
                assert_eq!(found, *expected, "{vendor} {key}");
            }
        }
        gateway.stop().await;
    }
}

#[tokio::test]
async fn a_list_of_group_names_follows_the_groups() {
    let gateway = gateway("zendesk", json!({}), "mapping.user.tags = \"groups.display\"").await;
    let mut ada = user("ada");
    ada["roles"] = json!([{ "value": "agent", "primary": true }]);
    let ada = gateway.acme.create("/Users", &ada).await;
    let engines = format!(
        "/Groups/{}",
        gateway.acme.create("/Groups", &group("engines", &[&ada])).await
    );
    gateway.settled().await;
    assert_eq!(field(&gateway, "zendesk", "tags").await, json!(["engines"]));
    let renamed = gateway.acme.patch(&engines, replaced("displayName", "looms")).await;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    gateway.settled().await;
    assert_eq!(field(&gateway, "zendesk", "tags").await, json!(["looms"]));
    assert_eq!(gateway.acme.delete(&engines).await.status, 204);
    gateway.settled().await;
    assert_eq!(field(&gateway, "zendesk", "tags").await, Value::Null);
    gateway.stop().await;
}

const REMOVAL: &str = "DELETE /api/v2/users/{user_id}/identities/{user_identity_id}";

/// The e-mail identities of ada, sorted.
async fn addresses(gateway: &Gateway) -> Vec<String> {
    let users = gateway.twin.users().await;
    let ada = users.iter().find(|user| user["name"] == "ada").expect("she is there");
    let identities = ada["identities"].as_array().expect("a list").iter();
    let mut all: Vec<_> = identities
        .map(|one| one["value"].as_str().expect("a text").to_owned())
        .collect();
    all.sort();
    all
}

/// Adds an address behind the gateway's back: whoever is given it and the former one again, and loses none of both.
async fn add_by_hand(gateway: &Gateway, address: &str) {
    let hand = connect(
        adapters::vendor("zendesk").expect("it is registered"),
        &gateway.twin,
        &Login::default(),
    );
    let found = hand.find(Kind::User, "ada@example.com").await.expect("it answers");
    let ada = Account::of(found.expect("she is there").id);
    for given in [address, "ada@example.com"] {
        gateway.twin.fail(REMOVAL, "500", Some(1)).await;
        let changed = [("email".to_owned(), json!(given))].into();
        let kept = hand.update(Kind::User, &ada, &changed).await;
        assert!(kept.is_err(), "the former one is not removed");
    }
    assert_eq!(addresses(gateway).await, ["ada@example.com", address]);
}

#[tokio::test]
async fn an_address_that_was_added_by_hand_stays() {
    let gateway = gateway("zendesk", json!({}), "").await;
    let path = format!("/Users/{}", gateway.acme.create("/Users", &user("ada")).await);
    gateway.settled().await;
    add_by_hand(&gateway, "ada@home.example").await;
    gateway.twin.fail(REMOVAL, "500", None).await;
    for address in ["ada@lost.example", "ada@new.example"] {
        let path_of = "emails[type eq \"work\"].value";
        let answer = gateway.acme.patch(&path, replaced(path_of, address)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        until("the address was sent", async || {
            addresses(&gateway).await.iter().any(|one| one == address).then_some(())
        })
        .await;
    }
    gateway.twin.heal().await;
    gateway.settled().await;
    assert_eq!(addresses(&gateway).await, ["ada@home.example", "ada@new.example"]);
    gateway.stop().await;
}

/// Okta makes no second group of the name, and nobody chooses who is in the first.
#[tokio::test]
async fn a_name_of_a_group_that_nobody_changes_is_refused_by_name() {
    let gateway = gateway("okta", json!({}), "").await;
    let answer = gateway.acme.post("/Groups", &group("Everyone", &[])).await;
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    assert!(
        answer.status == 400 && detail.contains("one of Okta's own groups"),
        "{answer:?}"
    );
    gateway.settled().await;
    gateway.stop().await;
}
