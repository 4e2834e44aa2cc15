//! A directory of many people, all of them in one group.
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::harness::{Installation, Scim, directory};

/// Members of the group, unless `USHERD_MEMBERS` says how many.
const MEMBERS: usize = 1_000;

/// Members that come and go one by one.
const SINGLY: usize = 100;

/// The write of all is answered as the write of one is: whole, in one piece, and known to every member.
#[tokio::test]
async fn a_group_of_many_is_written_whole_and_changed_by_one() {
    let count = members();
    let installation = Installation::start(&directory("acme", "")).await;
    let acme = installation.scim("acme", &installation.token("acme"));
    let ids = acme.create_people(count + 1).await;
    let all: Vec<_> = ids[..count].iter().map(|id| json!({ "value": id })).collect();
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "all" });
    let made = acme.post("/Groups", &group).await;
    let path = format!("/Groups/{}", made.id());

    let mut whole = group.clone();
    whole["members"] = json!(all);
    let (put, put_took) = timed(acme.put(&path, &whole)).await;
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(holds(&acme, &path).await, count);
    let (again, again_took) = timed(acme.put(&path, &whole)).await;
    assert_eq!(again.status, 200, "{}", again.body);

    let mut took = Vec::new();
    for number in 0..SINGLY {
        let last = &ids[count];
        let operation = match number % 2 {
            0 => json!([{ "op": "add", "path": "members", "value": [{ "value": last }] }]),
            _ => json!([{ "op": "remove", "path": format!("members[value eq \"{last}\"]") }]),
        };
        let (answer, each) = timed(acme.patch(&format!("{path}?excludedAttributes=members"), operation)).await;
        assert!(matches!(answer.status, 200 | 204), "{}", answer.body);
        took.push(each);
        let of = acme.get(&format!("/Users/{last}?attributes=groups")).await;
        let groups = of.body["groups"].as_array().map_or(0, Vec::len);
        assert_eq!(groups, 1 - number % 2, "{}", of.body);
    }
    assert_eq!(holds(&acme, &path).await, count);
    took.sort_unstable();
    let slowest = took[SINGLY * 99 / 100 - 1];
    let peak = installation.peak_kib() / 1024;
    println!(
        "{count} members: PUT of all {put_took:?}, of the same {again_took:?}; one comes or goes {slowest:?} (99 of 100); {peak} MiB"
    );

    let (deleted, delete_took) = timed(acme.delete(&path)).await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    println!("DELETE {delete_took:?}");
    let first = acme.get(&format!("/Users/{}?attributes=groups", ids[0])).await;
    assert_eq!(first.body["groups"], Value::Null, "{}", first.body);
}

async fn holds(acme: &Scim, path: &str) -> usize {
    let group = acme.get(path).await;
    group.body["members"].as_array().map_or(0, Vec::len)
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (work.await, began.elapsed())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of a test is no configuration of the gateway"
)]
fn members() -> usize {
    std::env::var("USHERD_MEMBERS").map_or(MEMBERS, |count| count.parse().expect("a number"))
}
