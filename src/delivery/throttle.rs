//! The pace of calls to one target: a token bucket at the vendor's known limit, corrected by what the vendor says.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use adapters::client::{Gate, Limits};
use async_trait::async_trait;
use tokio::time::Instant;

/// Share of the vendor's limit that is used, so that the first burst and clocks that differ stay below it.
const USED_PERCENT: u32 = 98;

/// The wait after a refusal for which the vendor gave no time; doubled with each further one.
const PAUSE_UNKNOWN: Duration = Duration::from_secs(5);

/// Longest such wait.
const PAUSE_UNKNOWN_MAX: Duration = Duration::from_secs(300);

/// The grain of the runtime's timers.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// Longest wait that a vendor's header is believed: an hour.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// The bucket. As the lease's holder is the only sender, it is the vendor's true limit.
#[derive(Debug)]
pub(super) struct Throttle {
    per_second: f64,
    burst: f64,
    /// Calls get their tokens in the order in which they ask: else one of several might never get any.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    filled: Instant,
    paused_until: Option<Instant>,
    /// Since when the vendor has limited the calls, up to then.
    limited: Option<Instant>,
    /// Refusals in a row, those of one pause counted once.
    refusals: u32,
}

impl Throttle {
    pub(super) fn new(calls_per_minute: u32) -> Self {
        let per_second = f64::from(calls_per_minute.max(1)) / 60.0 * f64::from(USED_PERCENT) / 100.0;
        let burst = per_second.max(1.0);
        let state = State {
            tokens: burst,
            filled: Instant::now(),
            paused_until: None,
            limited: None,
            refusals: 0,
        };
        Self {
            per_second,
            burst,
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// Calls a second that the pace allows in the long run.
    pub(super) fn per_second(&self) -> f64 {
        self.per_second
    }

    /// For how long the vendor has limited the calls, if it has asked for a pause that is not over.
    pub(super) fn limited_for(&self) -> Option<Duration> {
        let (state, now) = (self.lock(), Instant::now());
        let is_over = state.paused_until.is_none_or(|until| until <= now);
        let since = state.limited.filter(|_| !is_over)?;
        Some(now.saturating_duration_since(since))
    }

    /// For how long no call is made, as the vendor asked for a pause.
    pub(super) fn paused_for(&self) -> Option<Duration> {
        let left = self.lock().paused_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Takes a token, or says how long to wait before asking again.
    fn take(&self) -> Option<Duration> {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(until) = state.paused_until {
            if until > now {
                return Some(until - now);
            }
            state.paused_until = None;
            state.limited = None;
        }
        let filled = now.saturating_duration_since(state.filled).as_secs_f64() * self.per_second;
        state.tokens = (state.tokens + filled).min(self.burst);
        state.filled = now;
        if state.tokens < 1.0 {
            // Never nothing: rounding may leave a wait that no timer can keep.
            return Some(Duration::from_secs_f64((1.0 - state.tokens) / self.per_second).max(WAIT_MIN));
        }
        state.tokens -= 1.0;
        None
    }

    /// Counts a refusal; the wait after it if the vendor gives none.
    fn refused(&self) -> Duration {
        let paused = self.limited_for().is_some();
        let mut state = self.lock();
        let before = state.refusals;
        state.refusals += u32::from(!paused);
        PAUSE_UNKNOWN.saturating_mul(1 << before.min(10)).min(PAUSE_UNKNOWN_MAX)
    }

    fn pause(&self, wait: Duration, limited: bool) {
        let until = Instant::now() + wait.min(PAUSE_MAX);
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(until, |other| other.max(until)));
        if limited {
            state.limited.get_or_insert_with(Instant::now);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Gate for Throttle {
    async fn pass(&self) {
        let _turn = self.turn.lock().await;
        while let Some(wait) = self.take() {
            tokio::time::sleep(wait).await;
        }
    }

    fn observe(&self, status: u16, limits: Limits) {
        if status == 429 {
            let unknown = self.refused();
            self.pause(limits.retry_after.or(limits.reset).unwrap_or(unknown), true);
            return;
        }
        self.lock().refusals = 0;
        if let Some(wait) = limits.retry_after {
            self.pause(wait, false);
        } else if let (Some(0), Some(reset)) = (limits.remaining, limits.reset) {
            self.pause(reset, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn timed(throttle: &Throttle, calls: usize) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            throttle.pass().await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_holds_no_more_calls_than_the_vendor_allows() {
        let throttle = Throttle::new(960);
        let took = timed(&throttle, 961).await;
        assert!(took > Duration::from_secs(60), "961 calls in {took:?}");
        assert!(took < Duration::from_secs(62), "961 calls took {took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_vendor_is_believed() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let rows = [
            (
                429,
                Limits {
                    retry_after: seconds(30),
                    ..Limits::default()
                },
                30,
            ),
            (
                429,
                Limits {
                    reset: seconds(7),
                    ..Limits::default()
                },
                7,
            ),
            (429, Limits::default(), 5),
            (
                503,
                Limits {
                    retry_after: seconds(9),
                    ..Limits::default()
                },
                9,
            ),
            (
                200,
                Limits {
                    remaining: Some(0),
                    reset: seconds(4),
                    ..Limits::default()
                },
                4,
            ),
            (
                200,
                Limits {
                    remaining: Some(3),
                    reset: seconds(4),
                    ..Limits::default()
                },
                0,
            ),
            (
                429,
                Limits {
                    retry_after: seconds(900_000),
                    ..Limits::default()
                },
                3600,
            ),
        ];
        for (status, limits, expected) in rows {
            let throttle = Throttle::new(960);
            throttle.observe(status, limits);
            assert_eq!(throttle.limited_for().is_some(), status == 429, "{status} {limits:?}");
            assert_eq!(timed(&throttle, 1).await.as_secs(), expected, "{status} {limits:?}");
        }
    }
    #[tokio::test(start_paused = true)]
    async fn a_limit_is_as_old_as_its_first_refusal() {
        let throttle = Throttle::new(960);
        let limits = Limits {
            retry_after: Some(Duration::from_secs(30)),
            ..Limits::default()
        };
        for _ in 0..2 {
            throttle.observe(429, limits);
            tokio::time::advance(Duration::from_secs(10)).await;
        }
        assert_eq!(throttle.limited_for(), Some(Duration::from_secs(20)));
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(throttle.limited_for(), None);
    }
}
