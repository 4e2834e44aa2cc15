//! Drift: the vendor is read and compared with what is wanted, on a schedule or when a person asks.
//!
//! Reading changes nothing. What is found is then written to the links: as in doubt, so that the next write of the
//! identity provider corrects it, or as a mark, so that delivery does. Only what takes access away is ever marked
//! unasked.
mod compare;
mod findings;
mod members;
mod mend;
mod reading;
mod run;
mod watch;

pub(super) use run::run;
pub(super) use watch::watch;
