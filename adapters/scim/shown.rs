//! What is known of the members of groups beyond what one of them shows: whether any shows them at all, and who was put
//! in or out a moment ago. A PUT sends back what was read, and reads lag.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::attribute::get;
use crate::{Error, ErrorKind, Retry};

/// Of one target, since its adapter was made.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// A group has shown a member.
    any: AtomicBool,
    /// By group and member. Once groups are known to show members, what is older than the lag goes; before that a group
    /// has no more than its first PUT's, since a later one is refused.
    puts: Mutex<BTreeMap<String, BTreeMap<String, Put>>>,
}

#[derive(Debug)]
struct Put {
    is_in: bool,
    at: Instant,
}

impl Shown {
    /// Takes note of whom a group shows.
    pub(super) fn note(&self, members: &[Value]) {
        if !members.is_empty() {
            self.any.store(true, Ordering::Relaxed);
        }
    }

    /// Whether any group has shown a member.
    pub(super) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// Takes note of a PUT that put these in, or out.
    pub(super) fn put(&self, group_id: &str, member_ids: &[&str], is_in: bool) {
        let at = Instant::now();
        let put = member_ids.iter().map(|id| ((*id).to_owned(), Put { is_in, at }));
        self.puts().entry(group_id.to_owned()).or_default().extend(put);
    }

    /// An account is gone, and with it its memberships.
    pub(super) fn forget(&self, id: &str) {
        let mut puts = self.puts();
        puts.remove(id);
        puts.values_mut().for_each(|group| {
            group.remove(id);
        });
    }

    /// Who is in a group that shows these. Whom a PUT put in or out within the lag is so, whatever is shown.
    ///
    /// # Errors
    /// The group should have shown members for long, and no group ever did: a PUT would remove them.
    pub(super) fn members(&self, group_id: &str, shown: Vec<Value>, lag: Duration) -> Result<Vec<Value>, Error> {
        self.note(&shown);
        let (is_empty, any) = (shown.is_empty(), self.any());
        let is_new = |put: &Put| put.at.elapsed() < lag;
        let mut puts = self.puts();
        let Some(group) = puts.get_mut(group_id) else {
            return Ok(shown);
        };
        if is_empty && !any && group.values().any(|put| put.is_in && !is_new(put)) {
            return Err(hidden());
        }
        let mut members = shown;
        for (id, put) in group.iter().filter(|(_, put)| is_new(put)) {
            let is_shown = members.iter().any(|member| is_among(member, &[id]));
            match put.is_in {
                true if is_shown => {}
                true => members.push(json!({ "value": id })),
                false => members.retain(|member| !is_among(member, &[id])),
            }
        }
        if any {
            puts.values_mut().for_each(|group| group.retain(|_, put| is_new(put)));
            puts.retain(|_, group| !group.is_empty());
        }
        Ok(members)
    }

    fn puts(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, Put>>> {
        self.puts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A group of which nobody can tell who is in.
pub(super) fn hidden() -> Error {
    let reason = "the group does not show its members: by PUT it cannot be changed, since that removes all but those who \
                  are sent, and who is missing cannot be seen";
    Error::new(ErrorKind::Rejected { field: None }, Retry::Backoff, reason)
}

/// Whether a member is one of these.
pub(super) fn is_among(member: &Value, ids: &[&str]) -> bool {
    let id = member.as_object().and_then(|member| get(member, "value")?.as_str());
    id.is_some_and(|id| ids.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn members(ids: &[&str]) -> Vec<Value> {
        ids.iter().map(|id| json!({ "value": id })).collect()
    }

    fn check(shown: &Shown, read: &[&str], lag: Duration) -> Option<Vec<Value>> {
        shown.members("G", members(read), lag).ok()
    }

    #[test]
    fn what_was_put_a_moment_ago_is_so_whatever_is_shown() {
        let shown = Shown::default();
        shown.put("G", &["1", "2"], true);
        shown.put("H", &["9"], true);
        for (read, lag, expected) in [
            (&[][..], LONG, Some(&["1", "2"][..])),
            (&["1"], LONG, Some(&["1", "2"])),
            (&["3"], LONG, Some(&["3", "1", "2"])),
            (&[], Duration::ZERO, Some(&[])),
        ] {
            assert_eq!(check(&shown, read, lag), expected.map(members), "{read:?}");
        }
        shown.put("G", &["1"], true);
        shown.put("G", &["2", "3"], false);
        assert_eq!(check(&shown, &["2", "3", "4"], LONG), Some(members(&["4", "1"])));
        shown.forget("1");
        assert_eq!(check(&shown, &["2", "4"], LONG), Some(members(&["4"])));
    }

    #[test]
    fn who_is_never_shown_is_not_put_out() {
        let shown = Shown::default();
        assert_eq!(check(&shown, &[], Duration::ZERO), Some(Vec::new()), "it may be empty");
        shown.put("G", &["1"], true);
        assert_eq!(check(&shown, &[], LONG), Some(members(&["1"])), "nobody can see it yet");
        assert_eq!(check(&shown, &[], Duration::ZERO), None);
        shown.put("G", &["1"], false);
        assert_eq!(
            check(&shown, &[], Duration::ZERO),
            Some(Vec::new()),
            "nobody should be in"
        );
        shown.put("G", &["1"], true);
        shown.forget("1");
        assert_eq!(check(&shown, &[], Duration::ZERO), Some(Vec::new()), "nobody is in");
        shown.put("G", &["2"], true);
        shown.note(&members(&["7"]));
        assert_eq!(
            check(&shown, &[], Duration::ZERO),
            Some(Vec::new()),
            "others are shown: it is empty"
        );
    }
}
