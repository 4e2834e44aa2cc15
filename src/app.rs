//! What concrete parts a process is made of.
