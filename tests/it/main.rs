//! The one integration binary: starts the real server on port 0.
mod acme;
mod answers;
mod authorize;
mod contract;
mod demo;
mod harness;
mod http;
mod kill;
mod life;
mod outage;
mod sequences;
mod serve;
mod tidy;
mod transcripts;
mod zendesk;
