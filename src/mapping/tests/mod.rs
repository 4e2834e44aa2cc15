//! Resources to accounts of a vendor that does not exist.
mod accounts;
mod faults;
mod misfits;
mod paging;
mod roles;
mod sources;
mod weaver;
