//! Alarms of authorizations that are about to end, while there is time to renew them.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch::Receiver;
use tokio::time::sleep;

use super::{Doors, Outlook};
use crate::service::Registry;
use crate::store::TargetId;

/// How often it is looked. Access of a consent that can no longer be renewed lasts for half an hour at some vendors.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How long before the end an alarm is raised: time for a person who is away, and twice more.
const AHEAD: [SignedDuration; 3] = [
    SignedDuration::from_hours(14 * 24),
    SignedDuration::from_hours(3 * 24),
    SignedDuration::from_hours(24),
];

/// What renews itself is well until less than this part of its life is left.
const LIFE_PART: i32 = 3;

/// Which ends were alarmed of, and for how many times ahead.
#[derive(Debug, Default)]
struct Alarms {
    raised: BTreeMap<TargetId, (Timestamp, usize)>,
}

/// Looks until told to stop.
pub async fn watch(doors: Doors, registry: Arc<Registry>, mut stop: Receiver<bool>) {
    let mut alarms = Alarms::default();
    while !*stop.borrow() {
        look(&doors, &registry, &mut alarms).await;
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

async fn look(doors: &Doors, registry: &Registry, alarms: &mut Alarms) {
    let directories = registry.all();
    for target in directories.values().flat_map(|directory| &directory.targets) {
        let name = &target.config.name;
        match doors.outlook(target).await {
            Ok(outlook) if alarms.is_due(target.id, outlook, doors.clock.now()) => {
                let ends = outlook.ends.map(|ends| format!("{ends:.0}")).unwrap_or_default();
                tracing::error!(alarm = "authorization_ends", target.name = %name, ends, "the authorization of a target ends: consent or a new credential is needed");
            }
            Ok(_) => {}
            // The sender of such a target says what is wrong with it.
            Err(error) => {
                tracing::debug!(target.name = %name, %error, "it is not known how long a target is authorized")
            }
        }
    }
}

impl Alarms {
    /// Whether an alarm is to be raised now: once for each time ahead of each end.
    fn is_due(&mut self, target: TargetId, outlook: Outlook, now: Timestamp) -> bool {
        let Some(ends) = outlook.ends else {
            self.raised.remove(&target);
            return false;
        };
        let left = ends.duration_since(now);
        let renews_itself = outlook.life.is_some_and(|life| left > life / LIFE_PART);
        let reached = AHEAD.iter().filter(|ahead| left <= **ahead && !renews_itself).count();
        let raised = self.raised.entry(target).or_insert((ends, 0));
        if raised.0 != ends {
            *raised = (ends, 0);
        }
        let is_due = reached > raised.1;
        raised.1 = raised.1.max(reached);
        is_due
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_time_ahead_of_an_end_is_told_once() {
        let day = |day: i64| Timestamp::from_second(day * 24 * 3600).unwrap();
        let of = |ends, life: Option<i64>| Outlook {
            ends,
            life: life.map(|days| SignedDuration::from_hours(days * 24)),
            ..Outlook::default()
        };
        let (year, renewed) = (Some(day(365)), Some(day(366)));
        let target = TargetId(Uuid::nil());
        let mut alarms = Alarms::default();
        for (now, outlook, expected) in [
            (300, of(year, None), false),
            (351, of(year, None), true),
            (352, of(year, None), false),
            (362, of(year, None), true),
            (364, of(year, None), true),
            (366, of(year, None), false),
            // A new credential, too short again.
            (364, of(renewed, None), true),
            (364, of(None, None), false),
            // What renews itself each day has a week left at least, unless it fails to.
            (360, of(year, Some(10)), false),
            (362, of(year, Some(10)), true),
        ] {
            assert_eq!(
                alarms.is_due(target, outlook, day(now)),
                expected,
                "day {now}: {outlook:?}"
            );
        }
    }
}
