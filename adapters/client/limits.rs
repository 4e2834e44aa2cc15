//! Reads what an answer's headers say of the vendor's limits. Pure: "now" is the answer's own `Date`.
use std::time::Duration;

use jiff::Timestamp;

use super::{Answer, Limits};

/// What vendors write before `remaining` and `reset`.
const PREFIXES: &[&str] = &["ratelimit-", "x-ratelimit-", "x-rate-limit-", "rate-limit-"];

/// A `reset` from here on is a time and not a wait: in seconds since 1970 this was in 2001, and no vendor's window
/// lasts thirty years.
const EPOCH_SECONDS_MIN: u64 = 1_000_000_000;

/// A `reset` from here on is a time in milliseconds since 1970.
const EPOCH_MILLISECONDS_MIN: u64 = 1_000_000_000_000;

/// The longest wait that is believed; more is a mistake of the vendor's and would stop a target for good.
const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

/// The limits that an answer tells of, for all calls alike.
///
/// A window in which no call at all is allowed is none: so Okta tells of too many calls at the same time, for which it
/// can only guess when there is room again. Such an answer says nothing of a window.
pub(super) fn limits(answer: &Answer) -> Limits {
    let now = answer.header("date").and_then(http_date);
    let retry_after = answer.header("retry-after").and_then(|value| wait(value, now));
    if field(answer, "limit").and_then(whole) == Some(0) {
        return Limits {
            retry_after,
            ..Limits::default()
        };
    }
    let remaining = field(answer, "remaining").or_else(|| part(combined(answer), &["remaining", "r"]));
    let reset = field(answer, "reset").or_else(|| part(combined(answer), &["reset", "t"]));
    Limits {
        retry_after,
        ..window(remaining, reset, now)
    }
}

/// How long calls of this kind alone must wait, if the vendor refuses them and has room for others.
pub(super) fn endpoint_wait(answer: &Answer, limits: Limits) -> Option<Duration> {
    let has_room = limits.remaining.is_some_and(|remaining| remaining > 0);
    let waits = endpoints(answer).filter(|value| part(value, &["remaining"]).and_then(whole) == Some(0));
    let now = answer.header("date").and_then(http_date);
    let mut waits = waits.filter_map(|value| wait(part(value, &["resets", "reset"])?, now));
    let longest = waits.next().map(|first| waits.fold(first, Duration::max));
    longest.filter(|_| has_room && answer.status == 429)
}

fn window(remaining: Option<&str>, reset: Option<&str>, now: Option<Timestamp>) -> Limits {
    let remaining = remaining.and_then(whole);
    Limits {
        remaining: remaining.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        reset: reset.and_then(|value| wait(value, now)),
        retry_after: None,
    }
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    PREFIXES
        .iter()
        .find_map(|prefix| answer.header(&format!("{prefix}{name}")))
}

/// The combined header of the IETF drafts: `limit=100, remaining=50, reset=5` and `"default";r=50;t=5`.
fn combined(answer: &Answer) -> &str {
    answer.header("ratelimit").unwrap_or_default()
}

/// Headers that tell of one endpoint's limit, such as `zendesk-ratelimit-users-update: total=100; remaining=0;
/// resets=41`.
fn endpoints(answer: &Answer) -> impl Iterator<Item = &str> {
    let named = answer.headers.iter().filter(|(name, _)| name.contains("-ratelimit-"));
    named
        .map(|(_, value)| value.as_str())
        .filter(|value| value.contains('='))
}

/// A part of a header of several.
fn part<'a>(value: &'a str, names: &[&str]) -> Option<&'a str> {
    let mut pairs = value.split([',', ';']).filter_map(|part| part.trim().split_once('='));
    pairs.find_map(|(name, value)| names.contains(&name).then_some(value))
}

/// Seconds to wait, or a time to wait for: an HTTP date or seconds or milliseconds since 1970.
fn wait(value: &str, now: Option<Timestamp>) -> Option<Duration> {
    let Some(number) = whole(value) else {
        return until(http_date(value)?, now);
    };
    if number < EPOCH_SECONDS_MIN {
        return Some(Duration::from_secs(number).min(WAIT_MAX));
    }
    let number = i64::try_from(number).ok()?;
    let time = if number.unsigned_abs() < EPOCH_MILLISECONDS_MIN {
        Timestamp::from_second(number)
    } else {
        Timestamp::from_millisecond(number)
    };
    until(time.ok()?, now)
}

