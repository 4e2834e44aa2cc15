//! Targets that need no person: client credentials, and assertions signed with a private key.
use std::time::Duration;

use conformance::twins::{CLIENT_ID, CLIENT_SECRET};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::vendor::{USUAL, create};
use crate::harness::{Gateway, Options, user};

/// A key of nobody's, on P-256.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYYuS8fKPBB4ks7z2
+nN2/eReFUkmE9oo/7ENpckLWWOhRANCAARnSG0QVhn+PSYOfnj0c16YrIK+mG+T
ss+ADudUP30rIchdEldgHH+aiPRrmSy0hPDc0oQ9lOXwktyROnbPQs4e
-----END PRIVATE KEY-----
";

/// The coordinates of the public half of [`KEY`].
const POINT: [&str; 2] = [
    "Z0htEFYZ_j0mDn549HNemKyCvphvk7LPgA7nVD99KyE",
    "yF0SV2Acf5qI9GuZLLSE8NzShD2U5fCS3JE6ds9Czh4",
];

/// The application that signs, at Okta.
const SERVICE: &str = "service";

/// How long an access token lives; it is renewed when a fifth of that is left.
const LIFE: Duration = Duration::from_secs(5);

/// People whose changes are under way at the same time.
const AT_ONCE: usize = 4;

/// A vendor that gives tokens to a client for itself. At Box it is in `tests/it/box.rs` as well, by its usual way.
struct Vendor {
    name: &'static str,
    auth: &'static str,
    credential: &'static str,
    token_route: &'static str,
    update_route: &'static str,
    client_id: &'static str,
    /// A scope of those that are asked for, but not all; none: the app has them, and no request names any.
    narrow: Option<&'static str>,
    /// What is said of a token that covers no more than that.
    narrow_is_told: &'static str,
}

const VENDORS: [Vendor; 4] = [
    Vendor {
        name: "pagerduty",
        auth: r#"method = "app", token_url = "/oauth/token""#,
        credential: CLIENT_SECRET,
        token_route: "POST /oauth/token",
        update_route: "PUT /users/{id}",
        client_id: CLIENT_ID,
        narrow: Some("users.read"),
        narrow_is_told: "the token lacks as_account-us.twin-1",
    },
    Vendor {
        name: "zendesk",
        auth: r#"method = "client_credentials""#,
        credential: CLIENT_SECRET,
        token_route: "POST /oauth/tokens",
        update_route: "PUT /api/v2/users/{user_id}",
        client_id: CLIENT_ID,
        narrow: Some("read"),
        narrow_is_told: "the token lacks write",
    },
    Vendor {
        name: "okta",
        auth: r#"method = "service_app", key_id = "k1""#,
        credential: KEY,
        token_route: "POST /oauth2/v1/token",
        update_route: "POST /api/v1/users/{id}",
        client_id: SERVICE,
        narrow: Some("okta.users.manage"),
        narrow_is_told: "invalid_scope",
    },
    Vendor {
        name: "box",
        auth: r#"method = "ccg", token_url = "/oauth2/token""#,
        credential: CLIENT_SECRET,
        token_route: "POST /oauth2/token",
        update_route: "PUT /users/{user_id}",
        client_id: CLIENT_ID,
        narrow: None,
        narrow_is_told: "",
    },
];

impl Vendor {
    /// A gateway whose target works; its tokens live for [`LIFE`].
    async fn gateway(&self) -> Gateway {
        let (auth, client_id) = (self.auth, self.client_id);
        Gateway::with(Options {
            vendor: self.name,
            target: format!("{USUAL}\nauth = {{ {auth}, client_id = \"{client_id}\" }}"),
            credential: self.credential,
            seed: self.seed(None),
            ..Options::default()
        })
        .await
    }

    /// What the twin knows of the client, with these scopes alone if any are named.
    fn seed(&self, scopes: Option<&str>) -> Value {
        let mut client =
            json!({ "id": self.client_id, "access_seconds": LIFE.as_secs(), "scopes": scopes.map(|scope| [scope]) });
        if self.client_id == SERVICE {
            let [x, y] = POINT;
            client["jwks"] =
                json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "kid": "k1", "x": x, "y": y }] });
        } else {
            client["secret"] = self.credential.into();
        }
        let mut seed = json!({ "per_minute": 100_000, "oauth": { "clients": [client] } });
        if self.client_id == SERVICE {
            seed["app_roles"] = json!({ SERVICE: "SUPER_ADMIN" });
        }
        seed
    }

    /// All tokens end.
    async fn revoke(&self, gateway: &Gateway) {
        let revoked = json!({ "oauth": { "revoked": [self.client_id] } });
        gateway.twin.seed(revoked).await;
        gateway.twin.forget_calls().await;
    }

    /// Waits until nothing is pending; those have an account then.
    async fn have_arrived(&self, gateway: &Gateway, names: &[&str]) {
        gateway.is("working").await;
        gateway.settled().await;
        let arrived: Vec<_> = gateway.twin.people(self.name).await.into_keys().collect();
        let expected: Vec<_> = names.iter().map(|name| format!("{name}@example.com")).collect();
        assert_eq!(arrived, expected, "{}", self.name);
    }

    async fn calls(&self, gateway: &Gateway, route: &str) -> u64 {
        gateway.twin.calls().await["routes"][route].as_u64().unwrap_or(0)
    }
}

