//! Resource to account, pure: the same input gives the same output. Which links a change concerns.
mod account;

pub use account::{Fault, Wanted, wanted};
