//! Media types (RFC 7644 section 3.8), as far as the protocol has a choice.
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::error::Error;

/// What is answered unless the client cannot take it.
pub(crate) const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");
/// What is answered to a client that takes this alone.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Whether the body is in a format that is read. A body without a Content-Type is taken for JSON, there being no other.
///
/// # Errors
/// 415 for other types, and for character sets other than UTF-8.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), Error> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let value = value.to_str().unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = [&SCIM_JSON, &JSON].iter().any(|known| is(known, essence));
    let utf8 = parts
        .filter_map(charset)
        .all(|charset| charset.eq_ignore_ascii_case("utf-8"));
    if known && utf8 { Ok(()) } else { Err(Error::MediaType) }
}

/// The media type of the answer.
///
/// # Errors
/// 406 if the client takes none that is offered.
pub(crate) fn answer_type(headers: &HeaderMap) -> Result<HeaderValue, Error> {
    if !headers.contains_key(ACCEPT) {
        return Ok(SCIM_JSON);
    }
    let takes = |offered: &str| accepts(headers, &ACCEPT, &[offered, "application/*", "*/*"]);
    match (takes("application/scim+json"), takes("application/json")) {
        (true, _) => Ok(SCIM_JSON),
        (false, true) => Ok(JSON),
        (false, false) => Err(Error::NotAcceptable),
    }
}

/// Whether a header that lists what a client takes has one of these names, given from the most specific to the most
/// general: the most specific one that is listed decides (RFC 9110 section 12.5.1), also if it is listed with the
/// weight zero (section 12.4.2).
pub(crate) fn accepts(headers: &HeaderMap, header: &HeaderName, names: &[&str]) -> bool {
    let lines = headers.get_all(header).filter_map(|value| value.to_str().ok());
    let listed: Vec<(&str, bool)> = lines.flat_map(|line| line.split(',')).map(weighed).collect();
    let weights = |name: &&str| {
        let found = listed.iter().filter(|(listed, _)| listed.eq_ignore_ascii_case(name));
        found.map(|(_, wanted)| *wanted).reduce(|one, other| one || other)
    };
    names.iter().find_map(weights).unwrap_or(false)
}

/// An item of such a header without its parameters, and whether its weight is more than zero.
fn weighed(item: &str) -> (&str, bool) {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let refused = parts
        .filter_map(|part| part.split_once('='))
        .any(|(name, weight)| name.trim_end().eq_ignore_ascii_case("q") && weight.trim_start().parse() == Ok(0.0_f32));
    (name, !refused)
}

fn is(known: &HeaderValue, name: &str) -> bool {
    known.as_bytes().eq_ignore_ascii_case(name.as_bytes())
}

fn charset(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.trim_end()
        .eq_ignore_ascii_case("charset")
        .then(|| value.trim_start().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_json() {
        let check = |value: Option<&'static str>, expected: bool| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            }
            assert_eq!(check_content_type(&headers).is_ok(), expected, "{value:?}");
        };
        check(None, true);
        check(Some("application/scim+json"), true);
        check(Some("application/json"), true);
        check(Some("Application/SCIM+JSON ; charset=UTF-8"), true);
        check(Some("application/json; charset=\"utf-8\"; x=y"), true);
        check(Some("application/json; charset=iso-8859-1"), false);
        check(Some(""), false);
        check(Some("text/plain"), false);
        check(Some("application/x-www-form-urlencoded"), false);
        check(Some("application/jsonx"), false);
        check(Some("application/json, text/plain"), false);
    }

    #[test]
    fn answers_are_what_the_client_takes() {
        let check = |values: &[&'static str], expected: Option<HeaderValue>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT, HeaderValue::from_static(value));
            }
            assert_eq!(answer_type(&headers).ok(), expected, "{values:?}");
        };
        check(&[], Some(SCIM_JSON));
        check(&["*/*"], Some(SCIM_JSON));
        check(&["application/*;q=0.1"], Some(SCIM_JSON));
        check(&["text/html, */*;q=0.8"], Some(SCIM_JSON));
        check(&["application/scim+json"], Some(SCIM_JSON));
        check(&["application/json, application/SCIM+json; q=0.5"], Some(SCIM_JSON));
        check(&["application/json"], Some(JSON));
        check(&["text/html", "application/json;charset=utf-8"], Some(JSON));
        check(&["text/html"], None);
        check(&["application/scim+json;q=0"], None);
        check(&["application/scim+json;q=0, application/json"], Some(JSON));
        check(&["application/scim+json;q=0, */*"], Some(JSON));
        check(&["*/*", "application/*; Q = 0.0"], None);
        check(&["*/*;q=0, application/json;q=0.001"], Some(JSON));
        check(&["application/xml"], None);
        check(&[""], None);
    }
}
