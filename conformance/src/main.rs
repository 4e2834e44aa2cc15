//! The command `scim-conformance`.
fn main() {}
