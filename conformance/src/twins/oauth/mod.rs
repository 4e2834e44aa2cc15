//! An OAuth 2.0 authorization server for twins (RFC 6749), with PKCE (RFC 7636), revocation (RFC 7009) and `iss`
//! (RFC 9207), driven by a [`Config`] that says how a vendor does it.
//!
//! It is pure, like the twins, and part of a twin's state: its clients, codes and tokens are tables. Nothing is random:
//! codes and tokens are hashes of the account, the client and a count.
//!
//! Whoever looks at the consent page is the account's administrator: the page asks for no password.
//!
//! A fresh server knows the client [`CLIENT_ID`], whose callback is the gateway's on any port of the loopback interface
//! (RFC 8252 section 7.3). A seed registers others. The token that a twin is started with is none of this server's: it
//! stays an access token with all scopes, so that simple runs need no OAuth.

#[cfg(test)]
pub(super) mod asking;
mod authorize;
mod client;
mod config;
mod consent;
mod error;
mod grants;
mod parameters;
mod records;
mod seed;
mod server;
#[cfg(test)]
mod tests;
mod token;

pub(super) use client::Assertion;
pub(super) use config::{Authentication, Bodies, Config, GrantType, Lifetime, Own, Rotation, Scopes, UnknownScope};
pub(super) use records::{Client, Token};
pub(super) use seed::Seed;
pub use server::{CLIENT_ID, CLIENT_SECRET};
pub(super) use server::{Server, number_of};
