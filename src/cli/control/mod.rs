//! Commands to a running server: one request and one answer, each a line of JSON, over a Unix socket in the data
//! folder. Before its answer a command may tell what happens on the way, a line each.
//!
//! Whoever may open the socket is an administrator: its file is the owner's alone. The same [`answer`] serves commands
//! that open the store themselves.
mod answer;
mod client;
mod protocol;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use answer::answer;
pub(crate) use client::{Unreachable, ask};
pub(crate) use protocol::{Answer, DeclaredTarget, Request};
pub(crate) use server::{listen, serve};

/// The socket's name in the data folder.
pub(crate) const SOCKET: &str = "usherd.sock";

/// What is told and not yet taken: a command's terminal may be slow.
pub(crate) const TOLD_MAX: usize = 64;

/// Bytes of a line. A declaration of thousands of targets is smaller.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;
