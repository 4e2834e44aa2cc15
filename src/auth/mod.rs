//! Who makes a request, and how secrets rest in the store.
//!
//! Knows neither the web framework nor what a principal may do with a resource. No secret leaves it but the one moment
//! in which a token is issued.
mod seal;
#[cfg(test)]
mod tests;
mod token;
mod tokens;

pub use seal::{Key, Sealer, Tampered, WrongKey};
pub use tokens::{Denied, Error, Issued, NewToken, Principal, Token, Tokens};
