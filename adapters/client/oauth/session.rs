//! A target's access token over time.
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::client::Client;
use super::tokens::{Refresh, Tokens};
use crate::descriptor::Grant;
use crate::{Error, ErrorKind, Retry};

/// Where a target's tokens are kept between runs.
#[async_trait]
pub trait Vault: Send + Sync {
    /// The tokens that were kept last.
    ///
    /// # Errors
    /// `Unavailable` while they cannot be read.
    async fn load(&self) -> Result<Option<Tokens>, Error>;

    /// Keeps tokens in place of the former ones, durably.
    ///
    /// # Errors
    /// `Unavailable` while they cannot be kept.
    async fn save(&self, tokens: &Tokens) -> Result<(), Error>;

    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// Gives access tokens that work, and renews them early; whoever comes meanwhile waits for the one renewal.
pub struct Session {
    client: Client,
    vault: Arc<dyn Vault>,
    tokens: Mutex<Option<Tokens>>,
}

impl Session {
    /// A session; nothing is asked yet.
    pub fn new(client: Client, vault: Arc<dyn Vault>) -> Self {
        Self {
            client,
            vault,
            tokens: Mutex::new(None),
        }
    }

    /// What stands before the access token in `Authorization`.
    pub(in crate::client) fn prefix(&self) -> &'static str {
        &self.client.method.prefix
    }

    /// An access token.
    ///
    /// # Errors
    /// `Unauthorized` when a person has to consent (again), with the server's words.
    pub(in crate::client) async fn access(&self) -> Result<SecretString, Error> {
        let mut tokens = self.tokens.lock().await;
        if tokens.is_none() {
            *tokens = self.vault.load().await?;
        }
        let now = self.vault.now();
        match tokens.as_ref() {
            Some(present) if !present.is_ending(now) => Ok(present.access.clone()),
            Some(present) => self.renew_early(present.clone(), &mut tokens).await,
            None => self.renew(None, &mut tokens).await,
        }
    }

    /// The vendor did not accept this access token. Whether there is another one now, so that the call can be made
    /// again.
    ///
    /// # Errors
    /// As [`Session::access`].
    pub(in crate::client) async fn refused(&self, access: &SecretString) -> Result<bool, Error> {
        let mut tokens = self.tokens.lock().await;
        let is_it = |tokens: &Tokens| tokens.access.expose_secret() == access.expose_secret();
        if let Some(present) = tokens.as_mut().filter(|present| is_it(present)) {
            // Whatever was said of its life, it is over.
            present.expires = Some(self.vault.now());
        }
        match tokens.clone() {
            // Another caller was faster.
            Some(present) if !is_it(&present) => return Ok(true),
            former => self.renew(former, &mut tokens).await?,
        };
        Ok(true)
    }

    /// A renewal that fails leaves the present token in use as long as it lives.
    async fn renew_early(&self, present: Tokens, tokens: &mut Option<Tokens>) -> Result<SecretString, Error> {
        let still_good = present.expires.is_some_and(|expires| self.vault.now() < expires);
        let access = present.access.clone();
        match self.renew(Some(present), tokens).await {
            Err(error) if still_good => {
                // The server's words are for people at the target, not for the log.
                tracing::warn!(vendor = self.client.vendor, kind = ?error.kind, "an access token could not be renewed yet");
                Ok(access)
            }
            result => result,
        }
    }

    /// New tokens are kept before they are used: a refresh token may work only once.
    async fn renew(&self, former: Option<Tokens>, tokens: &mut Option<Tokens>) -> Result<SecretString, Error> {
        let now = self.vault.now();
        let refresh = former.as_ref().and_then(Tokens::renewal);
        let renewed = match (self.client.method.grant, refresh) {
            (Grant::AuthorizationCode | Grant::ClientCredentials, Some(refresh)) => {
                self.refreshed(&refresh, now, tokens).await?
            }
            (Grant::ClientCredentials | Grant::PrivateKeyJwt, _) => self.client.own(now).await?,
            (Grant::AuthorizationCode | Grant::Secret, None) => self.consented(former).await?,
            (Grant::Secret, Some(_)) => return Err(consent_needed("a secret is not renewed")),
        };
        self.vault.save(&renewed).await?;
        let access = renewed.access.clone();
        *tokens = Some(renewed);
        Ok(access)
    }

    /// Nothing can be renewed: what a person's new consent has brought meanwhile.
    async fn consented(&self, former: Option<Tokens>) -> Result<Tokens, Error> {
        let Some(former) = former else {
            return Err(consent_needed("nobody has consented yet"));
        };
        let kept = self.vault.load().await?;
        let other = |kept: &Tokens| kept.access.expose_secret() != former.access.expose_secret();
        kept.filter(other)
            .ok_or_else(|| consent_needed("the former consent has ended"))
    }

    /// A refused refresh token may be one whose successor's answer was lost, or that another process has used: what is
    /// kept is looked at once more; and a client that needs no person asks for itself. One that is spent for good is
    /// forgotten: it is not asked for again with each call, and whoever looks sees when access ends.
    async fn refreshed(&self, refresh: &Refresh, now: Timestamp, tokens: &mut Option<Tokens>) -> Result<Tokens, Error> {
        let refusal = match self.client.refresh(refresh, now).await {
            Err(refusal) if refusal.error.kind == ErrorKind::Unauthorized => refusal,
            Err(refusal) => return Err(refusal.error),
            Ok(renewed) => return Ok(renewed),
        };
        if self.client.method.grant == Grant::ClientCredentials {
            return self.client.own(now).await;
        }
        let kept = self.vault.load().await?;
        let other = |kept: &Tokens| {
            kept.refresh
                .as_ref()
                .is_some_and(|kept| kept.expose_secret() != refresh.token.expose_secret())
        };
        if let Some(kept) = kept.filter(other) {
            return Ok(kept);
        }
        if let Some(present) = tokens.as_mut().filter(|_| refusal.is_for_good) {
            present.refresh = None;
            present.refresh_expires = None;
            self.vault.save(present).await?;
        }
        Err(consent_needed(&refusal.error.reason))
    }
}

fn consent_needed(reason: &str) -> Error {
    let reason = format!("a person must consent: run `usherd target authorize` ({reason})");
    Error::new(ErrorKind::Unauthorized, Retry::Backoff, reason)
}
