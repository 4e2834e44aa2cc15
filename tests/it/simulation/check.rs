//! The promises, compared with the journal.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use jiff::SignedDuration;

use usherd::clock::Clock;
use usherd::store::{LinkKey, LinkQuery, Redb, Store, TargetId};

use super::leavers::Left;
use super::life::Process;
use super::vendor::Vendor;
use super::view;
use super::world::{Presence, Seen, World};

/// The age of the first alarm, and some time to find it.
const OVERDUE: SignedDuration = SignedDuration::from_secs(360);

/// Accounts that were there for so long count when the guard counts who goes.
const ESTABLISHED: SignedDuration = SignedDuration::from_mins(62);

/// It is looked who has access each virtual minute.
const LOOKED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Turns of others that are under way at once, and their calls, come before a leaver's at most.
const CALLS_BEFORE_LEAVER_MAX: u64 = 30;

/// Looks who has access at guarded targets.
pub(super) fn see(world: &World) {
    let now = world.common.clock.now();
    let mut presences = world.presences.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, vendor) in guarded(world) {
        let there = view::with_access(vendor.name, &vendor.holds());
        let there: Vec<_> = there
            .into_iter()
            .map(|(account, name)| presence(vendor, (account, name)))
            .collect();
        for (presence, seen) in presences
            .iter_mut()
            .filter(|(presence, _)| presence.target == vendor.target)
        {
            seen.is_there &= there.contains(presence);
        }
        for presence in there {
            let seen = Seen {
                since: now,
                is_there: true,
                last: now,
            };
            let known = presences.entry(presence).or_insert(seen);
            if !known.is_there {
                *known = seen;
            }
            known.last = now;
        }
    }
}

fn presence(vendor: &Vendor, (account, name): (String, String)) -> Presence {
    Presence {
        target: vendor.target.clone(),
        account,
        // Without the version.
        name: name.split(' ').take(2).collect::<Vec<_>>().join(" ") + " ",
    }
}

fn guarded(world: &World) -> impl Iterator<Item = &(TargetId, Arc<Vendor>)> {
    let places = world.places.iter().filter(|place| place.guarded);
    places.flat_map(|place| &place.vendors)
}

/// Of those who were told to leave in one hour, and had been there for long, no more than one has gone without a
/// person's word.
pub(super) fn guard(world: &World) {
    see(world);
    for place in world.places.iter().filter(|place| place.guarded) {
        let left = place.idp.left();
        for (_, vendor) in &place.vendors {
            let certain = left.iter().filter(|left| left.is_certain);
            let gone = certain.filter(|left| has_gone(world, vendor, left));
            let gone = gone.filter(|left| !place.is_approved(&left.id));
            let mut by_hour: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
            gone.for_each(|left| {
                let hour = left.since.as_second() / 3600;
                by_hour.entry(hour).or_default().insert(&left.mark);
            });
            assert!(
                by_hour.values().all(|gone| gone.len() <= 1),
                "{}: {by_hour:?} have gone, by hours, and nobody was asked",
                vendor.target
            );
        }
    }
}

/// Whether somebody has gone who had been there for long when it was told, and was there still.
fn has_gone(world: &World, vendor: &Vendor, left: &Left) -> bool {
    let presences = world.presences.lock().unwrap_or_else(PoisonError::into_inner);
    presences.iter().any(|(presence, seen)| {
        let long = left.since.duration_since(seen.since) > ESTABLISHED;
        let still = left.since.duration_since(seen.last) < LOOKED_EVERY;
        presence.target == vendor.target && presence.name == left.mark && long && still && !seen.is_there
    })
}

/// Once nothing fails any more and everything had time to settle.
pub(super) async fn at_the_end(world: &World, process: &Process) {
    for (place, gateway) in world.places.iter().zip(&process.gateways) {
        let people = place.idp.journal().people.len();
        for person in 0..people {
            place.idp.verify_person(gateway, person).await;
        }
        let groups = place.idp.journal().groups.len();
        for group in 0..groups {
            place.idp.verify_group(gateway, group).await;
        }
        for (target, vendor) in &place.vendors {
            let (held, wanted) = (
                view::held(vendor.name, &vendor.holds()),
                view::wanted(vendor.name, &place.idp),
            );
            let held = match place.idp.rules_roles() {
                true => held,
                false => held.without_roles(),
            };
            let links = links(&process.store, *target).await;
            let parked = parked(&process.store, *target).await;
            assert!(parked.is_empty(), "{}: parked, held or withheld\n{links}", vendor.name);
            assert_eq!(held, wanted, "{}: held, and wanted\n{links}", vendor.name);
        }
    }
    no_directory_sees_anothers(world, process).await;
}

