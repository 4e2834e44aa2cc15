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
    successes: Successes,
}

#[derive(Debug)]
struct Open {
    probe_at: Instant,
    wait: Duration,
    /// As long as fewer links failed it may be these records.
    links: usize,
    probing: Option<LinkKey>,
    /// Links that were probes; all others come first.
    tried: BTreeSet<LinkKey>,
}

impl Open {
    fn new(settings: &Settings) -> Self {
        let wait = settings.probe_first;
        Self {
            probe_at: Instant::now() + wait,
            wait,
            links: settings.breaker_links,
            probing: None,
            tried: BTreeSet::new(),
        }
    }
}

/// How often links came through: of the last one, and of the last other one.
#[derive(Debug, Default)]
struct Successes {
    count: u64,
    last: Option<(LinkKey, u64)>,
    other: u64,
}

impl Successes {
    fn add(&mut self, link: LinkKey) {
        self.count += 1;
        if let Some((last, count)) = self.last.replace((link, self.count))
            && last != link
        {
            self.other = count;
        }
    }

    fn of_others(&self, link: &LinkKey) -> u64 {
        match self.last {
            Some((last, count)) if last != *link => count,
            Some(_) | None => self.other,
        }
    }
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// When it lets the next probe through; `None` while closed, or while one is under way.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        let open = self.open.as_ref().filter(|open| open.probing.is_none());
        open.map(|open| open.probe_at)
    }

    /// Links that were probes since it opened, or failed.
    pub(super) fn tried(&self) -> usize {
        self.failed.len() + self.open.as_ref().map_or(0, |open| open.tried.len())
    }

    /// While open, the one that is let through if its time has come: the first that was none yet, so that one that
    /// always fails does not stand for all. Who is new needs no time to come while so few have failed that it may be
    /// their own fault.
    pub(super) fn probe(&mut self, candidates: &[LinkKey]) -> Option<LinkKey> {
        let open = self.open.as_mut()?;
        if open.probing.is_some() {
            return None;
        }
        let first = candidates.first()?;
        let is_new = |link: &&LinkKey| !open.tried.contains(*link) && !self.failed.contains(*link);
        let probe = match open.probe_at > Instant::now() {
            true if self.failed.len() >= open.links => return None,
            true => *candidates.iter().find(is_new)?,
            false => {
                let untried = candidates.iter().find(|link| !open.tried.contains(*link));
                if untried.is_none() {
                    open.tried.clear();
                }
                *untried.unwrap_or(first)
            }
        };
        open.tried.insert(probe);
        open.probing = Some(probe);
        Some(probe)
    }

    /// A number that grows when links other than this one come through: a link that fails meanwhile fails alone.
    pub(super) fn successes_of_others(&self, link: &LinkKey) -> u64 {
        self.successes.of_others(link)
    }

    /// The vendor did what this link's writing call asked for, or refused it. Reads say nothing: a vendor may answer
    /// them and fail at everything else.
    pub(super) fn succeeded(&mut self, link: LinkKey) {
        self.failed.clear();
        self.open = None;
        self.successes.add(link);
    }

    /// What failed before says nothing of the target any more.
    pub(super) fn forget(&mut self) {
        self.failed.clear();
        self.open = None;
    }

    /// The link's turn ended; if it was the probe, another one may go.
    pub(super) fn idle(&mut self, link: &LinkKey) {
        if let Some(open) = self.open.as_mut().filter(|open| open.probing == Some(*link)) {
            open.probing = None;
        }
    }

    /// The credentials did not do for a link so many times in a row, and nobody came through meanwhile: it is not the
    /// record, however few there are.
    pub(super) fn open_after(&mut self, settings: &Settings, denials: u32) {
        if self.open.is_none() && denials >= settings.attempts_max {
            self.open = Some(Open::new(settings));
        }
    }

    /// The vendor failed on this link's call.
    pub(super) fn failed(&mut self, settings: &Settings, link: LinkKey) {
        self.failed.insert(link);
        match &mut self.open {
            // What began before it opened tells nothing new.
            Some(open) if open.probing.is_none_or(|probe| probe == link) => {
                open.wait = open.wait.saturating_mul(2).min(settings.outage_retry_max);
                open.probe_at = Instant::now() + open.wait;
                open.probing = None;
            }
            Some(_) => {}
            None if self.failed.len() >= settings.breaker_links => self.open = Some(Open::new(settings)),
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

    async fn opened(settings: &Settings) -> Breaker {
        let mut breaker = Breaker::default();
        for number in 0..3 {
            assert!(!breaker.is_open());
            breaker.failed(settings, link(number));
        }
        assert!(breaker.is_open());
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn one_bad_link_never_opens_it() {
        let (settings, mut breaker) = (Settings::default(), Breaker::default());
        for _ in 0..100 {
            breaker.failed(&settings, link(1));
        }
        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_probes_ever_more_rarely_and_closes() {
        let settings = Settings::default();
        let mut breaker = opened(&settings).await;
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert_eq!(breaker.probe(&[link(9)]), None);
            let before = Instant::now();
            tokio::time::sleep_until(breaker.next_probe().unwrap()).await;
            waits.push(before.elapsed().as_secs());
            assert_eq!(breaker.probe(&[link(9)]), Some(link(9)), "the probe passes");
            assert_eq!(breaker.probe(&[link(9)]), None, "only one");
            breaker.failed(&settings, link(9));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 45, 45]);
        breaker.succeeded(link(9));
        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn probes_take_turns() {
        let settings = Settings::default();
        let mut breaker = opened(&settings).await;
        let candidates = [link(1), link(2), link(3)];
        let mut probes = Vec::new();
        for _ in 0..5 {
            tokio::time::sleep_until(breaker.next_probe().unwrap()).await;
            probes.extend(breaker.probe(&candidates));
            breaker.failed(&settings, probes.last().copied().unwrap());
        }
        assert_eq!(probes, [1, 2, 3, 1, 2].map(link));
        tokio::time::sleep_until(breaker.next_probe().unwrap()).await;
        assert_eq!(breaker.probe(&[]), None);
        assert_eq!(breaker.probe(&candidates), Some(link(3)));
        breaker.idle(&link(1));
        assert_eq!(breaker.probe(&candidates), None, "another one's end is not the probe's");
        breaker.idle(&link(3));
        assert!(breaker.probe(&candidates).is_some());
    }

    /// One link alone was denied again and again.
    #[tokio::test(start_paused = true)]
    async fn while_few_have_failed_who_is_new_goes_at_once() {
        let (settings, mut breaker) = (Settings::default(), Breaker::default());
        breaker.failed(&settings, link(1));
        breaker.open_after(&settings, settings.attempts_max);
        assert_eq!(breaker.probe(&[link(1)]), None, "it is not new");
        for number in [2, 3] {
            assert_eq!(breaker.probe(&[link(1), link(number)]), Some(link(number)));
            breaker.failed(&settings, link(number));
        }
        assert_eq!(breaker.probe(&[link(4)]), None, "it is all of them");
        tokio::time::sleep_until(breaker.next_probe().unwrap()).await;
        assert_eq!(breaker.probe(&[link(4)]), Some(link(4)));
    }

    #[test]
    fn a_links_own_successes_are_not_others() {
        for (successes, of_one, of_two) in [
            (&[][..], 0, 0),
            (&[1], 0, 1),
            (&[1, 1, 1], 0, 3),
            (&[1, 2], 2, 1),
            (&[1, 2, 1], 2, 3),
            (&[2, 1, 3], 3, 3),
        ] {
            let mut breaker = Breaker::default();
            successes.iter().for_each(|number| breaker.succeeded(link(*number)));
            let found = [1, 2].map(|number| breaker.successes_of_others(&link(number)));
            assert_eq!(found, [of_one, of_two], "{successes:?}");
        }
    }
}
