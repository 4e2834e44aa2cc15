//! A target's settings, read once.
use crate::descriptor::Descriptor;
use crate::{Error, Settings, phone};

/// The roles that a member may have in a team.
const TEAM_ROLES: [&str; 3] = ["responder", "observer", "manager"];

/// What a target of this vendor may choose.
#[derive(Debug)]
pub(super) struct Choices {
    /// The user named as the one who invites.
    pub(super) from: String,
    /// The role of members in their teams.
    pub(super) team_role: &'static str,
    /// The country of telephone numbers that name none.
    pub(super) default_country: Option<u16>,
}

impl Choices {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// `Rejected` naming the setting.
    pub(super) fn read(descriptor: &Descriptor, settings: &Settings) -> Result<Self, Error> {
        descriptor.check_settings(settings)?;
        let text = |name: &str| settings.get(name).map(|value| value.trim());
        let from = text("from").filter(|from| is_address(from));
        let from = from.ok_or_else(|| wrong("from", "the e-mail address of a user"))?;
        let role = text("team_role").unwrap_or(TEAM_ROLES[0]);
        let team_role = TEAM_ROLES.iter().find(|name| **name == role);
        let team_role = team_role.ok_or_else(|| wrong("team_role", "`observer`, `responder` or `manager`"))?;
        let default_country = text("default_country_code").map(country).transpose()?;
        Ok(Self {
            from: from.to_owned(),
            team_role,
            default_country,
        })
    }
}

/// Whether a text can be an address and a header's value; whose it is, PagerDuty knows.
fn is_address(text: &str) -> bool {
    text.contains('@') && text.chars().all(|character| character.is_ascii_graphic())
}

fn country(text: &str) -> Result<u16, Error> {
    let code = text.strip_prefix('+').unwrap_or(text).parse();
    let code = code.ok().filter(|code| phone::is_country_code(*code));
    code.ok_or_else(|| wrong("default_country_code", "a country calling code, such as `49`"))
}

fn wrong(setting: &str, expected: &str) -> Error {
    Error::rejected(Some(setting), format!("the setting `{setting}` must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::pagerduty::adapter::descriptor;

    fn check(pairs: &[(&str, &str)]) -> Result<String, Option<String>> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        match Choices::read(descriptor(), &pairs.collect()) {
            Ok(choices) => Ok(format!(
                "{} {} {:?}",
                choices.from, choices.team_role, choices.default_country
            )),
            Err(error) => match error.kind {
                ErrorKind::Rejected { field } => Err(field),
                kind => panic!("{kind:?}"),
            },
        }
    }

    #[test]
    fn settings_are_read_or_named() {
        let from = ("from", "a@b.example");
        for (pairs, expected) in [
            (&[from][..], Ok("a@b.example responder None")),
            (
                &[from, ("team_role", "manager"), ("default_country_code", "+49")],
                Ok("a@b.example manager Some(49)"),
            ),
            (&[], Err("from")),
            (&[("from", "")], Err("from")),
            (&[("from", "nobody")], Err("from")),
            (&[("from", "a@b.example\r\nx: y")], Err("from")),
            (&[from, ("team_role", "owner")], Err("team_role")),
            (&[from, ("default_country_code", "999")], Err("default_country_code")),
            (&[from, ("default_country_code", "x")], Err("default_country_code")),
            (&[from, ("fron", "x")], Err("fron")),
        ] {
            let expected = expected.map(str::to_owned).map_err(|name| Some(name.to_owned()));
            assert_eq!(check(pairs), expected, "{pairs:?}");
        }
    }
}
