//! The links that were settled so lately that what is read of them may be older.
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::store::LinkKey;

/// Bounded by what can be settled within the time.
#[derive(Debug)]
pub(super) struct Lately {
    within: Duration,
    order: VecDeque<(Instant, LinkKey)>,
    last: BTreeMap<LinkKey, Instant>,
}

impl Lately {
    /// None yet; they count for this time.
    pub(super) fn new(within: Duration) -> Self {
        Self {
            within,
            order: VecDeque::new(),
            last: BTreeMap::new(),
        }
    }

    /// It was settled now.
    pub(super) fn note(&mut self, key: LinkKey) {
        let now = Instant::now();
        self.forget(now);
        self.order.push_back((now, key));
        self.last.insert(key, now);
    }

    /// Whether it was settled within the time.
    pub(super) fn has(&self, key: &LinkKey) -> bool {
        self.last
            .get(key)
            .is_some_and(|settled| settled.elapsed() < self.within)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((settled, key)) = self.order.front().copied()
            && now.duration_since(settled) >= self.within
        {
            self.order.pop_front();
            if self.last.get(&key) == Some(&settled) {
                self.last.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId};

    fn key(number: u128) -> LinkKey {
        LinkKey {
            directory: DirectoryId(Uuid::nil()),
            target: TargetId(Uuid::nil()),
            resource: ResourceId(Uuid::from_u128(number)),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_counts_for_a_while_from_its_last_settling() {
        let mut lately = Lately::new(Duration::from_secs(10));
        let has = |lately: &Lately| [1, 2].map(|number| lately.has(&key(number)));
        lately.note(key(1));
        advance(Duration::from_secs(6)).await;
        lately.note(key(2));
        assert_eq!(has(&lately), [true, true]);
        advance(Duration::from_secs(5)).await;
        assert_eq!(has(&lately), [false, true]);
        lately.note(key(2));
        advance(Duration::from_secs(6)).await;
        assert_eq!(has(&lately), [false, true]);
        lately.note(key(1));
        advance(Duration::from_secs(9)).await;
        lately.note(key(3));
        assert_eq!(
            (has(&lately), lately.order.len(), lately.last.len()),
            ([true, false], 2, 2)
        );
    }
}
