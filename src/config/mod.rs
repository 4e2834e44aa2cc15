//! Configuration: the server's file, and the directories and targets that an administrator declares.
//!
//! Only this part reads the environment.
mod declared;

pub use declared::{Directory, OnDelete, OnExisting, Switches, Target};
