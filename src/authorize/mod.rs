//! How the gateway proves to vendors who calls: connections of targets, OAuth tokens at rest, and people's consents.
//!
//! What proves to the gateway who calls it is `auth`.
mod consent;
mod door;
mod outlook;
mod vault;
mod watch;

pub use consent::{CALLBACK, Callback, Consents, Error, LIFE, LINK, Opened};
pub use door::{Closed, Doors, Renewals};
pub use outlook::Outlook;
pub use vault::Vault;
pub use watch::watch;
