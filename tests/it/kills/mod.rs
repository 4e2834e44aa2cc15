//! The real command under load, killed with SIGKILL again and again, at random and at named points.
//!
//! Clients that write people and groups keep a journal of what was acknowledged; four vendors' twins, which survive the
//! kills, keep what they were told. After each kill the directory is compared with the journal, every few kills the
//! vendors' accounts as well, and at the end the stored links: nothing lost, nothing doubled, nothing in the wrong
//! order.
mod client;
mod draw;
mod first;
mod held;
mod house;
mod journal;
mod links;
mod migration;
mod point;
mod run;
mod trace;
mod trap;
