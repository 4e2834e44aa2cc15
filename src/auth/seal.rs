//! Vendor credentials at rest: sealed under a key from outside the store.
//!
//! AES-256-GCM with a random nonce, directly under the key: a gateway seals a few credentials, far below the 2^32
//! messages after which random nonces would become a risk.
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The format of sealed bytes: this byte, the nonce, the sealed text with its tag.
const FORMAT: u8 = 1;

/// The key that seals credentials, kept outside of the store.
#[derive(Debug)]
pub struct Key(SecretBox<[u8; KEY_BYTES]>);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is 32 bytes as 64 hexadecimal digits, such as `usherd key new` prints")]
pub struct WrongKey;

/// Sealed bytes that do not open: sealed under another key or for another name, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret does not open: it was sealed under another key, or changed")]
pub struct Tampered;

impl Key {
    /// Reads 64 hexadecimal digits, with blanks around them.
    ///
    /// # Errors
    /// The text is no key.
    pub fn parse(text: &SecretString) -> Result<Self, WrongKey> {
        let digits = text.expose_secret().trim().as_bytes();
        let mut key = SecretBox::new(Box::new([0; KEY_BYTES]));
        if digits.len() != 2 * KEY_BYTES {
            return Err(WrongKey);
        }
        let bytes = secrecy::ExposeSecretMut::expose_secret_mut(&mut key);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |high, digit| Some(high << 4 | nibble(*digit)?))
                .ok_or(WrongKey)?;
        }
        Ok(Self(key))
    }

    /// A new key as text; `None` if the operating system gives no random bytes.
    pub fn draw() -> Option<SecretString> {
        let mut bytes = [0; KEY_BYTES];
        rand::fill(&mut bytes).ok()?;
        Some(
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .into(),
        )
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Seals and opens secrets.
pub struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// A sealer under this key.
    pub fn new(key: &Key) -> Self {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.0.expose_secret());
        Self(key.expect("a key of AES-256 has 32 bytes"))
    }

    /// Seals a secret for the record of that name; under another name it does not open. `None` if the operating system
    /// gives no random bytes.
    pub fn seal(&self, name: &str, secret: &SecretString) -> Option<Vec<u8>> {
        let mut text = secret.expose_secret().as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(name), &mut text).ok()?;
        Some([&[FORMAT], &nonce.as_ref()[..], &text].concat())
    }

    /// Opens what was sealed for that name.
    ///
    /// # Errors
    /// It was not sealed so.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<SecretString, Tampered> {
        let rest = sealed.strip_prefix(&[FORMAT]).ok_or(Tampered)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(Tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Tampered)?;
        let mut text = text.to_vec();
        let open = self
            .0
            .open_in_place(nonce, Aad::from(name), &mut text)
            .map_err(|_| Tampered)?;
        let open = String::from_utf8(open.to_vec()).map_err(|_| Tampered)?;
        Ok(open.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(text: &str) -> Sealer {
        Sealer::new(&Key::parse(&text.into()).unwrap())
    }

    #[test]
    fn keys_are_told_from_what_is_none() {
        let hex = "0123456789abcdefABCDEF0123456789".repeat(2);
        for (text, right) in [
            (hex.clone(), true),
            (format!(" {hex}\n"), true),
            (String::new(), false),
            (hex[1..].to_owned(), false),
            (format!("{hex}0"), false),
            (hex.replacen('0', "g", 1), false),
            (hex.replacen("01", "é", 1), false),
        ] {
            assert_eq!(Key::parse(&text.clone().into()).is_ok(), right, "{text}");
        }
        let drawn = Key::draw().unwrap();
        assert!(Key::parse(&drawn).is_ok());
        assert_ne!(drawn.expose_secret(), Key::draw().unwrap().expose_secret());
    }

    #[test]
    fn what_was_sealed_opens_only_unchanged() {
        let ours = sealer(&"ab".repeat(32));
        let other = sealer(&"ac".repeat(32));
        for secret in ["", "x", "y+pagerduty/Ünïcode"] {
            let sealed = ours.seal("a/b", &secret.into()).unwrap();
            assert_eq!(ours.open("a/b", &sealed).unwrap().expose_secret(), secret);
            assert_ne!(
                sealed,
                ours.seal("a/b", &secret.into()).unwrap(),
                "a nonce is never used twice"
            );
            assert_eq!(ours.open("a/c", &sealed).unwrap_err(), Tampered, "another name");
            assert_eq!(other.open("a/b", &sealed).unwrap_err(), Tampered, "another key");
            for index in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[index] ^= 1;
                assert_eq!(ours.open("a/b", &changed).unwrap_err(), Tampered, "byte {index}");
                assert_eq!(
                    ours.open("a/b", &sealed[..index]).unwrap_err(),
                    Tampered,
                    "cut at {index}"
                );
            }
        }
    }
}
