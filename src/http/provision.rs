//! A vendor's consent in an administrator's browser: on to the vendor, and back (RFC 6749 section 4.1).
//!
//! No token guards it: the `state` does, which only this gateway gave out, to an administrator, for one use; and a cookie,
//! by which the browser that opened the administrator's link is known when it comes back (RFC 6749 section 10.12).
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret as _, SecretString};

use super::methods::only;
use super::server::State;
use crate::authorize::{CALLBACK, Callback, LIFE, LINK, Opened};
use crate::service::administration::Error;

/// The link of a consent and its callback. Neither answers HEAD: who only looks has not opened the link.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(only::<()>(LINK).route(web::get().to(open)))
        .service(only::<()>(CALLBACK).route(web::get().to(callback)));
}

async fn open(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let Some(administration) = &state.administration else {
        return page(StatusCode::NOT_FOUND, "This server takes no consents.");
    };
    let brought = parsed(&request);
    let name = brought.state.unwrap_or_default();
    match administration.open(&name, brought.browser.as_ref()) {
        Ok(opened) => sent_on(&name, &opened),
        Err(error) => page(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

/// A browser goes on to the vendor with a cookie that scripts do not see and other sites' requests do not carry; a
/// vendor's redirection back, which is a navigation, does (`SameSite=Lax`).
fn sent_on(state: &str, opened: &Opened) -> HttpResponse {
    let cookie = format!(
        "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}",
        cookie_name(state),
        opened.browser.expose_secret(),
        LIFE.as_secs(),
        if opened.is_secure { "; Secure" } else { "" },
    );
    HttpResponse::build(StatusCode::FOUND)
        .insert_header((LOCATION, opened.page.as_str()))
        .insert_header((SET_COOKIE, cookie))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}

/// One for each consent: two may be under way in one browser.
fn cookie_name(state: &str) -> String {
    format!("usherd-consent-{state}")
}

async fn callback(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let Some(administration) = &state.administration else {
        return page(StatusCode::NOT_FOUND, "This server takes no consents.");
    };
    let callback = parsed(&request);
    let brought = callback.browser.is_some().then(|| callback.state.clone()).flatten();
    let mut answer = told(administration.authorized(callback).await);
    // It has served, whatever came of it.
    let ended = brought.map(|state| format!("{}=; Path=/; Max-Age=0", cookie_name(&state)));
    if let Some(ended) = ended.and_then(|ended| HeaderValue::from_str(&ended).ok()) {
        answer.headers_mut().insert(SET_COOKIE, ended);
    }
    answer
}

/// What a person reads who comes back.
fn told(outcome: Result<String, Error>) -> HttpResponse {
    match outcome {
        Ok(target) => page(
            StatusCode::OK,
            &format!(
                "The consent for the target {target} is kept, and the target begins with it now: `usherd status` shows \
                 how it is. You can close this page."
            ),
        ),
        Err(Error::Consent(error)) => page(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(error) => {
            tracing::error!(%error, "a consent could not be kept");
            page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The consent could not be kept; begin anew.",
            )
        }
    }
}

fn parsed(request: &HttpRequest) -> Callback {
    let mut callback = Callback::default();
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        let value = value.into_owned();
        match &*name {
            "state" => callback.state = Some(value),
            "code" => callback.code = Some(value.into()),
            "error" => callback.error = Some(value),
            "iss" => callback.issuer = Some(value),
            _ => {}
        }
    }
    callback.browser = callback
        .state
        .as_deref()
        .and_then(|state| cookie(request, &cookie_name(state)));
    callback
}

/// The value of a cookie (RFC 6265 section 4.2.1).
fn cookie(request: &HttpRequest, name: &str) -> Option<SecretString> {
    let headers = request.headers().get_all(COOKIE);
    let mut pairs = headers
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.into())
}

/// A page of one sentence. The URL that led here holds a code: it is neither kept nor told to anybody.
fn page(status: StatusCode, sentence: &str) -> HttpResponse {
    let escaped = sentence.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((
            "content-security-policy",
            HeaderValue::from_static("default-src 'none'"),
        ))
        .body(format!("<!doctype html><title>Usherd</title><p>{escaped}</p>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &HttpResponse, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            let told = answer.headers().get(*name).map(|value| value.to_str().unwrap());
            assert_eq!(told, Some(*value), "{name}");
        }
    }

    /// A cookie that scripts or other sites could use, or a URL with a code in a cache or a referrer, would undo the
    /// binding to one browser.
    #[test]
    fn nothing_of_a_consent_goes_where_it_should_not() {
        for (is_secure, secure) in [(true, "; Secure"), (false, "")] {
            let opened = Opened {
                page: "https://vendor.example/consent".to_owned(),
                browser: "secret".into(),
                is_secure,
            };
            let cookie = format!("usherd-consent-S=secret; Path=/; Max-Age=600; HttpOnly; SameSite=Lax{secure}");
            let expected = [
                ("location", "https://vendor.example/consent"),
                ("set-cookie", &cookie),
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
            ];
            check(&sent_on("S", &opened), &expected);
        }
        let expected = [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'"),
        ];
        check(&page(StatusCode::OK, "done"), &expected);
    }
}
