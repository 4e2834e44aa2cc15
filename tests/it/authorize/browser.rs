//! A browser that an administrator steers by hand: it follows nothing by itself.
#![expect(
    clippy::disallowed_methods,
    reason = "a browser is no part of the gateway, whose client guards addresses"
)]

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use crate::harness::{Gateway, PUBLIC_URL};

/// Opens the consent page and presses a button; answers where the vendor sends the person. A vendor that does not give
/// this client what it asks for sends the person back without a page.
pub(crate) async fn consents(url: &str, button: &str) -> Url {
    let page = browser().get(url).send().await.expect("a page");
    if page.status() == StatusCode::FOUND {
        return location(&page);
    }
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
    location(&answer)
}

fn location(answer: &Response) -> Url {
    let location = answer.headers()["location"].to_str().expect("a URL");
    Url::parse(location).expect("a URL")
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Follows the way back to the gateway; the status and the page.
pub(super) async fn follow(gateway: &Gateway, url: Url) -> (StatusCode, String) {
    follow_at(gateway.addr().port(), url).await
}

/// The same to a gateway that listens there.
pub(crate) async fn follow_at(port: u16, mut url: Url) -> (StatusCode, String) {
    assert!(url.as_str().starts_with(PUBLIC_URL), "{url}");
    url.set_port(Some(port)).expect("a URL with a host");
    let answer = browser().get(url).send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("a page"))
}

/// The URL with this value of a parameter, or without it.
pub(crate) fn with(mut url: Url, name: &str, value: Option<&str>) -> Url {
    let pairs: Vec<_> = url
        .query_pairs()
        .into_owned()
        .filter(|(key, _)| key != name)
        .chain(value.map(|value| (name.to_owned(), value.to_owned())))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

fn browser() -> Client {
    Client::builder().redirect(Policy::none()).build().expect("a client")
}
