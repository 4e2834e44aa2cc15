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
use crate::store::{Batch, SettingKind, Store, TargetId, Write};

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

    async fn read(&self) -> Result<Option<Tokens>, String> {
        let name = self.name();
        let record = self.store.setting(SettingKind::Other, &name).await;
        let Some((_, sealed)) = record.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let opened = self.sealer.open(&name, &sealed).map_err(|error| error.to_string())?;
        let kept: Kept = serde_json::from_str(opened.expose_secret()).map_err(|_| "the record cannot be read")?;
        Ok((kept.client_id == self.client_id).then_some(kept.tokens))
    }

    async fn write(&self, tokens: &Tokens) -> Result<(), String> {
        let name = self.name();
        let kept = Kept {
            client_id: self.client_id.clone(),
            tokens: tokens.clone(),
        };
        let text = serde_json::to_string(&kept).map_err(|_| "the record cannot be made")?;
        let sealed = self.sealer.seal(&name, &SecretString::from(text));
        let sealed = sealed.ok_or("the operating system gave no random bytes")?;
        let writes = vec![Write::PutSetting(SettingKind::Other, name, sealed)];
        let batch = Batch {
            expect: Vec::new(),
            writes,
        };
        self.store.commit(batch).await.map_err(|error| error.to_string())?;
        Ok(())
    }
}

#[async_trait]
impl oauth::Vault for Vault {
    async fn load(&self) -> Result<Option<Tokens>, Error> {
        self.read().await.map_err(unavailable)
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), Error> {
        self.write(tokens).await.map_err(unavailable)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn unavailable(reason: String) -> Error {
    let reason = format!("the target's tokens cannot be kept: {reason}");
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}
