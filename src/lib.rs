//! Usherd: a SCIM 2.0 service-provider gateway.
//!
//! A request is followed through `http`, `service` and `store`; what it means for connected apps goes through
//! `delivery` and the `adapters` crate. `ARCHITECTURE.md` is the map.
mod app;
mod auth;
pub mod cli;
mod clock;
mod config;
mod delivery;
mod http;
mod mapping;
mod service;
mod store;
mod telemetry;
