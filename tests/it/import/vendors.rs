//! The whole way at each vendor: all four lists, people whom an IdP finds, claims and shows out, and nothing anywhere
//! else.
use std::collections::BTreeSet;

use serde_json::{Value, json};
use usherd::service::administration::import::{List, Presence, Source, Unapplied};

use super::site::{Site, accounts, choice, email, numbered};
use crate::harness::{Twin, until, user};

/// Accounts of a seed: a twin takes no larger body.
const SEEDED_AT_ONCE: usize = 5_000;

/// PagerDuty lists 10,000, and refuses to be believed when it lists as many: so many fit beside the owner and two
/// known. The others are as large, so that nothing is quick for being small.
const COUNT: usize = 9_990;

#[tokio::test]
async fn pagerduty_is_taken_over_up_to_its_own_bound() {
    take_over("pagerduty", COUNT).await;
}

#[tokio::test]
async fn zendesk_is_taken_over() {
    take_over("zendesk", COUNT).await;
}

#[tokio::test]
async fn okta_is_taken_over() {
    take_over("okta", COUNT).await;
}

#[tokio::test]
async fn calendly_is_taken_over() {
    take_over("calendly", COUNT).await;
}

/// With so many accounts that nobody here knows.
async fn take_over(vendor: &'static str, count: usize) {
    let site = Site::new(vendor).await;
    // The vendor has accounts of both, which the target does not adopt by itself.
    site.scim.create("/Users", &person("known", true)).await;
    site.scim.create("/Users", &person("off", false)).await;
    let names = [numbered(count), vec!["known".into(), "off".into()]].concat();
    for names in names.chunks(SEEDED_AT_ONCE) {
        site.twin.seed(accounts(vendor, names)).await;
    }
    site.connect("on_existing = \"refuse\"").await;
    site.scim.create("/Users", &person("gone", true)).await;
    site.gateway.settled().await;
    site.end(&site.account("gone").await.expect("it was created")).await;
    let another = site.connect_another().await;
    until("those whom the IdP has written have come", async || {
        (another.users().await.len() == 2).then_some(())
    })
    .await;
    site.gateway.settled().await;
    another.forget_calls().await;

    let plan = all_four_lists(&site, count).await;
    let (applied, unapplied) = site.apply(Source::Vendor, choice(&plan, &[List::New], &[])).await;
    let owners = unapplied.iter().filter(|one| one.protected).count();
    assert_eq!(
        (unapplied.len(), applied.protected),
        (owners, owners as u64),
        "{vendor} {unapplied:?}"
    );
    assert_eq!((applied.applied, applied.refused), (count as u64, 0), "{vendor}");
    assert_eq!(site.total().await, json!(count + 3), "{vendor}");
    assert_eq!(everybody(&site).await.len(), count + 3, "{vendor}");
    site.gateway.settled().await;
    let elsewhere = another.writes().await;
    assert_eq!(
        elsewhere,
        json!({}),
        "{vendor}: an import of one app invites nobody to another"
    );

    claim(&site, &another, "person00001").await;
    confirm(&site, &another, "person00002").await;
    the_other_lists(&site).await;
    site.stop().await;
}

fn person(name: &str, active: bool) -> Value {
    let mut person = user(name);
    person["active"] = json!(active);
    person["title"] = json!("Engineer");
    person["name"] = json!({ "givenName": name, "familyName": "Person" });
    person
}

/// What a preview shows, and that it changes nothing; the plan.
async fn all_four_lists(site: &Site, count: usize) -> String {
    let vendor = site.vendor;
    let before = site.scim.get("/Users").await.body;
    let preview = site.import(Source::Vendor, None).await;
    assert_eq!(preview.told(), "success", "{vendor}");
    let mut counts = preview.counts();
    // Beside the owner, whom every account has.
    let strangers = counts.remove(&List::New).expect("new accounts");
    assert!(
        (count..=count + 1).contains(&strangers),
        "{vendor}: {strangers} of {count}"
    );
    let lists = [List::Update, List::Activate, List::Deactivate];
    let fewest: Vec<_> = lists
        .iter()
        .map(|list| counts.get(list).copied().unwrap_or_default())
        .collect();
    assert!(fewest[0] >= 1 && fewest[1..] == [1, 1], "{vendor}: {counts:?}");
    let known = preview.line(List::Update, &email("known"));
    assert!(known.resource.is_some() && !known.linked, "{vendor}: {known:?}");
    assert_eq!(
        preview.line(List::Activate, &email("off")).directory,
        Presence::Inactive,
        "{vendor}"
    );
    assert_ne!(
        preview.line(List::Deactivate, &email("gone")).vendor,
        Presence::Active,
        "{vendor}"
    );
    assert_eq!(
        site.scim.get("/Users").await.body,
        before,
        "{vendor}: a preview changes nothing"
    );
    preview.plan()
}

