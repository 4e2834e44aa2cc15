//! When a target counts as down: distinct links failing in a row, and probes until one comes through.
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::delivery::Settings;
use crate::store::LinkKey;

/// The breaker of one target. One bad record cannot open it: it counts distinct links.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failed: BTreeSet<LinkKey>,
    open: Option<Open>,
    successes: u64,
}

#[derive(Debug)]
struct Open {
    probe_at: Instant,
    wait: Duration,
    probing: bool,
}

impl Breaker {
    /// Whether a call may be made now. While open it lets one probe through each time its wait is over.
    pub(super) fn admits(&mut self) -> bool {
        match &mut self.open {
            None => true,
            Some(open) if !open.probing && open.probe_at <= Instant::now() => {
                open.probing = true;
                true
            }
            Some(_) => false,
        }
    }

    /// When it lets the next probe through; `None` while closed.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.open
            .as_ref()
            .filter(|open| !open.probing)
            .map(|open| open.probe_at)
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Counts the successes so far: a link that fails while this grows fails alone.
    pub(super) fn successes(&self) -> u64 {
        self.successes
    }

    /// The vendor answered.
    pub(super) fn succeeded(&mut self) {
        self.failed.clear();
        self.open = None;
        self.successes += 1;
    }

    /// The probe ended without asking the vendor anything: another one may go.
    pub(super) fn idle(&mut self) {
        if let Some(open) = &mut self.open {
            open.probing = false;
        }
    }

    /// The vendor failed on this link's call.
    pub(super) fn failed(&mut self, settings: &Settings, link: LinkKey) {
        self.failed.insert(link);
        match &mut self.open {
            Some(open) => {
                open.wait = open.wait.saturating_mul(2).min(settings.retry_max);
                open.probe_at = Instant::now() + open.wait;
                open.probing = false;
            }
            None if self.failed.len() >= settings.breaker_links => {
                let wait = settings.probe_first;
                self.open = Some(Open {
                    probe_at: Instant::now() + wait,
                    wait,
                    probing: false,
                });
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId};
    use uuid::Uuid;

    fn link(number: u128) -> LinkKey {
        let nil = Uuid::nil();
        LinkKey {
            directory: DirectoryId(nil),
            target: TargetId(nil),
            resource: ResourceId(Uuid::from_u128(number)),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_bad_link_never_opens_it() {
        let (settings, mut breaker) = (Settings::default(), Breaker::default());
        for _ in 0..100 {
            breaker.failed(&settings, link(1));
        }
        assert!(breaker.admits());
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_probes_ever_more_rarely_and_closes() {
        let (settings, mut breaker) = (Settings::default(), Breaker::default());
        for number in 0..3 {
            assert!(breaker.admits());
            breaker.failed(&settings, link(number));
        }
        let mut waits = Vec::new();
        for _ in 0..10 {
            assert!(!breaker.admits());
            let before = Instant::now();
            tokio::time::sleep_until(breaker.next_probe().unwrap()).await;
            waits.push(before.elapsed().as_secs());
            assert!(breaker.admits(), "the probe passes");
            assert!(!breaker.admits(), "only one");
            breaker.failed(&settings, link(9));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        breaker.succeeded();
        assert!(breaker.admits() && !breaker.is_open());
    }
}
