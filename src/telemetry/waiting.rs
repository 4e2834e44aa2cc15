//! Alarms that wait for the webhook, in memory.
//!
//! Those of one type and one target wait as one, with their number, so that a thousand of one kind do not keep the
//! others out; what cannot wait goes first.
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use uuid::Uuid;

/// Alarms that wait at most, those of one type and target being one: more than there are types, for dozens of targets.
pub(super) const WAITING_MAX: usize = 1_000;

/// Resources named in one alarm; the rest is counted.
const RESOURCES_MAX: usize = 20;

/// Tries of an alarm that the webhook refuses for its own sake, unless it is urgent: about eight minutes.
const REFUSALS_MAX: u32 = 10;

/// First wait before an alarm that was refused is sent again, doubled each time.
const REFUSED_FIRST: Duration = Duration::from_secs(1);

/// The longest wait of any alarm: what is urgent and refused is heard of within the hour after the webhook is mended.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(3600);

/// First wait before an alarm is sent again for which the webhook could not be had, doubled each time, and the longest.
pub(super) const RETRY_FIRST: Duration = Duration::from_secs(1);
pub(super) const RETRY_MAX: Duration = Duration::from_secs(300);

/// After this time an alarm is given up, unless it is urgent: it is no news any more.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);

/// What somebody must act on at once: it goes before everything else, and is never too old, since it is raised once while it
/// holds.
const URGENT: [&str; 9] = [
    "guard_tripped",
    "leaver_back",
    "leaver_overdue",
    "leavers_unseen",
    "store_closed",
    "store_damaged",
    "store_nearly_full",
    "target_repointed",
    "target_unauthorized",
];

/// Where the id of the resource is that an alarm is about.
const RESOURCE: &str = "resource.id";

/// The alarms that wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    alarms: Vec<Alarm>,
    /// Alarms that nobody got to see but in the log, and that was not said yet.
    dropped: u64,
}

/// Alarms of one type and target.
#[derive(Debug)]
pub(super) struct Alarm {
    /// Of the last of them.
    fields: Map<String, Value>,
    count: u64,
    resources: Vec<Value>,
    /// When the first of them was raised.
    since: Instant,
    /// What is sent. It stays the same from the first try on.
    body: Option<Value>,
    /// Dropped ones of which the body says so.
    dropped: u64,
    refusals: u32,
    /// How often the webhook could not be had for it.
    failures: u32,
    /// The webhook has been had again since. If it fails after that, it is for its own sake.
    taken_up: bool,
    /// Not to be sent before.
    due: Instant,
}

impl Waiting {
    /// One more alarm.
    pub(super) fn add(&mut self, now: Instant, fields: Map<String, Value>) {
        let resource = fields.get(RESOURCE).cloned();
        if let Some(alarm) = self.alarms.iter_mut().find(|alarm| alarm.takes(&fields)) {
            alarm.count += 1;
            alarm.fields = fields;
            alarm.name(resource);
            // One that was refused has news.
            alarm.due = alarm.due.min(now);
            return;
        }
        self.put(Alarm {
            fields,
            count: 1,
            resources: resource.into_iter().collect(),
            since: now,
            body: None,
            dropped: 0,
            refusals: 0,
            failures: 0,
            taken_up: false,
            due: now,
        });
    }

    /// Takes out the one that is to be sent now, urgent ones first, then in order of time.
    pub(super) fn take(&mut self, now: Instant) -> Option<Alarm> {
        let due = self.alarms.iter().enumerate().filter(|(_, alarm)| alarm.due <= now);
        let (place, _) = due.min_by_key(|(_, alarm)| alarm.order())?;
        Some(self.alarms.remove(place))
    }

    /// Lets all be sent now that waited for the webhook to be had again. Each but once: others would wait for what
    /// fails for its own sake each time that one of them is taken.
    pub(super) fn take_up(&mut self, now: Instant) {
        let waited = |alarm: &&mut Alarm| alarm.refusals == 0 && alarm.failures > 0 && !alarm.taken_up;
        for alarm in self.alarms.iter_mut().filter(waited) {
            alarm.due = alarm.due.min(now);
            alarm.taken_up = true;
        }
    }

