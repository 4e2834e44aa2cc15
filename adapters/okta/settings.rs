//! A target's settings, read once.
use super::api::segment;
use crate::descriptor::Descriptor;
use crate::{Error, Settings};

/// Groups that Okta lets a creation name.
const GROUPS_MAX: usize = 20;

/// What a target of this vendor may choose.
#[derive(Debug)]
pub(super) struct Choices {
    /// The org's host.
    pub(super) domain: String,
    /// Whether new users are activated; otherwise they stay staged.
    pub(super) activation: bool,
    /// What switching a person off does.
    pub(super) deactivation: Deactivation,
    /// Ids of the groups that new users join.
    pub(super) groups: Vec<String>,
}

/// What switching a person off does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deactivation {
    /// The person keeps groups and applications and cannot sign in.
    Suspend,
    /// The person loses them too.
    Deactivate,
}

impl Choices {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// `Rejected` naming the setting.
    pub(super) fn read(descriptor: &Descriptor, settings: &Settings) -> Result<Self, Error> {
        descriptor.check_settings(settings)?;
        let text = |name: &str| settings.get(name).map(|value| value.trim());
        let activation = match text("activation") {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => return Err(wrong("activation", "`on` or `off`")),
        };
        let deactivation = match text("deactivation") {
            None | Some("suspend") => Deactivation::Suspend,
            Some("deactivate") => Deactivation::Deactivate,
            Some(_) => return Err(wrong("deactivation", "`suspend` or `deactivate`")),
        };
        Ok(Self {
            // As it is: it is a part of the base URL too.
            domain: domain(settings.get("domain").map_or("", String::as_str))?,
            activation,
            deactivation,
            groups: groups(text("groups").unwrap_or_default())?,
        })
    }
}

/// The host of an org. The one of its Admin Console differs by `-admin` and answers no API call.
fn domain(text: &str) -> Result<String, Error> {
    let domain = text.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(plain);
    let (first, rest) = domain.split_once('.').unwrap_or((&domain, ""));
    let is_console = first.ends_with("-admin") && rest.starts_with("okta");
    if rest.is_empty() || !domain.split('.').all(is_label) || is_console {
        let expected = "the host of the org, such as `acme.okta.com`; without `https://`, and without `-admin`";
        return Err(wrong("domain", expected));
    }
    Ok(domain)
}

fn groups(text: &str) -> Result<Vec<String>, Error> {
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<_> = ids.map(str::to_owned).collect();
    if ids.len() > GROUPS_MAX || ids.iter().any(|id| segment(id).is_err()) {
        return Err(wrong("groups", "ids of at most 20 groups, with commas between them"));
    }
    Ok(ids)
}

fn wrong(setting: &str, expected: &str) -> Error {
    Error::rejected(Some(setting), format!("the setting `{setting}` must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::okta::adapter::descriptor;

    fn check(pairs: &[(&str, &str)]) -> Result<String, Option<String>> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        match Choices::read(descriptor(), &pairs.collect()) {
            Ok(choices) => Ok(format!(
                "{} {} {:?} {:?}",
                choices.domain, choices.activation, choices.deactivation, choices.groups
            )),
            Err(error) => match error.kind {
                ErrorKind::Rejected { field } => Err(field),
                kind => panic!("{kind:?}"),
            },
        }
    }

    #[test]
    fn settings_are_read_or_named() {
        let domain = ("domain", "acme.okta.com");
        let many = vec!["00g1"; 21].join(",");
        for (pairs, expected) in [
            (&[domain][..], Ok("acme.okta.com true Suspend []")),
            (&[("domain", "ID.Acme.example")], Ok("id.acme.example true Suspend []")),
            (&[("domain", " acme.okta.com ")], Err("domain")),
            (
                &[
                    domain,
                    ("activation", "off"),
                    ("deactivation", "deactivate"),
                    ("groups", "00g1, 00g2"),
                ],
                Ok(r#"acme.okta.com false Deactivate ["00g1", "00g2"]"#),
            ),
            (&[], Err("domain")),
            (&[("domain", "")], Err("domain")),
            (&[("domain", "acme")], Err("domain")),
            (&[("domain", "https://acme.okta.com")], Err("domain")),
            (&[("domain", "acme.okta.com/")], Err("domain")),
            (&[("domain", "acme.okta.com:8080")], Err("domain")),
            (&[("domain", "acme-admin.okta.com")], Err("domain")),
            (&[("domain", "acme-admin.oktapreview.com")], Err("domain")),
            (&[domain, ("activation", "yes")], Err("activation")),
            (&[domain, ("deactivation", "delete")], Err("deactivation")),
            (&[domain, ("groups", "00g1 00g2")], Err("groups")),
            (&[domain, ("groups", &many)], Err("groups")),
            (&[domain, ("domian", "x")], Err("domian")),
        ] {
            let expected = expected.map(str::to_owned).map_err(|name| Some(name.to_owned()));
            assert_eq!(check(pairs), expected, "{pairs:?}");
        }
    }
}
