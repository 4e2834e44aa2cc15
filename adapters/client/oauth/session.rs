//! A target's access token over time.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::client::Client;
use super::tokens::{Refresh, Tokens};
use crate::descriptor::Grant;
use crate::{Error, ErrorKind, Retry};

/// How long a renewal rests that failed while the present token lives: it is begun five minutes before the end at most,
/// so ten tries are made.
const REST: SignedDuration = SignedDuration::from_secs(30);

/// Where a target's tokens are kept between runs.
#[async_trait]
pub trait Vault: Send + Sync {
    /// The tokens that were kept last.
    ///
    /// # Errors
    /// `Unavailable` while they cannot be read.
    async fn load(&self) -> Result<Option<Tokens>, Error>;

    /// Keeps tokens in place of the former ones, durably; `false`, and nothing is changed, if others are kept than
    /// those: a person has consented meanwhile.
    ///
    /// # Errors
    /// `Unavailable` while they cannot be kept.
    async fn replace(&self, former: Option<&Tokens>, tokens: &Tokens) -> Result<bool, Error>;

    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// Gives access tokens that work. They are renewed early and behind the calls; whoever finds none that lives waits for the
/// one renewal. A renewal once begun is ended, whatever becomes of who asked for it: what renews may work only once.
///
/// A session knows one consent. Once another one is kept it gives nothing more: whoever opens the next session can ask
/// first whose account that is.
pub struct Session {
    client: Client,
    vault: Arc<dyn Vault>,
    held: Mutex<Held>,
    pub(super) renewing: Arc<tokio::sync::Mutex<()>>,
    /// Each has the session, so that none is dropped before it has ended.
    tasks: Mutex<JoinSet<()>>,
}

#[derive(Default)]
struct Held {
    tokens: Option<Tokens>,
    /// What the vault is known to have.
    kept: Option<Tokens>,
    /// Until when nothing is renewed that still lives.
    rests: Option<Timestamp>,
    /// Somebody has consented anew.
    is_over: bool,
}

impl Session {
    /// A session; nothing is asked yet. Whoever renews holds `renewing`, which sessions of one target share: the next one
    /// begins with what the former one still gets.
    pub fn new(client: Client, vault: Arc<dyn Vault>, renewing: Arc<tokio::sync::Mutex<()>>) -> Self {
        Self {
            client,
            vault,
            held: Mutex::default(),
            renewing,
            tasks: Mutex::default(),
        }
    }

    /// What stands before the access token in `Authorization`.
    pub(in crate::client) fn prefix(&self) -> &'static str {
        &self.client.method.prefix
    }

    /// An access token.
    ///
    /// # Errors
    /// `Unauthorized` when a person has to consent (again), with the server's words, or has consented anew.
    pub(in crate::client) async fn access(self: &Arc<Self>) -> Result<SecretString, Error> {
        let now = self.vault.now();
        let Some(present) = self.present(now) else {
            return self.renewed().await;
        };
        if self.held().is_to_tend(now) {
            self.tend_behind();
        }
        Ok(present.access)
    }

    /// The vendor did not accept this access token. There is another one now, so that the call can be made again.
    ///
    /// # Errors
    /// As [`Session::access`].
    pub(in crate::client) async fn refused(self: &Arc<Self>, access: &SecretString) -> Result<(), Error> {
        let now = self.vault.now();
        if let Some(present) = &mut self.held().tokens
            && present.access.expose_secret() == access.expose_secret()
        {
            // Whatever was said of its life, it is over.
            present.expires = Some(now);
        }
        self.renewed().await.map(drop)
    }

    /// Waits for an access token that lives.
    async fn renewed(self: &Arc<Self>) -> Result<SecretString, Error> {
        let session = Arc::clone(self);
        let (tell, told) = oneshot::channel();
        self.run(async move {
            let _turn = session.renewing.lock().await;
            let access = session.alive().await;
            // Whoever asked may be gone.
            drop(tell.send(access));
        });
        let reason = "the renewal of access broke off";
        told.await
            .map_err(|_| Error::new(ErrorKind::Unavailable, Retry::Backoff, reason))?
    }

    fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// What was kept, or what another caller has renewed, or new tokens.
    async fn alive(&self) -> Result<SecretString, Error> {
        if self.held().is_over {
            return Err(consented_anew());
        }
        if self.held().tokens.is_none() {
            let kept = self.vault.load().await?;
            *self.held() = Held {
                tokens: kept.clone(),
                kept,
                ..Held::default()
            };
        }
        match self.present(self.vault.now()) {
            Some(present) => Ok(present.access),
            None => self.renew().await,
        }
    }

    /// Renews, or keeps what could not be kept, unless that is under way.
    fn tend_behind(self: &Arc<Self>) {
        let Ok(turn) = Arc::clone(&self.renewing).try_lock_owned() else {
            return;
        };
        let session = Arc::clone(self);
        self.run(async move {
            let _turn = turn;
            if let Err(error) = session.tend().await {
                session.rest();
                // The server's words are for people at the target, not for the log.
                tracing::warn!(vendor = session.client.vendor, kind = ?error.kind, "an access token could not be renewed yet");
            }
        });
    }

