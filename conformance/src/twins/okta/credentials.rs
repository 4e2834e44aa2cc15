//! What a request may say of a user's credentials.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::body;
use super::records::{Provider, User};
use super::refusal::Refusal;

/// The default password policy asks for so many characters.
const PASSWORD_LENGTH_MIN: usize = 8;

/// The longest password.
const PASSWORD_LENGTH_MAX: usize = 72;

pub(super) struct Credentials {
    password: Option<Password>,
    recovery_question: Option<String>,
    provider: Option<Provider>,
}

enum Password {
    Set,
    /// A hash, or a hook that will say whether a password is right: the user was imported.
    Imported,
}

impl Credentials {
    pub(super) fn read(fields: &mut Map<String, Value>) -> Result<Credentials, Refusal> {
        let mut parts: Map<String, Value> = body::part(fields, "credentials")?.unwrap_or_default();
        let mut nested = |name: &str| body::part::<Map<String, Value>>(&mut parts, name);
        let (password, question) = (nested("password")?, nested("recovery_question")?);
        let provider = nested("provider")?;
        Ok(Credentials {
            password: password.map(Password::read).transpose()?.flatten(),
            recovery_question: question
                .map(|mut question| body::part(&mut question, "question"))
                .transpose()?
                .flatten(),
            provider: provider
                .map(|mut provider| body::part(&mut provider, "type"))
                .transpose()?
                .flatten(),
        })
    }

    pub(super) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Who authenticates the user, if that is someone else.
    pub(super) fn foreign_provider(&self) -> Option<Provider> {
        self.provider
            .filter(|provider| matches!(provider, Provider::Federation | Provider::Social))
    }

    /// The user with what is named here, but for the provider, which only a creation can choose.
    pub(super) fn apply(self, now: Timestamp, user: User) -> User {
        let is_imported = matches!(self.password, Some(Password::Imported));
        User {
            has_password: user.has_password || self.password.is_some(),
            password_changed: self.password.as_ref().map(|_| now).or(user.password_changed),
            provider: if is_imported { Provider::Import } else { user.provider },
            recovery_question: self.recovery_question.or(user.recovery_question),
            ..user
        }
    }
}

impl Password {
    /// Nothing if the object is empty, as in answers.
    fn read(mut fields: Map<String, Value>) -> Result<Option<Password>, Refusal> {
        if let Some(value) = body::part::<String>(&mut fields, "value")? {
            return Password::clear(&value).map(Some);
        }
        let is_imported = fields.contains_key("hash") || fields.contains_key("hook");
        Ok(is_imported.then_some(Password::Imported))
    }

    fn clear(value: &str) -> Result<Password, Refusal> {
        let length = value.chars().count();
        let has = |wanted: fn(char) -> bool| value.chars().any(wanted);
        let is_strong = (PASSWORD_LENGTH_MIN..=PASSWORD_LENGTH_MAX).contains(&length)
            && has(|c| c.is_lowercase())
            && has(|c| c.is_uppercase())
            && has(|c| c.is_ascii_digit());
        match is_strong {
            true => Ok(Password::Set),
            false => Err(Refusal::field("password", "Password requirements were not met")),
        }
    }
}
