//! What the end of a turn means for its link and for the target.
use adapters::ErrorKind;
use jiff::Timestamp;

use super::Sender;
use crate::delivery::flights::{Flights, Landed};
use crate::delivery::line::Line;
use crate::delivery::memory::Damaged;
use crate::delivery::outcome::Outage;
use crate::delivery::turn::End;
use crate::delivery::{alarms, backoff};
use crate::service::TargetState;
use crate::store::{self, LinkChange, LinkKey, LinkQuery, Problem, ProblemKind, Write, hour_of};

/// Leavers looked through for one whose link cannot be read.
const LEAVERS_MAX: usize = 1_000;

/// What is told of credentials that are good for reading alone.
const REFUSES_CHANGES: &str = "the vendor knows the credentials and refuses every change made with them";

impl Sender {
    /// A turn is over; false if the lease is another's by now.
    pub(super) async fn landed(&self, line: &Line, flights: &mut Flights, (key, landed): (LinkKey, Landed)) -> bool {
        let end = match landed {
            Landed::Ended(Ok(end)) => {
                line.memory().sound(&key);
                end
            }
            Landed::Ended(Err(store::Error::Conflict(store::Conflict::Lease))) => return false,
            Landed::Ended(Err(error)) => {
                self.failed(&error);
                if matches!(error, store::Error::Damaged(_)) {
                    self.damaged(line, key).await;
                }
                self.stumbled(line, flights, key);
                End::Done
            }
            Landed::Broken(error) => {
                tracing::error!(target.name = %self.target.config.name, resource.id = %key.resource, panicked = error.is_panic(), "a turn broke");
                self.stumbled(line, flights, key);
                if let Err(error) = self.broken(line, key).await {
                    self.failed(&error);
                }
                End::Done
            }
        };
        self.ended(line, key, end);
        true
    }

    /// What the end of a turn says of the target.
    fn ended(&self, line: &Line, key: LinkKey, end: End) {
        if !matches!(end, End::Outage(_)) {
            line.breaker().idle(&key);
        }
        let (open, state) = (line.breaker().is_open(), self.status().state);
        let down = state == TargetState::Down;
        match end {
            End::Outage(Outage::Unauthorized) => {
                line.breaker().idle(&key);
                // The target's state or the record's: proving the credentials tells, unless many records are told so.
                line.memory().prove(false);
                if open {
                    let words = line.memory().denial().map(|words| format!(": {words}"));
                    let reason = format!("{REFUSES_CHANGES}{}", words.unwrap_or_default());
                    self.out_of_service(ErrorKind::Unauthorized, reason);
                }
            }
            End::Outage(Outage::Limited) => {
                line.breaker().idle(&key);
                self.out_of_service(ErrorKind::RateLimited, String::new());
            }
            End::Outage(Outage::Down) if open && !down => {
                tracing::warn!(target.name = %self.target.config.name, "the vendor fails; waiting for it");
                let reason = "the vendor fails or cannot be reached".to_owned();
                self.out_of_service(ErrorKind::Unavailable, reason);
            }
            End::Outage(Outage::Down) | End::Again | End::Busy | End::Done
                if !open && (down || state == TargetState::Unauthorized) =>
            {
                self.set(TargetState::Working, None);
            }
            End::Outage(Outage::Down) | End::Again | End::Busy | End::Done => {}
        }
    }

    /// A turn failed for reasons of our own, and nobody knows what it did: the link rests, so that others get their
    /// turns.
    fn stumbled(&self, line: &Line, flights: &mut Flights, key: LinkKey) {
        let doubt = line.target.call_deadline() + line.target.read_lag();
        let until = line.steady().saturating_add(doubt).unwrap_or(Timestamp::MAX);
        let mut memory = line.memory();
        memory.set_doubt(key, Some(until));
        memory.fail(key);
        let seed = key.resource.0.as_u64_pair().1;
        let wait = backoff::outage_delay(&self.shared.settings, memory.failures(&key), seed);
        flights.rest(key, wait);
    }

    /// A turn met a damaged record: those who leave in that hour do not wait for this one.
    async fn damaged(&self, line: &Line, key: LinkKey) {
        let damaged = match line.store.link(&key).await {
            // Who is counted among those who go is not waited for.
            Ok(link) => match link.filter(|link| !link.going).and_then(|link| link.leaver_since) {
                Some(since) => Damaged::Leaver(hour_of(since)),
                None => Damaged::Other,
            },
            Err(_) if self.is_in_leavers_lane(line, &key).await => Damaged::Unknown,
            Err(_) => Damaged::Other,
        };
        if line.memory().is_newly_damaged(key, damaged) {
            alarms::damaged(&self.target, &key);
        }
    }

    /// Whether the link is among the first leavers, which the index tells of one that cannot be read.
    async fn is_in_leavers_lane(&self, line: &Line, key: &LinkKey) -> bool {
        let leavers = LinkQuery::DueLeavers(Timestamp::MAX);
        let keys = line.store.link_keys(line.target.id, leavers, LEAVERS_MAX).await;
        keys.is_ok_and(|keys| keys.contains(key))
    }

    /// A turn that panicks counts as the record's own failure.
    async fn broken(&self, line: &Line, key: LinkKey) -> Result<(), store::Error> {
        let Some(link) = line.store.link(&key).await? else {
            return Ok(());
        };
        let (now, settings) = (self.now(), &self.shared.settings);
        let later = |wait| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let problem = |kind| Problem {
            kind,
            field: None,
            reason: "an internal failure; see the log".to_owned(),
            since: now,
        };
        let parks = link.leaver_since.is_none() && link.attempts + 1 >= settings.attempts_max;
        if !parks {
            let change = LinkChange::Retry {
                due: later(backoff::delay(settings, link.attempts, key.resource.0.as_u64_pair().1)),
                problem: problem(ProblemKind::Retrying),
                counts: true,
                ambiguous_until: None,
                seen: link.marked,
            };
            return line.commit(Vec::new(), vec![Write::Link(key, change)]).await;
        }
        let problem = problem(ProblemKind::Parked);
        let change = LinkChange::Park {
            problem: problem.clone(),
            due: Some(later(settings.parked_retry)),
            seen: link.marked,
        };
        line.commit(Vec::new(), vec![Write::Link(key, change)]).await?;
        alarms::parked(line, &key, &problem);
        Ok(())
    }
}
