//! Resource types of the server's own: bodies are built from `/Schemas`, and every attribute is created, read,
//! replaced, patched, filtered and taken away by its type and mutability.
mod attribute;
mod body;
mod cases;
mod changes;

pub(crate) use cases::cases;
