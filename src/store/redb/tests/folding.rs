//! Group commit.
use redb::{Database, TableDefinition};

use crate::store::redb::fold::{Done, Work, fold};
use crate::store::redb::keys::Key;
use crate::store::redb::queue::Queue;
use crate::store::redb::tables::{Bytes, Snapshot};
use crate::store::redb::{Options, open};
use crate::store::suite::{at, group, id, link, marked, member, put, resource, term, user, users};
use crate::store::{Batch, Conflict, Error, Expect, Write};

fn database() -> Database {
    open::open(&Options::in_memory()).unwrap()
}

fn snapshot(database: &Database) -> Snapshot {
    open::snapshot(database).unwrap()
}

fn commit(expect: Vec<Expect>, writes: Vec<Write>) -> Work {
    Work::Commit(Batch { expect, writes })
}

fn run(database: &Database, works: &[Work]) -> Vec<Result<Done, Error>> {
    fold(database, &works.iter().collect::<Vec<_>>(), at(0)).unwrap()
}

#[test]
fn each_sees_those_before_it() {
    let database = database();
    let unique = || {
        vec![Expect::Unique {
            scope: users(),
            term: term("userName", "ann"),
            except: None,
        }]
    };
    let named = |number| Write::PutResource(resource(user(number), &[("userName", "ann")]));
    let works = [
        commit(unique(), vec![named(1), put(group(10))]),
        commit(unique(), vec![named(2)]),
        commit(vec![], vec![Write::AddMember(group(10), member(2))]),
        commit(
            vec![Expect::Exists(user(1))],
            vec![Write::AddMember(group(10), member(1))],
        ),
    ];
    let results = run(&database, &works);
    let conflicts: Vec<Option<&Conflict>> = results.iter().map(conflict).collect();
    let taken = Conflict::Unique(term("userName", "ann"), id(1));
    assert_eq!(conflicts, [None, Some(&taken), Some(&Conflict::Member(id(2))), None]);
    let after = snapshot(&database);
    assert_eq!(after.members(&group(10), None, 9).unwrap(), [member(1)]);
    assert_eq!(after.resource(&user(2)).unwrap(), None);
}

#[test]
fn one_that_fails_half_way_drops_out_alone() {
    let database = database();
    run(&database, &[commit(vec![], vec![marked(5, 0)])]);
    damage(&database, "links", &Key::link(&link(5)));
    let works = [
        commit(vec![], vec![put(user(1)), marked(1, 0)]),
        commit(vec![], vec![put(user(2)), marked(1, 0), marked(5, 1)]),
        commit(vec![], vec![put(user(3)), marked(1, 0)]),
    ];
    let results = run(&database, &works);
    assert!(
        matches!(results[..], [Ok(_), Err(Error::Damaged(_)), Ok(_)]),
        "{results:?}"
    );
    let Ok(Done::Committed(last)) = &results[2] else {
        panic!("{results:?}")
    };
    assert_eq!(last.marks, [(link(1), 2)]);
    let after = snapshot(&database);
    let there: Vec<bool> = (1..=3)
        .map(|number| after.resource(&user(number)).unwrap().is_some())
        .collect();
    assert_eq!(there, [true, false, true]);
    assert_eq!(after.link(&link(1)).unwrap().unwrap().marked, 2);
}

#[test]
fn a_full_queue_refuses() {
    let large = || {
        let body = vec![b'x'; 30 << 20];
        commit(
            vec![],
            vec![Write::PutResource(crate::store::Resource {
                body,
                ..resource(user(1), &[])
            })],
        )
    };
    let queue = Queue::default();
    let waiting = [queue.push(large()), queue.push(large())];
    assert!(waiting.iter().all(Result::is_ok));
    assert!(matches!(queue.push(large()), Err(Error::Unavailable(_))));
    assert!(queue.push(commit(vec![], vec![])).is_ok(), "a small one still fits");
}

/// Flips a bit of a record.
pub(super) fn damage(database: &Database, table: &'static str, key: &Key) {
    change(database, (table, key), |_, record| *record.last_mut().unwrap() ^= 1);
}

/// Changes a record, or its key.
pub(super) fn change(
    database: &Database,
    (table, key): (&'static str, &Key),
    change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>),
) {
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction
            .open_table(TableDefinition::<Bytes, Bytes>::new(table))
            .unwrap();
        let mut record = table
            .remove(key.bytes())
            .unwrap()
            .expect("the record is there")
            .value()
            .to_vec();
        let mut key = key.bytes().to_vec();
        change(&mut key, &mut record);
        table.insert(key.as_slice(), record.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
}

fn conflict(result: &Result<Done, Error>) -> Option<&Conflict> {
    match result {
        Err(Error::Conflict(conflict)) => Some(conflict),
        _ => None,
    }
}
