//! A browser that an administrator steers by hand: it follows nothing by itself, and keeps the gateway's cookies.
#![expect(
    clippy::disallowed_methods,
    reason = "a browser is no part of the gateway, whose client guards addresses"
)]

use std::cell::RefCell;

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use crate::harness::{Gateway, PUBLIC_URL};

/// A browser, and what the gateway gave it to keep.
pub(crate) struct Browser {
    port: u16,
    cookies: RefCell<Vec<String>>,
}

impl Browser {
    /// A new one, that knows this gateway.
    pub(crate) fn of(gateway: &Gateway) -> Self {
        Self::at(gateway.addr().port())
    }

    /// The same for a gateway that listens there.
    pub(crate) fn at(port: u16) -> Self {
        Self {
            port,
            cookies: RefCell::default(),
        }
    }

    /// Opens the administrator's link; the vendor's page that it leads to, or what is said instead.
    pub(crate) async fn opens(&self, link: &str) -> Result<Url, (StatusCode, String)> {
        let answer = self.get(Url::parse(link).expect("a URL")).await;
        if answer.status() == StatusCode::FOUND {
            return Ok(location(&answer));
        }
        Err((answer.status(), answer.text().await.expect("a page")))
    }

    /// Opens the link and presses a button at the vendor; answers where the vendor sends the person. A vendor that does
    /// not give this client what it asks for sends the person back without a page.
    pub(crate) async fn consents(&self, link: &str, button: &str) -> Url {
        let page = self.opens(link).await.expect("a link that leads on");
        presses(page.as_str(), button).await
    }

    /// Follows the way back to the gateway; the status and the page.
    pub(crate) async fn follows(&self, url: Url) -> (StatusCode, String) {
        let answer = self.get(url).await;
        (answer.status(), answer.text().await.expect("a page"))
    }

    /// The values of its cookies.
    pub(crate) fn kept(&self) -> Vec<String> {
        let cookies = self.cookies.borrow();
        let values = cookies.iter().filter_map(|pair| pair.split_once('='));
        values.map(|(_, value)| value.to_owned()).collect()
    }

    async fn get(&self, mut url: Url) -> Response {
        assert!(url.as_str().starts_with(PUBLIC_URL), "{url}");
        url.set_port(Some(self.port)).expect("a URL with a host");
        let kept = self.cookies.borrow().join("; ");
        let answer = browser().get(url).header(COOKIE, kept).send().await.expect("an answer");
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            let (name, _) = pair.split_once('=').expect("a name");
            let mut cookies = self.cookies.borrow_mut();
            cookies.retain(|kept| kept.split_once('=').is_none_or(|(kept, _)| kept != name));
            if !attributes.contains("Max-Age=0") {
                cookies.push(pair.to_owned());
            }
        }
        answer
    }
}

async fn presses(url: &str, button: &str) -> Url {
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
