//! What proves to a vendor who calls.
use secrecy::{ExposeSecret, SecretString};

/// A secret and the words that a vendor wants before it in `Authorization`.
#[derive(Debug, Clone)]
pub struct Credential {
    prefix: &'static str,
    secret: SecretString,
}

impl Credential {
    /// A bearer token until the vendor's adapter says otherwise.
    pub fn new(secret: SecretString) -> Self {
        Self {
            prefix: "Bearer ",
            secret,
        }
    }

    /// The same secret after other words, such as `Token token=`; a blank before the secret belongs to them.
    #[must_use]
    pub fn with_prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(&self) -> String {
        format!("{}{}", self.prefix, self.secret.expose_secret())
    }
}
