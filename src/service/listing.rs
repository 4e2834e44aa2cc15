//! What is believed of a listing: that it ends, and how many accounts were known before. A vendor that suddenly
//! lists far fewer has mostly lost something itself, or shows less than there is, and whoever believed it would take
//! the rest for gone.
use crate::service::{Target, Unread};
use crate::store::{self, Batch, SettingKind, Store, TargetId, Write};

/// The least share, in percent, that a listing must have of the accounts that were known before.
const LEAST_PERCENT: u64 = 80;

/// One account may always be missing: of four it would be more than the share.
const MISSING_ALWAYS: u64 = 1;

/// Pages of a listing: a million accounts, as many as a directory is made for, on pages of ten.
const PAGES_MAX: u64 = 100_000;

/// The pages of one listing, which has to end.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    read: u64,
    /// A cursor that was met; a later one after each doubling of the pages, so that circles of any length come back to
    /// it.
    met: Option<String>,
}

impl Pages {
    /// Takes in that another page was read, which leads to this one.
    ///
    /// # Errors
    /// The cursor was met before, or there are too many pages.
    pub(crate) fn next(&mut self, next: Option<String>) -> Result<Option<String>, Unread> {
        self.read += 1;
        let Some(cursor) = &next else { return Ok(None) };
        if self.met.as_ref() == Some(cursor) {
            return Err(Unread(
                "the listing goes in circles: the vendor gave the same cursor twice".to_owned(),
            ));
        }
        if self.read >= PAGES_MAX {
            return Err(Unread(format!("the listing has more than {PAGES_MAX} pages")));
        }
        if self.read.is_power_of_two() {
            self.met = Some(cursor.clone());
        }
        Ok(next)
    }
}

/// A complete listing of a target's accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Accounts in it, or those of them that were known before.
    pub(crate) accounts: u64,
    /// So few are right, a person says.
    pub(crate) expected: Option<u64>,
}

/// The listing has shrunk by more than may be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the target `{target}` lists {accounts} accounts, and listed {before} last: that is over 20 % fewer")]
pub struct Shrunk {
    /// The target.
    pub target: String,
    /// Accounts in the last listing that was believed.
    pub before: u64,
    /// Accounts now.
    pub accounts: u64,
}

/// Compares a complete listing with the last one of its target, and keeps it as the last one unless it has shrunk by
/// over 20 %, which is alarmed.
///
/// # Errors
/// The store's.
pub(crate) async fn check(
    store: &dyn Store,
    target: &Target,
    listing: Listing,
) -> Result<Result<(), Shrunk>, store::Error> {
    let name = record(target.id);
    let kept = store.setting(SettingKind::Other, &name).await?;
    let before = kept.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok());
    if let Some(before) = before.filter(|before| has_shrunk(*before, listing)) {
        let (target, accounts) = (&target.config.name, listing.accounts);
        tracing::error!(alarm = "listing_shrunk", target.name = %target, before, accounts, "a listing of accounts has shrunk by over 20 %; nothing is done with it");
        return Ok(Err(Shrunk {
            target: target.clone(),
            before,
            accounts,
        }));
    }
    if before != Some(listing.accounts) {
        keep(store, name, listing.accounts).await?;
    }
    Ok(Ok(()))
}

async fn keep(store: &dyn Store, name: String, accounts: u64) -> Result<(), store::Error> {
    let bytes = accounts.to_string().into_bytes();
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::PutSetting(SettingKind::Other, name, bytes)],
    };
    store.commit(batch).await.map(|_| ())
}

/// Whether the listing lacks too many of the accounts that were known before to be believed.
pub(crate) fn has_shrunk(before: u64, listing: Listing) -> bool {
    let is_expected = listing.expected.is_some_and(|expected| listing.accounts >= expected);
    let is_short = listing.accounts.saturating_mul(100) < before.saturating_mul(LEAST_PERCENT);
    let missing = before.saturating_sub(listing.accounts);
    is_short && missing > MISSING_ALWAYS && !is_expected
}

/// Where the number is kept; it goes with the target.
fn record(target: TargetId) -> String {
    format!("listed/{}", target.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads on until the listing ends, or is refused; answers after how many pages.
    fn check(cursor: impl Fn(u64) -> Option<u64>, expected: (u64, Option<&str>)) {
        let mut pages = Pages::default();
        let mut read = 0;
        let refused = loop {
            read += 1;
            assert!(read <= 2 * PAGES_MAX, "it does not end");
            match pages.next(cursor(read).map(|cursor| cursor.to_string())) {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(unread) => break Some(unread.0),
            }
        };
        let words = |refused: &str| expected.1.is_some_and(|words| refused.contains(words));
        assert_eq!(read, expected.0, "{refused:?}");
        assert!(refused.as_deref().map_or(expected.1.is_none(), words), "{refused:?}");
    }

    #[test]
    fn a_listing_ends_or_is_refused() {
        let twice = Some("the same cursor twice");
        check(|_| None, (1, None));
        check(|read| (read < 5000).then_some(read), (5000, None));
        check(|_| Some(7), (2, twice));
        check(|read| Some(read % 2), (4, twice));
        // The circle begins late.
        check(|read| Some(read.min(1000)), (1025, twice));
        check(|read| Some(read % 1000), (2024, twice));
        check(Some, (PAGES_MAX, Some("more than 100000 pages")));
    }

    #[test]
    fn more_than_a_fifth_less_has_shrunk_unless_a_person_expects_it() {
        for (before, accounts, expected, shrunk) in [
            (100, 100, None, false),
            (100, 250, None, false),
            (100, 80, None, false),
            (100, 79, None, true),
            (100, 0, None, true),
            (0, 0, None, false),
            (1, 0, None, false),
            (3, 2, None, false),
            (2, 0, None, true),
            (9, 7, None, true),
            (10, 8, None, false),
            (10, 7, None, true),
            (10, 7, Some(7), false),
            (10, 6, Some(7), true),
            (100, 79, Some(79), false),
            (100, 79, Some(50), false),
            (100, 79, Some(80), true),
            (100, 0, Some(0), false),
        ] {
            let listing = Listing { accounts, expected };
            assert_eq!(has_shrunk(before, listing), shrunk, "{before} {listing:?}");
        }
    }
}
