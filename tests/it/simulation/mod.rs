//! The gateway's own service, store and delivery under virtual time, with faults of every kind, all drawn from a seed.
//!
//! A seed is a story: people and groups that identity providers write to directories, vendors' twins that lose requests
//! and answers, refuse, lag and lie down, a process that is killed between any two effects, a disk that forgets what
//! was not synced. What each client was told is the journal, and a small model made of it alone is what all is compared
//! with. Everything runs on one thread in an order that the seed alone decides, so that a failing seed fails again.
//!
//! It starts no server and opens no socket; requests enter where the HTTP handlers hand them on.
mod bad;
mod by_group;
mod care;
mod check;
mod clock;
mod disk;
mod fate;
mod gateway;
mod groups;
mod idp;
mod leavers;
mod life;
mod log;
mod pauses;
mod people;
mod plan;
mod rough;
mod run;
mod stories;
mod vendor;
mod view;
mod world;