fn until(time: Timestamp, now: Option<Timestamp>) -> Option<Duration> {
    let wait = time.duration_since(now?);
    Some(Duration::try_from(wait).unwrap_or_default().min(WAIT_MAX))
}

/// A count, cut off at the decimal point that some vendors write.
fn whole(value: &str) -> Option<u64> {
    let value = value.trim();
    value.split_once('.').map_or(value, |(whole, _)| whole).parse().ok()
}

fn http_date(value: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(value).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)]) -> (Option<u32>, Option<u64>, Option<u64>) {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let answer = Answer {
            status: 200,
            headers: headers.collect(),
            body: Vec::new(),
        };
        let limits = limits(&answer);
        (
            limits.remaining,
            limits.reset.map(|wait| wait.as_secs()),
            limits.retry_after.map(|wait| wait.as_secs()),
        )
    }

    #[test]
    fn limits_are_read_in_every_usual_spelling() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let today = ("date", "Fri, 21 Nov 2025 12:00:00 GMT");
        for (headers, expected) in [
            (&[][..], (None, None, None)),
            (&[("retry-after", "120")], (None, None, Some(120))),
            (&[("retry-after", " 1.5 ")], (None, None, Some(1))),
            (&[("retry-after", "999999999")], (None, None, Some(3600))),
            (&[("retry-after", "soon")], (None, None, None)),
            (&[("retry-after", "-1")], (None, None, None)),
            (
                &[date, ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")],
                (None, None, Some(60)),
            ),
            (
                &[date, ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")],
                (None, None, Some(0)),
            ),
            (&[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")], (None, None, None)),
            (
                &[("ratelimit-remaining", "959"), ("ratelimit-reset", "12")],
                (Some(959), Some(12), None),
            ),
            (
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")],
                (Some(0), Some(30), None),
            ),
            (
                &[
                    today,
                    ("x-rate-limit-remaining", "3"),
                    ("x-rate-limit-reset", "1763726430"),
                ],
                (Some(3), Some(30), None),
            ),
            (
                &[today, ("x-rate-limit-reset", "1763726430000")],
                (None, Some(30), None),
            ),
            (&[("x-rate-limit-reset", "1763726430")], (None, None, None)),
            (
                &[
                    today,
                    ("x-rate-limit-limit", "600"),
                    ("x-rate-limit-remaining", "0"),
                    ("x-rate-limit-reset", "1763726430"),
                ],
                (Some(0), Some(30), None),
            ),
            (
                &[
                    today,
                    ("x-rate-limit-limit", "0"),
                    ("x-rate-limit-remaining", "0"),
                    ("x-rate-limit-reset", "1763726430"),
                ],
                (None, None, None),
            ),
            (&[("ratelimit-limit", "0"), ("retry-after", "2")], (None, None, Some(2))),
            (&[("rate-limit-remaining", "99999999999")], (Some(u32::MAX), None, None)),
            (
                &[("ratelimit", "limit=100, remaining=50, reset=5")],
                (Some(50), Some(5), None),
            ),
            (&[("ratelimit", "\"default\";r=50;t=5")], (Some(50), Some(5), None)),
        ] {
            assert_eq!(check(headers), expected, "{headers:?}");
        }
    }

    /// One kind of call has no room left: the others must not wait for it.
    #[test]
    fn a_limit_of_one_kind_of_call_is_told_apart() {
        let of_account = |remaining| [("ratelimit-remaining", remaining), ("ratelimit-reset", "41")];
        let of_updates = |value| ("zendesk-ratelimit-users-update", value);
        let (used, left) = ("total=5; remaining=0; resets=17", "total=5; remaining=2; resets=17");
        for (status, account, updates, expected) in [
            (429, "699", used, Some(17)),
            (429, "699", left, None),
            (429, "0", used, None),
            (200, "699", used, None),
        ] {
            let headers = of_account(account).into_iter().chain([of_updates(updates)]);
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let answer = Answer {
                status,
                headers: headers.collect(),
                body: Vec::new(),
            };
            let limits = limits(&answer);
            assert_eq!(limits.remaining, account.parse().ok(), "that of the account");
            let wait = endpoint_wait(&answer, limits).map(|wait| wait.as_secs());
            assert_eq!(wait, expected, "{status} {account} {updates}");
        }
        let silent = [("zendesk-ratelimit-users-update", used), ("retry-after", "5")];
        assert_eq!(
            check(&silent),
            (None, None, Some(5)),
            "an account that says nothing is not believed to have room"
        );
    }
}
