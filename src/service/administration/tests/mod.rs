//! An administration over a store in memory.
mod credentials;
mod decisions;
mod declarations;
mod links;
mod removal;
mod status;
