//! The server over a store in memory, called over sockets.
mod admission;
mod bad_input;
mod client;
mod failure;
mod life;
mod log;
mod routes;
mod server;
mod tls;
