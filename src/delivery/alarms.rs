//! What is told to a person of single resources: those that rest, and leavers whose access has not ended.
//!
//! Leavers are looked for in the store, whatever state the target is in: an alarm that only a working sender raises fails
//! when it is needed.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::delivery::line::Line;
use crate::delivery::sender::Sender;
use crate::service::Target;
use crate::store::{self, Link, LinkKey, LinkQuery, Problem, ProblemKind, Store, TargetId};

/// How often it is looked. The ages are minutes.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long a request has to take back what was refused. It takes a commit.
const TAKEN_BACK_WITHIN: Duration = Duration::from_secs(15);

/// Leavers in the lane that are looked at: more than these are alarm enough.
const LEAVERS_MAX: usize = 1_000;

/// Parked links read at a time.
const PAGE: usize = 1_000;

/// What rests while a request waits for it, which may take its write back: then there is nothing to be told. Bounded by
/// the requests of some seconds.
#[derive(Debug, Default)]
pub(super) struct Untold(Mutex<BTreeMap<LinkKey, (Problem, Instant)>>);

impl Untold {
    /// Whoever writes again and again puts nothing off.
    fn note(&self, key: LinkKey, problem: Problem) {
        let mut untold = self.lock();
        let noted = untold.entry(key).or_insert_with(|| (problem.clone(), Instant::now()));
        noted.0 = problem;
    }

    fn forget(&self, key: &LinkKey) {
        self.lock().remove(key);
    }

