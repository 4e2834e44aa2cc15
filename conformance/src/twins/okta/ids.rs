//! Ids as Okta writes them: what they belong to, a number, and the org.

use jiff::Timestamp;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many digits the number has: with the prefix of three and the org an id has twenty characters.
const NUMBER_DIGITS: usize = 13;

/// How many digits of an id are the org's.
const ORG_DIGITS: usize = 4;

/// What the id of each kind of object begins with.
pub(super) mod prefix {
    pub(in super::super) const ASSIGNMENT: &str = "ra1";
    pub(in super::super) const CUSTOM_ROLE: &str = "cr0";
    pub(in super::super) const GROUP: &str = "00g";
    pub(in super::super) const GROUP_ASSIGNMENT: &str = "gra";
    pub(in super::super) const RULE: &str = "0pr";
    pub(in super::super) const SCHEMA: &str = "osc";
    pub(in super::super) const USER: &str = "00u";
    pub(in super::super) const USER_TYPE: &str = "oty";
}

/// Ids of one kind and org grow with the number, so their order is that of creation.
pub(super) fn id(prefix: &str, number: u64, org: &str) -> String {
    format!("{prefix}{}{org}", digits(number, NUMBER_DIGITS))
}

/// What the ids of an org end with.
pub(super) fn org(number: u64) -> String {
    digits(number, ORG_DIGITS)
}

/// A refusal's id. Refusals of one moment share it, since nothing but the time tells them apart.
pub(super) fn error_id(now: Timestamp) -> String {
    let microseconds = u64::try_from(now.as_microsecond()).unwrap_or_default();
    format!("oae{}", digits(microseconds, NUMBER_DIGITS))
}

/// The lowest so many digits of a number.
pub(super) fn digits(mut number: u64, count: usize) -> String {
    let mut digits = Vec::with_capacity(count);
    for _ in 0..count {
        let place = usize::try_from(number % 62).unwrap_or_default();
        digits.extend(DIGITS.get(place).copied().map(char::from));
        number /= 62;
    }
    digits.into_iter().rev().collect()
}
