//! A person's consent, from the printed URL to the first account, and every way in which it can go wrong.
#![expect(
    clippy::disallowed_methods,
    reason = "a browser is no part of the gateway, whose client guards addresses"
)]

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};

use crate::harness::{Gateway, Options, PUBLIC_URL, user};

/// The twin's own client; see its authorization server.
const TARGET: &str = r#"call_deadline_ms = 1000
read_lag_ms = 100
auth = { method = "oauth", client_id = "usherd", authorize_url = "/oauth/authorize", token_url = "/oauth/token" }"#;

/// A browser that an administrator steers by hand: it follows nothing by itself.
fn browser() -> Client {
    Client::builder().redirect(Policy::none()).build().expect("a client")
}

async fn gateway() -> Gateway {
    Gateway::with(Options {
        target: TARGET.to_owned(),
        credential: "usherd-secret",
        state: "unauthorized",
        ..Options::default()
    })
    .await
}

/// A person in the directory; answered though nothing can be sent yet.
async fn create(gateway: &Gateway, name: &str) -> Value {
    let answer = gateway.acme.post("/Users", &user(name)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

/// Opens the consent page and presses a button; answers where the vendor sends the person.
async fn consents(url: &str, button: &str) -> Url {
    let page = browser().get(url).send().await.expect("a page");
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.expect("a page of text");
    let field = |tag: &str, key: &str| {
        let (_, rest) = tag.split_once(&format!("{key}=\""))?;
        rest.split_once('"').map(|(value, _)| unescaped(value))
    };
    let inputs = page
        .split("<input")
        .skip(1)
        .filter_map(|tag| Some((field(tag, "name")?, field(tag, "value")?)));
    let mut form: Vec<_> = inputs.collect();
    let buttons = page.split("<button").skip(1);
    let pressed = buttons.filter_map(|tag| Some((field(tag, "name")?, field(tag, "value")?)));
    form.extend(pressed.filter(|(_, value)| value.eq_ignore_ascii_case(button)));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form)
        .finish();
    let action = Url::parse(url).expect("a URL");
    let answer = browser()
        .post(action.join(action.path()).expect("a URL"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        answer.status(),
        StatusCode::FOUND,
        "{}",
        answer.text().await.unwrap_or_default()
    );
    let location = answer.headers()["location"].to_str().expect("a URL");
    Url::parse(location).expect("a URL")
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

async fn follow(gateway: &Gateway, mut url: Url) -> (StatusCode, String) {
    assert!(url.as_str().starts_with(PUBLIC_URL), "{url}");
    url.set_port(Some(gateway.addr().port())).expect("a URL with a host");
    let answer = browser().get(url).send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("a page"))
}

fn with(mut url: Url, name: &str, value: Option<&str>) -> Url {
    let pairs: Vec<_> = url
        .query_pairs()
        .into_owned()
        .filter(|(key, _)| key != name)
        .chain(value.map(|value| (name.to_owned(), value.to_owned())))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

#[tokio::test]
async fn a_target_waits_for_the_consent_and_loses_nothing() {
    let gateway = gateway().await;
    let ann = create(&gateway, "ann").await;
    assert_eq!(
        gateway.twin.users().await.len(),
        0,
        "only the owner: nothing can be sent yet"
    );
    let url = gateway.administration().authorize("pagerduty").expect("a consent page");
    let back = consents(&url, "allow").await;
    let (status, page) = follow(&gateway, back.clone()).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    gateway.settled().await;
    assert_eq!(gateway.twin.users().await.len(), 1, "{ann}");
    let (status, page) = follow(&gateway, back).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a state works once: {page}");
    gateway.stop().await;
}

#[tokio::test]
async fn what_is_not_the_answer_to_this_consent_is_refused() {
    let gateway = gateway().await;
    let begin = || gateway.administration().authorize("pagerduty").expect("a consent page");
    let back = consents(&begin(), "allow").await;
    let (status, page) = follow(&gateway, with(back.clone(), "state", Some("made-up"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    let (status, page) = follow(&gateway, with(back.clone(), "state", None)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    let (status, page) = follow(&gateway, with(back, "iss", Some("https://other.example"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    assert!(page.contains("another authorization server"), "{page}");
    let back = consents(&begin(), "allow").await;
    let (status, page) = follow(&gateway, with(back, "code", Some("made-up"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    assert!(page.contains("invalid_grant"), "{page}");
    let denied = consents(&begin(), "deny").await;
    let (status, page) = follow(&gateway, denied).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    assert!(page.contains("access_denied"), "{page}");
    assert!(gateway.administration().authorize("nothing").is_err());
    gateway.stop().await;
}

/// The vendor takes the consent back; people wait; after a new consent all of them arrive.
#[tokio::test]
async fn a_consent_that_is_taken_back_stops_the_target_until_there_is_another() {
    let gateway = gateway().await;
    let url = gateway.administration().authorize("pagerduty").expect("a consent page");
    follow(&gateway, consents(&url, "allow").await).await;
    create(&gateway, "ann").await;
    gateway.settled().await;
    gateway.twin.seed(json!({ "oauth": { "revoked": ["usherd"] } })).await;
    create(&gateway, "bob").await;
    gateway.is("unauthorized").await;
    let url = gateway.administration().authorize("pagerduty").expect("a consent page");
    follow(&gateway, consents(&url, "allow").await).await;
    gateway.settled().await;
    assert_eq!(gateway.twin.users().await.len(), 2);
    gateway.stop().await;
}
