//! The command `usherd`.
fn main() {}