/// Changes go on over the lives of several tokens. None of them meets a token that has ended, which would cost a second
/// call; and of those that come at the same time one renews.
#[tokio::test]
async fn tokens_are_renewed_early_and_by_one_caller_only() {
    join_all(VENDORS.iter().map(check_renewal)).await;
}

async fn check_renewal(vendor: &Vendor) {
    let began = Instant::now();
    let gateway = vendor.gateway().await;
    let mut people = Vec::new();
    for n in 0..AT_ONCE {
        people.push(create(&gateway, &format!("p{n}")).await);
    }
    gateway.settled().await;
    gateway.twin.forget_calls().await;
    let mut waves = 0;
    let mut tokens = 0;
    while tokens < 2 {
        waves += 1;
        let name = json!([{ "op": "replace", "path": "displayName", "value": format!("wave {waves}") }]);
        let changes = people.iter().map(|person| gateway.acme.patch(person, name.clone()));
        for answer in join_all(changes).await {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        tokens = vendor.calls(&gateway, vendor.token_route).await;
    }
    let lives = began.elapsed().as_secs_f64() / (LIFE.as_secs_f64() * 0.8);
    assert!(
        tokens as f64 <= lives,
        "{}: {tokens} tokens in {lives} lives",
        vendor.name
    );
    gateway.settled().await;
    let updates = vendor.calls(&gateway, vendor.update_route).await;
    // Without a renewal ahead of time each of the two would have cost calls; one may come late where the machine stood still.
    let useful = waves * AT_ONCE as u64;
    assert!(
        (useful..=useful + 1).contains(&updates),
        "{}: {updates} calls for {useful} changes",
        vendor.name
    );
    gateway.stop().await;
}

/// The vendor ends all tokens: calls under way are made again with one new token.
#[tokio::test]
async fn tokens_that_the_vendor_ends_are_replaced_once() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        vendor.revoke(&gateway).await;
        let names = ["p0", "p1", "p2", "p3"];
        let people = names.map(user);
        for answer in join_all(people.iter().map(|person| gateway.acme.post("/Users", person))).await {
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        vendor.have_arrived(&gateway, &names).await;
        assert_eq!(vendor.calls(&gateway, vendor.token_route).await, 1, "{}", vendor.name);
        gateway.stop().await;
    }
}

/// The vendor has given a token, and nobody heard of it: it is asked for another, and nobody has to do anything.
#[tokio::test]
async fn the_answer_with_a_token_is_lost() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        vendor.revoke(&gateway).await;
        gateway.twin.fail(vendor.token_route, "close-after", Some(1)).await;
        create(&gateway, "ann").await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        assert!(
            !gateway.twin.awaits_fault().await,
            "{}: an answer was lost",
            vendor.name
        );
        assert_eq!(vendor.calls(&gateway, vendor.token_route).await, 2, "{}", vendor.name);
        gateway.stop().await;
    }
}

/// The client is given less than it asks for: that is told, nothing is sent with such a token, and nothing is lost.
#[tokio::test]
async fn a_token_with_less_than_was_asked_for_stops_the_target() {
    for vendor in VENDORS {
        let Some(narrow) = vendor.narrow else { continue };
        let gateway = vendor.gateway().await;
        gateway.twin.seed(vendor.seed(Some(narrow))).await;
        vendor.revoke(&gateway).await;
        create(&gateway, "ann").await;
        gateway.is("unauthorized").await;
        let report = gateway.report(vendor.name).await;
        let reason = report.reason.unwrap_or_default();
        assert!(reason.contains(vendor.narrow_is_told), "{}: {reason}", vendor.name);
        assert_eq!((report.pending, report.needs_consent), (1, false), "{}", vendor.name);
        assert!(gateway.twin.people(vendor.name).await.is_empty(), "{}", vendor.name);
        gateway.twin.seed(vendor.seed(None)).await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        gateway.stop().await;
    }
}
