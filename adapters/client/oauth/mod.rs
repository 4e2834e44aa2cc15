//! OAuth 2.0 as a client (RFC 6749): consent with PKCE (RFC 7636), client credentials, signed assertions (RFC 7523),
//! and access tokens that are renewed early and by one caller only.
mod assertion;
mod client;
mod consent;
mod session;
mod tokens;

pub use client::Client;
pub use consent::{Consent, Verifier, random};
pub use session::{Session, Vault};
pub use tokens::Tokens;

#[cfg(test)]
mod tests;
