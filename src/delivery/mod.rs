//! Bringing targets to the desired state: the only path to vendors.
//!
//! Level-triggered: whoever holds a target's lease reads the latest resource, plans the least calls, makes them through
//! the adapter and settles the link. Decisions ([`goal`], [`plan`], [`outcome`], [`conflict`]) are pure functions of
//! link, answer and time; [`sender`] alone executes them. Nothing is locked while a vendor is called, and there is at
//! most one call in flight for a link, a vendor id and a unique value. Where several things may happen first, they are
//! looked at in a fixed order (`biased`), so that a simulated run can be repeated exactly.
mod alarms;
mod backoff;
mod breaker;
mod busy;
mod calls;
mod conflict;
mod desired;
mod drift;
mod dropped;
mod engine;
mod flights;
mod forecast;
mod former;
mod generation;
mod goal;
mod grants;
mod guard;
mod jobs;
mod lately;
mod leaver;
mod line;
mod live;
mod meeting;
mod memory;
mod outcome;
mod places;
mod plan;
mod pool;
mod readings;
mod reserved;
mod restored;
mod sender;
mod settings;
mod sought;
mod throttle;
mod turn;
mod waiters;
mod work;

#[cfg(test)]
mod tests;

pub use engine::{Connect, Engine, Parts};
pub use settings::Settings;
