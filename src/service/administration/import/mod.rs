//! Import: a vendor's accounts compared with a directory's people, shown as four lists, and applied once confirmed.
//!
//! Nothing is kept between preview and confirmation but the plan's digest, which the person brings back: the vendor is
//! read anew, and what comes out must be what was shown. Nothing is changed before the whole listing is read.
mod apply;
mod compare;
mod order;
mod plan;
mod roster;
mod run;
mod spool;
#[cfg(test)]
mod tests;

pub use order::{Applied, Choice, Error, FieldChange, Line, List, Order, Presence, Preview, Source, Told, Unapplied};
pub use run::Imported;
