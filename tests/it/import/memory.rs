//! How much memory an import takes: of the command and of the server, as processes of their own.
use std::env;

use serde_json::Value;

use super::site::{accounts, numbered};
use crate::contract;
use crate::harness::{AtTwin, Installation, directory};

/// So many accounts, few and many, in place of [`COUNTS`]. The store's cache then is as large as it is by default, and
/// as full as the people make it.
const VARIABLE: &str = "USHERD_IMPORT_ACCOUNTS";

/// Ten times as many. What is made once for all, on each thread that takes part, is made with the few already.
const COUNTS: [usize; 2] = [1_000, 10_000];

/// The smallest cache there may be: it is full with few people already, so that what grows is not it.
const CACHE: &str = "cache_bytes = 1048576\n";

/// Accounts of a seed: a twin takes no larger body.
const SEEDED_AT_ONCE: usize = 5_000;

/// Memory by which command and server may grow from few accounts to many: twice what it does, which is what more threads
/// leave with the allocator. Kept in memory, the findings of so many would take four times as much.
const GROWN_KIB_MAX: u64 = 16 << 10;

/// The most memory of command and server in KiB, after each step.
type Peaks = Vec<(&'static str, [u64; 2])>;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_as_much_memory_for_many_accounts_as_for_few() {
    let asked = asked();
    let ([few, many], more) = asked.map_or((COUNTS, CACHE), |counts| (counts, ""));
    let (before, after) = (peaks(few, more).await, peaks(many, more).await);
    for ((step, before), (_, after)) in before.iter().zip(&after) {
        println!("{step}: command and server, KiB: {before:?} with {few} accounts, {after:?} with {many}");
        for (few, many) in before.iter().zip(after) {
            let grown = many.saturating_sub(*few);
            assert!(asked.is_some() || grown <= GROWN_KIB_MAX, "{step}: {grown} KiB more");
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a run that takes minutes is asked for by a variable"
)]
fn asked() -> Option<[usize; 2]> {
    let text = env::var(VARIABLE).ok()?;
    let (few, many) = text.split_once(',').expect("two numbers with a comma between them");
    Some([few, many].map(|number| number.parse().expect("a number")))
}

/// Plans, takes all over, and plans again.
async fn peaks(count: usize, more: &str) -> Peaks {
    let (running, twin) = contract::start("okta").await;
    for names in numbered(count).chunks(SEEDED_AT_ONCE) {
        twin.seed(accounts("okta", names)).await;
    }
    let target = AtTwin {
        name: "okta",
        directory: "office",
        vendor: "okta",
        base_url: &twin.base_url,
    };
    let declared = format!(
        "{}{}",
        directory("office", ""),
        target.toml("calls_per_minute = 1000000")
    );
    let installation = Installation::with(&declared, more).await;
    let preview = ["import", "okta", "--json"];
    let (shown, peak) = installation.measured(&preview);
    let shown: Value = serde_json::from_str(&shown).expect("an object");
    assert!(
        shown["accounts"].as_u64() >= Some(count as u64),
        "{}",
        shown["accounts"]
    );
    let plan = shown["plan"].as_str().expect("a plan");
    let confirm = [&preview[..], &["--confirm", plan, "--list", "new"]].concat();
    let peaks = vec![
        ("the plan", peak),
        ("all taken over", installation.measured(&confirm).1),
        ("the plan with all of them known", installation.measured(&preview).1),
    ];
    running.stop().await;
    peaks
}
