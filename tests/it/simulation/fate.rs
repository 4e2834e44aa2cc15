//! When the process dies.
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use futures_util::FutureExt;
use tokio::sync::Notify;

/// Counts what the process brings about outside of itself, and lets it die before one of these effects. From then on
/// nothing that it still does has any effect, so that it does not matter how long its remains are polled.
#[derive(Debug, Default)]
pub(super) struct Fate {
    /// Effects left to this life; negative: it dies by none.
    left: AtomicI64,
    /// Effects left once a bulk job is submitted; negative: it makes no difference.
    left_after_job: AtomicI64,
    /// Which life it is; even numbers are deaths.
    life: AtomicU64,
    died: Notify,
}

impl Fate {
    /// Begins a life that ends before this many effects, if that is given; its number.
    pub(super) fn begin(&self, effects: Option<u64>) -> u64 {
        let left = effects.map_or(-1, |effects| i64::try_from(effects).expect("a small number"));
        self.left.store(left, Ordering::SeqCst);
        self.left_after_job.store(-1, Ordering::SeqCst);
        // A death that nobody waited for is over.
        let _: Option<()> = self.died.notified().now_or_never();
        self.life.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The present life ends before this many effects, counted from when it submits a bulk job.
    pub(super) fn end_after_job(&self, effects: u64) {
        let left = i64::try_from(effects).expect("a small number");
        self.left_after_job.store(left, Ordering::SeqCst);
    }

    /// A bulk job is about to be submitted.
    pub(super) fn submit(&self, life: u64) {
        if !self.lives(life) {
            return;
        }
        let left = self.left_after_job.swap(-1, Ordering::SeqCst);
        if left >= 0 {
            self.left.store(left, Ordering::SeqCst);
        }
    }

    /// Ends the present life.
    pub(super) fn end(&self) {
        self.life.fetch_add(1, Ordering::SeqCst);
        self.died.notify_one();
    }

    /// Whether this life goes on.
    pub(super) fn lives(&self, life: u64) -> bool {
        self.life.load(Ordering::SeqCst) == life
    }

    /// One more effect of this life; false if it does not come about.
    pub(super) fn step(&self, life: u64) -> bool {
        if !self.lives(life) {
            return false;
        }
        match self.left.load(Ordering::SeqCst) {
            0 => self.end(),
            left => self.left.store((left - 1).max(-1), Ordering::SeqCst),
        }
        self.lives(life)
    }

    /// Until it dies.
    pub(super) async fn death(&self) {
        self.died.notified().await;
    }
}
