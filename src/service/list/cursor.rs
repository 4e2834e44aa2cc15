//! Cursors: where a list goes on (RFC 9865 section 2).
//!
//! A cursor is text that only this server makes sense of. It holds no state here and gives no rights: it names a place
//! in the list of a directory that its bearer may read anyway. Its hash ties it to the query that it was made for.
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::service::index;
use crate::store::ResourceId;

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Resources before it.
    pub(super) seen: u64,
    /// The last resource before it, and which of the queried types it has.
    pub(super) last: (u32, ResourceId),
    /// The `count` of the query; 0 for none.
    pub(super) count: u32,
    /// When it was made, in seconds.
    pub(super) made: i64,
}

/// Fields of a cursor, written one after the other as hexadecimal digits.
const LENGTH: usize = 16 + 8 + 32 + 8 + 16;

impl Cursor {
    /// The cursor as text of letters and digits.
    pub(super) fn encode(&self, query: &str) -> String {
        let (kind, id) = self.last;
        let fields = format!(
            "{:016x}{kind:08x}{:032x}{:08x}{:016x}",
            self.seen,
            id.0.as_u128(),
            self.count,
            self.made
        );
        let hash = hash(query, &fields);
        fields + &hash
    }

    /// Reads what [`Cursor::encode`] wrote for the same query.
    ///
    /// # Errors
    /// `invalidCursor` for everything else, `expiredCursor` for one older than `timeout`.
    pub(super) fn decode(
        text: &str,
        query: &str,
        (now, timeout): (Timestamp, Duration),
    ) -> Result<Cursor, schemas::Error> {
        let invalid = || schemas::Error::invalid_cursor("the cursor is none that was given out for this query");
        let (fields, checksum) = text.split_at_checked(LENGTH).ok_or_else(invalid)?;
        if checksum != hash(query, fields) {
            return Err(invalid());
        }
        let cursor = Cursor::read(fields).ok_or_else(invalid)?;
        let age = now.as_second().saturating_sub(cursor.made);
        if age > i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX) {
            return Err(schemas::Error::expired_cursor(format!(
                "the cursor is older than {} seconds",
                timeout.as_secs()
            )));
        }
        Ok(cursor)
    }

    fn read(fields: &str) -> Option<Cursor> {
        let mut rest = fields;
        let mut next = |digits: usize| {
            let (field, others) = rest.split_at_checked(digits)?;
            rest = others;
            u128::from_str_radix(field, 16).ok()
        };
        Some(Cursor {
            seen: next(16)?.try_into().ok()?,
            last: (next(8)?.try_into().ok()?, ResourceId(Uuid::from_u128(next(32)?))),
            count: next(8)?.try_into().ok()?,
            made: next(16)?.try_into().ok()?,
        })
    }
}

fn hash(query: &str, fields: &str) -> String {
    index::hash(format!("cursor {fields} {query}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn cursor() -> Cursor {
        Cursor {
            seen: 12,
            last: (1, ResourceId(Uuid::from_u128(7))),
            count: 10,
            made: NOW,
        }
    }

    fn decode(text: &str, query: &str, seconds: i64) -> Result<Cursor, Option<schemas::ScimType>> {
        let now = Timestamp::from_second(NOW + seconds).expect("in range");
        Cursor::decode(text, query, (now, Duration::from_secs(60))).map_err(|error| error.scim_type)
    }

    #[test]
    fn cursors_are_read_back_for_their_query() {
        let text = cursor().encode("a");
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
        assert_eq!(decode(&text, "a", 60), Ok(cursor()));
        assert_eq!(decode(&text, "a", 61), Err(Some(schemas::ScimType::ExpiredCursor)));
        assert_eq!(decode(&text, "b", 0), Err(Some(schemas::ScimType::InvalidCursor)));
    }

    #[test]
    fn other_texts_are_no_cursors() {
        let good = cursor().encode("a");
        let changed = good.replacen('c', "d", 1);
        let cut = good.get(1..).expect("it is longer").to_owned();
        for text in [
            "x".to_owned(),
            "ä".repeat(60),
            changed,
            cut,
            format!("{good}0"),
            good.to_uppercase(),
        ] {
            assert_eq!(
                decode(&text, "a", 0),
                Err(Some(schemas::ScimType::InvalidCursor)),
                "{text}"
            );
        }
    }
}