/// What waits for a person.
pub(super) async fn parked(store: &Redb, target: TargetId) -> Vec<LinkKey> {
    let parked = store.link_keys(target, LinkQuery::Parked(None), 100).await;
    parked.expect("the store reads")
}

/// A leaver who still has access after the age of an alarm was told of.
pub(super) fn leavers_are_told_of(world: &World) {
    let now = world.common.clock.now();
    for place in &world.places {
        let overdue = place.idp.left();
        let overdue = overdue
            .into_iter()
            .filter(|left| now.duration_since(left.since) > OVERDUE);
        for left in overdue {
            let has_access = |(_, vendor): &&(TargetId, Arc<Vendor>)| {
                let held = view::held(vendor.name, &vendor.holds());
                held.accounts
                    .values()
                    .any(|account| account.name.starts_with(&left.mark))
            };
            let Some((_, vendor)) = place.vendors.iter().find(has_access) else {
                continue;
            };
            let log = world.log.text();
            let told = log
                .lines()
                .any(|line| line.contains("a leaver's access has not ended") && line.contains(&left.id));
            assert!(
                told,
                "{}: {} has access since {} and nobody was told",
                vendor.name, left.mark, left.since
            );
        }
    }
}

/// Whoever leaves does so before all who wait to join: no more calls come before than those under way.
pub(super) fn leavers_come_first(world: &World) {
    if !world.is_crowded() {
        return;
    }
    for place in &world.places {
        let left = place.idp.left();
        let late = left
            .iter()
            .filter(|left| world.common.sent() - left.sent > CALLS_BEFORE_LEAVER_MAX);
        for left in late {
            let has_access = |(_, vendor): &(TargetId, Arc<Vendor>)| {
                let held = view::held(vendor.name, &vendor.holds());
                held.accounts
                    .values()
                    .any(|account| account.name.starts_with(&left.mark))
            };
            assert!(
                !place.vendors.iter().any(has_access),
                "{} has access, and others had {} calls since {}",
                left.mark,
                world.common.sent() - left.sent,
                left.since
            );
        }
    }
}

/// What is known of all links of a target, for who reads a failure.
pub(super) async fn links(store: &Redb, target: TargetId) -> String {
    let keys = store.link_keys(target, LinkQuery::All(None), 100).await;
    let mut lines = Vec::new();
    for key in keys.expect("the store reads") {
        let link = store.link(&key).await.expect("the store reads");
        lines.push(format!("{} {link:?}", key.resource));
    }
    lines.join("\n")
}

async fn no_directory_sees_anothers(world: &World, process: &Process) {
    for (place, of) in world.places.iter().zip(0..) {
        let people = place.idp.journal().people.clone();
        let ids: Vec<_> = people.into_iter().filter_map(|person| person.id).collect();
        let others = process.gateways.iter().zip(0..).filter(|(_, at)| *at != of);
        for (gateway, _) in others {
            for id in &ids {
                assert_eq!(
                    gateway.read("User", id).await.err(),
                    Some(404),
                    "another directory's user is seen"
                );
            }
        }
    }
}

/// Never two accounts of one person, at any time.
pub(super) fn nobody_twice(world: &World) {
    for place in &world.places {
        for (_, vendor) in &place.vendors {
            let held = view::held(vendor.name, &vendor.holds());
            let mut marks = BTreeMap::new();
            for (address, account) in held
                .accounts
                .into_iter()
                .filter(|(_, account)| !account.name.is_empty())
            {
                let mark: Vec<_> = account.name.split(' ').take(2).map(str::to_owned).collect();
                let other = marks.insert(mark, address.clone());
                assert_eq!(
                    other, None,
                    "{}: {address} is another account of a person who has one",
                    vendor.name
                );
            }
        }
    }
}
