//! What others ask of a target: its vendor's accounts and roles, and how soon it would get to a change.
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{Account, Lack, Page};
use tokio::time::{Instant, timeout_at};

use super::Sender;
use super::health::OUT_OF_SERVICE;
use crate::delivery::line::Line;
use crate::delivery::readings::{Read, Reading, STOPPED};
use crate::service::{LiveRoles, Seating, TargetState, Unread};
use crate::store::LinkQuery;

/// How long it is waited for the lease: longer than one takes to run out, and a call of its holder.
const LEASE_MAX: Duration = Duration::from_secs(180);

impl Sender {
    /// A page of the vendor's accounts, once the holder of the lease has time for it.
    ///
    /// # Errors
    /// The target does not work, or does not answer.
    pub(in crate::delivery) async fn accounts(&self, kind: Kind, after: Option<String>) -> Result<Page, Unread> {
        match self.read(Reading::Accounts(kind, after)).await? {
            Read::Accounts(page) => Ok(page),
            Read::Account(_) | Read::Members(_) => Err(another()),
        }
    }

    /// An account of the vendor; `None` if it is gone.
    ///
    /// # Errors
    /// As [`Sender::accounts`].
    pub(in crate::delivery) async fn account(&self, kind: Kind, account: Account) -> Result<Option<Account>, Unread> {
        match self.read(Reading::Account(kind, account)).await? {
            Read::Account(found) => Ok(found),
            Read::Accounts(_) | Read::Members(_) => Err(another()),
        }
    }

    /// A page of a group's members at the vendor; `None` if the group is gone, or the vendor does not tell.
    ///
    /// # Errors
    /// As [`Sender::accounts`].
    pub(in crate::delivery) async fn members(
        &self,
        group: &str,
        after: Option<String>,
    ) -> Result<Option<(Vec<String>, Option<String>)>, Unread> {
        match self.read(Reading::Members(group.to_owned(), after)).await? {
            Read::Members(page) => Ok(page),
            Read::Accounts(_) | Read::Account(_) => Err(another()),
        }
    }

    /// The line, once the lease is held.
    ///
    /// # Errors
    /// The target does not work, or another process holds the lease.
    pub(in crate::delivery) async fn working_line(&self) -> Result<Arc<Line>, Unread> {
        let until = Instant::now() + LEASE_MAX;
        loop {
            let opened = self.opened.notified();
            self.check_service()?;
            if let Some(line) = self.line() {
                return Ok(line);
            }
            if timeout_at(until, opened).await.is_err() {
                return Err(Unread("another process sends to the target".to_owned()));
            }
        }
    }

    /// Waits until reads show what was sent before this holder of the lease.
    ///
    /// # Errors
    /// It holds the lease no more, or is told to stop.
    pub(in crate::delivery) async fn believe(&self, line: &Arc<Line>) -> Result<(), Unread> {
        let closed = async {
            loop {
                let changed = self.opened.notified();
                if !self.line().is_some_and(|held| Arc::ptr_eq(&held, line)) {
                    return;
                }
                changed.await;
            }
        };
        tokio::select! {
            () = line.believe() => Ok(()),
            () = closed => Err(Unread(STOPPED.to_owned())),
        }
    }

    fn line(&self) -> Option<Arc<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn check_service(&self) -> Result<(), Unread> {
        let status = self.status();
        match status.state {
            TargetState::Working | TargetState::Limited | TargetState::Idle => Ok(()),
            TargetState::Unauthorized if self.readable.load(Ordering::Relaxed) => Ok(()),
            TargetState::Down | TargetState::Unauthorized | TargetState::Repointed => {
                Err(Unread(status.reason.unwrap_or_else(|| OUT_OF_SERVICE.to_owned())))
            }
        }
    }

    async fn read(&self, reading: Reading) -> Result<Read, Unread> {
        self.check_service()?;
        let answer = self.readings.ask(reading);
        self.wake();
        answer.read().await
    }

    /// Whether what is marked now can be settled within this time.
    pub(in crate::delivery) fn is_soon(&self, within: Duration) -> bool {
        let status = self.status();
        let queued = self.queued.load(Ordering::Relaxed);
        let affordable = self.throttle.per_second() * within.as_secs_f64();
        // A queue length fits a float exactly far beyond any real backlog.
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let fits = (queued as f64) < affordable;
        status.state == TargetState::Working && fits
    }

    /// The roles that the vendor lists, as last read.
    pub(in crate::delivery) fn live_roles(&self) -> Option<LiveRoles> {
        self.live.known()
    }

    /// Sets a seat aside; else answers what is in the way.
    pub(in crate::delivery) fn reserve(&self, seating: &Seating) -> Option<Lack> {
        self.live.reserve(seating)
    }

    /// Leaves what was set aside for a write to others.
    pub(in crate::delivery) fn give_back(&self, seating: &Seating) {
        self.live.give_back(seating);
    }

    /// The same, just read; `None` also unless the target works.
    pub(in crate::delivery) async fn fresh_live_roles(&self) -> Option<LiveRoles> {
        match self.status().state {
            TargetState::Working => self.live.fresh(&self.shared.settings).await,
            TargetState::Limited
            | TargetState::Down
            | TargetState::Unauthorized
            | TargetState::Repointed
            | TargetState::Idle => None,
        }
    }

    /// Whether the vendor has an account of this unique value; `None` unless the target works and the vendor says so, and
    /// while leavers are due: the pace of calls knows no lanes, so that one at a time asks, and none before them.
    pub(in crate::delivery) async fn has_account(&self, kind: Kind, unique: &str) -> Option<bool> {
        let _asking = self.asking.lock().await;
        let leavers = self.due(LinkQuery::DueLeavers(self.now()), 1).await.ok()?;
        let may_ask = leavers.is_empty() && self.status().state == TargetState::Working;
        let found = self.line().filter(|_| may_ask)?.adapter.find(kind, unique).await;
        found.ok().map(|account| account.is_some())
    }
}

/// What never happens: a reading is answered with what was asked for.
fn another() -> Unread {
    Unread("another reading was answered than was asked for".to_owned())
}
