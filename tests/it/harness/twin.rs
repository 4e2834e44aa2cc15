//! A look at a vendor's twin, and faults for it.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use super::Prism;
use super::people;
use super::scim::client;

/// A running twin.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    pub(crate) base_url: String,
    /// The vendor's contract before it, where it was asked for and there is one.
    pub(crate) prism: Option<Arc<Prism>>,
    client: Client,
}

impl Twin {
    pub(crate) fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            prism: None,
            client: client(),
        }
    }

    /// Its whole state.
    pub(crate) async fn state(&self) -> Value {
        self.control("GET", "state", None).await
    }

    /// The accounts of people, without the owner that every fresh account has.
    pub(crate) async fn users(&self) -> Vec<Value> {
        let state = self.state().await;
        let users = state["users"].as_array().expect("a list of users").iter();
        users.filter(|user| user["role"] != "owner").cloned().collect()
    }

    /// The account with this e-mail address.
    pub(crate) async fn user(&self, email: &str) -> Option<Value> {
        self.users().await.into_iter().find(|user| user["email"] == email)
    }

    /// How the accounts of people stand, by e-mail address, without those that every fresh account of the vendor has.
    pub(crate) async fn people(&self, vendor: &str) -> BTreeMap<String, String> {
        people::at(vendor, &self.state().await)
    }

    /// How often each route was called, and all of them.
    pub(crate) async fn calls(&self) -> Value {
        self.control("GET", "calls", None).await
    }

    /// Begins to count anew.
    pub(crate) async fn forget_calls(&self) {
        self.control("DELETE", "calls", None).await;
    }

    /// Makes a route (`*`: each) fail so many times, or until [`Self::heal`].
    pub(crate) async fn fail(&self, route: &str, fault: &str, times: Option<u32>) {
        let fault = json!({ "route": route, "fault": fault, "times": times, "delay_ms": 0 });
        self.control("POST", "faults", Some(fault)).await;
    }

    /// Makes a route meet a fault once, with this delay: `slow` answers so late.
    pub(crate) async fn delay(&self, route: &str, fault: &str, delay: Duration) {
        let delay_ms = u64::try_from(delay.as_millis()).expect("a short time");
        let fault = json!({ "route": route, "fault": fault, "times": 1, "delay_ms": delay_ms });
        self.control("POST", "faults", Some(fault)).await;
    }

    /// Whether calls may still meet a fault.
    pub(crate) async fn awaits_fault(&self) -> bool {
        self.control("GET", "faults", None).await != 0
    }

    /// Brings about what no call of the vendor's API can, such as open incidents.
    pub(crate) async fn seed(&self, state: Value) {
        self.control("POST", "seed", Some(state)).await;
    }

    /// Opens an incident that keeps the account from being deleted, in place of those that are open.
    pub(crate) async fn open_incident(&self, account: &Value) {
        self.seed(json!({ "incidents": [{ "assigned": account["id"] }] })).await;
    }

    /// Ends all incidents.
    pub(crate) async fn close_incidents(&self) {
        self.seed(json!({ "incidents": [] })).await;
    }

    /// How often each route was called, but for reads.
    pub(crate) async fn writes(&self) -> Value {
        let mut routes = self.calls().await["routes"].clone();
        let counts = routes.as_object_mut().expect("counts of routes");
        counts.retain(|route, _| !route.starts_with("GET "));
        routes
    }

    /// Ends all faults.
    pub(crate) async fn heal(&self) {
        self.control("DELETE", "faults", None).await;
    }

    #[expect(clippy::disallowed_methods, reason = "tests look into the twin themselves")]
    async fn control(&self, method: &str, name: &str, body: Option<Value>) -> Value {
        let method = method.parse().expect("a method");
        let request = self.client.request(method, format!("{}/__twin/{name}", self.base_url));
        let request = match body {
            Some(body) => request.body(body.to_string()),
            None => request,
        };
        let response = request.send().await.expect("the twin answers");
        assert!(response.status().is_success(), "{name}: {response:?}");
        let body = response.bytes().await.expect("the whole answer arrives");
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    }
}
