//! A target's OAuth tokens at rest: sealed, one record for each target.
use std::sync::Arc;

use adapters::client::oauth::{self, Tokens};
use adapters::{Error, ErrorKind, Retry};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::auth::Sealer;
use crate::clock::Clock;
use crate::store::{self, Batch, Expect, SettingKind, Store, TargetId, Write};

/// Keeps the tokens of one target for one client.
pub struct Vault {
    /// Where the record is.
    pub store: Arc<dyn Store>,
    /// Seals it.
    pub sealer: Arc<Sealer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whose tokens they are.
    pub target: TargetId,
    /// The client's name at the authorization server: tokens of another one are none.
    pub client_id: String,
}

/// The record.
#[derive(Serialize, Deserialize)]
struct Kept {
    client_id: String,
    tokens: Tokens,
}

impl Vault {
    fn name(&self) -> String {
        format!("oauth/{}", self.target.0)
    }

    /// Keeps the tokens of a consent, whatever was kept before.
    ///
    /// # Errors
    /// Why they cannot be kept.
    pub(super) async fn keep(&self, tokens: &Tokens) -> Result<(), String> {
        let kept = self.commit(self.sealed(tokens)?, Vec::new()).await;
        kept.map_err(|error| error.to_string())
    }

    /// The record's version, and what it holds for this client. What another key has sealed, or is of another form,
    /// nobody can read any more: it is no consent.
    async fn read(&self) -> Result<(Option<u64>, Option<Tokens>), String> {
        let name = self.name();
        let record = self.store.setting(SettingKind::Other, &name).await;
        let Some((version, sealed)) = record.map_err(|error| error.to_string())? else {
            return Ok((None, None));
        };
        let Ok(opened) = self.sealer.open(&name, &sealed) else {
            return Ok((Some(version), None));
        };
        let kept = serde_json::from_str::<Kept>(opened.expose_secret()).ok();
        let kept = kept.filter(|kept| kept.client_id == self.client_id);
        Ok((Some(version), kept.map(|kept| kept.tokens)))
    }

    fn sealed(&self, tokens: &Tokens) -> Result<Vec<u8>, String> {
        let kept = Kept {
            client_id: self.client_id.clone(),
            tokens: tokens.clone(),
        };
        let text = serde_json::to_string(&kept).map_err(|_| "the record cannot be made")?;
        let sealed = self.sealer.seal(&self.name(), &SecretString::from(text));
        Ok(sealed.ok_or("the operating system gave no random bytes")?)
    }

    async fn commit(&self, sealed: Vec<u8>, expect: Vec<Expect>) -> Result<(), store::Error> {
        let writes = vec![Write::PutSetting(SettingKind::Other, self.name(), sealed)];
        self.store.commit(Batch { expect, writes }).await.map(drop)
    }
}

#[async_trait]
impl oauth::Vault for Vault {
    async fn load(&self) -> Result<Option<Tokens>, Error> {
        self.read().await.map(|(_, tokens)| tokens).map_err(unavailable)
    }

    async fn replace(&self, former: Option<&Tokens>, tokens: &Tokens) -> Result<bool, Error> {
        let (version, kept) = self.read().await.map_err(unavailable)?;
        if !Tokens::are_same(former, kept.as_ref()) {
            return Ok(false);
        }
        let expect = vec![Expect::Setting(SettingKind::Other, self.name(), version)];
        match self.commit(self.sealed(tokens).map_err(unavailable)?, expect).await {
            Ok(()) => Ok(true),
            Err(store::Error::Conflict(_)) => Ok(false),
            Err(error) => Err(unavailable(error.to_string())),
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn unavailable(reason: String) -> Error {
    let reason = format!("the target's tokens cannot be kept: {reason}");
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}

#[cfg(test)]
mod tests;
