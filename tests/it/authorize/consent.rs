//! A person's consent, from the printed URL to the first account, and every way in which it can go wrong.
use conformance::twins::CLIENT_ID;
use jiff::Timestamp;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use usherd::clock::{Clock as _, SystemClock};

use super::browser::{Browser, with};
use super::vendor::{VENDORS, Vendor, change_client, create};
use crate::harness::{Gateway, until};

#[tokio::test]
async fn a_target_waits_for_the_consent_and_loses_nothing() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        create(&gateway, "ann").await;
        assert!(vendor.people(&gateway).await.is_empty(), "nothing can be sent yet");
        let browser = Browser::of(&gateway);
        let back = browser.consents(&vendor.begin(&gateway), "allow").await;
        let (status, page) = browser.follows(back.clone()).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(browser.kept().is_empty(), "the cookie has served");
        vendor.have_arrived(&gateway, &["ann"]).await;
        let (status, page) = browser.follows(back).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "a state works once: {page}");
        create(&gateway, "bob").await;
        vendor.have_arrived(&gateway, &["ann", "bob"]).await;
        gateway.stop().await;
    }
}

/// How somebody comes back.
type Answers = fn(Url) -> Url;

#[tokio::test]
async fn what_is_not_the_answer_to_this_consent_is_refused() {
    let rows: [(&str, Answers, &str); 6] = [
        ("allow", |back| with(back, "state", Some("made-up")), "begin anew"),
        ("allow", |back| with(back, "state", None), "begin anew"),
        (
            "allow",
            |back| with(back, "iss", Some("https://other.example")),
            "another authorization server",
        ),
        ("allow", |back| with(back, "code", Some("made-up")), "invalid_grant"),
        ("allow", |back| with(back, "code", None), "the vendor says"),
        ("deny", |back| back, "access_denied"),
    ];
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        for (button, changed, told) in rows {
            let browser = Browser::of(&gateway);
            let back = browser.consents(&vendor.begin(&gateway), button).await;
            let (status, page) = browser.follows(changed(back)).await;
            let name = vendor.name;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{name} {told}: {page}");
            assert!(page.contains(told), "{name} {told}: {page}");
        }
        change_client(&gateway, json!({ "code_seconds": 0 })).await;
        check_refused(&vendor, &gateway, "invalid_grant").await;
        change_client(&gateway, json!({ "scopes": [vendor.narrow] })).await;
        check_refused(&vendor, &gateway, vendor.narrow_is_told).await;
        assert!(gateway.administration().authorize("nothing").is_err());
        create(&gateway, "ann").await;
        assert!(
            vendor.people(&gateway).await.is_empty(),
            "{}: none of that was a consent",
            vendor.name
        );
        change_client(&gateway, json!({})).await;
        vendor.consent(&gateway).await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        gateway.stop().await;
    }
}

/// A link belongs to the browser that opened it first, and only that browser brings the vendor's answer.
#[tokio::test]
async fn a_consent_is_of_the_browser_in_which_it_was_begun() {
    let other = "another browser";
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        let (first, second) = (Browser::of(&gateway), Browser::of(&gateway));
        let link = vendor.begin(&gateway);
        let page = first.opens(&link).await.expect("a consent page");
        assert_eq!(first.opens(&link).await.expect("a page opened again"), page);
        let (status, told) = second.opens(&link).await.expect_err("a link that is opened");
        assert!(status == StatusCode::BAD_REQUEST && told.contains(other), "{told}");
        let back = first.consents(&link, "allow").await;
        let (status, told) = second.follows(back.clone()).await;
        assert!(status == StatusCode::BAD_REQUEST && told.contains(other), "{told}");
        create(&gateway, "ann").await;
        assert!(vendor.people(&gateway).await.is_empty(), "none of that was a consent");
        let (status, told) = first.follows(back.clone()).await;
        assert_eq!(status, StatusCode::OK, "nobody else has ended it: {told}");
        vendor.have_arrived(&gateway, &["ann"]).await;
        let (status, told) = first.follows(back).await;
        assert!(
            status == StatusCode::BAD_REQUEST && told.contains("begin anew"),
            "{told}"
        );
        gateway.stop().await;
    }
}

