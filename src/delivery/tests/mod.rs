//! Delivery against a vendor in memory, in virtual time, on the real store.
mod conflicts;
mod fake;
mod lives;
mod room;
mod trouble;
