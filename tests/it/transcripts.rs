//! What identity providers send, replayed against directories with and without a target.
use conformance::suite;
use conformance::transcripts::{self, Options};
use usherd::config::Declarations;
use usherd::service::administration::{Apply, Declared};

use crate::harness::{Gateway, Scim};

/// A directory that takes requests to the letter of the RFCs.
const STRICT: &str = "[[directory]]\nname = \"plain\"\ndialect = \"strict\"";

async fn play(scim: &Scim, expect_red: bool) -> suite::Report {
    let server = suite::Server {
        base_url: scim.base_url.clone(),
        token: scim.token.clone(),
    };
    let options = Options {
        expect_red,
        ..Options::default()
    };
    let report = transcripts::run_all(&server, options).await.expect("transcripts parse");
    assert_eq!(report.failed(), 0, "{report}");
    report
}

#[tokio::test]
async fn every_idp_is_served_without_a_target() {
    let gateway = Gateway::start().await;
    let report = play(&gateway.plain, false).await;
    assert_eq!(report.skipped(), 0, "{report}");
    gateway.stop().await;
}

#[tokio::test]
async fn every_idp_is_served_with_a_target() {
    let gateway = Gateway::start().await;
    let report = play(&gateway.acme, false).await;
    assert_eq!(report.skipped(), 0, "{report}");
    gateway.settled().await;
    assert!(
        gateway.twin.users().await.is_empty(),
        "what was created was deleted at the end"
    );
    assert!(gateway.twin.calls().await["routes"]["POST /users"].as_u64() > Some(10));
    gateway.stop().await;
}

#[tokio::test]
async fn without_normalisation_those_that_need_it_fail() {
    let gateway = Gateway::start().await;
    let declared = Declarations::parse(STRICT, "test").unwrap_or_else(|faults| panic!("{faults}"));
    let declared = Declared {
        directories: declared.directories,
        targets: Vec::new(),
    };
    let applied = gateway.administration().apply(&declared, Apply::default()).await;
    applied.expect("it can be declared");
    let report = play(&gateway.plain, true).await;
    assert!(report.passed() > 0, "{report}");
    gateway.stop().await;
}
