//! A vendor's own words, fit to be shown: bounded, on one line, and without what we sent. Pure.

use std::cmp::Reverse;

/// Characters that are kept: enough for every refusal that a person reads.
const CHARACTERS_MAX: usize = 500;

/// Bytes from which on a sent text is taken out. Shorter ones are parts of any word and tell nothing.
const SENT_MIN: usize = 3;

/// The words without the texts that were sent; longer ones go first, since they may contain others.
pub(crate) fn shown<'a>(words: &str, sent: impl Iterator<Item = &'a str>) -> String {
    let mut personal: Vec<_> = sent.filter(|text| text.len() >= SENT_MIN).collect();
    personal.sort_by_key(|text| Reverse(text.len()));
    let words = personal
        .into_iter()
        .fold(words.to_owned(), |words, text| words.replace(text, "…"));
    let visible = words
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character });
    visible.take(CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded_and_without_what_was_sent() {
        for (words, sent, expected) in [
            ("ann@x.example is taken", &["ann@x.example"][..], "… is taken"),
            ("a\nb\tc", &[], "a b c"),
            ("an apple", &["a", "an"], "an apple"),
            (
                "ada.king@x.example is taken",
                &["ada", "ada.king@x.example"],
                "… is taken",
            ),
            ("", &["ann"], ""),
        ] {
            assert_eq!(shown(words, sent.iter().copied()), expected, "{words}");
        }
        let long = "ä".repeat(10_000);
        assert_eq!(shown(&long, std::iter::empty()).chars().count(), CHARACTERS_MAX);
    }
}
