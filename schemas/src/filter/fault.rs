//! What is wrong with a text, and where.
use std::ops::Range;

/// Faults that one error names; a reader mends the first ones first, and the answer stays short.
const FAULTS_SHOWN_MAX: usize = 10;

/// Characters of the text that a fault repeats; enough to recognise a word.
const QUOTE_LENGTH_MAX: usize = 40;

/// One fault of a text.
pub(super) struct Fault {
    /// Where, in bytes of the text.
    pub(super) span: Range<usize>,
    /// What is wrong, as a sentence without its full stop.
    pub(super) message: String,
}

/// All faults as one text, in order, with their positions counted in characters from 0.
pub(super) fn describe(text: &str, mut faults: Vec<Fault>) -> String {
    faults.sort_by_key(|fault| fault.span.start);
    let position = |byte: usize| text.get(..byte).unwrap_or(text).chars().count();
    let lines = faults.iter().map(|fault| {
        let (start, end) = (position(fault.span.start), position(fault.span.end));
        format!("characters {start}..{end}: {}", fault.message)
    });
    join(lines)
}

/// The first faults, and the number of the others.
pub(super) fn join(mut faults: impl ExactSizeIterator<Item = String>) -> String {
    let mut shown: Vec<_> = faults.by_ref().take(FAULTS_SHOWN_MAX).collect();
    if faults.len() > 0 {
        shown.push(format!("and {} more faults", faults.len()));
    }
    shown.join("; ")
}

/// A word of the text in quotes, shortened.
pub(super) fn quote(word: &str) -> String {
    match word.char_indices().nth(QUOTE_LENGTH_MAX) {
        Some((end, _)) => format!("`{}…`", word.get(..end).unwrap_or_default()),
        None => format!("`{word}`"),
    }
}
