//! How far an import is, on a terminal.
use std::io::{self, IsTerminal, Write};

/// Signs of a full bar.
const WIDTH: u64 = 30;

/// One line of stderr that is written anew; nothing where stderr is no terminal.
pub(super) struct Progress {
    shown: bool,
    terminal: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            shown: false,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Writes the line.
    pub(super) fn show(&mut self, line: &str) {
        if self.terminal {
            // Who cannot be shown anything misses nothing.
            write!(io::stderr(), "\r\x1b[K{line}").ok();
            io::stderr().flush().ok();
            self.shown = true;
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.shown {
            write!(io::stderr(), "\r\x1b[K").ok();
            self.shown = false;
        }
    }
}

/// A bar for so many of so many.
pub(super) fn bar(done: u64, of: u64) -> String {
    let full = done.min(of) * WIDTH / of.max(1);
    let signs: String = (0..WIDTH).map(|place| if place < full { '#' } else { '.' }).collect();
    format!("[{signs}] {done} of {of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        for (done, of, full) in [
            (0, 0, 0),
            (0, 10, 0),
            (5, 10, 15),
            (10, 10, 30),
            (12, 10, 30),
            (1, 3, 10),
        ] {
            assert_eq!(bar(done, of).matches('#').count(), full, "{done} {of}");
        }
    }
}
