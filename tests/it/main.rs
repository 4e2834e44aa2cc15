//! The one integration binary: starts the real server on port 0.
mod acme;
mod demo;
mod harness;
mod http;
mod serve;
mod tidy;
