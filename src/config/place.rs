//! Where in a file something stands.
use std::fmt;
use std::ops::Range;

/// What is wrong at a place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

/// All that is wrong with a file, in order of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// The file's name, for the message.
    pub file: String,
    /// At least one.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    /// A line a fault: `file:line:column: message`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(
                formatter,
                "{end}{}:{}:{}: {}",
                self.file, fault.line, fault.column, fault.message
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Types as the reader names them, and as people do.
const TYPES: [(&str, &str); 7] = [
    ("expected u16", "expected a whole number from 0 to 65535"),
    ("expected u32", "expected a whole number from 0 to 4294967295"),
    ("expected u64", "expected a whole number from 0"),
    ("expected usize", "expected a whole number from 0"),
    ("expected i64", "expected a whole number"),
    ("expected a sequence", "expected a list"),
    ("expected an array of length", "expected a list of exactly"),
];

/// A message of the reader for people.
fn in_words(message: &str) -> String {
    let message = message.replace('\n', ", ");
    TYPES
        .iter()
        .fold(message, |message, (named, told)| message.replace(named, told))
}

/// The faults of a text, gathered by their byte ranges.
pub(super) struct Gathered<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl<'a> Gathered<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            faults: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, range: Range<usize>, message: impl Into<String>) {
        let before = self.text.get(..range.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.faults.push(Fault {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
            message: message.into(),
        });
    }

    pub(super) fn add_error(&mut self, error: &toml::de::Error) {
        self.add(error.span().unwrap_or(0..0), in_words(error.message()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn finish(mut self, file: &str) -> Faults {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        Faults {
            file: file.to_owned(),
            faults: self.faults,
        }
    }
}
