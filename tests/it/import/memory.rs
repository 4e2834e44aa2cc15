//! How much memory an import takes: of the command and of the server, as processes of their own.
use std::env;

use serde_json::Value;

use super::site::{accounts, numbered};
use crate::contract;
use crate::harness::{AtTwin, Installation, directory};

/// So many accounts, few and many, in place of [`COUNTS`]; people are taken over as well then, and the figures printed.
const VARIABLE: &str = "USHERD_IMPORT_ACCOUNTS";

const COUNTS: [usize; 2] = [2_000, 10_000];

/// Accounts of a seed: a twin takes no larger body.
const SEEDED_AT_ONCE: usize = 5_000;

/// Memory by which command and server may grow from few accounts to many: what allocators and caches of a fixed size
/// vary by from one run to another. Kept in memory, the findings of so many would take several times as much.
const GROWN_KIB_MAX: u64 = 12 << 10;

/// The most memory of command and server in KiB, after each step.
type Peaks = Vec<(&'static str, [u64; 2])>;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_takes_as_much_memory_for_many_accounts_as_for_few() {
    let ([few, many], takes_over) = counts();
    let (before, after) = (peaks(few, takes_over).await, peaks(many, takes_over).await);
    for ((step, before), (_, after)) in before.iter().zip(&after) {
        println!("{step}: command and server, KiB: {before:?} with {few} accounts, {after:?} with {many}");
    }
    for (few, many) in before[0].1.iter().zip(after[0].1) {
        let grown = many.saturating_sub(*few);
        assert!(grown <= GROWN_KIB_MAX, "{grown} KiB more: {before:?} {after:?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a run that takes minutes is asked for by a variable"
)]
fn counts() -> ([usize; 2], bool) {
    let Ok(text) = env::var(VARIABLE) else {
        return (COUNTS, false);
    };
    let (few, many) = text.split_once(',').expect("two numbers with a comma between them");
    ([few, many].map(|number| number.parse().expect("a number")), true)
}

async fn peaks(count: usize, takes_over: bool) -> Peaks {
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
    let installation = Installation::start(&declared).await;
    let preview = ["import", "okta", "--json"];
    let (shown, peak) = installation.measured(&preview);
    let shown: Value = serde_json::from_str(&shown).expect("an object");
    assert!(
        shown["accounts"].as_u64() >= Some(count as u64),
        "{}",
        shown["accounts"]
    );
    let mut peaks = vec![("the plan", peak)];
    if takes_over {
        let plan = shown["plan"].as_str().expect("a plan");
        let confirm = [&preview[..], &["--confirm", plan, "--list", "new"]].concat();
        peaks.push(("all taken over", installation.measured(&confirm).1));
        peaks.push(("the plan with all of them known", installation.measured(&preview).1));
    }
    running.stop().await;
    peaks
}
