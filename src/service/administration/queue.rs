//! What waits at a target, looked at within bounds.
use jiff::Timestamp;

use super::{Administration, Error};
use crate::store::{self, Link, LinkKey, LinkQuery, ProblemKind, TargetId};

/// Pending links looked at: the next that are due, leavers first.
const PENDING_MAX: usize = 2_000;

/// Resting links looked at; those beyond count as parked.
const RESTING_MAX: usize = 10_000;

/// What waits, as far as it was looked at.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) oldest_pending: Option<Timestamp>,
    pub(super) oldest_leaver: Option<Timestamp>,
    pub(super) reading_back: u64,
    pub(super) held: u64,
    pub(super) withheld: u64,
    /// Those who leave among the parked and the held.
    pub(super) resting_leavers: u64,
}

impl Queue {
    fn pending(&mut self, link: &Link) {
        if link.is_parked() {
            return;
        }
        self.oldest_pending = older(self.oldest_pending, link.pending_since);
        self.leaver(link);
        self.reading_back += u64::from(link.removal_sent);
    }

    fn resting(&mut self, link: &Link) {
        match link.problem.as_ref().map(|problem| problem.kind) {
            // A person has decided that they keep their access.
            Some(ProblemKind::Withheld) => {
                self.withheld += 1;
                return;
            }
            Some(ProblemKind::Held) => self.held += 1,
            Some(ProblemKind::Parked | ProblemKind::Retrying) | None => {}
        }
        self.resting_leavers += u64::from(link.leaver_since.is_some());
        self.leaver(link);
    }

    fn leaver(&mut self, link: &Link) {
        self.oldest_leaver = older(self.oldest_leaver, link.leaver_since);
    }
}

fn older(known: Option<Timestamp>, seen: Option<Timestamp>) -> Option<Timestamp> {
    known.into_iter().chain(seen).min()
}

impl Administration {
    /// What waits at a target.
    pub(super) async fn queue(&self, target: TargetId) -> Result<Queue, Error> {
        let mut queue = Queue::default();
        let pending = LinkQuery::Due(Timestamp::MAX);
        self.see(target, (pending, PENDING_MAX), |link| queue.pending(link))
            .await?;
        let resting = LinkQuery::Parked(None);
        self.see(target, (resting, RESTING_MAX), |link| queue.resting(link))
            .await?;
        Ok(queue)
    }

    /// Shows links, but for damaged ones.
    async fn see(
        &self,
        target: TargetId,
        (query, limit): (LinkQuery, usize),
        mut shown: impl FnMut(&Link),
    ) -> Result<(), Error> {
        let store = &self.parts.store;
        let keys: Vec<LinkKey> = store.link_keys(target, query, limit).await?;
        for key in keys {
            match store.link(&key).await {
                Ok(link) => link.iter().for_each(&mut shown),
                Err(store::Error::Damaged(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
