//! What others ask of a target: its vendor's accounts and roles, and how soon it would get to a change.
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{Lack, Page};

use super::Sender;
use super::health::OUT_OF_SERVICE;
use crate::service::{LiveRoles, Seating, TargetState, Unread};
use crate::store::LinkKey;

impl Sender {
    /// A page of the vendor's accounts, once the holder of the lease has time for it.
    ///
    /// # Errors
    /// The target does not work, or does not answer.
    pub(in crate::delivery) async fn accounts(&self, kind: Kind, after: Option<String>) -> Result<Page, Unread> {
        let status = self.status();
        match status.state {
            TargetState::Working | TargetState::Limited | TargetState::Idle => {}
            TargetState::Down | TargetState::Unauthorized | TargetState::Repointed => {
                return Err(Unread(status.reason.unwrap_or_else(|| OUT_OF_SERVICE.to_owned())));
            }
        }
        let answer = self.readings.ask(kind, after);
        self.wake();
        answer.page().await
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

    /// Leaves what was set aside for a link to others.
    pub(in crate::delivery) fn release(&self, link: &LinkKey) {
        self.live.release(link);
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

    /// Whether the vendor has an account of this unique value; `None` unless the target works and the vendor says so.
    pub(in crate::delivery) async fn has_account(&self, kind: Kind, unique: &str) -> Option<bool> {
        let works = self.status().state == TargetState::Working;
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let found = line.filter(|_| works)?.adapter.find(kind, unique).await;
        found.ok().map(|account| account.is_some())
    }
}
