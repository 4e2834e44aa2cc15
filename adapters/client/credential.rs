//! What proves to a vendor who calls.
use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::Answer;
use super::oauth::Session;
use crate::Error;

/// A secret that is sent as it is, or a session that gives access tokens.
#[derive(Clone)]
pub struct Credential(Kind);

#[derive(Clone)]
enum Kind {
    Secret(&'static str, SecretString),
    Session(Arc<Session>),
}

/// The value of `Authorization` for one call, and what it was made from.
pub(super) struct Proof {
    pub(super) authorization: String,
    token: SecretString,
}

impl Credential {
    /// A bearer token.
    pub fn new(secret: SecretString) -> Self {
        Self(Kind::Secret("Bearer ", secret))
    }

    /// Access tokens.
    pub fn session(session: Arc<Session>) -> Self {
        Self(Kind::Session(session))
    }

    /// The same secret after other words, such as `Token token=`; a blank before the secret belongs to them. A session
    /// has its own.
    #[must_use]
    pub fn with_prefix(self, prefix: &'static str) -> Self {
        match self.0 {
            Kind::Secret(_, secret) => Self(Kind::Secret(prefix, secret)),
            kind @ Kind::Session(_) => Self(kind),
        }
    }

    /// What a call carries.
    ///
    /// # Errors
    /// See [`Session`].
    pub(super) async fn proof(&self) -> Result<Proof, Error> {
        let (prefix, token) = match &self.0 {
            Kind::Secret(prefix, secret) => (*prefix, secret.clone()),
            Kind::Session(session) => (session.prefix(), session.access().await?),
        };
        Ok(Proof {
            authorization: format!("{prefix}{}", token.expose_secret()),
            token,
        })
    }

    /// The vendor did not accept it; whether there is another one now.
    ///
    /// # Errors
    /// See [`Session`].
    pub(super) async fn refused(&self, proof: &Proof) -> Result<bool, Error> {
        match &self.0 {
            Kind::Secret(..) => Ok(false),
            Kind::Session(session) => session.refused(&proof.token).await.map(|()| true),
        }
    }
}

impl Proof {
    /// Takes it out of what the vendor says of a failure.
    pub(super) fn conceal_in(&self, answer: &mut Answer) {
        answer.conceal(self.token.expose_secret());
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.0 {
            Kind::Secret(..) => "Credential(a secret)",
            Kind::Session(_) => "Credential(a session)",
        })
    }
}
