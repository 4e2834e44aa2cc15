//! Links that would rest until the clock has caught up: what was written while it was ahead is due in the future once it is
//! set back.
use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{LOOK_AROUND, Sender};
use crate::store::{self, Backlog, Link, LinkKey, LinkQuery};

/// Strays of a lane that are found at a time: a clock that is ahead for a minute makes no more, and others follow.
const STRAYS_MAX: usize = 1_000;

/// What was found, and is due now whatever is written.
#[derive(Debug)]
pub(in crate::delivery) struct Strays {
    pub(super) leavers: Vec<LinkKey>,
    pub(super) others: Vec<LinkKey>,
    look_at: Instant,
}

impl Default for Strays {
    fn default() -> Self {
        Self {
            leavers: Vec::new(),
            others: Vec::new(),
            look_at: Instant::now(),
        }
    }
}

impl Strays {
    /// It gets its turn, and is due as that turn says.
    pub(in crate::delivery) fn forget(&mut self, key: &LinkKey) {
        self.leavers.retain(|stray| stray != key);
        self.others.retain(|stray| stray != key);
    }
}

impl Sender {
    /// Looks for strays if it is time for that. The time is the runtime's, which no clock moves.
    pub(super) async fn look_for_strays(
        &self,
        strays: &mut Strays,
        now: Timestamp,
        backlog: &Backlog,
    ) -> Result<(), store::Error> {
        if strays.look_at > Instant::now() {
            return Ok(());
        }
        let limit = now.saturating_add(self.settings().retry_max).unwrap_or(Timestamp::MAX);
        let parked = usize::try_from(backlog.parked).unwrap_or(usize::MAX);
        let most = STRAYS_MAX.saturating_add(parked);
        let mut leavers = self.untried(now).await?;
        leavers.extend(self.due(LinkQuery::LeaversAfter(limit), most).await?);
        let mut others = self.due(LinkQuery::OthersAfter(limit), most).await?;
        if !leavers.is_empty() || !others.is_empty() {
            // Nothing else has reason to wait longer than the longest wait between two tries.
            let parked: BTreeSet<_> = self.due(LinkQuery::Parked(None), most).await?.into_iter().collect();
            leavers.retain(|key| !parked.contains(key));
            others.retain(|key| !parked.contains(key));
        }
        *strays = Strays {
            leavers,
            others,
            look_at: Instant::now() + LOOK_AROUND,
        };
        Ok(())
    }

    /// Leavers who are due after this time, and whom no try has put off.
    async fn untried(&self, now: Timestamp) -> Result<Vec<LinkKey>, store::Error> {
        let mut untried = Vec::new();
        for key in self.due(LinkQuery::LeaversAfter(now), STRAYS_MAX).await? {
            match self.store().link(&key).await {
                Ok(link) if link.as_ref().is_some_and(is_untried) => untried.push(key),
                // Its turn tells, once it is due.
                Ok(_) | Err(store::Error::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(untried)
    }
}

fn is_untried(link: &Link) -> bool {
    link.problem.is_none()
}
