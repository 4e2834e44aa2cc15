//! The one integration binary: starts the real server on port 0.
mod http;
mod tidy;
