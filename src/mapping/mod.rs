//! Resource to account, pure.
