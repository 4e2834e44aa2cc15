//! What identity providers send, replayed against directories with and without a target.
use conformance::suite;
use conformance::transcripts::{self, Options};
use insta::assert_json_snapshot;

use crate::harness::{Gateway, Scim, directory};

/// A directory that takes requests to the letter of the RFCs.
const STRICT: &str = "dialect = \"strict\"";

fn server(scim: &Scim) -> suite::Server {
    suite::Server {
        base_url: scim.base_url.clone(),
        token: scim.token.clone(),
    }
}

async fn play(scim: &Scim) {
    let report = transcripts::run_all(&server(scim), Options::default()).await;
    let report = report.expect("transcripts parse");
    assert_eq!((report.failed(), report.skipped()), (0, 0), "{report}");
    assert!(report.passed() > 0, "{report}");
}

#[tokio::test]
async fn every_idp_is_served_without_a_target() {
    let gateway = Gateway::start().await;
    play(&gateway.plain).await;
    gateway.stop().await;
}

/// Everybody who came has gone at the end, and on the way each change took the calls that it needs.
#[tokio::test]
async fn every_idp_is_served_with_a_target() {
    let gateway = Gateway::start().await;
    play(&gateway.acme).await;
    gateway.settled().await;
    let status = &gateway.administration().status().await.expect("a status")[0];
    assert_eq!((status.state.as_str(), status.parked), ("working", 0), "{status:?}");
    let state = gateway.twin.state().await;
    let left = ["teams", "members"].map(|list| state[list].as_array().map(Vec::len));
    assert_eq!(
        (gateway.twin.users().await.len(), left),
        (0, [Some(0), Some(0)]),
        "{state}"
    );
    assert_json_snapshot!(gateway.twin.writes().await, @r#"
    {
      "DELETE /teams/{id}": 16,
      "DELETE /teams/{id}/users/{user_id}": 16,
      "DELETE /users/{id}": 30,
      "DELETE /users/{id}/contact_methods/{contact_method_id}": 3,
      "POST /teams": 16,
      "POST /users": 30,
      "POST /users/{id}/contact_methods": 13,
      "PUT /teams/{id}": 6,
      "PUT /teams/{id}/users/{user_id}": 19,
      "PUT /users/{id}": 18,
      "PUT /users/{id}/contact_methods/{contact_method_id}": 7
    }
    "#);
    gateway.stop().await;
}

/// Each step that says so needs normalisation, and no other.
#[tokio::test]
async fn what_needs_normalisation_fails_without_it() {
    let gateway = Gateway::start().await;
    let declare = async |strict: bool| {
        let dialect = if strict { STRICT } else { "" };
        gateway.declare(&directory("plain", dialect)).await;
    };
    declare(true).await;
    let report = transcripts::run_flags(&server(&gateway.plain), declare).await;
    let report = report.expect("transcripts parse");
    assert_eq!(report.failed(), 0, "{report}");
    assert!(report.passed() > 0, "{report}");
    gateway.stop().await;
}
