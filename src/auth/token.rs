//! The text of a directory's token: `usherd_<id>_<secret><checksum>`.
//!
//! Letters and digits only besides the two underscores, so that a double click selects all of it; a fixed prefix and a
//! checksum, so that leak scanners recognise it and a mistyped one is refused without a look at the store.
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretString};

const PREFIX: &str = "usherd_";

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 71 bits: ids of any number of tokens do not meet.
const ID_LENGTH: usize = 12;

/// 62^43 is the first power above 2^256.
const SECRET_LENGTH: usize = 43;

/// 62^6 is the first power above 2^32.
const CHECKSUM_LENGTH: usize = 6;

/// Bytes below it are equally many for each letter.
const FAIR_BYTES: u8 = 248;

/// Random bytes drawn at a time.
const DRAWN_BYTES: usize = 64;

/// A SHA-256 hash of a token. A slow hash would add nothing to 256 random bits.
pub(super) type Hash = [u8; 32];

/// A new token.
pub(super) struct Fresh {
    pub(super) id: String,
    pub(super) text: SecretString,
}

/// Draws a token from the operating system's randomness; `None` if that fails.
pub(super) fn draw() -> Option<Fresh> {
    let id = letters(ID_LENGTH)?;
    let body = format!("{PREFIX}{id}_{}", letters(SECRET_LENGTH)?);
    let text = with_checksum(&body).into();
    Some(Fresh { id, text })
}

/// The whole text of a token whose checksum is still missing.
pub(super) fn with_checksum(body: &str) -> String {
    format!("{body}{}", checksum(body))
}

/// The id in a token's text, if its form and checksum are right.
pub(super) fn id(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(PREFIX)?;
    let (id, secret) = rest.split_once('_')?;
    let right = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !right(id, ID_LENGTH) || !right(secret, SECRET_LENGTH + CHECKSUM_LENGTH) {
        return None;
    }
    let (body, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM_LENGTH)?)?;
    (checksum(body) == sum).then_some(id)
}

/// What the store keeps of a token.
pub(super) fn hash(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

impl Fresh {
    pub(super) fn hash(&self) -> Hash {
        hash(self.text.expose_secret())
    }
}

fn letters(length: usize) -> Option<String> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; DRAWN_BYTES];
        rand::fill(&mut bytes).ok()?;
        let fair = bytes.into_iter().filter(|byte| *byte < FAIR_BYTES);
        text.extend(fair.map(|byte| letter(u32::from(byte))).take(length - text.len()));
    }
    Some(text)
}

fn letter(number: u32) -> char {
    let index = usize::try_from(number % 62).unwrap_or(0);
    char::from(ALPHABET.get(index).copied().expect("the alphabet has 62 letters"))
}

/// The CRC-32 of the text in base 62.
fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut sum: Vec<char> = Vec::with_capacity(CHECKSUM_LENGTH);
    for _ in 0..CHECKSUM_LENGTH {
        sum.push(letter(rest));
        rest /= 62;
    }
    sum.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Made once, so that a change of the format, which would lock every IdP out, is seen.
    const KNOWN: &str = "usherd_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1vkwYL";

    #[test]
    fn tokens_are_told_from_what_is_none() {
        let swapped = KNOWN.replace("EF", "FE");
        let rows: &[(&str, Option<&str>)] = &[
            (KNOWN, Some("0123456789AB")),
            ("", None),
            ("usherd_", None),
            ("usherd__", None),
            ("non-token", None),
            (&KNOWN[1..], None),
            (&KNOWN[..KNOWN.len() - 1], None),
            (&format!("{KNOWN}0"), None),
            (&format!("{KNOWN} "), None),
            (&swapped, None),
            (&KNOWN.to_lowercase(), None),
            (&KNOWN.replacen("usherd_0", "usherd_1", 1), None),
            (&KNOWN.replacen("AB_", "A_B", 1), None),
            (&KNOWN.replacen('C', "é", 1), None),
            (&"é".repeat(35), None),
        ];
        for (text, expected) in rows {
            assert_eq!(id(text), *expected, "{text}");
        }
    }

    #[test]
    fn drawn_tokens_differ_and_are_recognised() {
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            let fresh = draw().expect("the system has randomness");
            let text = fresh.text.expose_secret();
            assert_eq!(id(text), Some(fresh.id.as_str()));
            assert_eq!(fresh.hash(), hash(text));
            assert!(seen.insert(fresh.id.clone()) && seen.insert(text.to_owned()));
            assert!(!format!("{:?}", fresh.text).contains(&fresh.id));
        }
        let letters: BTreeSet<char> = seen.iter().flat_map(|text| text.chars()).collect();
        assert_eq!(
            letters.len(),
            63,
            "every letter and the underscore occur in thousands of them"
        );
    }
}
