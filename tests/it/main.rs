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
mod demo;
mod fuzz;
mod harness;
mod http;
mod kill;
mod life;
mod okta;
mod outage;
mod redaction;
mod sequences;
mod serve;
mod ssrf;
mod tenancy;
mod tidy;
mod transcripts;
mod zendesk;
