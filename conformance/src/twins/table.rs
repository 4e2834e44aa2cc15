//! Rows by key, which remember what changed: since it was last saved, and how it was a moment ago.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::faults::DELAY_MAX;

/// What a [`Table`] holds.
pub(super) trait Row: Clone + Serialize + DeserializeOwned {
    type Key: Ord + Clone + Serialize + DeserializeOwned;

    fn key(&self) -> Self::Key;

    /// Computes what is not saved, before the row is put into the table.
    fn prepare(&mut self) {}
}

pub(super) struct Table<R: Row> {
    name: &'static str,
    rows: BTreeMap<R::Key, Arc<R>>,
    unsaved: BTreeSet<R::Key>,
    past: VecDeque<Past<R>>,
}

/// How a row was before a change.
struct Past<R: Row> {
    changed_at: Timestamp,
    key: R::Key,
    before: Option<Arc<R>>,
}

/// A table, whatever its rows, as a part of a saved state.
pub(super) trait Saved {
    /// Every row under the table's name.
    fn snapshot(&self, state: &mut Map<String, Value>);

    /// The rows changed since the last call under the table's name, and likewise the keys of those gone.
    fn changes(&mut self, changed: &mut Map<String, Value>, gone: &mut Map<String, Value>);

    /// Takes over what `snapshot` or `changes` said.
    fn apply(&mut self, changed: &mut Map<String, Value>, gone: &mut Map<String, Value>) -> anyhow::Result<()>;

    fn clear(&mut self);
}

impl<R: Row> Table<R> {
    pub(super) fn new(name: &'static str) -> Table<R> {
        Table {
            name,
            rows: BTreeMap::new(),
            unsaved: BTreeSet::new(),
            past: VecDeque::new(),
        }
    }

    pub(super) fn rows(&self) -> &BTreeMap<R::Key, Arc<R>> {
        &self.rows
    }

    /// The rows as they were this long before now, as far as changes are remembered.
    pub(super) fn rows_before(&self, now: Timestamp, lag: Duration) -> Cow<'_, BTreeMap<R::Key, Arc<R>>> {
        let recent = self
            .past
            .iter()
            .rev()
            .take_while(|past| age(now, past.changed_at) < lag);
        let mut rows = Cow::Borrowed(&self.rows);
        for past in recent {
            match &past.before {
                Some(row) => rows.to_mut().insert(past.key.clone(), row.clone()),
                None => rows.to_mut().remove(&past.key),
            };
        }
        rows
    }

    pub(super) fn put(&mut self, now: Timestamp, mut row: R) -> Arc<R> {
        row.prepare();
        let (key, row) = (row.key(), Arc::new(row));
        let before = self.rows.insert(key.clone(), row.clone());
        self.remember(now, key, before);
        row
    }

    pub(super) fn remove(&mut self, now: Timestamp, key: &R::Key) -> Option<Arc<R>> {
        let before = self.rows.remove(key)?;
        self.remember(now, key.clone(), Some(before.clone()));
        Some(before)
    }

    fn remember(&mut self, now: Timestamp, key: R::Key, before: Option<Arc<R>>) {
        while self
            .past
            .front()
            .is_some_and(|past| age(now, past.changed_at) > DELAY_MAX)
        {
            self.past.pop_front();
        }
        self.unsaved.insert(key.clone());
        self.past.push_back(Past {
            changed_at: now,
            key,
            before,
        });
    }
}

impl<R: Row> Saved for Table<R> {
    fn snapshot(&self, state: &mut Map<String, Value>) {
        state.insert(
            self.name.to_owned(),
            self.rows.values().map(|row| to_value(row.as_ref())).collect(),
        );
    }

    fn changes(&mut self, changed: &mut Map<String, Value>, gone: &mut Map<String, Value>) {
        let keys = std::mem::take(&mut self.unsaved);
        let (there, lost): (Vec<_>, Vec<_>) = keys.iter().partition(|key| self.rows.contains_key(key));
        let rows: Vec<_> = there
            .iter()
            .filter_map(|key| self.rows.get(key))
            .map(|row| to_value(row.as_ref()))
            .collect();
        let lost: Vec<_> = lost.into_iter().map(to_value).collect();
        for (list, into) in [(rows, changed), (lost, gone)] {
            if !list.is_empty() {
                into.insert(self.name.to_owned(), list.into());
            }
        }
    }

    fn apply(&mut self, changed: &mut Map<String, Value>, gone: &mut Map<String, Value>) -> anyhow::Result<()> {
        for mut row in taken::<R>(self.name, changed)? {
            row.prepare();
            self.rows.insert(row.key(), Arc::new(row));
        }
        for key in taken::<R::Key>(self.name, gone)? {
            self.rows.remove(&key);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.unsaved.clear();
        self.past.clear();
    }
}

/// How long ago a time was; zero if it is yet to come.
fn age(now: Timestamp, then: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap_or_default()
}

fn taken<T: DeserializeOwned>(name: &str, lists: &mut Map<String, Value>) -> anyhow::Result<Vec<T>> {
    let list = lists.remove(name).unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::from_value(list).with_context(|| format!("the saved `{name}` cannot be read"))
}

fn to_value(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("a row has string keys and finite numbers")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, Deserialize, Serialize)]
    struct Note {
        id: u32,
        text: String,
    }

    impl Row for Note {
        type Key = u32;

        fn key(&self) -> u32 {
            self.id
        }
    }

    /// Second 0: one and two are put; second 10: one changes; second 20: two goes and three comes.
    fn notes() -> Table<Note> {
        let mut table = Table::new("notes");
        table.put(
            at(0),
            Note {
                id: 1,
                text: "one".into(),
            },
        );
        table.put(
            at(0),
            Note {
                id: 2,
                text: "two".into(),
            },
        );
        table.put(
            at(10),
            Note {
                id: 1,
                text: "uno".into(),
            },
        );
        table.remove(at(20), &2);
        table.put(
            at(20),
            Note {
                id: 3,
                text: "three".into(),
            },
        );
        table
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn rows_are_seen_as_they_were() {
        for (lag, expected) in [
            (0, vec!["uno", "three"]),
            (5, vec!["uno", "three"]),
            (6, vec!["uno", "two"]),
            (16, vec!["one", "two"]),
            (26, vec![]),
        ] {
            let table = notes();
            let rows = table.rows_before(at(25), Duration::from_secs(lag));
            let texts: Vec<_> = rows.values().map(|note| note.text.as_str()).collect();
            assert_eq!(texts, expected, "{lag} s ago");
        }
    }

    #[test]
    fn what_is_too_old_to_lag_is_forgotten() {
        let mut table = notes();
        table.put(
            at(30 + 600),
            Note {
                id: 4,
                text: "four".into(),
            },
        );
        assert_eq!(table.past.len(), 1);
    }

    #[test]
    fn changes_are_told_once_and_can_be_applied() {
        let mut table = notes();
        let mut copy = Table::<Note>::new("notes");
        for expected in [
            json!([{ "notes": [{"id":1,"text":"uno"},{"id":3,"text":"three"}] }, { "notes": [2] }]),
            json!([{}, {}]),
        ] {
            let (mut changed, mut gone) = (Map::new(), Map::new());
            table.changes(&mut changed, &mut gone);
            assert_eq!(json!([changed, gone]), expected);
            copy.apply(&mut changed, &mut gone).unwrap();
        }
        let (mut one, mut other) = (Map::new(), Map::new());
        table.snapshot(&mut one);
        copy.snapshot(&mut other);
        assert_eq!(one, other);
    }
}
