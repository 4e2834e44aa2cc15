//! Use cases over a store in memory and a delivery that does as it is told.
mod life;
mod list;
mod vendor;
mod world;
