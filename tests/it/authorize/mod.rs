//! How targets come to their OAuth tokens, over HTTP against the authorization servers of vendors' twins.
pub(crate) mod browser;
mod by_itself;
mod consent;
mod ends;
mod vendor;
