//! The twin of Calendly's SCIM endpoint: a dialect of [`super::scim`], with Calendly's own traps.
//!
//! After Calendly's help centre: a user has `userName`, `displayName`, `active` and `externalId`, and extra attributes
//! cause errors; there are no groups; whoever is created is invited, and has a seat only after accepting; without a
//! free seat provisioning fails; a new e-mail counts only once its owner confirms it, and until then the former one is
//! read back; `active: false` disables, and a deletion loses all data; the token expires.
//!
//! Acceptance, confirmation and expiry are brought about by seeds: `{"accept":{"email":…}}`, `{"confirm":{"email":…}}`,
//! `{"confirmed_after":SECONDS}`, `{"token_expires_at":TIME}`. What a deletion lost is summed up in `account.lost` of
//! the state, in units of the `data` that a seeded user has.
//!
//! Filters, pages, statuses and shapes of answers are not documented; those of RFC 7644 are assumed, users are found
//! by userName alone, and somebody invited reads like anybody else.

mod profile;
#[cfg(test)]
mod tests;

pub(super) use profile::PROFILE;
