//! Scripted faults: which request meets which fault. Pure, so that a simulation decides the same way as the shell.

use std::time::Duration;

use serde::Deserialize;

/// Longest delay of a fault. A lagging twin keeps its history for this long.
pub(super) const DELAY_MAX: Duration = Duration::from_secs(600);

/// A fault that requests to one route meet.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The route, such as `PUT /users/{id}`, or `*` for all of them.
    pub route: String,
    /// What happens.
    #[serde(rename = "fault")]
    pub kind: FaultKind,
    /// How many requests meet it; none: all, until the faults are cleared.
    #[serde(default)]
    pub times: Option<u64>,
    /// For `slow` how long the answer takes, for `lag` how old a change must be to be seen, for `429` when to come
    /// back (in whole seconds, rounded up).
    #[serde(default)]
    pub delay_ms: u64,
}

/// What happens to a request that meets a fault.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum FaultKind {
    /// 429 with the vendor's headers and body; nothing is done.
    #[serde(rename = "429")]
    RateLimited,
    /// 429 with neither; nothing is done.
    #[serde(rename = "429-bare")]
    RateLimitedBare,
    /// 500; nothing is done.
    #[serde(rename = "500")]
    Internal,
    /// 503; nothing is done.
    #[serde(rename = "503")]
    Unavailable,
    /// Nothing is done, and no answer comes.
    #[serde(rename = "timeout-before")]
    TimeoutBefore,
    /// The work is done, but no answer comes.
    #[serde(rename = "timeout-after")]
    TimeoutAfter,
    /// The work is done, and the connection drops without an answer.
    #[serde(rename = "close-after")]
    CloseAfter,
    /// The work is done, and the answer comes late.
    #[serde(rename = "slow")]
    Slow,
    /// The work is done, and the answer comes once the faults are cleared.
    #[serde(rename = "hold")]
    Hold,
    /// Lists and searches miss recent changes. Only reads meet it.
    #[serde(rename = "lag")]
    Lag,
}

/// The faults in force, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Faults {
    pending: Vec<Fault>,
}

impl Faults {
    /// Adds a fault behind those in force.
    pub fn add(&mut self, fault: Fault) {
        self.pending.push(fault);
    }

    /// Ends every fault.
    pub fn clear(&mut self) {
        self.pending.clear();
    }

    /// How many are in force.
    pub fn count(&self) -> usize {
        self.pending.len()
    }

    /// The first fault in force that a request to this route meets, and the fault's delay; it is used up by one.
    pub fn decide(&mut self, route: &str) -> Option<(FaultKind, Duration)> {
        let index = self.pending.iter().position(|fault| fault.meets(route))?;
        let fault = self.pending.get_mut(index)?;
        let decided = (fault.kind, Duration::from_millis(fault.delay_ms).min(DELAY_MAX));
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        if fault.times == Some(0) {
            self.pending.remove(index);
        }
        Some(decided)
    }
}

impl Fault {
    fn meets(&self, route: &str) -> bool {
        let here = self.route == "*" || self.route == route;
        let suits = self.kind != FaultKind::Lag || route.starts_with("GET ");
        here && suits && self.times != Some(0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Requests to these routes, one after the other, meet these faults; `-` is none.
    fn check(faults: Value, routes: &[&str], expected: &[&str]) {
        let mut script = Faults::default();
        for fault in serde_json::from_value::<Vec<Fault>>(faults.clone()).unwrap() {
            script.add(fault);
        }
        let met: Vec<_> = routes
            .iter()
            .map(|route| {
                script
                    .decide(route)
                    .map_or("-".to_owned(), |(kind, delay)| format!("{kind:?} {delay:?}"))
            })
            .collect();
        assert_eq!(met, expected, "{faults}");
    }

    #[test]
    fn a_request_meets_the_first_fault_of_its_route() {
        let twice = json!([{ "route": "POST /users", "fault": "500", "times": 2 }]);
        check(
            twice,
            &["POST /users", "GET /users", "POST /users", "POST /users"],
            &["Internal 0ns", "-", "Internal 0ns", "-"],
        );
        let always = json!([{ "route": "PUT /users/{id}", "fault": "timeout-after" }]);
        check(
            always,
            &["PUT /users/{id}", "PUT /users/{id}"],
            &["TimeoutAfter 0ns", "TimeoutAfter 0ns"],
        );
        let first = json!([{ "route": "*", "fault": "503", "times": 1 }, { "route": "*", "fault": "429-bare" }]);
        check(
            first,
            &["GET /teams", "GET /teams"],
            &["Unavailable 0ns", "RateLimitedBare 0ns"],
        );
        let never = json!([{ "route": "*", "fault": "429", "times": 0 }]);
        check(never, &["GET /teams"], &["-"]);
    }

    #[test]
    fn only_reads_lag_and_delays_are_bounded() {
        let lag = json!([{ "route": "*", "fault": "lag", "times": 1, "delay_ms": 250 }]);
        check(
            lag,
            &["POST /users", "GET /users", "GET /users"],
            &["-", "Lag 250ms", "-"],
        );
        let long = json!([{ "route": "*", "fault": "slow", "delay_ms": 86_400_000 }]);
        check(long, &["POST /users"], &["Slow 600s"]);
    }

    #[test]
    fn a_fault_is_read_strictly() {
        for fault in [
            json!({ "route": "*", "fault": "502" }),
            json!({ "route": "*", "fault": "500", "count": 1 }),
        ] {
            assert!(serde_json::from_value::<Fault>(fault.clone()).is_err(), "{fault}");
        }
    }
}
