//! What the targets call: the entries of the tests, by name.
#[path = "../../tests/it/fuzz/entries/mod.rs"]
mod entries;

/// Hands bytes to the entry of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let found = entries::ENTRIES.iter().find(|(known, _)| *known == name);
    let (_, entry) = found.expect("targets are named after entries");
    entry(bytes);
}
