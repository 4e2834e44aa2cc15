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
    /// When the refresh token ends, where the server or its vendor's documentation says so.
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

/// What tokens are renewed by.
#[derive(Clone)]
pub(super) struct Refresh {
    pub(super) token: SecretString,
    pub(super) expires: Option<Timestamp>,
}

impl Granted {
    /// The tokens; a server that gives no new refresh token leaves the former one in force (RFC 6749 section 6). One
    /// that does not say how long a new one holds means `usual_seconds`.
    pub(super) fn tokens(self, now: Timestamp, former: Option<Refresh>, usual_seconds: Option<u32>) -> Tokens {
        let after = |seconds: u32| now.saturating_add(SignedDuration::from_secs(seconds.into())).ok();
        let told = self.refresh_token_expires_in;
        let refresh = match self.refresh_token {
            Some(token) => Some(Refresh {
                token,
                expires: told.or(usual_seconds).and_then(after),
            }),
            None => former.map(|former| Refresh {
                expires: told.and_then(after).or(former.expires),
                ..former
            }),
        };
        let (refresh, refresh_expires) = refresh.map(|refresh| (refresh.token, refresh.expires)).unzip();
        Tokens {
            access: self.access_token,
            refresh,
            given: now,
            expires: self.expires_in.and_then(after),
            refresh_expires: refresh_expires.flatten(),
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

    /// Whether the access token is good, as far as is known.
    pub(super) fn lives(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// Whether these are the same tokens, or none.
    pub fn are_same(one: Option<&Self>, other: Option<&Self>) -> bool {
        let secrets = |tokens: &Self| {
            let refresh = tokens
                .refresh
                .as_ref()
                .map(|refresh| refresh.expose_secret().to_owned());
            (tokens.access.expose_secret().to_owned(), refresh)
        };
        one.map(secrets) == other.map(secrets)
    }

    /// What they are renewed by, if there is something.
    pub(super) fn renewal(&self) -> Option<Refresh> {
        let refresh = |token: &SecretString| Refresh {
            token: token.clone(),
            expires: self.refresh_expires,
        };
        self.refresh.as_ref().map(refresh)
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
