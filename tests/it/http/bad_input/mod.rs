//! What must be refused: precisely, with nothing changed, nothing leaked and no panic.
mod bodies;
mod broken;
mod forged;
mod messages;
mod requests;
mod sizes;
