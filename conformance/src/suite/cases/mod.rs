//! All cases: the scripts of this folder's JSON files, and the functions of its modules.
mod all;
mod consistency;
mod filter;
mod given;
mod limits;
mod patch;
mod root;
mod small;
mod typed;

pub(crate) use all::{all, names};
