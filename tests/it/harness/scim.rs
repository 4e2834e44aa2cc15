//! A small client of one directory.
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

/// People made by one request.
const BULK: usize = 500;

/// A directory's URL and a token of it.
#[derive(Debug, Clone)]
pub(crate) struct Scim {
    pub(crate) base_url: String,
    pub(crate) token: String,
    client: Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// `null` without a body.
    pub(crate) body: Value,
}

impl Scim {
    pub(crate) fn new(base_url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            token: token.into(),
            client: client(),
        }
    }

    /// One that trusts this certificate, in PEM, and no other.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are no part of the gateway, whose client guards addresses"
    )]
    pub(crate) fn trusting(base_url: impl Into<String>, token: impl Into<String>, certificate: &str) -> Self {
        let certificate = reqwest::Certificate::from_pem(certificate.as_bytes()).expect("a certificate");
        let client = Client::builder().no_proxy().tls_certs_only([certificate]);
        Self {
            client: client.build().expect("a client"),
            ..Self::new(base_url, token)
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.call("PATCH", path, Some(&patch(operations))).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    /// POST to a gateway that may be killed meanwhile; `None` if no answer comes.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.try_call("POST", path, Some(body)).await
    }

    /// PATCH of a gateway that may be killed meanwhile; `None` if no answer comes.
    pub(crate) async fn try_patch(&self, path: &str, operations: Value) -> Option<Answer> {
        self.try_call("PATCH", path, Some(&patch(operations))).await
    }

    /// Creates a resource and answers its id.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> String {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.id()
    }

    /// Creates so many people, `p0` and on, in bulk, and answers their ids.
    pub(crate) async fn create_people(&self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let numbers: Vec<_> = (0..count).collect();
        for some in numbers.chunks(BULK) {
            let operations = some.iter().map(|number| {
                json!({ "method": "POST", "path": "/Users", "bulkId": format!("b{number}"), "data": user(&format!("p{number}")) })
            });
            let operations: Vec<_> = operations.collect();
            let bulk =
                json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
            let answer = self.post("/Bulk", &bulk).await;
            let made = answer.body["Operations"].as_array().expect("an answer for each");
            ids.extend(made.iter().map(|made| {
                let location = made["location"].as_str().unwrap_or_else(|| panic!("{made}"));
                location.rsplit('/').next().expect("an id").to_owned()
            }));
        }
        ids
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.try_call(method, path, body).await;
        answer.unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }

    /// Any request to a gateway that may be killed meanwhile; `None` if no answer comes.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are the IdP here, and speak to the gateway themselves"
    )]
    pub(crate) async fn try_call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let method = method.parse().expect("a method");
        let request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.token);
        let request = match body {
            Some(body) => request
                .header("content-type", "application/scim+json")
                .body(body.to_string()),
            None => request,
        };
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().expect("these headers are text").to_owned())
        };
        let (etag, retry_after) = (header("etag"), header("retry-after"));
        let body = response.bytes().await.ok()?;
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).expect("answers are JSON")
        };
        Some(Answer {
            status,
            etag,
            retry_after,
            body,
        })
    }
}

impl Answer {
    /// The resource's id.
    pub(crate) fn id(&self) -> String {
        self.body["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id in {self:?}"))
            .to_owned()
    }
}

/// An HTTP client of tests.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are no part of the gateway, whose client guards addresses"
)]
pub(super) fn client() -> Client {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(60));
    client.build().expect("a client")
}

/// A person of this name, with an e-mail address at example.com.
pub(crate) fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@example.com"),
        "externalId": name,
        "displayName": name,
        "active": true,
        "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
    })
}

/// A group of this name with members of these ids.
pub(crate) fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": members,
    })
}

/// A PatchOp message.
pub(crate) fn patch(operations: Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}
