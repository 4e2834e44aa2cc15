//! What a command answers, on stdout.
use std::fmt::Display;
use std::io::{self, Write};

/// Why an answer did not reach its reader.
#[derive(Debug, thiserror::Error)]
#[error("stdout cannot be written")]
pub(super) struct Unheard(#[source] io::Error);

impl Unheard {
    /// Whether the reader has gone, as `head` does: it has what it wants, and the command has not failed.
    pub(super) fn is_left(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Writes a line.
///
/// # Errors
/// It cannot be written.
pub(super) fn say(line: impl Display) -> Result<(), Unheard> {
    writeln!(io::stdout(), "{line}").map_err(Unheard)
}

/// A number of things, by the names of one and of several.
pub(super) fn counted(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Writes each of the lines.
///
/// # Errors
/// One cannot be written; those after it are not tried.
pub(super) fn say_all(lines: impl IntoIterator<Item: Display>) -> Result<(), Unheard> {
    lines.into_iter().try_for_each(say)
}
