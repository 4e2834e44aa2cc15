//! Leavers whose access has not ended, told to a person.
//!
//! They are looked for in the store, whatever state the target is in: an alarm that only a working sender raises fails
//! when it is needed.
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use crate::delivery::sender::Sender;
use crate::store::{self, LinkKey, LinkQuery, Store};

/// How often it is looked. The ages are minutes.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Leavers in the lane that are looked at: more than these are alarm enough.
const LEAVERS_MAX: usize = 1_000;

/// Parked links read at a time.
const PAGE: usize = 1_000;

/// Which leavers were alarmed of, and for how many ages.
#[derive(Debug, Default)]
struct Alarms {
    raised: BTreeMap<LinkKey, usize>,
}

/// Looks for ever.
pub(super) async fn watch(sender: &Sender) {
    let mut alarms = Alarms::default();
    let target = sender.target();
    loop {
        match leavers(sender).await {
            Ok(leavers) => {
                let (now, ages) = (sender.now(), &sender.settings().leaver_alarms);
                for (key, age) in alarms.due(&leavers, now, ages) {
                    let minutes = age.as_secs() / 60;
                    tracing::error!(alarm = "leaver_overdue", target.name = %target.config.name, resource.id = %key.resource, minutes, "a leaver's access has not ended yet");
                }
            }
            Err(error) => {
                tracing::error!(target.name = %target.config.name, error = %error, "leavers cannot be looked for");
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Leavers not delivered, those among them that rest included, and since when.
async fn leavers(sender: &Sender) -> Result<BTreeMap<LinkKey, Timestamp>, store::Error> {
    let (store, target) = (sender.store(), sender.target().id);
    let in_lane = LinkQuery::DueLeavers(Timestamp::MAX);
    let mut keys = store.link_keys(target, in_lane, LEAVERS_MAX).await?;
    let mut found: BTreeMap<_, _> = leaving(store, &keys).await?.into_iter().collect();
    let mut after = None;
    loop {
        keys = store.link_keys(target, LinkQuery::Parked(after), PAGE).await?;
        found.extend(leaving(store, &keys).await?);
        after = keys.last().map(|key| key.resource);
        if keys.len() < PAGE {
            return Ok(found);
        }
    }
}

/// Since when these are leavers, as far as they are. Of one whose record is damaged it must be feared.
async fn leaving(store: &dyn Store, keys: &[LinkKey]) -> Result<Vec<(LinkKey, Timestamp)>, store::Error> {
    let mut leavers = Vec::new();
    for key in keys {
        let since = match store.link(key).await {
            Ok(link) => link.and_then(|link| link.leaver_since),
            Err(store::Error::Damaged(_)) => Some(Timestamp::UNIX_EPOCH),
            Err(error) => return Err(error),
        };
        leavers.extend(since.map(|since| (*key, since)));
    }
    Ok(leavers)
}

impl Alarms {
    /// Those who have reached a further age, once for each.
    fn due(
        &mut self,
        leavers: &BTreeMap<LinkKey, Timestamp>,
        now: Timestamp,
        ages: &[Duration],
    ) -> Vec<(LinkKey, Duration)> {
        self.raised.retain(|key, _| leavers.contains_key(key));
        let mut due = Vec::new();
        for (key, since) in leavers {
            let age = Duration::try_from(now.duration_since(*since)).unwrap_or_default();
            let reached = ages.iter().filter(|limit| age >= **limit).count();
            let raised = self.raised.entry(*key).or_default();
            if reached > *raised {
                *raised = reached;
                due.push((*key, age));
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId};

    #[test]
    fn each_age_is_told_once() {
        let nil = Uuid::nil();
        let key = LinkKey {
            directory: DirectoryId(nil),
            target: TargetId(nil),
            resource: ResourceId(nil),
        };
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let ages = [5, 15].map(|minutes| Duration::from_secs(minutes * 60));
        let mut alarms = Alarms::default();
        let there = BTreeMap::from([(key, at(0))]);
        for (minute, leavers, expected) in [
            (4, &there, 0),
            (5, &there, 1),
            (6, &there, 0),
            (15, &there, 1),
            (60, &there, 0),
            (61, &BTreeMap::new(), 0),
            // A leaver anew: the alarm comes again.
            (62, &there, 1),
        ] {
            let due = alarms.due(leavers, at(minute), &ages);
            assert_eq!(due.len(), expected, "minute {minute}");
        }
    }
}
