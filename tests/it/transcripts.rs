//! What identity providers send, replayed against directories with and without a target.
use std::ops::RangeInclusive;

use conformance::suite;
use conformance::transcripts::{self, Options};
use insta::assert_json_snapshot;

use crate::harness::{Gateway, Scim, directory};

/// A directory that takes requests to the letter of the RFCs.
const STRICT: &str = "dialect = \"strict\"";

/// Whoever is deleted is out of their teams by that, if their turn comes before the teams' does.
const REMOVAL: &str = "DELETE /teams/{id}/users/{user_id}";
const REMOVALS: RangeInclusive<u64> = 16..=18;

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
    let mut writes = gateway.twin.writes().await;
    let removals = writes.as_object_mut().and_then(|writes| writes.shift_remove(REMOVAL));
    let removals = removals.and_then(|count| count.as_u64());
    assert!(removals.is_some_and(|count| REMOVALS.contains(&count)), "{removals:?}");
    assert_json_snapshot!(writes, @r#"
    {
      "DELETE /teams/{id}": 16,
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
