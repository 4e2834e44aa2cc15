//! Every change of a link, and what of it stands when it meets another one.
mod changes;
mod doubt;
mod marks;
mod problems;
mod settling;
