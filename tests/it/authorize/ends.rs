//! How long a target is authorized, as `usherd status` says it, and the alarm before the end.
use conformance::twins::CLIENT_ID;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use usherd::clock::{Clock as _, SystemClock};

use super::consent::wait_for_the_end_of_access;
use super::vendor::{VENDORS, change_client, create};
use crate::contract;
use crate::harness::{AtTwin, Installation, directory};

#[tokio::test]
async fn status_says_how_long_a_consent_holds() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        let report = gateway.report(vendor.name).await;
        assert_eq!(
            (report.needs_consent, report.authorized_until),
            (true, None),
            "{report:?}"
        );
        vendor.consent(&gateway).await;
        create(&gateway, "ann").await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        let report = gateway.report(vendor.name).await;
        let days = |until: Timestamp| until.duration_since(SystemClock.now()).as_hours() / 24 + 1;
        assert_eq!(
            (report.authorized_until.map(days), report.needs_consent),
            (vendor.days, false),
            "{report:?}"
        );
        // The twin's server has forgotten what it gave, and access with it.
        gateway.twin.seed(json!({ "oauth": { "revoked": [CLIENT_ID] } })).await;
        create(&gateway, "bob").await;
        gateway.is("unauthorized").await;
        assert!(gateway.report(vendor.name).await.needs_consent, "{}", vendor.name);
        gateway.stop().await;
    }
}

/// Okta gives no refresh token to a client that does not ask for one: access ends, and a new consent is taken up.
#[tokio::test]
async fn a_consent_without_a_refresh_token_is_renewed_by_another() {
    let vendor = VENDORS
        .into_iter()
        .find(|vendor| vendor.name == "okta")
        .expect("it is there");
    let scopes = ["users", "groups", "roles"].map(|of| format!("\"okta.{of}.read\", \"okta.{of}.manage\""));
    let gateway = vendor
        .gateway_with(&format!(", scopes = [{}]", scopes.join(", ")))
        .await;
    // Long enough that one person arrives on a busy machine.
    change_client(&gateway, json!({ "access_seconds": 6 })).await;
    vendor.consent(&gateway).await;
    create(&gateway, "ann").await;
    gateway.settled().await;
    wait_for_the_end_of_access(&gateway).await;
    create(&gateway, "bob").await;
    gateway.is("unauthorized").await;
    assert!(gateway.report("okta").await.needs_consent);
    change_client(&gateway, json!({})).await;
    vendor.consent(&gateway).await;
    vendor.have_arrived(&gateway, &["ann", "bob"]).await;
    let report = gateway.report("okta").await;
    assert!(report.authorized_until.is_some() && !report.needs_consent, "{report:?}");
    gateway.stop().await;
}

#[tokio::test]
async fn the_end_of_a_declared_credential_is_shown_and_alarmed_before() {
    let (running, twin) = contract::start("calendly-scim").await;
    let target = AtTwin {
        name: "calendly",
        directory: "acme",
        vendor: "calendly-scim",
        base_url: &twin.base_url,
    };
    let tomorrow: Timestamp = SystemClock.now() + SignedDuration::from_hours(23);
    let declared = directory("acme", "") + &target.toml(&format!("auth = {{ expires = \"{tomorrow:.0}\" }}"));
    let mut installation = Installation::start(&declared).await;
    let alarm = installation.logged("the authorization of a target ends");
    assert_eq!(
        (&alarm["level"], &alarm["target.name"], &alarm["ends"]),
        (&json!("ERROR"), &json!("calendly"), &json!(format!("{tomorrow:.0}")))
    );
    let status = installation.status();
    let until: Timestamp = status[0]["authorized_until"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("a time");
    assert_eq!(until.as_second(), tomorrow.as_second());
    let told = installation.command(&["status"]);
    assert!(told.contains(&format!("  authorized until {tomorrow:.0}\n")), "{told}");
    assert_eq!(installation.stop().await, Some(0));
    running.stop().await;
}