    async fn tend(&self) -> Result<(), Error> {
        let unkept = self.held().unkept().cloned();
        match unkept {
            Some(tokens) => self.keep(tokens).await.map(drop),
            None => self.renew().await.map(drop),
        }
    }

    async fn renew(&self) -> Result<SecretString, Error> {
        let now = self.vault.now();
        let former = self.held().tokens.clone();
        let refresh = former.as_ref().and_then(Tokens::renewal);
        let renewed = match (self.client.method.grant, refresh) {
            (Grant::AuthorizationCode | Grant::ClientCredentials, Some(refresh)) => {
                self.refreshed(&refresh, now).await?
            }
            (Grant::ClientCredentials | Grant::PrivateKeyJwt, _) => self.client.own(now).await?,
            (Grant::AuthorizationCode | Grant::Secret, None) => {
                self.same_consent().await?;
                return Err(consent_needed(match former {
                    Some(_) => "the former consent has ended",
                    None => "nobody has consented yet, or not since the key was changed",
                }));
            }
            (Grant::Secret, Some(_)) => return Err(consent_needed("a secret is not renewed")),
        };
        if let Some(scope) = renewed.lacks(&self.client.scopes) {
            tracing::warn!(
                vendor = self.client.vendor,
                scope,
                "a renewed token lacks a scope that is declared"
            );
        }
        self.keep(renewed).await
    }

    /// A refused refresh token may be one whose successor's answer was lost: a client that needs no person asks for
    /// itself. One that is spent for good is forgotten: it is not asked for again with each call, and whoever looks sees
    /// when access ends.
    async fn refreshed(&self, refresh: &Refresh, now: Timestamp) -> Result<Tokens, Error> {
        let refusal = match self.client.refresh(refresh, now).await {
            Err(refusal) if refusal.error.kind == ErrorKind::Unauthorized => refusal,
            Err(refusal) => return Err(refusal.error),
            Ok(renewed) => return Ok(renewed),
        };
        if self.client.method.grant == Grant::ClientCredentials {
            return self.client.own(now).await;
        }
        self.same_consent().await?;
        let present = self.held().tokens.clone();
        if let Some(present) = present.filter(|_| refusal.is_for_good) {
            let forgotten = Tokens {
                refresh: None,
                refresh_expires: None,
                ..present
            };
            self.keep(forgotten).await?;
        }
        Err(consent_needed(&refusal.error.reason))
    }

    /// New tokens are kept before they are used. Those that cannot be kept now are used all the same, and kept later: what
    /// they came from is spent.
    async fn keep(&self, tokens: Tokens) -> Result<SecretString, Error> {
        let former = self.held().kept.clone();
        let kept = self.vault.replace(former.as_ref(), &tokens).await;
        let mut held = self.held();
        let access = tokens.access.clone();
        match kept {
            Ok(true) => {
                *held = Held {
                    tokens: Some(tokens.clone()),
                    kept: Some(tokens),
                    ..Held::default()
                };
            }
            Ok(false) => {
                *held = Held {
                    is_over: true,
                    ..Held::default()
                };
                return Err(consented_anew());
            }
            Err(error) => {
                held.tokens = Some(tokens);
                held.rests = self.vault.now().checked_add(REST).ok();
                tracing::error!(vendor = self.client.vendor, %error, "renewed tokens cannot be kept");
            }
        }
        Ok(access)
    }

    /// Checks that nobody has consented anew.
    async fn same_consent(&self) -> Result<(), Error> {
        let kept = self.vault.load().await?;
        let mut held = self.held();
        if Tokens::are_same(kept.as_ref(), held.kept.as_ref()) {
            return Ok(());
        }
        *held = Held {
            is_over: true,
            ..Held::default()
        };
        Err(consented_anew())
    }

    /// The tokens whose access lives.
    fn present(&self, now: Timestamp) -> Option<Tokens> {
        self.held().tokens.clone().filter(|tokens| tokens.lives(now))
    }

    fn rest(&self) {
        self.held().rests = self.vault.now().checked_add(REST).ok();
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether something is to be done for tokens that live.
    fn is_to_tend(&self, now: Timestamp) -> bool {
        let is_ending = self.tokens.as_ref().is_some_and(|tokens| tokens.is_ending(now));
        self.rests.is_none_or(|until| now >= until) && (is_ending || self.unkept().is_some())
    }

    /// The tokens, if the vault has not got them.
    fn unkept(&self) -> Option<&Tokens> {
        let tokens = self.tokens.as_ref()?;
        let is_kept = Tokens::are_same(Some(tokens), self.kept.as_ref());
        (!is_kept).then_some(tokens)
    }
}

fn consented_anew() -> Error {
    let reason = "somebody has consented anew: the target is to begin again with that";
    Error::new(ErrorKind::Unauthorized, Retry::Backoff, reason)
}

fn consent_needed(reason: &str) -> Error {
    let reason = format!("a person must consent: run `usherd target authorize` ({reason})");
    Error::new(ErrorKind::Unauthorized, Retry::Backoff, reason)
}
