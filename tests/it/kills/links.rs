//! The stored links, compared with the journals and with what vendors hold.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use usherd::clock::SystemClock;
use usherd::store::{Link, LinkKey, LinkQuery, Options, Redb, SettingKind, Store, TargetId};

use super::held::Held;
use super::journal::{Entry, Journal, State};

/// More than there are people and groups.
const LINKS_MAX: usize = 10_000;

/// What is wrong with the links of a gateway that is stopped and has settled everything.
pub(super) async fn compare(
    store: &Path,
    journals: &[&Journal],
    states: &BTreeMap<&'static str, Value>,
) -> Vec<String> {
    let store = Redb::open(Options::file(store), Arc::new(SystemClock)).expect("nobody has the store open");
    let mut wrong = Vec::new();
    for (target, id) in targets(&store).await {
        let mut links = links(&store, id).await;
        let held = Held::at(&target, &states[target.as_str()]);
        for journal in journals {
            for entry in &journal.people {
                let accounts = held.people.get(&entry.tag).into_iter().flatten();
                let accounts = accounts.map(|account| account.id.as_str()).collect();
                wrong.extend(differs(entry, take(&mut links, entry), accounts));
            }
            for entry in &journal.groups {
                let teams = held.groups.get(&entry.tag).into_iter().flatten();
                let teams = teams.map(|team| team.id.as_str()).collect();
                wrong.extend(differs(entry, take(&mut links, entry), teams));
            }
        }
        wrong.extend(
            links
                .values()
                .map(|link| format!("{target}: a link of nobody: {link:?}")),
        );
    }
    wrong
}

async fn targets(store: &Redb) -> Vec<(String, TargetId)> {
    let records = store.settings(SettingKind::Target).await.expect("the store reads");
    let id = |record: &[u8]| -> TargetId {
        let record: Value = serde_json::from_slice(record).expect("targets are JSON");
        serde_json::from_value(record["id"].clone()).expect("a target has an id")
    };
    let targets = records.into_iter().map(|(name, _, record)| (name, id(&record)));
    targets.collect()
}

/// By resource.
async fn links(store: &Redb, target: TargetId) -> BTreeMap<String, Link> {
    let keys = store.link_keys(target, LinkQuery::All(None), LINKS_MAX).await;
    let mut links = BTreeMap::new();
    for key in keys.expect("the store reads") {
        let LinkKey { resource, .. } = key;
        let link = store.link(&key).await.expect("the store reads");
        links.insert(resource.to_string(), link.expect("it was just listed"));
    }
    links
}

fn take<T>(links: &mut BTreeMap<String, Link>, entry: &Entry<T>) -> Option<Link> {
    links.remove(entry.id.as_ref()?)
}

/// The link is to name the account that there is, and no other. Some ids are the end of what an adapter calls an id.
fn differs<T: State>(entry: &Entry<T>, link: Option<Link>, held: Vec<&str>) -> Option<String> {
    let linked = link.as_ref().and_then(|link| link.account.as_ref());
    let agree = match (linked, held.as_slice()) {
        (None, []) => true,
        (Some(account), [id]) => account.id.ends_with(id),
        (_, _) => false,
    };
    (!agree).then(|| format!("{}: held is {held:?}, the link is {link:?}", entry.tag))
}
