//! Secrets by reference: `env:NAME` or `file:PATH`. Here alone the environment is read.
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;

/// Bytes of a secret in a file. Keys and tokens are far shorter; a wrong path may lead to anything.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In an environment variable of this name.
    Env(String),
    /// In a file; a newline at its end does not count.
    File(PathBuf),
}

/// Why there is no secret. Holds nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The text is no reference.
    #[error("a secret is named as `env:NAME` or `file:PATH`, never written out")]
    NoReference,
    /// There is no such variable.
    #[error("the environment variable `{0}` is not set, or is not text")]
    NotSet(String),
    /// The file cannot be read.
    #[error("the file `{}` cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is nothing in it.
    #[error("the secret at `{0}` is empty")]
    Empty(String),
}

impl FromStr for Reference {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains('=') => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(SecretError::NoReference),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(formatter, "env:{name}"),
            Self::File(path) => write!(formatter, "file:{}", path.display()),
        }
    }
}

impl Reference {
    /// Reads the secret.
    ///
    /// # Errors
    /// It is not there, not text, or empty.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        let text = match self {
            Self::Env(name) => variable(name)?,
            Self::File(path) => file(path)?,
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(SecretError::Empty(self.to_string()));
        }
        Ok(text.into())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn variable(name: &str) -> Result<String, SecretError> {
    std::env::var(name).map_err(|_| SecretError::NotSet(name.to_owned()))
}

fn file(path: &PathBuf) -> Result<String, SecretError> {
    let unreadable = |reason: String| SecretError::Unreadable {
        path: path.clone(),
        reason,
    };
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut text = String::new();
    let read = file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text);
    let read = read.map_err(|error| unreadable(error.to_string()))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > SECRET_BYTES_MAX {
        return Err(unreadable(format!("it has more than {SECRET_BYTES_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn references_are_read_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("good"), "s3cret\r\n").unwrap();
        fs::write(path("blanks"), " s 3 \n").unwrap();
        fs::write(path("empty"), "\n").unwrap();
        fs::write(path("binary"), [0xff, 0xfe]).unwrap();
        fs::write(path("long"), "x".repeat(64 * 1024 + 1)).unwrap();
        let file = |name: &str| format!("file:{}", path(name).display());
        // Set by cargo for every test.
        let package = "env:CARGO_PKG_NAME".to_owned();
        for (text, expected) in [
            (package, Ok("usherd")),
            ("env:USHERD_SURELY_NOT_SET".into(), Err("is not set")),
            ("env:".into(), Err("never written out")),
            ("env:A=B".into(), Err("never written out")),
            ("file:".into(), Err("never written out")),
            ("s3cret".into(), Err("never written out")),
            ("ENV:HOME".into(), Err("never written out")),
            ("".into(), Err("never written out")),
            (file("good"), Ok("s3cret")),
            (file("blanks"), Ok(" s 3 ")),
            (file("empty"), Err("is empty")),
            (file("binary"), Err("cannot be read")),
            (file("long"), Err("more than 65536 bytes")),
            (file("absent"), Err("cannot be read")),
        ] {
            let read = text.parse::<Reference>().and_then(|reference| reference.read());
            match (read, expected) {
                (Ok(secret), Ok(expected)) => assert_eq!(secret.expose_secret(), expected, "{text}"),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}: {error}"),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }

    #[test]
    fn references_print_as_they_are_read() {
        for text in ["env:A", "file:/run/secrets/a b", "file:a:b"] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }
}
