//! Vendors and authorization servers that say back what they were sent.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::client::oauth::{Client, Verifier};
use adapters::client::{Answer, Connection, Credential, Gate, InProcess, Limits, Request};
use adapters::{Adapter, Error};
use async_trait::async_trait;
use conformance::twins;
use jiff::Timestamp;
use serde_json::json;

use crate::fuzz::entries::verbs;

/// A vendor that says back all that it is sent, in the place where vendors have their words.
fn echo(status: u16, sent: Arc<Mutex<String>>) -> InProcess {
    InProcess::new(move |request, _| {
        let answer = echoed(status, &request);
        *sent.lock().expect("nobody panics") += &format!("{:?}", request.headers);
        Box::pin(async move { Ok(answer) })
    })
}

fn echoed(status: u16, request: &Request) -> Answer {
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let words = format!("{:?} {} {body}", request.headers, request.path);
    let body = json!({
        "error": { "code": 2001, "message": words, "errors": [words] },
        "message": words, "title": words, "detail": words, "description": words, "error_description": words,
        "errorCode": "E0000001", "errorSummary": words, "errorCauses": [{ "errorSummary": words }],
        "details": { "value": [{ "description": words }] }, "schemas": [schemas::urn::ERROR],
    });
    Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

/// What the verbs of an adapter say of their failures.
async fn failures(adapter: &dyn Adapter) -> Vec<Error> {
    let mut errors = Vec::new();
    verbs::every(adapter, &mut |_, told| errors.extend(told.err())).await;
    errors
}

/// What a vendor says is shown to people; the credential never is, even if the vendor says it.
#[tokio::test]
async fn a_vendor_that_echoes_the_credential_does_not_publish_it() {
    let secret = "s3cr3t-0123456789-abcdef";
    let mut told = 0;
    for vendor in adapters::VENDORS {
        let name = &(vendor.descriptor)().name;
        for status in [302, 400, 401, 403, 404, 409, 422, 429, 500, 503] {
            let sent = Arc::new(Mutex::new(String::new()));
            let connection = Connection {
                base_url: "https://vendor.example".to_owned(),
                credential: Credential::new(secret.into()),
                transport: Arc::new(echo(status, Arc::clone(&sent))),
                gate: Arc::new(Open),
                deadline: Duration::from_secs(1),
                read_lag: Duration::ZERO,
            };
            let settings = twins::by_vendor(name, 1).expect("a twin").settings();
            let adapter = (vendor.connect)(settings, connection).expect("it is set up");
            for error in failures(adapter.as_ref()).await {
                assert!(
                    !format!("{error} {error:?}").contains(secret),
                    "{name} {status}: {error:?}"
                );
                told += 1;
            }
            assert!(
                sent.lock().expect("nobody panics").contains(secret),
                "{name} sends its credential"
            );
        }
    }
    assert!(told > 500, "{told}");
}

/// The same of the codes, secrets and tokens of an authorization.
#[tokio::test]
async fn an_authorization_server_that_echoes_secrets_does_not_publish_them() {
    let (code, secret) = ("c0de-0123456789-abcdef", "s3cr3t-0123456789-abcdef");
    for (vendor, method) in [
        ("pagerduty", "oauth"),
        ("zendesk", "oauth"),
        ("okta", "authorization_code"),
    ] {
        let descriptor = (adapters::vendor(vendor).expect("a vendor").descriptor)();
        for status in [302, 400, 401, 403, 429, 500] {
            let client = Client {
                vendor: &descriptor.name,
                method: descriptor.auth_method(Some(method)).expect("a method"),
                token_url: "https://vendor.example/token".to_owned(),
                client_id: "usherd".to_owned(),
                secret: secret.into(),
                key_id: None,
                scopes: Vec::new(),
                token_parameters: Default::default(),
                transport: Arc::new(echo(status, Arc::default())),
                deadline: Duration::from_secs(1),
            };
            let verifier = Verifier::draw().expect("random bytes");
            let way = ("https://usherd.example/back", &verifier);
            let error = client.redeem(&code.into(), way, Timestamp::UNIX_EPOCH).await.err();
            let error = format!("{:?}", error.expect("a refusal"));
            assert!(
                !error.contains(code) && !error.contains(secret),
                "{vendor} {status}: {error}"
            );
        }
    }
}
