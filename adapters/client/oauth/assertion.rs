//! The assertion by which a client proves itself with a private key (RFC 7523 section 2.2).
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::consent::random;

/// How long an assertion is good: Okta takes at most an hour, and a clock may be some minutes wrong.
const LIFE_SECONDS: i64 = 300;

/// What an assertion says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assertion<'a> {
    pub(super) client_id: &'a str,
    pub(super) token_url: &'a str,
    /// Names the key, where the server knows several.
    pub(super) key_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
}

impl Assertion<'_> {
    /// The signed assertion.
    ///
    /// # Errors
    /// The text is no private key in PEM, or it cannot sign.
    pub(super) fn signed(&self, pem: &SecretString, now: Timestamp) -> Result<String, &'static str> {
        let (algorithm, key) = key(pem.expose_secret().as_bytes())?;
        let header = Header {
            kid: self.key_id.map(str::to_owned),
            ..Header::new(algorithm)
        };
        let claims = Claims {
            iss: self.client_id,
            sub: self.client_id,
            aud: self.token_url,
            iat: now.as_second(),
            exp: now.as_second() + LIFE_SECONDS,
            jti: random().ok_or("the operating system gave no random bytes")?,
        };
        encode(&header, &claims, &key).map_err(|_| "the private key cannot sign")
    }
}

/// RSA, or elliptic on P-256.
fn key(pem: &[u8]) -> Result<(Algorithm, EncodingKey), &'static str> {
    let rsa = EncodingKey::from_rsa_pem(pem).map(|key| (Algorithm::RS256, key));
    let key = rsa.or_else(|_| EncodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key)));
    key.map_err(|_| "the credential is no private key in PEM (`-----BEGIN PRIVATE KEY-----`)")
}
