//! What RFC 6749 and its companions say, as rows.

mod authorize;
mod desk;
mod grants;
mod state;
