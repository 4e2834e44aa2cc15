//! The vendors that are asked for consent.
use conformance::twins::{CLIENT_ID, CLIENT_SECRET};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::browser::Browser;
use crate::harness::{Gateway, Options, PUBLIC_URL, agree, user};

/// Quick, and without a pace that a test would feel.
pub(super) const USUAL: &str = "call_deadline_ms = 1000\nread_lag_ms = 100\ncalls_per_minute = 100000";

/// A vendor whose twin has a consent page.
pub(super) struct Vendor {
    pub(super) name: &'static str,
    /// What the target says of its authorization, besides the client.
    auth: &'static str,
    /// Where the twin gives tokens.
    pub(super) token_route: &'static str,
    /// A scope of those that are asked for, but not all.
    pub(super) narrow: &'static str,
    /// What is said of a consent that covers no more than that.
    pub(super) narrow_is_told: &'static str,
    /// How many days a consent holds from each renewal on, as far as the vendor says.
    pub(super) days: Option<i64>,
    /// Whether a refresh token works until it is used, and no longer.
    pub(super) rotates: bool,
}

/// PagerDuty, Calendly and Box have another host for consent; their twins are both.
pub(super) const VENDORS: [Vendor; 5] = [
    Vendor {
        name: "pagerduty",
        auth: r#"method = "oauth", authorize_url = "/oauth/authorize", token_url = "/oauth/token""#,
        token_route: "POST /oauth/token",
        narrow: "read",
        narrow_is_told: "the token lacks read",
        days: Some(210),
        rotates: true,
    },
    Vendor {
        name: "zendesk",
        auth: r#"method = "oauth""#,
        token_route: "POST /oauth/tokens",
        narrow: "read",
        narrow_is_told: "the token lacks write",
        days: Some(30),
        rotates: true,
    },
    Vendor {
        name: "okta",
        auth: r#"method = "authorization_code""#,
        token_route: "POST /oauth2/v1/token",
        narrow: "okta.users.manage",
        narrow_is_told: "invalid_scope",
        days: None,
        rotates: false,
    },
    Vendor {
        name: "calendly",
        auth: r#"method = "oauth", authorize_url = "/oauth/authorize", token_url = "/oauth/token""#,
        token_route: "POST /oauth/token",
        narrow: "users:read",
        narrow_is_told: "invalid_scope",
        days: None,
        rotates: true,
    },
    Vendor {
        name: "box",
        auth: r#"method = "oauth", authorize_url = "/api/oauth2/authorize", token_url = "/oauth2/token""#,
        token_route: "POST /oauth2/token",
        narrow: "manage_groups",
        narrow_is_told: "invalid_scope",
        days: Some(60),
        rotates: true,
    },
];

impl Vendor {
    /// A gateway whose target nobody has consented to yet.
    pub(super) async fn gateway(&self) -> Gateway {
        self.gateway_with("").await
    }

    /// The same, with this besides in what the target says of its authorization.
    pub(super) async fn gateway_with(&self, more: &str) -> Gateway {
        let auth = self.auth;
        Gateway::with(Options {
            vendor: self.name,
            target: format!("{USUAL}\nauth = {{ {auth}, client_id = \"{CLIENT_ID}\"{more} }}"),
            credential: CLIENT_SECRET,
            state: "unauthorized",
            seed: json!({ "per_minute": 100_000 }),
            ..Options::default()
        })
        .await
    }

    /// The link of an administrator who begins.
    pub(super) fn begin(&self, gateway: &Gateway) -> String {
        let begun = gateway.administration().authorize(self.name);
        begun.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Somebody consents, and the gateway has what it needs.
    pub(super) async fn consent(&self, gateway: &Gateway) {
        let browser = Browser::of(gateway);
        let back = browser.consents(&self.begin(gateway), "allow").await;
        let (status, page) = browser.follows(back).await;
        assert_eq!(status, StatusCode::OK, "{}: {page}", self.name);
    }

    /// Who has an account that lets them in, or an invitation. Box only switches off who is deleted.
    pub(super) async fn people(&self, gateway: &Gateway) -> Vec<String> {
        let people = gateway.twin.people(self.name).await.into_iter();
        people.filter(|(_, how)| how != "out").map(|(email, _)| email).collect()
    }

    /// Waits until those have an account and nothing is pending.
    pub(super) async fn have_arrived(&self, gateway: &Gateway, names: &[&str]) {
        let through = ("working".to_owned(), None, 0);
        agree(&through, async || {
            let report = gateway.report(self.name).await;
            (report.state, report.reason, report.pending)
        })
        .await;
        let expected: Vec<_> = names.iter().map(|name| format!("{name}@example.com")).collect();
        assert_eq!(self.people(gateway).await, expected, "{}", self.name);
    }
}

/// What the twin's authorization server knows of the gateway, with these changes.
pub(super) async fn change_client(gateway: &Gateway, changes: Value) {
    let mut client = json!({
        "id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "redirect_uris": [format!("{PUBLIC_URL}/provision/oauth/callback")],
    });
    let changes = changes.as_object().expect("an object").clone();
    client.as_object_mut().expect("an object").extend(changes);
    gateway.twin.seed(json!({ "oauth": { "clients": [client] } })).await;
}

/// A person in the directory; answered though nothing may be sent yet. The path.
pub(super) async fn create(gateway: &Gateway, name: &str) -> String {
    format!("/Users/{}", gateway.acme.create("/Users", &user(name)).await)
}
