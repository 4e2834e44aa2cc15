//! Lists in order of ids.
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use super::*;
use crate::store::{From, Resource, Store, Write};

/// Changes of a list: it grows at its end, then changes anywhere.
const STEPS: u32 = 900;
const STEPS_OF_GROWTH: u32 = 200;

pub(crate) async fn skip_counts_as_a_list_does(store: &impl Store) {
    let mut listed = BTreeSet::new();
    let mut dice = Dice(1);
    for step in 0..STEPS {
        let gone = removed(&listed, step, &mut dice);
        if gone.is_empty() {
            let number = if step < STEPS_OF_GROWTH {
                step * 3
            } else {
                dice.below(3 * STEPS_OF_GROWTH)
            };
            listed.insert(number);
            write(store, vec![put(user(number.into()))]).await;
        } else {
            listed.retain(|number| !gone.contains(number));
            delete(store, &gone).await;
        }
        let skip = dice.below(u32::try_from(listed.len()).unwrap() + 2);
        let expected: Vec<u32> = listed.iter().copied().skip(skip as usize).take(3).collect();
        let page = store.page(&users(), From::Skip(skip.into()), 3).await.unwrap();
        assert_eq!(numbers(&page), expected, "step {step}, skip {skip} of {}", listed.len());
    }
    assert_eq!(store.count(&users()).await.unwrap(), listed.len() as u64);
    let all: Vec<u32> = listed.into_iter().collect();
    assert_eq!(
        numbers(&store.page(&users(), From::Skip(0), 10_000).await.unwrap()),
        all
    );
    delete(store, &all).await;
    assert_eq!(store.page(&users(), From::Skip(0), 1).await.unwrap(), []);
    assert_eq!(store.ids(&users(), None, 1).await.unwrap(), []);
}

/// Mostly none, sometimes one, sometimes a whole stretch that is filled again from anywhere.
fn removed(listed: &BTreeSet<u32>, step: u32, dice: &mut Dice) -> Vec<u32> {
    let length = match dice.below(10) {
        9 if step > STEPS_OF_GROWTH => 20,
        8 => 1,
        _ => 0,
    };
    listed
        .range(dice.below(3 * STEPS_OF_GROWTH)..)
        .take(length)
        .copied()
        .collect()
}

async fn delete(store: &impl Store, gone: &[u32]) {
    let deletes = gone.iter().map(|number| Write::DeleteResource(user((*number).into())));
    write(store, deletes.collect()).await;
}

pub(crate) async fn after_continues(store: &impl Store) {
    write(store, [10, 20, 30, 40].map(|number| put(user(number))).into()).await;
    let rows = [
        (0, 2, vec![10, 20]),
        (10, 2, vec![20, 30]),
        (15, 9, vec![20, 30, 40]),
        (40, 9, vec![]),
    ];
    for (after, limit, expected) in rows {
        let page = store.page(&users(), From::After(id(after)), limit).await.unwrap();
        assert_eq!(numbers(&page), expected, "after {after}");
        let ids = store.ids(&users(), Some(id(after)), limit).await.unwrap();
        let of_page: Vec<_> = page.iter().map(|resource| resource.key.id).collect();
        assert_eq!(ids, of_page, "after {after}");
    }
}

pub(crate) async fn scan_sees_one_snapshot(store: &impl Store) {
    write(store, (1..=100).map(|number| put(user(number))).collect()).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let visited = Arc::clone(&seen);
    let visitor = move |resource: &Resource| {
        let mut visited = visited.lock().unwrap();
        visited.push(resource.key.id);
        if visited.len() == 50 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let users = users();
    let scan = store.scan(&users, Box::new(visitor));
    write(
        store,
        (1..=100).map(|number| Write::DeleteResource(user(number))).collect(),
    )
    .await;
    scan.await.unwrap();
    // It began after the deletion, or saw all that it wanted of what was before.
    let seen = seen.lock().unwrap().clone();
    assert!(
        seen.is_empty() || seen == (1..=50).map(id).collect::<Vec<_>>(),
        "{seen:?}"
    );

    write(store, (1..=40).map(|number| put(user(number))).collect()).await;
    let count = Arc::new(Mutex::new(0));
    let visits = Arc::clone(&count);
    let visitor = move |_: &Resource| {
        *visits.lock().unwrap() += 1;
        ControlFlow::Continue(())
    };
    store.scan(&users, Box::new(visitor)).await.unwrap();
    assert_eq!(*count.lock().unwrap(), 40);
}

fn numbers(page: &[Resource]) -> Vec<u32> {
    let ids = page.iter().map(|resource| resource.key.id.0.as_u128());
    ids.map(|id| u32::try_from(id).unwrap()).collect()
}

/// Numbers that look thrown, always the same ones.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % end
    }
}
