//! Delivery against a vendor in memory, in virtual time, on the real store.
mod alarms;
mod conflicts;
mod doubt;
mod drift;
mod drift_members;
mod fake;
mod foreseen;
mod generation;
mod guard;
mod holders;
mod imported;
mod jobs;
mod live;
mod lives;
mod members;
mod outages;
mod readings;
mod restored;
mod roles;
mod room;
mod scale;
mod shaky;
mod suspended;
mod trouble;
mod window;

pub(in crate::delivery) use fake::{DELETING, ROLED, SUSPENDING};
