//! What an app says to an authorization server, for the tests of all twins that have one.

use super::{CLIENT_ID, CLIENT_SECRET};
use crate::twins::{Answer, Request, asking};

/// The S256 challenge of the verifier in RFC 7636 appendix B.
pub(in crate::twins) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(in crate::twins) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(in crate::twins) const CALLBACK: &str = "http://127.0.0.1:8080/provision/oauth/callback";

/// A form with these fields.
pub(in crate::twins) fn form(path: &str, pairs: &[(&str, &str)]) -> Request {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let kind = "application/x-www-form-urlencoded".to_owned();
    asking::request(&format!("POST {path}"), vec![("content-type", kind)], body.into())
}

/// What the consent page sends when somebody allows these scopes to who has the verifier of this challenge.
pub(in crate::twins) fn allowed<'a>(scope: &'a str, challenge: &'a str) -> [(&'static str, &'a str); 8] {
    [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("state", "s"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("decision", "allow"),
    ]
}

/// What the app sends to redeem a code.
pub(in crate::twins) fn redeemed(code: &str) -> [(&'static str, &str); 6] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
}

/// A parameter of the URI that the answer sends to.
pub(in crate::twins) fn parameter(answer: &Answer, name: &str) -> Option<String> {
    let (_, location) = answer.headers.iter().find(|(name, _)| name == "location")?;
    let (uri, query) = location.split_once('?').unwrap();
    assert_eq!(uri, CALLBACK);
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
