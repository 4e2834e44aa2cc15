//! Which links get a turn, and when to look again.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{LOOK_AROUND, Sender};
use crate::delivery::flights::Flights;
use crate::delivery::line::Line;
use crate::store::{self, LinkKey, LinkQuery};

/// Due leavers that are looked at beyond those that are known, so that people are found behind groups that lose members:
/// each look finds so many further groups.
const LEAVERS_MAX: usize = 500;

/// The wait while the store takes no writes.
const STORE_REFUSES: Duration = Duration::from_secs(2);

/// The wait when everything due is in work already.
const ALL_IN_WORK: Duration = Duration::from_millis(250);

impl Sender {
    /// Starts turns, leavers first; answers when to look again.
    pub(super) async fn dispatch(&self, line: &Arc<Line>, flights: &mut Flights) -> Result<Instant, store::Error> {
        if flights.is_refused().await? {
            return Ok(Instant::now() + STORE_REFUSES);
        }
        let backlog = self.shared.store.backlog(self.target.id).await?;
        self.queued.store(backlog.pending, Ordering::Relaxed);
        line.pool.expect(backlog.pending);
        let now = self.now();
        self.look_for_strays(&mut flights.strays, now, &backlog).await?;
        flights.rouse();
        let before = flights.len();
        let open = line.breaker().is_open();
        match open {
            true => self.probe(line, flights, now).await?,
            false => self.start_due(line, flights, now).await?,
        }
        let due = self.shared.store.backlog(self.target.id).await?.next_due;
        let due = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO));
        let wait = match due {
            Some(Duration::ZERO) if flights.len() == before => ALL_IN_WORK,
            Some(due) => due.min(LOOK_AROUND),
            None => LOOK_AROUND,
        };
        let look = Instant::now() + wait;
        Ok(match line.breaker().next_probe() {
            Some(probe) => look.max(probe),
            None => look,
        })
    }

    async fn start_due(&self, line: &Line, flights: &mut Flights, now: Timestamp) -> Result<(), store::Error> {
        let mut due = self.leavers(line, flights, now).await?;
        let limit = line.places.count() + flights.known();
        due.extend(self.due(LinkQuery::Due(now), limit).await?);
        due.extend_from_slice(&flights.strays.others);
        for key in due {
            if flights.may_start(&key)
                && flights.len() < most(line)
                && let Some(place) = line.places.take(false)
            {
                flights.start(key, place);
            }
        }
        Ok(())
    }

    /// Starts people who leave, as far as there are places. Answers the groups that lose members, behind them all and in
    /// turn: one of many members would else keep all others waiting. They get no place that is kept for leavers.
    async fn leavers(&self, line: &Line, flights: &mut Flights, now: Timestamp) -> Result<Vec<LinkKey>, store::Error> {
        let limit = LEAVERS_MAX + flights.known() + flights.groups();
        let mut due = self.due(LinkQuery::DueLeavers(now), limit).await?;
        due.extend_from_slice(&flights.strays.leavers);
        let mut groups = Vec::new();
        for key in due {
            if !flights.may_start(&key) {
                continue;
            }
            let Some(place) = line.places.take(true).filter(|_| flights.len() < most(line)) else {
                break;
            };
            if flights.yielded(&key).is_none() && self.is_group(&key).await? {
                flights.meet_group(key);
            }
            match flights.yielded(&key) {
                Some(yielded) => groups.push((yielded, key)),
                None => flights.start(key, place),
            }
        }
        groups.sort_by_key(|(yielded, _)| *yielded);
        Ok(groups.into_iter().map(|(_, key)| key).collect())
    }

    async fn is_group(&self, key: &LinkKey) -> Result<bool, store::Error> {
        match self.shared.store.link(key).await {
            // Its turn tells.
            Err(store::Error::Damaged(_)) => Ok(false),
            link => Ok(link?.is_some_and(|link| !link.is_person())),
        }
    }

    /// Starts the one turn by which an open breaker finds out whether the target works again.
    async fn probe(&self, line: &Line, flights: &mut Flights, now: Timestamp) -> Result<(), store::Error> {
        let limit = 1 + flights.known() + line.breaker().tried();
        let mut candidates = self.due(LinkQuery::DueLeavers(now), limit).await?;
        candidates.extend_from_slice(&flights.strays.leavers);
        candidates.extend(self.due(LinkQuery::Due(now), limit + candidates.len()).await?);
        candidates.extend_from_slice(&flights.strays.others);
        candidates.retain(|key| flights.may_start(key));
        if let Some(place) = line.places.take(true)
            && let Some(probe) = line.breaker().probe(&candidates)
        {
            flights.start(probe, place);
        }
        Ok(())
    }

    pub(super) async fn due(&self, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, store::Error> {
        self.shared.store.link_keys(self.target.id, query, limit).await
    }
}

/// So many turns may be under way.
fn most(line: &Line) -> usize {
    line.places.count() + line.pool.room(line)
}
