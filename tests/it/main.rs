//! The one integration binary: starts the real server on port 0.
#![expect(
    clippy::panic,
    reason = "a test fails by panicking, also in what tests have in common"
)]
mod alarms;
mod answers;
mod authorize;
mod r#box;
mod calendly;
mod contract;
mod crowd;
mod demo;
mod dialects;
mod dice;
mod disk;
mod drift;
mod examples;
mod fourfold;
mod fuzz;
mod guard;
mod harness;
mod herd;
mod http;
mod import;
mod jobs;
mod kill;
mod kills;
mod okta;
mod outage;
mod redaction;
mod repointed;
mod restart;
mod restore;
mod rules;
mod seats;
mod sequences;
mod serve;
mod simulation;
mod small_disk;
mod ssrf;
mod story;
mod switches;
mod tenancy;
mod tidy;
mod transcripts;
mod trial;
mod values;
mod zendesk;