    /// When the next one is to be sent, if any waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.alarms.iter().map(|alarm| alarm.due).min()
    }

    /// What is sent of an alarm, which stays the same from now on. `time` is the time of day.
    pub(super) fn seal(&mut self, alarm: &mut Alarm, id: Uuid, (now, time): (Instant, Timestamp)) -> Value {
        if let Some(body) = &alarm.body {
            return body.clone();
        }
        let waited = now.duration_since(alarm.since);
        let at = time.saturating_sub(waited).unwrap_or(time);
        let mut body = json!({"id": id.to_string(), "at": at.to_string(), "count": alarm.count});
        let mut fields = alarm.fields.clone();
        if alarm.count > 1 {
            fields.remove(RESOURCE);
            body["resources"] = alarm.resources.clone().into();
        }
        alarm.dropped = std::mem::take(&mut self.dropped);
        if alarm.dropped > 0 {
            body["dropped"] = alarm.dropped.into();
        }
        body["alarm"] = fields.into();
        alarm.body = Some(body.clone());
        body
    }

    /// The webhook could not be had: the alarm waits on, and lets others go first, unless it is old; says whether it does.
    pub(super) fn keep(&mut self, now: Instant, mut alarm: Alarm) -> bool {
        let is_old = !alarm.is_urgent() && now.duration_since(alarm.since) > GIVEN_UP;
        if is_old {
            self.drop(&alarm);
        } else {
            alarm.due = now + doubled(RETRY_FIRST, alarm.failures).min(RETRY_MAX);
            alarm.failures += 1;
            self.put(alarm);
        }
        !is_old
    }

    /// The webhook does not take this one: others go first from now on. Says whether it is tried again.
    pub(super) fn refused(&mut self, now: Instant, mut alarm: Alarm) -> bool {
        let is_last = alarm.refusals + 1 >= REFUSALS_MAX;
        if is_last && !alarm.is_urgent() {
            self.drop(&alarm);
            return false;
        }
        alarm.due = now + doubled(REFUSED_FIRST, alarm.refusals).min(WAIT_MAX);
        alarm.refusals = alarm.refusals.saturating_add(1);
        if is_last {
            self.open(&mut alarm);
        }
        self.put(alarm);
        true
    }

    /// Lets an alarm be one with those alike again: however many are refused for long, they take the room of one.
    fn open(&mut self, alarm: &mut Alarm) {
        alarm.body = None;
        self.dropped += std::mem::take(&mut alarm.dropped);
        let Some(place) = self.alarms.iter().position(|other| other.takes(&alarm.fields)) else {
            return;
        };
        let other = self.alarms.remove(place);
        alarm.count += other.count;
        other
            .resources
            .into_iter()
            .for_each(|resource| alarm.name(Some(resource)));
        alarm.fields = other.fields;
        alarm.since = alarm.since.min(other.since);
        alarm.due = alarm.due.min(other.due);
    }

    fn put(&mut self, alarm: Alarm) {
        self.alarms.push(alarm);
        if self.alarms.len() > WAITING_MAX {
            let least = self.alarms.iter().enumerate().max_by_key(|(_, alarm)| alarm.order());
            let least = least.map(|(place, _)| place).unwrap_or_default();
            let least = self.alarms.remove(least);
            self.drop(&least);
        }
    }

    fn drop(&mut self, alarm: &Alarm) {
        self.dropped += alarm.count + alarm.dropped;
    }
}

impl Alarm {
    fn kind(&self) -> (Option<&str>, Option<&str>) {
        kind(&self.fields)
    }

    /// Whether it is one with another of these fields.
    fn takes(&self, fields: &Map<String, Value>) -> bool {
        // What names no resource has sums in its fields, and keeps them.
        let is_sum = |fields: &Map<String, Value>| !fields.contains_key(RESOURCE);
        self.body.is_none() && self.kind() == kind(fields) && is_sum(&self.fields) == is_sum(fields)
    }

    fn name(&mut self, resource: Option<Value>) {
        let room = self.resources.len() < RESOURCES_MAX;
        self.resources.extend(resource.filter(|_| room));
    }

    /// The name under which it was sent, if it was.
    pub(super) fn id(&self) -> Option<&Value> {
        self.body.as_ref()?.get("id")
    }

    fn is_urgent(&self) -> bool {
        self.kind().0.is_some_and(|kind| URGENT.contains(&kind))
    }

    fn order(&self) -> (bool, Instant) {
        (!self.is_urgent(), self.since)
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times))
}

