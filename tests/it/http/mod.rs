//! The server over a store in memory, called over sockets.
mod admission;
mod bad_input;
pub(crate) mod client;
mod failure;
mod life;
mod log;
mod routes;
pub(crate) mod server;
mod tls;
