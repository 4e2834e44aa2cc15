//! What an authorization server gives.
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// An access token with what is known of it.
///
/// Its serialised form holds the secrets: it is for sealing, never for logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// The access token.
    #[serde(serialize_with = "exposed")]
    pub access: SecretString,
    /// The refresh token, if there is one.
    #[serde(serialize_with = "exposed_if_any", default)]
    pub refresh: Option<SecretString>,
    /// When the access token was given.
    pub given: Timestamp,
    /// When it ends; `None` if the server does not say.
    pub expires: Option<Timestamp>,
    /// When the refresh token ends, where the server says so.
    pub refresh_expires: Option<Timestamp>,
    /// The scopes that were granted; `None`: those that were asked for (RFC 6749 section 5.1).
    pub scopes: Option<Vec<String>>,
}

/// The body of a successful answer, RFC 6749 section 5.1; unknown members are ignored.
#[derive(Deserialize)]
pub(super) struct Granted {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    expires_in: Option<u32>,
    refresh_token_expires_in: Option<u32>,
    scope: Option<String>,
}

impl Granted {
    /// The tokens; a server that gives no new refresh token leaves the former one in force (RFC 6749 section 6).
    pub(super) fn tokens(self, now: Timestamp, former: Option<SecretString>) -> Tokens {
        let after = |seconds: u32| now.saturating_add(SignedDuration::from_secs(seconds.into())).ok();
        Tokens {
            access: self.access_token,
            refresh: self.refresh_token.or(former),
            given: now,
            expires: self.expires_in.and_then(after),
            refresh_expires: self.refresh_token_expires_in.and_then(after),
            scopes: self
                .scope
                .map(|scope| scope.split_ascii_whitespace().map(str::to_owned).collect()),
        }
    }
}

impl Tokens {
    /// Whether to renew the access token now: when a fifth of its life is left, and five minutes at most.
    pub fn is_ending(&self, now: Timestamp) -> bool {
        let Some(expires) = self.expires else { return false };
        let life = expires.duration_since(self.given);
        let early = (life / 5).min(SignedDuration::from_mins(5));
        now >= expires.saturating_sub(early).unwrap_or(expires)
    }

    /// The first of these scopes that was not granted. Some servers grant less than was asked for without a word.
    pub fn lacks<'a>(&self, wanted: &'a [String]) -> Option<&'a str> {
        let granted = self.scopes.as_ref()?;
        wanted.iter().find(|scope| !granted.contains(scope)).map(String::as_str)
    }
}

fn exposed<S: serde::Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn exposed_if_any<S: serde::Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret
        .as_ref()
        .map(|secret| secret.expose_secret())
        .serialize(serializer)
}
