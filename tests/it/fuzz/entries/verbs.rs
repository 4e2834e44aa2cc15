//! Every verb of an adapter, called once at least. What the vendor says goes back to it: ids, cursors, jobs.
use std::collections::BTreeMap;

use adapters::descriptor::{Field, Kind};
use adapters::suite::sample;
use adapters::{Account, Adapter, Batch, Error, Fields, Job};
use serde_json::Value;

/// Pages of a listing that are asked for: the second shows that a cursor can be given back, the third where it ends.
const PAGES: usize = 3;

/// The account where the vendor has said none.
const UNKNOWN: &str = "7";

/// Is told of each verb what came of it: whether it said what it is asked for, or how it failed.
pub(crate) type Each<'a> = &'a mut (dyn FnMut(&'static str, Result<bool, Error>) + Send);

/// Calls them all.
pub(crate) async fn every(adapter: &dyn Adapter, each: Each<'_>) {
    each("check", adapter.check().await.map(|_| true));
    let roles = adapter.roles().await;
    each("roles", roles.map(|roles| roles.is_none_or(|roles| !roles.is_empty())));
    let user = of_kind(adapter, Kind::User, each).await;
    for active in [false, true] {
        each("set_active", adapter.set_active(&user, active).await.map(|_| true));
    }
    let group = of_kind(adapter, Kind::Group, each).await;
    of_members(adapter, (&group.id, &user.id), each).await;
    for batch in batches(adapter, &user) {
        let submitted = adapter.submit(Kind::User, &batch).await;
        let id = submitted.clone().unwrap_or_else(|_| UNKNOWN.to_owned());
        each("submit", submitted.map(|id| !id.is_empty()));
        each("job", adapter.job(&id, &batch).await.map(|job| is_done(&job)));
    }
    for (kind, account) in [(Kind::Group, &group), (Kind::User, &user)] {
        each("delete", adapter.delete(kind, account).await.map(|()| true));
    }
}

/// The verbs that there are for both kinds; the account that was read, or as much of it as is known.
async fn of_kind(adapter: &dyn Adapter, kind: Kind, each: Each<'_>) -> Account {
    let new = new(adapter, kind);
    let created = adapter.create(kind, &new).await;
    let mut account = created.clone().unwrap_or_else(|_| Account::of(UNKNOWN));
    each("create", created.map(|_| true));
    let read = adapter.get(kind, &account).await;
    if let Ok(Some(read)) = &read {
        account = read.clone();
    }
    each("get", read.map(|read| read.is_some()));
    let unique = adapter.descriptor().kind(kind).and_then(|kind| new.get(&kind.unique));
    let unique = unique.and_then(|value| value.as_str()).unwrap_or("a@example.com");
    each("find", adapter.find(kind, unique).await.map(|found| found.is_some()));
    for changed in changes(adapter, kind).values() {
        each("update", adapter.update(kind, &account, changed).await.map(|_| true));
    }
    let mut after = None;
    for number in 0..PAGES {
        let page = adapter.list(kind, after.as_deref()).await;
        after = page.as_ref().ok().and_then(|page| page.next.clone());
        each("list", page.map(|page| number > 0 || !page.accounts.is_empty()));
        if after.is_none() {
            break;
        }
    }
    account
}

async fn of_members(adapter: &dyn Adapter, (group, member): (&str, &str), each: Each<'_>) {
    each(
        "add_members",
        adapter.add_members(group, &[member]).await.map(|()| true),
    );
    let mut after = None;
    for _ in 0..PAGES {
        let page = adapter.members(group, after.as_deref()).await;
        after = page.as_ref().ok().and_then(|(_, next)| next.clone());
        each("members", page.map(|(members, _)| !members.is_empty()));
        if after.is_none() {
            break;
        }
    }
    let removed = adapter.remove_members(group, &[member]).await;
    each("remove_members", removed.map(|()| true));
}

/// Values of the fields that each role has.
fn values(adapter: &dyn Adapter, kind: Kind) -> Vec<(&'static Field, Value)> {
    let descriptor = adapter.descriptor();
    let fields = descriptor.kind(kind).into_iter().flat_map(|kind| &kind.fields);
    let fields = fields.filter(|field| field.roles.is_empty());
    let value = |field: &Field| sample(descriptor, field, 1).or_else(|| field.examples.first().cloned());
    fields.filter_map(|field| Some((field, value(field)?))).collect()
}

fn new(adapter: &dyn Adapter, kind: Kind) -> Fields {
    let values = values(adapter, kind).into_iter();
    let main = values.filter(|(field, _)| field.call.is_none());
    main.map(|(field, value)| (field.name.clone(), value)).collect()
}

/// By the call that changes them; the main one is always among them.
fn changes(adapter: &dyn Adapter, kind: Kind) -> BTreeMap<Option<&str>, Fields> {
    let mut calls = BTreeMap::from([(None, Fields::new())]);
    let values = values(adapter, kind).into_iter();
    for (field, value) in values.filter(|(field, _)| !field.create_only) {
        let call = field.update_call.as_deref().or(field.call.as_deref());
        let changed: &mut Fields = calls.entry(call).or_default();
        changed.insert(field.name.clone(), value);
    }
    calls
}

fn batches(adapter: &dyn Adapter, user: &Account) -> [Batch; 3] {
    let new = new(adapter, Kind::User);
    let changed = changes(adapter, Kind::User).remove(&None).unwrap_or_default();
    let both = [user.clone(), Account::of("8")];
    let changes = both.iter().map(|account| (account.clone(), changed.clone()));
    [
        Batch::Create(vec![new.clone(), new]),
        Batch::Update(changes.collect()),
        Batch::Delete(both.to_vec()),
    ]
}

/// Whether the vendor said of everybody that it is done.
fn is_done(job: &Job) -> bool {
    match job {
        Job::Running => false,
        Job::Done(outcomes) => outcomes.iter().all(Result::is_ok),
    }
}
