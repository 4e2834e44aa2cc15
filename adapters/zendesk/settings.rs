//! A target's settings, read once.
use crate::descriptor::Descriptor;
use crate::{Error, Settings};

/// The longest label of a host name (RFC 1035 section 2.3.4).
const SUBDOMAIN_MAX: usize = 63;

/// What a target of this vendor may choose.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choices {
    /// The account's part of its host name.
    pub(super) subdomain: String,
    /// Who is deactivated becomes an end user first, which frees the seat.
    pub(super) downgrades: bool,
    /// Deletion is followed by Zendesk's permanent one.
    pub(super) erases: bool,
    /// Zendesk asks new addresses to be verified.
    pub(super) verifies: bool,
}

impl Choices {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// `Rejected` naming the setting.
    pub(super) fn read(descriptor: &Descriptor, settings: &Settings) -> Result<Self, Error> {
        descriptor.check_settings(settings)?;
        let subdomain = settings.get("subdomain").map(|value| value.trim()).unwrap_or_default();
        if !is_label(subdomain) {
            return Err(wrong(
                "subdomain",
                "the first part of the account's host name, such as `acme`",
            ));
        }
        Ok(Self {
            subdomain: subdomain.to_owned(),
            downgrades: either(settings, "deactivate", ["suspend", "downgrade_and_suspend"])?,
            erases: either(settings, "delete", ["soft", "permanent"])?,
            verifies: either(settings, "verify_email", ["false", "true"])?,
        })
    }
}

/// Whether a setting has the second of its two values; the first is the default.
fn either(settings: &Settings, name: &str, [first, second]: [&str; 2]) -> Result<bool, Error> {
    match settings.get(name).map_or(first, |value| value.trim()) {
        value if value == first => Ok(false),
        value if value == second => Ok(true),
        _ => Err(wrong(name, &format!("`{first}` or `{second}`"))),
    }
}

/// Whether a text can be the first part of a host name, and nothing else.
fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= SUBDOMAIN_MAX && text.bytes().all(plain) && !text.starts_with('-')
}

fn wrong(setting: &str, expected: &str) -> Error {
    Error::rejected(Some(setting), format!("the setting `{setting}` must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::zendesk::adapter::descriptor;

    fn check(pairs: &[(&str, &str)]) -> Result<(bool, bool, bool), Option<String>> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        match Choices::read(descriptor(), &pairs.collect()) {
            Ok(choices) => Ok((choices.downgrades, choices.erases, choices.verifies)),
            Err(error) => match error.kind {
                ErrorKind::Rejected { field } => Err(field),
                kind => panic!("{kind:?}"),
            },
        }
    }

    #[test]
    fn settings_are_read_or_named() {
        let acme = ("subdomain", "acme");
        for (pairs, expected) in [
            (&[acme][..], Ok((false, false, false))),
            (
                &[
                    acme,
                    ("deactivate", "downgrade_and_suspend"),
                    ("delete", "permanent"),
                    ("verify_email", "true"),
                ],
                Ok((true, true, true)),
            ),
            (
                &[
                    acme,
                    ("deactivate", "suspend"),
                    ("delete", "soft"),
                    ("verify_email", "false"),
                ],
                Ok((false, false, false)),
            ),
            (&[], Err("subdomain")),
            (&[("subdomain", "")], Err("subdomain")),
            (&[("subdomain", "evil.example/")], Err("subdomain")),
            (&[("subdomain", "-acme")], Err("subdomain")),
            (&[acme, ("deactivate", "delete")], Err("deactivate")),
            (&[acme, ("delete", "hard")], Err("delete")),
            (&[acme, ("verify_email", "yes")], Err("verify_email")),
            (&[acme, ("domain", "x")], Err("domain")),
        ] {
            let expected = expected.map_err(|name: &str| Some(name.to_owned()));
            assert_eq!(check(pairs), expected, "{pairs:?}");
        }
    }
}