/// Its type and its target.
fn kind(fields: &Map<String, Value>) -> (Option<&str>, Option<&str>) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    (text("type"), text("target.name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(kind: &str, target: &str, resource: u32) -> Map<String, Value> {
        let alarm = json!({"type": kind, "target.name": target, "resource.id": resource.to_string()});
        alarm.as_object().unwrap().clone()
    }

    /// Sends everything that is due; what was sent, shortly.
    fn sent(waiting: &mut Waiting, now: Instant) -> Vec<String> {
        let mut sent = Vec::new();
        while let Some(mut alarm) = waiting.take(now) {
            let body = waiting.seal(&mut alarm, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
            let text = |name: &str| body["alarm"][name].as_str().unwrap_or_default().to_owned();
            let dropped = body["dropped"].as_u64().map(|dropped| format!(" dropped {dropped}"));
            let dropped = dropped.unwrap_or_default();
            sent.push(format!(
                "{} {} {}{dropped}",
                text("type"),
                text("target.name"),
                body["count"]
            ));
        }
        sent
    }

    #[test]
    fn what_is_alike_waits_as_one_and_what_is_urgent_goes_first() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        for resource in 0..50 {
            waiting.add(now, alarm("resource_parked", "a", resource));
        }
        let later = now + Duration::from_secs(1);
        waiting.add(later, alarm("resource_parked", "b", 0));
        for resource in 0..2_000 {
            waiting.add(later, alarm("leaver_overdue", "a", resource));
        }
        let last = later + Duration::from_secs(1);
        waiting.add(last, alarm("guard_tripped", "a", 0));
        let expected = [
            "leaver_overdue a 2000",
            "guard_tripped a 1",
            "resource_parked a 50",
            "resource_parked b 1",
        ];
        assert_eq!(sent(&mut waiting, last), expected);
    }

    /// At a start so many rest; each that rests from then on is one.
    #[test]
    fn a_sum_keeps_its_fields() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        let sum = json!({"type": "resource_parked", "target.name": "a", "parked": 500});
        waiting.add(now, sum.as_object().unwrap().clone());
        for resource in 0..2 {
            waiting.add(now, alarm("resource_parked", "a", resource));
        }
        let sealed = std::iter::from_fn(|| {
            let mut alarm = waiting.take(now)?;
            Some(waiting.seal(&mut alarm, Uuid::nil(), (now, Timestamp::UNIX_EPOCH)))
        });
        let told: Vec<_> = sealed
            .map(|body| (body["count"].clone(), body["alarm"]["parked"].clone()))
            .collect();
        assert_eq!(told, [(json!(1), json!(500)), (json!(2), Value::Null)]);
    }

    #[test]
    fn many_are_counted_and_a_few_named() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        for resource in 0..30 {
            waiting.add(now, alarm("resource_parked", "a", resource));
        }
        let mut alarm = waiting.take(now).unwrap();
        let then = (now + Duration::from_secs(60), Timestamp::from_second(60).unwrap());
        let body = waiting.seal(&mut alarm, Uuid::nil(), then);
        let resources = body["resources"].as_array().unwrap();
        assert_eq!((resources.len(), &resources[0]), (RESOURCES_MAX, &json!("0")));
        assert_eq!(body["at"], "1970-01-01T00:00:00Z", "when the first was raised");
        assert!(body["alarm"].get(RESOURCE).is_none(), "{body}");
    }

    #[test]
    fn a_full_queue_drops_the_least_urgent_and_says_so() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        for target in 0..WAITING_MAX {
            waiting.add(now, alarm("resource_parked", &target.to_string(), 1));
        }
        waiting.add(now, alarm("resource_parked", "0", 2));
        for target in ["x", "y"] {
            waiting.add(now, alarm("target_unauthorized", target, 1));
        }
        let sent = sent(&mut waiting, now);
        assert_eq!(sent.len(), WAITING_MAX);
        assert_eq!(
            sent[..2],
            ["target_unauthorized x 1 dropped 2", "target_unauthorized y 1"]
        );
        assert_eq!(sent[2], "resource_parked 0 2");
    }

    #[test]
    fn who_is_refused_lets_others_pass_and_is_given_up_unless_urgent() {
        let ever = 50;
        for (kind, tries) in [("resource_parked", REFUSALS_MAX), ("guard_tripped", ever)] {
            let (mut waiting, mut now) = (Waiting::default(), Instant::now());
            waiting.add(now, alarm(kind, "a", 1));
            for tried in 1..=tries {
                let mut refused = waiting.take(now).unwrap();
                waiting.seal(&mut refused, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
                let again = waiting.refused(now, refused);
                assert_eq!(again, tried < tries || tries == ever, "{kind}, {tried}");
                waiting.add(now, alarm("resource_parked", "b", 1));
                assert_eq!(sent(&mut waiting, now).len(), 1, "another one passes");
                now = waiting.due().unwrap_or(now);
            }
            assert_eq!(waiting.due().is_some(), tries == ever, "{kind}");
        }
    }

    #[test]
    fn what_is_urgent_and_refused_for_long_takes_the_room_of_one() {
        let (mut waiting, mut now) = (Waiting::default(), Instant::now());
        let last = 4 * REFUSALS_MAX;
        for resource in 1..=last {
            waiting.add(now, alarm("guard_tripped", "a", resource));
            while let Some(mut refused) = waiting.take(now) {
                waiting.seal(&mut refused, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
                assert!(waiting.refused(now, refused));
            }
            now += WAIT_MAX;
        }
        assert!(waiting.alarms.len() <= 1 + usize::try_from(REFUSALS_MAX).unwrap());
        let told: u64 = waiting.alarms.iter().map(|alarm| alarm.count).sum();
        assert_eq!(told, u64::from(last));
        now += Duration::from_secs(1);
        assert!(waiting.take(now).is_some());
    }

    #[test]
    fn what_was_tried_stays_the_same_until_it_is_old() {
        for (kind, gives_up) in [("resource_parked", true), ("leaver_overdue", false)] {
            let (mut waiting, now) = (Waiting::default(), Instant::now());
            waiting.add(now, alarm(kind, "a", 1));
            let mut first = waiting.take(now).unwrap();
            let body = waiting.seal(&mut first, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
            assert!(waiting.keep(now, first));
            waiting.add(now, alarm(kind, "a", 2));
            let later = now + GIVEN_UP + Duration::from_secs(1);
            let mut again = waiting.take(later).unwrap();
            assert_eq!(waiting.seal(&mut again, Uuid::max(), (later, Timestamp::MAX)), body);
            assert_eq!(waiting.keep(later, again), !gives_up, "{kind}");
            let mut other = waiting.take(later).unwrap();
            let body = waiting.seal(&mut other, Uuid::nil(), (later, Timestamp::MAX));
            let dropped = gives_up.then_some(&json!(1)).cloned();
            assert_eq!((&body["count"], body.get("dropped").cloned()), (&json!(1), dropped));
        }
    }

    #[test]
    fn what_the_webhook_stumbles_over_lets_others_go_first() {
        let (mut waiting, mut now) = (Waiting::default(), Instant::now());
        waiting.add(now, alarm("guard_tripped", "a", 1));
        for _ in 0..20 {
            let mut failed = waiting.take(now).unwrap();
            waiting.seal(&mut failed, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
            assert!(waiting.keep(now, failed));
            waiting.add(now, alarm("resource_parked", "a", 1));
            assert_eq!(sent(&mut waiting, now), ["resource_parked a 1"]);
            let due = waiting.due().unwrap();
            assert!(now < due && due <= now + RETRY_MAX);
            now = due;
        }
        let mut failed = waiting.take(now).unwrap();
        waiting.seal(&mut failed, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
        waiting.keep(now, failed);
        assert!(waiting.take(now).is_none());
        waiting.take_up(now);
        assert_eq!(
            sent(&mut waiting, now),
            ["guard_tripped a 1"],
            "once the webhook is back"
        );
    }

    #[test]
    fn what_fails_for_its_own_sake_is_taken_up_once() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        waiting.add(now, alarm("guard_tripped", "a", 1));
        for is_taken_up in [true, false] {
            let mut failed = waiting.take(now).unwrap();
            waiting.seal(&mut failed, Uuid::nil(), (now, Timestamp::UNIX_EPOCH));
            waiting.keep(now, failed);
            waiting.take_up(now);
            assert_eq!(waiting.due().is_some_and(|due| due <= now), is_taken_up);
        }
    }
}