/// Somebody else consents before the former one leaves: it is asked at once whose account that is, and it is used.
#[tokio::test]
async fn a_consent_while_the_former_one_works_is_begun_with_at_once() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        vendor.consent(&gateway).await;
        create(&gateway, "ann").await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        gateway.twin.forget_calls().await;
        vendor.consent(&gateway).await;
        until("the account is asked for", async || {
            let calls = gateway.twin.calls().await;
            let calls = calls.as_object().expect("routes").keys().cloned();
            let is_of_oauth = |route: &String| ["oauth", "/token", "authorize"].iter().any(|word| route.contains(word));
            (calls.filter(|route| !is_of_oauth(route)).count() > 0).then_some(())
        })
        .await;
        create(&gateway, "bob").await;
        vendor.have_arrived(&gateway, &["ann", "bob"]).await;
        gateway.stop().await;
    }
}

async fn check_refused(vendor: &Vendor, gateway: &Gateway, told: &str) {
    let browser = Browser::of(gateway);
    let back = browser.consents(&vendor.begin(gateway), "allow").await;
    let (status, page) = browser.follows(back).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{}: {page}", vendor.name);
    assert!(page.contains(told), "{}: {page}", vendor.name);
}

/// The vendor takes the consent back; who comes and who leaves waits; after a new consent all of it arrives.
#[tokio::test]
async fn a_consent_that_is_taken_back_stops_the_target_until_there_is_another() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        vendor.consent(&gateway).await;
        let ann = create(&gateway, "ann").await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        gateway.twin.seed(json!({ "oauth": { "revoked": [CLIENT_ID] } })).await;
        create(&gateway, "bob").await;
        assert_eq!(gateway.acme.delete(&ann).await.status, 204);
        gateway.is("unauthorized").await;
        create(&gateway, "cid").await;
        let report = gateway.report(vendor.name).await;
        assert_eq!((report.pending, report.leavers, report.parked), (3, 1, 0), "{report:?}");
        let reason = report.reason.unwrap_or_default();
        assert!(reason.contains("usherd target authorize"), "{}: {reason}", vendor.name);
        vendor.consent(&gateway).await;
        vendor.have_arrived(&gateway, &["bob", "cid"]).await;
        gateway.stop().await;
    }
}

/// The vendor has renewed the tokens, and nobody heard of it. Where the former refresh token still works it goes on by
/// itself; elsewhere somebody must consent again, and nothing is lost meanwhile.
#[tokio::test]
async fn the_answer_to_a_renewal_is_lost() {
    for vendor in VENDORS {
        let gateway = vendor.gateway().await;
        change_client(&gateway, json!({ "access_seconds": 1 })).await;
        vendor.consent(&gateway).await;
        create(&gateway, "ann").await;
        vendor.have_arrived(&gateway, &["ann"]).await;
        gateway.twin.fail(vendor.token_route, "close-after", Some(1)).await;
        let names = ["ann", "bob", "cid"];
        if vendor.rotates {
            wait_for_the_end_of_access(&gateway).await;
            create(&gateway, "bob").await;
            gateway.is("unauthorized").await;
            change_client(&gateway, json!({})).await;
            vendor.consent(&gateway).await;
        } else {
            wait_for_the_end_of_access(&gateway).await;
            create(&gateway, "bob").await;
        }
        vendor.have_arrived(&gateway, &names[..2]).await;
        create(&gateway, "cid").await;
        vendor.have_arrived(&gateway, &names).await;
        gateway.stop().await;
    }
}

/// Waits until no access token that the twin has given is good any more.
pub(super) async fn wait_for_the_end_of_access(gateway: &Gateway) {
    until("access has ended", async || {
        let state = gateway.twin.state().await;
        let now = SystemClock.now();
        let tokens = state["oauth_tokens"].as_array().expect("a list").clone();
        let lives = |token: &Value| {
            let given: Timestamp = token["issued_at"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .expect("a time");
            now.duration_since(given).as_secs() <= token["seconds"].as_i64().expect("a number")
        };
        (!tokens.iter().any(lives)).then_some(())
    })
    .await;
}
