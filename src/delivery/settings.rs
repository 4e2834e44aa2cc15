//! Limits of delivery, each with its reason.
use std::time::Duration;

use crate::config;

/// Bounds and waits. The defaults suit every vendor; tests shorten them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a lease lasts unless renewed; a third of it passes between renewals.
    pub lease_ttl: Duration,
    /// First wait after a failure; doubled each time, up to `retry_max`, with full jitter.
    pub retry_first: Duration,
    /// Longest wait between tries. Five minutes keep a leaver's delay small after an outage.
    pub retry_max: Duration,
    /// Longest wait between tries while it is the target that fails, so that what waited is delivered within a minute
    /// of an outage's end.
    pub outage_retry_max: Duration,
    /// Failures of a record for its own sake after which it is parked.
    pub attempts_max: u32,
    /// After this time a parked record is tried again by itself.
    pub parked_retry: Duration,
    /// Memberships handled before a group yields to leavers.
    pub grants_per_slice: usize,
    /// Distinct links that must fail in a row before the breaker opens.
    pub breaker_links: usize,
    /// How long an open breaker waits before its first probe; doubled up to `outage_retry_max`.
    pub probe_first: Duration,
    /// Ages at which an undelivered leaver raises an alarm.
    pub leaver_alarms: [Duration; 2],
    /// How often the roles that a vendor lists are read by themselves: what others gave there is known after this time.
    pub live_roles_interval: Duration,
    /// How long they count as just read. They are never read more often, and refuse nothing when they are older.
    pub live_roles_fresh: Duration,
    /// How long a stop waits for calls under way to end and settle.
    pub drain: Duration,
}

impl Settings {
    /// Those of a target, as far as it declares others.
    pub(super) fn of(&self, target: &config::Target) -> Self {
        let (breaker, parking) = (target.breaker, target.parking);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let minutes = |minutes: u32| seconds(60).saturating_mul(minutes);
        let resources = breaker.resources.and_then(|resources| resources.try_into().ok());
        let alarms = target.leaver_alarm_minutes.map(|ages| ages.map(minutes));
        Self {
            breaker_links: resources.unwrap_or(self.breaker_links),
            outage_retry_max: breaker.probe_max_seconds.map_or(self.outage_retry_max, seconds),
            attempts_max: parking.tries.unwrap_or(self.attempts_max),
            parked_retry: parking.again_minutes.map_or(self.parked_retry, minutes),
            leaver_alarms: alarms.unwrap_or(self.leaver_alarms),
            ..self.clone()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease_ttl: Duration::from_secs(6),
            retry_first: Duration::from_secs(1),
            retry_max: Duration::from_secs(300),
            outage_retry_max: Duration::from_secs(45),
            attempts_max: 8,
            parked_retry: Duration::from_secs(24 * 3600),
            grants_per_slice: 50,
            breaker_links: 3,
            probe_first: Duration::from_secs(1),
            leaver_alarms: [Duration::from_secs(300), Duration::from_secs(900)],
            live_roles_interval: Duration::from_secs(300),
            live_roles_fresh: Duration::from_secs(5),
            drain: Duration::from_secs(20),
        }
    }
}