/// Whom an IdP's own import finds, page by page; nobody comes twice.
async fn everybody(site: &Site) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    loop {
        let first = names.len() + 1;
        let path = format!("/Users?attributes=userName&count=1000&startIndex={first}");
        let page = site.scim.get(&path).await.body;
        for found in page["Resources"].as_array().expect("a list") {
            let name = found["userName"].as_str().expect("a name");
            assert!(names.insert(name.to_owned()), "{} {name}", site.vendor);
        }
        if names.len() < first || page["totalResults"] == names.len() {
            return names;
        }
    }
}

/// What an IdP does with an imported person: finds it, makes it its own, and shows it out.
async fn claim(site: &Site, another: &Twin, name: &str) {
    let vendor = site.vendor;
    let found = site.found(&email(name)).await.expect("an imported person");
    assert_eq!(
        (&found["active"], &found["externalId"]),
        (&json!(true), &Value::Null),
        "{vendor} {found}"
    );
    let path = format!("/Users/{}", found["id"].as_str().expect("an id"));
    let account = site.account(name).await.expect("an account");
    let before = another.users().await.len();
    let set = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
    let claimed = site.scim.patch(&path, set("externalId", json!("42"))).await;
    assert_eq!(
        (claimed.status, &claimed.body["externalId"]),
        (200, &json!("42")),
        "{vendor} {claimed:?}"
    );
    site.gateway.settled().await;
    let same = site.account(name).await.expect("the account");
    assert_eq!(same.id, account.id, "{vendor}: no second account");
    let there = another.users().await.len();
    assert_eq!(
        there,
        before + 1,
        "{vendor}: whom an IdP has written belongs everywhere"
    );
    assert_eq!(
        site.scim.patch(&path, set("active", json!(false))).await.status,
        200,
        "{vendor}"
    );
    site.gateway.settled().await;
    let left = site.account_by_id(&account.id).await;
    assert!(
        left.is_none_or(|left| !left.active),
        "{vendor}: the vendor shows that the person has left"
    );
    assert_eq!(another.users().await.len(), before, "{vendor}");
}

/// What an IdP does that matches by `userName` and has nothing to change: it writes what is there already.
async fn confirm(site: &Site, another: &Twin, name: &str) {
    let found = site.found(&email(name)).await.expect("an imported person");
    let path = format!("/Users/{}", found["id"].as_str().expect("an id"));
    let before = another.users().await.len();
    let active = json!([{ "op": "replace", "path": "active", "value": true }]);
    assert_eq!(site.scim.patch(&path, active).await.status, 200, "{}", site.vendor);
    site.gateway.settled().await;
    let there = another.users().await.len();
    assert_eq!(
        there,
        before + 1,
        "{}: whom an IdP has written belongs everywhere",
        site.vendor
    );
}

/// All that was applied is in step; and in the other lists the directory becomes as the vendor is.
async fn the_other_lists(site: &Site) {
    let vendor = site.vendor;
    let lists = [List::Update, List::Activate, List::Deactivate];
    let left = site.import(Source::Vendor, None).await;
    let new = left.lines.iter().filter(|line| line.list == List::New);
    let new: Vec<_> = new.filter(|line| !line.protected).collect();
    assert!(
        new.is_empty() && left.lines.len() < 10,
        "{vendor}: {new:?} {:?}",
        left.counts()
    );
    let (applied, unapplied) = site.apply(Source::Vendor, choice(&left.plan(), &lists, &[])).await;
    assert_eq!((applied.refused, unapplied), (0, Vec::<Unapplied>::new()), "{vendor}");
    for (name, active) in [("known", true), ("off", true), ("gone", false)] {
        let person = site.found(&email(name)).await.expect("known before");
        assert_eq!(person["active"], active, "{vendor} {name}");
    }
}
