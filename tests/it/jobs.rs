//! Many who come to Zendesk at once go as bulk jobs, through the whole gateway.
use serde_json::{Value, json};

use crate::harness::{until, user};
use crate::import::site::{Site, accounts, email, numbered};

const JOINERS: usize = 250;

/// The most that one job of Zendesk's takes.
const JOB_MAX: usize = 100;

/// Writing calls that are made at most: a job for each hundred, and what came before there were many.
const WRITES_MAX: u64 = 25;

#[tokio::test]
async fn many_go_as_jobs_and_who_cannot_is_parked_alone() {
    let site = Site::new("zendesk").await;
    site.twin.seed(json!({ "bulk_import": true, "job_polls": 1 })).await;
    site.twin.seed(accounts("zendesk", &["taken".to_owned()])).await;
    let names = [numbered(JOINERS - 1), vec!["taken".to_owned()]].concat();
    let operation = |name: &String| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(name) });
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": names.iter().map(operation).collect::<Vec<_>>(),
    });
    let answer = site.scim.post("/Bulk", &bulk).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    site.connect("on_existing = \"refuse\"").await;
    until("all but one are there", async || {
        (site.twin.people("zendesk").await.len() >= JOINERS).then_some(())
    })
    .await;
    site.gateway.settled().await;

    let report = site.gateway.report("theirs").await;
    let problems: Vec<_> = report
        .problems
        .iter()
        .map(|one| (one.kind.as_str(), &one.reason))
        .collect();
    assert_eq!(problems.len(), 1, "nobody is listed twice: {problems:?}");
    assert!(
        problems[0].0 == "parked" && problems[0].1.contains("adopts none"),
        "{problems:?}"
    );
    let mut addresses: Vec<_> = site.twin.people("zendesk").await.into_keys().collect();
    addresses.sort();
    let mut expected: Vec<_> = names.iter().map(|name| email(name)).collect();
    expected.sort();
    assert_eq!(addresses, expected, "everybody once");

    let writes = site.twin.writes().await;
    let made: u64 = writes
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert!(made <= WRITES_MAX, "{writes}");
    let state = site.twin.state().await;
    let jobs = state["jobs"].as_array().expect("a list of jobs").iter();
    let sizes: Vec<_> = jobs
        .map(|job| job["work"]["create_users"].as_array().map_or(0, Vec::len))
        .collect();
    assert!(sizes.iter().all(|size| (1..=JOB_MAX).contains(size)), "{sizes:?}");
    let single = writes["POST /api/v2/users"].as_u64().unwrap_or_default();
    let alone = usize::try_from(single).expect("few");
    assert!(sizes.iter().sum::<usize>() + alone >= JOINERS, "{sizes:?} {writes}");
    site.stop().await;
}