    /// What is old enough that nobody takes it back any more.
    fn take(&self, target: TargetId) -> Vec<(LinkKey, Problem)> {
        let mut untold = self.lock();
        let is_due = |key: &LinkKey, since: &Instant| key.target == target && since.elapsed() >= TAKEN_BACK_WITHIN;
        let due = untold.iter().filter(|(key, (_, since))| is_due(key, since));
        let due: Vec<_> = due.map(|(key, (problem, _))| (*key, problem.clone())).collect();
        due.iter().for_each(|(key, _)| drop(untold.remove(key)));
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<LinkKey, (Problem, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was told.
#[derive(Debug, Default)]
struct Alarms {
    leavers: BTreeMap<LinkKey, Leaver>,
    /// Leavers could not be looked for.
    blind: bool,
}

/// A leaver that was seen.
#[derive(Debug, Clone, Copy)]
struct Leaver {
    since: Timestamp,
    /// By the runtime's time: a clock that was set back makes nobody younger.
    seen: Instant,
    /// For how many ages it was told.
    raised: usize,
}

/// What does not go on by itself.
#[derive(Debug, Default)]
struct Look {
    /// Leavers not delivered, those among them that rest included, and since when.
    leavers: BTreeMap<LinkKey, Timestamp>,
    /// There may be more of them.
    more: bool,
    parked: u64,
    held: u64,
}

/// Looks for ever.
pub(super) async fn watch(sender: &Sender) {
    let mut alarms = Alarms::default();
    let target = &sender.target().config.name;
    loop {
        match look(sender).await {
            Ok(look) => {
                alarms.blind = false;
                for (key, age) in alarms.due(&look, sender.now(), &sender.settings().leaver_alarms) {
                    let minutes = age.as_secs() / 60;
                    tracing::error!(alarm = "leaver_overdue", target.name = %target, resource.id = %key.resource, minutes, "a leaver's access has not ended yet");
                }
                if sender.is_first_look() {
                    tell_of_rest(target, &look);
                }
            }
            Err(error) if !std::mem::replace(&mut alarms.blind, true) => {
                tracing::error!(alarm = "leavers_unseen", target.name = %target, error = %error, "leavers cannot be looked for");
            }
            Err(_) => {}
        }
        for (key, problem) in sender.untold().take(sender.target().id) {
            tell_if_it_rests(sender, &key, &problem).await;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Tells of what was not taken back. Where that cannot be read, it is told.
async fn tell_if_it_rests(sender: &Sender, key: &LinkKey, problem: &Problem) {
    let rests = match sender.store().link(key).await {
        Ok(link) => link.is_some_and(|link| link.problem.is_some_and(|now| now.kind == problem.kind)),
        Err(_) => true,
    };
    if rests {
        tell(sender.target(), key, problem);
    }
}

/// What rests since before this process began: whoever was to hear of it may not have.
fn tell_of_rest(target: &str, look: &Look) {
    let Look { parked, held, .. } = look;
    if *parked > 0 {
        tracing::error!(
            alarm = "resource_parked",
            target.name = target,
            parked,
            "resources rest: see `usherd status`"
        );
    }
    if *held > 0 {
        tracing::error!(
            alarm = "resource_held",
            target.name = target,
            held,
            "resources wait for a person: see `usherd status`"
        );
    }
}

/// A resource rests from now on. It is told at once, unless somebody waits for it.
pub(super) fn parked(line: &Line, key: &LinkKey, problem: &Problem) {
    match line.waiters.has(key) {
        true => line.untold.note(*key, problem.clone()),
        false => {
            line.untold.forget(key);
            tell(&line.target, key, problem);
        }
    }
}

/// By ids alone.
fn tell(target: &Target, key: &LinkKey, problem: &Problem) {
    let (name, field) = (&target.config.name, problem.field.as_deref());
    let alarm = match problem.kind {
        ProblemKind::Retrying | ProblemKind::Parked => "resource_parked",
        ProblemKind::Held | ProblemKind::Withheld => "resource_held",
    };
    tracing::error!(alarm, target.name = %name, resource.id = %key.resource, field, "a resource rests: see `usherd status`");
}

/// A record that delivery needs for a resource is damaged.
pub(super) fn damaged(target: &Target, key: &LinkKey) {
    tracing::error!(alarm = "record_damaged", target.name = %target.config.name, resource.id = %key.resource, "a damaged record keeps a resource from being delivered: see `usherd store check`");
}

async fn look(sender: &Sender) -> Result<Look, store::Error> {
    let (store, target) = (sender.store(), sender.target().id);
    let mut look = Look::default();
    let in_lane = store
        .link_keys(target, LinkQuery::DueLeavers(Timestamp::MAX), LEAVERS_MAX)
        .await?;
    for key in &in_lane {
        look.see(*key, link(store, key).await?);
    }
    look.more = in_lane.len() >= LEAVERS_MAX;
    let mut after = None;
    loop {
        let keys = store.link_keys(target, LinkQuery::Parked(after), PAGE).await?;
        for key in &keys {
            look.see(*key, link(store, key).await?);
        }
        after = keys.last().map(|key| key.resource);
        if keys.len() < PAGE {
            return Ok(look);
        }
    }
}

/// The link; of one whose record is damaged it must be feared that it is a leaver's.
async fn link(store: &dyn Store, key: &LinkKey) -> Result<Option<Link>, store::Error> {
    match store.link(key).await {
        Err(store::Error::Damaged(_)) => Ok(Some(Link {
            leaver_since: Some(Timestamp::UNIX_EPOCH),
            ..Link::default()
        })),
        read => read,
    }
}

impl Look {
    fn see(&mut self, key: LinkKey, link: Option<Link>) {
        let Some(link) = link else { return };
        // Nobody leaves with a group that is deleted; one that the vendor keeps rests, and that is told.
        let leaves = link.is_person() || link.tombstone.is_none();
        let kind = link.problem.map(|problem| problem.kind);
        let first = match link.leaver_since.filter(|_| leaves) {
            Some(since) => self.leavers.insert(key, since).is_none(),
            None => true,
        };
        // A leaver that rests with a slow retry is in both lists.
        self.parked += u64::from(first && kind == Some(ProblemKind::Parked));
        self.held += u64::from(first && kind == Some(ProblemKind::Held));
    }
}

impl Alarms {
    /// Those who have reached a further age, once for each.
    fn due(&mut self, look: &Look, now: Timestamp, ages: &[Duration]) -> Vec<(LinkKey, Duration)> {
        // Who is out of sight behind a crowd is no new leaver when seen again.
        self.leavers
            .retain(|key, _| look.more || look.leavers.contains_key(key));
        let mut due = Vec::new();
        for (key, since) in &look.leavers {
            let new = Leaver {
                since: *since,
                seen: Instant::now(),
                raised: 0,
            };
            let leaver = self.leavers.entry(*key).or_insert(new);
            if leaver.since != *since {
                *leaver = Leaver {
                    raised: leaver.raised,
                    ..new
                };
            }
            let age = Duration::try_from(now.duration_since(*since)).unwrap_or_default();
            let age = age.max(leaver.seen.elapsed());
            let reached = ages.iter().filter(|limit| age >= **limit).count();
            if reached > leaver.raised {
                leaver.raised = reached;
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
        let look = |leavers: &[LinkKey], more| Look {
            leavers: leavers.iter().map(|key| (*key, at(0))).collect(),
            more,
            ..Look::default()
        };
        for (minute, look, expected) in [
            (4, look(&[key], false), 0),
            (5, look(&[key], false), 1),
            (6, look(&[key], false), 0),
            (15, look(&[key], false), 1),
            // Out of sight, behind a thousand others.
            (50, look(&[], true), 0),
            (60, look(&[key], true), 0),
            (61, look(&[], false), 0),
            // A leaver anew: the alarm comes again.
            (62, look(&[key], false), 1),
        ] {
            let due = alarms.due(&look, at(minute), &ages);
            assert_eq!(due.len(), expected, "minute {minute}");
        }
    }
}
