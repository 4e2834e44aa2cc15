//! Many at once.
use std::future::poll_fn;
use std::task::Poll;

use super::members::people;
use super::*;
use crate::store::{Batch, Conflict, Error, Expect, Resource, Store, Write};

/// Clients at once.
const CLIENTS: u128 = 64;

pub(crate) async fn members_of_one_group(store: &impl Store) {
    people(store).await;
    write(store, (100..100 + CLIENTS).map(|number| put(user(number))).collect()).await;
    let adds = (100..100 + CLIENTS).map(|number| {
        let expect = vec![Expect::Exists(user(number))];
        let writes = vec![
            Write::AddMember(group(10), member(number)),
            Write::Touch(group(10), at(1)),
        ];
        store.commit(Batch { expect, writes })
    });
    for added in join_all(adds).await {
        added.unwrap();
    }
    let members = store.members(&group(10), None, 100).await.unwrap();
    assert_eq!(members.len() as u128, CLIENTS);
}

pub(crate) async fn one_of_two_creates(store: &impl Store) {
    let creates = (1..=CLIENTS).map(|number| {
        let expect = vec![Expect::Unique {
            scope: users(),
            term: term("userName", "ann"),
            except: None,
        }];
        let writes = vec![Write::PutResource(resource(user(number), &[("userName", "ann")]))];
        store.commit(Batch { expect, writes })
    });
    let results = join_all(creates).await;
    let found = store.find(&users(), &term("userName", "ann"), 9).await.unwrap();
    let [winner] = found[..] else { panic!("{found:?}") };
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refused in results.into_iter().filter_map(Result::err) {
        let Error::Conflict(conflict) = refused else {
            panic!("{refused}")
        };
        assert_eq!(conflict, Conflict::Unique(term("userName", "ann"), winner));
    }
    assert_eq!(store.count(&users()).await.unwrap(), 1);
}

pub(crate) async fn versions_lose_nothing(store: &impl Store) {
    write(store, vec![put(user(1))]).await;
    join_all((0..8).map(|_| increase(store))).await;
    let after = store.resource(&user(1)).await.unwrap().unwrap();
    assert_eq!(after.version, 1 + 8);
}

/// All of them at once, on this task.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, output) in waiting.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *output = Some(ready);
            }
        }
        match waiting.iter().all(|(_, output)| output.is_some()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}

/// Reads, computes, writes; and all over again whenever another one was faster.
async fn increase(store: &impl Store) {
    loop {
        let before = store.resource(&user(1)).await.unwrap().unwrap();
        let expect = vec![Expect::Version(user(1), Some(before.version))];
        let writes = vec![Write::PutResource(Resource {
            version: before.version + 1,
            ..before
        })];
        match store.commit(Batch { expect, writes }).await {
            Ok(_) => return,
            Err(Error::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
