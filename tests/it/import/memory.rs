//! How much memory an import takes: of the command and of the server, as processes of their own.
use std::env;

use serde_json::Value;

use super::site::{accounts, numbered};
use crate::contract;
use crate::harness::{AtTwin, Installation, directory};

/// So many accounts, few and many, in place of [`COUNTS`]; people are taken over as well then, and the figures printed.
const VARIABLE: &str = "USHERD_IMPORT_ACCOUNTS";

const COUNTS: [usize; 2] = [1_000, 5_000];

/// Accounts of a seed: a twin takes no larger body.
const SEEDED_AT_ONCE: usize = 5_000;

/// Memory for each further account, in bytes: of the server, which keeps where in a file an account's finding is, and
/// by what it is known; a whole account is several times as much. And of the command, which keeps nothing.
const SERVER_BYTES_MAX: u64 = 1_024;
const COMMAND_BYTES_MAX: u64 = 128;

/// The most memory of command and server in KiB, after each step.
type Peaks = Vec<(&'static str, [u64; 2])>;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_takes_little_memory_for_each_account() {
    let ([few, many], takes_over) = counts();
    let (before, after) = (peaks(few, takes_over).await, peaks(many, takes_over).await);
    for ((step, before), (_, after)) in before.iter().zip(&after) {
        println!("{step}: command and server, KiB: {before:?} with {few} accounts, {after:?} with {many}");
    }
    let further = (many - few) as u64;
    for (index, most) in [COMMAND_BYTES_MAX, SERVER_BYTES_MAX].into_iter().enumerate() {
        let grown = after[0].1[index].saturating_sub(before[0].1[index]);
        let each = grown * 1_024 / further;
        assert!(each <= most, "{each} bytes for each account: {before:?} {after:?}");
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
