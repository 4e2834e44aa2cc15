//! The one integration binary: starts the real server on port 0.
#![expect(
    clippy::panic,
    reason = "a test fails by panicking, also in what tests have in common"
)]
mod alarms;
mod answers;
mod authorize;
mod calendly;
mod contract;
mod demo;
mod harness;
mod http;
mod kill;
mod okta;
mod outage;
mod rules;
mod sequences;
mod serve;
mod story;
mod tidy;
mod transcripts;
mod zendesk;
