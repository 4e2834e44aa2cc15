//! How many people leave a target, by the hour in which that was acknowledged.
use std::ops::Bound;

use jiff::{SignedDuration, Timestamp};
use redb::ReadableTable;
use serde::{Deserialize, Deserializer, Serialize};

use super::codec;
use super::keys::Key;
use super::tables::{Rows, Tables, Writing};
use crate::store::{Error, Going, Link, LinkKey, TargetId, hour_of};

/// Hours older than this are forgotten: whoever left then has gone, or waits for a person.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Old hours forgotten along with a new one.
const FORGOTTEN_MAX: usize = 100;

/// The record of an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hour {
    going: u64,
    waiting: u64,
    /// Those of `going` whose access has ended.
    #[serde(deserialize_with = "or_none")]
    gone: u64,
}

impl Hour {
    /// The hour as far as links tell it: who has gone is no longer known.
    pub(super) fn of(hour: Option<Timestamp>, links: &[Link]) -> Self {
        let leaving = links.iter().filter_map(Leaving::of);
        leaving
            .filter(|leaving| Some(leaving.hour) == hour)
            .fold(Self::default(), |counted, leaving| Self {
                going: counted.going + u64::from(leaving.going),
                waiting: counted.waiting + u64::from(!leaving.going),
                ..counted
            })
    }
}

/// A number that the first records end before.
fn or_none<'a, D: Deserializer<'a>>(from: D) -> Result<u64, D::Error> {
    Ok(u64::deserialize(from).unwrap_or_default())
}

impl<T: Rows> Tables<T> {
    pub(super) fn going(&self, target: TargetId, at: Timestamp) -> Result<Going, Error> {
        let Some(directory) = self.directory_of(target)? else {
            return Ok(Going::default());
        };
        let target = Key::target(directory, target);
        let hour = self.hour(&target.clone().time(hour_of(at)))?;
        Ok(Going {
            accounts: self.tally(&target)?.accounts.saturating_add(hour.gone),
            going: hour.going,
            waiting: hour.waiting,
        })
    }

    fn hour(&self, key: &Key) -> Result<Hour, Error> {
        let Some(record) = self.going.get(key.bytes())? else {
            return Ok(Hour::default());
        };
        codec::unseal("going", key.bytes(), record.value())
    }
}

impl Writing<'_> {
    /// Counts a link's change in the hours of those who leave.
    pub(super) fn count_going(
        &mut self,
        key: &LinkKey,
        before: Option<&Link>,
        after: Option<&Link>,
    ) -> Result<(), Error> {
        let (was, is) = (before.and_then(Leaving::of), after.and_then(Leaving::of));
        if was == is {
            return Ok(());
        }
        let target = Key::target(key.directory, key.target);
        if let Some(was) = was {
            let stays = after.is_some_and(Link::has_access);
            self.change_hour(&target, was.hour, |hour| {
                hour.waiting = hour.waiting.saturating_sub((!was.going).into());
                // Who is gone has gone in that hour; who stays after all has not.
                let back = was.going && stays && is.is_none_or(|is| !is.going);
                hour.going = hour.going.saturating_sub(back.into());
                hour.gone += u64::from(was.going && !stays && is.is_none());
            })?;
        }
        if let Some(is) = is {
            let new = is.going && was.is_none_or(|was| !was.going);
            self.change_hour(&target, is.hour, |hour| {
                hour.waiting += u64::from(!is.going);
                hour.going += u64::from(new);
            })?;
        }
        Ok(())
    }

    fn change_hour(&mut self, target: &Key, at: Timestamp, change: impl FnOnce(&mut Hour)) -> Result<(), Error> {
        let key = target.clone().time(at);
        let before = self.hour(&key)?;
        let mut hour = before;
        change(&mut hour);
        if hour == before {
            return Ok(());
        }
        if before == Hour::default() {
            self.forget_hours(target, at)?;
        }
        let record = codec::seal(key.bytes(), &hour)?;
        self.going.insert(key.bytes(), record.as_slice())?;
        Ok(())
    }

    fn forget_hours(&mut self, target: &Key, now: Timestamp) -> Result<(), Error> {
        let old = target.clone().time(now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN));
        let range = (Bound::Included(target.bytes()), Bound::Excluded(old.bytes()));
        let rows = self.going.range::<&[u8]>(range)?.take(FORGOTTEN_MAX);
        let rows: Result<Vec<_>, Error> = rows.map(|row| Ok(row?.0.value().to_vec())).collect();
        for row in rows? {
            self.going.remove(row.as_slice())?;
        }
        Ok(())
    }
}

/// A person who is to leave, and has access as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Leaving {
    hour: Timestamp,
    going: bool,
}

impl Leaving {
    fn of(link: &Link) -> Option<Self> {
        // Whose turn came, and who is not going, is no more to be waited for.
        let may_go = link.going || link.attempts == 0;
        // Of whom something is in doubt the vendor may have an account that is switched on.
        let has_access = link.has_access() || (link.account.is_some() && !link.unsettled.is_empty());
        let since = link.leaver_since.filter(|_| link.is_person() && has_access && may_go)?;
        Some(Self {
            hour: hour_of(since),
            going: link.going,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_whom_it_was_not_counted_who_has_gone_are_read() {
        let hour = Hour {
            going: 300,
            waiting: 2,
            gone: 0,
        };
        let former = codec::seal(b"key", &(hour.going, hour.waiting)).unwrap();
        let present = codec::seal(b"key", &hour).unwrap();
        assert_ne!(former, present);
        for record in [former, present] {
            assert_eq!(codec::unseal::<Hour>("going", b"key", &record).unwrap(), hour);
        }
    }
}
