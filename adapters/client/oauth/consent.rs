//! The consent of a person (RFC 6749 section 4.1.1).
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use secrecy::{ExposeSecret, SecretString};

/// Bytes of randomness in states and verifiers: 256 bits, as RFC 7636 section 7.1 recommends.
const RANDOM_BYTES: usize = 32;

/// A PKCE code verifier.
#[derive(Debug, Clone)]
pub struct Verifier(SecretString);

/// What a person is asked.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'a> {
    /// Where people consent.
    pub authorize_url: &'a str,
    /// Who asks.
    pub client_id: &'a str,
    /// Where the answer goes.
    pub redirect_uri: &'a str,
    /// For what.
    pub scopes: &'a [String],
}

/// A random text of letters, digits, `-` and `_`, good as a `state`; `None` if the operating system gives no random
/// bytes.
pub fn random() -> Option<String> {
    let mut bytes = [0; RANDOM_BYTES];
    rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

impl Verifier {
    /// A new one; `None` if the operating system gives no random bytes.
    pub fn draw() -> Option<Self> {
        random().map(|text| Self(text.into()))
    }

    /// The verifier itself, for the token request.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Its S256 challenge.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.expose().as_bytes()))
    }
}

impl Consent<'_> {
    /// The URL to open; `state` comes back with the answer.
    pub fn url(&self, state: &str, verifier: &Verifier) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("state", state)
            .append_pair("code_challenge", &verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        if !self.scopes.is_empty() {
            query.append_pair("scope", &self.scopes.join(" "));
        }
        let separator = if self.authorize_url.contains('?') { '&' } else { '?' };
        format!("{}{separator}{}", self.authorize_url, query.finish())
    }
}
