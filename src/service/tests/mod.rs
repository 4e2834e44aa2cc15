//! Use cases over a store in memory and a delivery that does as it is told.
mod bulk;
mod confirmed;
mod discovery;
mod imported;
mod life;
mod list;
mod members;
mod racing;
mod render;
mod seats;
mod targets;
mod undo;
mod vendor;
mod world;
