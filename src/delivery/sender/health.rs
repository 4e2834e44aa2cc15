//! How a target is: whose account its credentials open, and whether the vendor works.
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use adapters::client::{Gate as _, Limits};
use adapters::{ErrorKind, Identity};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Sender, wait_or_stop};
use crate::delivery::backoff;
use crate::delivery::line::Line;
use crate::service::{Pace, TargetState, TargetStatus};
use crate::store::{self, Batch, Expect, SettingKind, Write};

/// Why no accounts are read, where the vendor gives no reason.
pub(super) const OUT_OF_SERVICE: &str = "the target is out of service";

impl Sender {
    /// How the target is.
    pub(in crate::delivery) fn status(&self) -> TargetStatus {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (status.state, self.throttle.limited_for()) {
            (TargetState::Working | TargetState::Idle, Some(limited)) => TargetStatus {
                state: TargetState::Limited,
                since: self.now().checked_sub(limited).ok(),
                ..status
            },
            _ => status,
        }
    }

    /// At what pace the target is called at present.
    pub(in crate::delivery) fn pace(&self) -> Pace {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (is_down, next_probe) = line.map_or((false, None), |line| {
            let breaker = line.breaker();
            (breaker.is_open(), breaker.next_probe())
        });
        let until = |wait: Duration| self.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        Pace {
            calls_per_minute: self.target.calls_per_minute(),
            paused_until: self.throttle.paused_for().map(until),
            is_down,
            next_probe: next_probe.map(|at| until(at.saturating_duration_since(Instant::now()))),
        }
    }

    /// Proves the credentials unless that is done, however long it takes; false when told to stop.
    pub(super) async fn identify(&self, line: &Line, stop: &mut watch::Receiver<bool>) -> bool {
        let mut attempts = 0;
        while !line.memory().is_proved() {
            match line.adapter.check().await {
                Ok(identity) => self.compare(line, identity).await,
                Err(error) => {
                    if error.kind == ErrorKind::Unauthorized {
                        line.breaker().forget();
                        self.readable.store(false, Ordering::Relaxed);
                    }
                    self.out_of_service(error.kind, error.reason);
                }
            }
            if line.memory().is_proved() {
                break;
            }
            let (settings, seed) = (&self.shared.settings, u64::from(attempts));
            let wait = match self.status().state {
                TargetState::Unauthorized | TargetState::Repointed => backoff::delay(settings, attempts, seed),
                _ => backoff::outage_delay(settings, attempts, seed),
            };
            attempts += 1;
            if wait_or_stop(wait, stop).await {
                return false;
            }
        }
        true
    }

    /// Proved, if it is the known account that the credentials open.
    async fn compare(&self, line: &Line, identity: Identity) {
        match self.former(&identity.id).await {
            Ok(None) => {
                line.memory().prove(true);
                self.readable.store(true, Ordering::Relaxed);
                self.live.want();
                // Credentials that may only read say whose they are, too.
                if !line.breaker().is_open() || self.status().state != TargetState::Unauthorized {
                    self.set(TargetState::Working, None);
                }
            }
            Ok(Some(former)) => {
                if self.is_new(TargetState::Repointed) {
                    tracing::error!(alarm = "target_repointed", target.name = %self.target.config.name, "the credentials open another vendor account than before; nothing is sent");
                }
                let reason = format!("the credentials open {}, and opened {former} before", identity.name);
                self.set(TargetState::Repointed, Some(reason));
                self.let_go();
            }
            Err(error) => self.failed(&error),
        }
    }

    pub(super) fn out_of_service(&self, kind: ErrorKind, reason: String) {
        match kind {
            ErrorKind::Unauthorized | ErrorKind::Rejected { .. } => {
                if self.is_new(TargetState::Unauthorized) {
                    tracing::error!(alarm = "target_unauthorized", target.name = %self.target.config.name, "the vendor does not accept the credentials");
                }
                self.set(TargetState::Unauthorized, Some(reason));
            }
            // No state of its own: it is over when the pause is.
            ErrorKind::RateLimited => self.limited(),
            ErrorKind::NotFound | ErrorKind::Exists { .. } | ErrorKind::Unavailable | ErrorKind::Ambiguous => {
                self.set(TargetState::Down, Some(reason));
            }
        }
        self.let_go();
    }

    /// Whether nobody was told of this state since the target last worked; from now on somebody was.
    fn is_new(&self, state: TargetState) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.replace(state) != Some(state)
    }

    fn limited(&self) {
        if self.throttle.limited_for().is_none() {
            self.throttle.observe(429, Limits::default());
        }
    }

    /// The vendor account that was seen first, if it is another one than this.
    async fn former(&self, identity: &str) -> Result<Option<String>, store::Error> {
        let name = format!("identity/{}", self.target.id.0);
        if let Some((_, known)) = self.shared.store.setting(SettingKind::Other, &name).await? {
            return Ok((known != identity.as_bytes()).then(|| String::from_utf8_lossy(&known).into_owned()));
        }
        let expect = vec![Expect::Setting(SettingKind::Other, name.clone(), None)];
        let writes = vec![Write::PutSetting(
            SettingKind::Other,
            name,
            identity.as_bytes().to_vec(),
        )];
        self.shared.store.commit(Batch { expect, writes }).await.map(|_| None)
    }

    pub(super) fn set(&self, state: TargetState, reason: Option<String>) {
        match state {
            TargetState::Working => *self.told.lock().unwrap_or_else(PoisonError::into_inner) = None,
            TargetState::Limited | TargetState::Idle => {}
            TargetState::Unauthorized if self.readable.load(Ordering::Relaxed) => {}
            TargetState::Down | TargetState::Unauthorized | TargetState::Repointed => {
                self.readings.refuse(reason.as_deref().unwrap_or(OUT_OF_SERVICE));
            }
        }
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match status.state == state {
            true => status.since,
            false => Some(self.shared.clock.now()),
        };
        *status = TargetStatus { state, reason, since };
    }

    fn let_go(&self) {
        let id = self.target.id;
        self.shared.waiters.let_all_go(|link| link.target == id);
    }
}
