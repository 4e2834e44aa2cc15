//! Usherd: a SCIM 2.0 service-provider gateway.
//!
//! A request is followed through `http`, `service` and `store`; what it means for connected apps goes through
//! `delivery` and the `adapters` crate. `ARCHITECTURE.md` is the map.
pub mod app;
pub mod auth;
pub mod authorize;
pub mod cli;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod http;
pub mod mapping;
pub mod service;
pub mod store;
pub mod telemetry;
