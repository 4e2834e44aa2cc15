//! `private_key_jwt`: how an application proves that it has its private key (RFC 7523), by Okta's rules.

use serde_json::Value;

use super::jwt::{Algorithm, Jwt};
use crate::twins::oauth::Assertion;

/// How far ahead an assertion may expire.
const LIFETIME_SECONDS_MAX: i64 = 60 * 60;

/// The signature must be by a key of the client's, the claims must be about the client and for the token endpoint.
///
/// # Errors
/// What is wrong, in Okta's words.
pub(super) fn verify(assertion: &Assertion) -> Result<(), &'static str> {
    let jwt = Jwt::read(assertion.jwt).ok_or("The parsing of the client_assertion failed.")?;
    let name = jwt.header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let algorithm = Algorithm::named(name).ok_or("The client_assertion JWT signature algorithm is invalid.")?;
    let key = key(assertion, &jwt)?;
    if key.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err("The public key being used for client assertion has an invalid 'use' parameter.");
    }
    if !jwt.is_signed_by(key, algorithm) {
        return Err("The client_assertion signature is invalid.");
    }
    check_claims(&jwt.claims, assertion)
}

/// The key that the header names. A header that names none is taken if the client has one key only, which is not
/// documented.
fn key<'a>(assertion: &Assertion<'a>, jwt: &Jwt) -> Result<&'a Value, &'static str> {
    let keys = assertion.client.jwks.as_ref().and_then(|jwks| jwks.get("keys"));
    let keys = keys
        .and_then(Value::as_array)
        .ok_or("The client does not have a JWKSet configured, but the client_assertion requires one.")?;
    let found = match jwt.header.get("kid") {
        Some(id) => keys.iter().find(|key| key.get("kid") == Some(id)),
        None => keys.first().filter(|_| keys.len() == 1),
    };
    found.ok_or("The client_assertion JWT kid is invalid.")
}

fn check_claims(claims: &Value, assertion: &Assertion) -> Result<(), &'static str> {
    let is_client = |name: &str| claims.get(name).and_then(Value::as_str) == Some(&assertion.client.id);
    if !is_client("iss") {
        return Err("The issuer claim for client_assertion is not a valid client_id.");
    }
    if !is_client("sub") {
        return Err("The subject claim for client_assertion is not a valid client_id.");
    }
    let is_here = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(|one| one == assertion.audience),
        one => one.and_then(Value::as_str) == Some(assertion.audience),
    };
    if !is_here {
        return Err("The audience claim for client_assertion must be the endpoint invoked for the request.");
    }
    check_times(claims, assertion.now.as_second())
}

fn check_times(claims: &Value, now: i64) -> Result<(), &'static str> {
    let expires = claims.get("exp").and_then(Value::as_i64);
    let expires = expires.ok_or("The client_assertion must contain the 'exp' claim as seconds since epoch.")?;
    if expires <= now {
        return Err("The client_assertion token is expired.");
    }
    if expires > now + LIFETIME_SECONDS_MAX {
        return Err("The client_assertion token has an expiration too far into the future.");
    }
    match claims.get("iat").and_then(Value::as_i64) {
        Some(issued) if issued > now => Err("The client_assertion token must be issued before the current time."),
        _ => Ok(()),
    }
}
