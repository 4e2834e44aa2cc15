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
    /// Which life it is; even numbers are deaths.
    life: AtomicU64,
    died: Notify,
}

impl Fate {
    /// Begins a life that ends before this many effects, if that is given; its number.
    pub(super) fn begin(&self, effects: Option<u64>) -> u64 {
        let left = effects.map_or(-1, |effects| i64::try_from(effects).expect("a small number"));
        self.left.store(left, Ordering::SeqCst);
        // A death that nobody waited for is over.
        let _: Option<()> = self.died.notified().now_or_never();
        self.life.fetch_add(1, Ordering::SeqCst) + 1
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
