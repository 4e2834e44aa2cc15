//! How a target proves to its vendor who calls.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use adapters::client::oauth::{Client, Session};
use adapters::client::{Connection, Credential, Gate, HttpTransport, Transport};
use adapters::descriptor::{AuthMethod, Grant};
use secrecy::SecretString;

use super::Vault;
use crate::auth::Sealer;
use crate::clock::Clock;
use crate::service::Target;
use crate::service::administration::credential_name;
use crate::store::{Store, TargetId};

/// Opens the doors to vendors.
#[derive(Clone)]
pub struct Doors {
    /// Where tokens are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Opens credentials; none if no key is configured.
    pub sealer: Option<Arc<Sealer>>,
    /// Renewals of tokens under way.
    pub renewals: Renewals,
}

/// Of each target the turn of renewing its tokens: one session at a time has it.
#[derive(Clone, Default)]
pub struct Renewals(Arc<Mutex<BTreeMap<TargetId, Turn>>>);

type Turn = Arc<tokio::sync::Mutex<()>>;

impl Renewals {
    fn of(&self, target: TargetId) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(target).or_default())
    }

    /// Waits until none is under way: what renews may work only once, and its answer is kept then. Each takes a call's
    /// deadline at most.
    pub async fn ended(&self) {
        let turns: Vec<_> = {
            let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.values().cloned().collect()
        };
        for turn in turns {
            drop(turn.lock().await);
        }
    }
}

/// A target's settings leave something open that a call needs.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Closed(pub(super) String);

impl Doors {
    /// The connection of a target; its calls pass `gate`.
    ///
    /// # Errors
    /// The credential does not open, or the target does not say what its way of authorization needs.
    pub fn connection(&self, target: &Target, gate: Arc<dyn Gate>) -> Result<Connection, Closed> {
        let transport = self.transport(target)?;
        let (method, secret) = (method(target)?, self.secret(target)?);
        let credential = match method {
            Some(method) if method.grant == Grant::Secret => Credential::new(secret).with_prefix(&method.prefix),
            None => Credential::new(secret),
            Some(_) => {
                let (client, vault) = (self.client(target)?, self.vault(target)?);
                let renewing = self.renewals.of(target.id);
                Credential::session(Arc::new(Session::new(client, Arc::new(vault), renewing)))
            }
        };
        Ok(Connection {
            base_url: base_url(target),
            credential,
            transport,
            gate,
            deadline: target.call_deadline(),
            read_lag: target.read_lag(),
        })
    }

    /// The target as a client of its vendor's authorization server.
    ///
    /// # Errors
    /// Its way of authorization is none of OAuth, or something that it needs is not declared.
    pub fn client(&self, target: &Target) -> Result<Client, Closed> {
        let method = oauth_method(target)?;
        let declared = &target.config.auth;
        let token_url = declared.token_url.as_ref().or(method.token_url.as_ref());
        let token_url = token_url.ok_or_else(|| Closed("the vendor's token URL is not known".into()))?;
        Ok(Client {
            vendor: &target.descriptor.name,
            method,
            token_url: whole(target, token_url),
            client_id: client_id(target)?.to_owned(),
            secret: self.secret(target)?,
            key_id: declared.key_id.clone(),
            scopes: scopes(target, method),
            token_parameters: token_parameters(target, method),
            transport: self.transport(target)?,
            deadline: target.call_deadline(),
        })
    }

    /// Where the target's tokens are kept.
    ///
    /// # Errors
    /// No key is configured, or the target declares no client.
    pub fn vault(&self, target: &Target) -> Result<Vault, Closed> {
        Ok(Vault {
            store: Arc::clone(&self.store),
            sealer: self.sealer()?,
            clock: Arc::clone(&self.clock),
            target: target.id,
            client_id: client_id(target)?.to_owned(),
        })
    }

    fn secret(&self, target: &Target) -> Result<SecretString, Closed> {
        let opened = self.sealer()?.open(&credential_name(target.id), &target.credential);
        opened.map_err(|error| Closed(error.to_string()))
    }

    fn sealer(&self) -> Result<Arc<Sealer>, Closed> {
        self.sealer.clone().ok_or_else(|| Closed("no key is configured".into()))
    }

    fn transport(&self, target: &Target) -> Result<Arc<dyn Transport>, Closed> {
        let transport = HttpTransport::new(&target.config.allow_private);
        Ok(Arc::new(transport.map_err(|error| Closed(error.to_string()))?))
    }
}

/// Where the vendor's API is.
fn base_url(target: &Target) -> String {
    let own = target.config.base_url.clone();
    own.unwrap_or_else(|| {
        target
            .descriptor
            .filled(&target.descriptor.base_url, &target.config.settings)
    })
}

/// A URL of a description as a whole one.
pub(super) fn whole(target: &Target, url: &str) -> String {
    let filled = target.descriptor.filled(url, &target.config.settings);
    match filled.starts_with('/') {
        true => format!("{}{filled}", base_url(target).trim_end_matches('/')),
        false => filled,
    }
}

/// The target's way of authorization; `None` where the vendor has but one secret.
pub(super) fn method(target: &Target) -> Result<Option<&'static AuthMethod>, Closed> {
    let name = target.config.auth.method.as_deref();
    match (target.descriptor.auth_method(name), name) {
        (None, Some(name)) => Err(Closed(format!("the vendor has no way of authorization `{name}`"))),
        (method, _) => Ok(method),
    }
}

pub(super) fn oauth_method(target: &Target) -> Result<&'static AuthMethod, Closed> {
    match method(target)? {
        Some(method) if method.grant != Grant::Secret => Ok(method),
        Some(_) | None => Err(Closed("the target's way of authorization needs no consent".into())),
    }
}

pub(super) fn client_id(target: &Target) -> Result<&str, Closed> {
    let declared = target.config.auth.client_id.as_deref();
    declared.ok_or_else(|| Closed("the target declares no `auth.client_id`".into()))
}

pub(super) fn scopes(target: &Target, method: &AuthMethod) -> Vec<String> {
    let filled = |scope: &String| target.descriptor.filled(scope, &target.config.settings);
    match &target.config.auth.scopes {
        Some(own) => own.clone(),
        None => method.scopes.iter().map(filled).collect(),
    }
}

fn token_parameters(target: &Target, method: &'static AuthMethod) -> Vec<(&'static str, String)> {
    let filled = |value| target.descriptor.filled(value, &target.config.settings);
    let parameters = method.token_parameters.iter();
    parameters.map(|(name, value)| (name.as_str(), filled(value))).collect()
}
