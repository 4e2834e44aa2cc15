//! A target's settings, read once.
use crate::descriptor::Descriptor;
use crate::{Error, Settings};

/// What a target of this vendor may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choices {
    /// Whether a deletion takes along what the person owns; otherwise Box refuses it.
    pub(super) content_goes: bool,
}

impl Choices {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// `Rejected` naming the setting.
    pub(super) fn read(descriptor: &Descriptor, settings: &Settings) -> Result<Self, Error> {
        descriptor.check_settings(settings)?;
        let text = |name: &str| settings.get(name).map(|value| value.trim());
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if text("enterprise").is_some_and(|id| !digits(id)) {
            return Err(wrong("enterprise", "the enterprise's id, which is a number"));
        }
        let content_goes = match text("owned_content") {
            None | Some("keep") => false,
            Some("delete") => true,
            Some(_) => return Err(wrong("owned_content", "`keep` or `delete`")),
        };
        Ok(Self { content_goes })
    }
}

fn wrong(setting: &str, expected: &str) -> Error {
    Error::rejected(Some(setting), format!("the setting `{setting}` must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::r#box::adapter::descriptor;

    fn check(pairs: &[(&str, &str)]) -> Result<bool, Option<String>> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        match Choices::read(descriptor(), &pairs.collect()) {
            Ok(choices) => Ok(choices.content_goes),
            Err(error) => match error.kind {
                ErrorKind::Rejected { field } => Err(field),
                kind => panic!("{kind:?}"),
            },
        }
    }

    #[test]
    fn settings_are_read_or_named() {
        for (pairs, expected) in [
            (&[][..], Ok(false)),
            (&[("enterprise", "12345")], Ok(false)),
            (&[("owned_content", "keep")], Ok(false)),
            (&[("owned_content", "delete")], Ok(true)),
            (&[("owned_content", "move")], Err("owned_content")),
            (&[("enterprise", "acme")], Err("enterprise")),
            (&[("enterprise", "")], Err("enterprise")),
            (&[("from", "x")], Err("from")),
        ] {
            let expected = expected.map_err(|name| Some(name.to_owned()));
            assert_eq!(check(pairs), expected, "{pairs:?}");
        }
    }
}
