//! Which identity provider speaks, and which of its habits are allowed.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whose habits a directory is set to; written in lower case, e.g. `onelogin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(missing_docs, reason = "the names are the products'")]
pub enum Dialect {
    /// Recognised from each request's headers.
    #[default]
    Auto,
    /// The RFCs to the letter: nothing is normalised, unknown attributes are refused.
    Strict,
    Authentik,
    Aws,
    CyberArk,
    Entra,
    Google,
    JumpCloud,
    Keycloak,
    Okta,
    OneLogin,
    Ping,
    Rauthy,
    SailPoint,
}

/// What a request's headers say about its sender.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// True if there is a header `ADSCIMVersion`, which Entra alone sends.
    pub ad_scim_version: bool,
    /// The header `User-Agent`.
    pub user_agent: Option<&'a str>,
}

/// How a request is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Requests are normalised before they reach the strict core.
    pub normalise: bool,
    /// A body may come without `schemas`.
    pub without_schemas: bool,
    /// A value in a filter may come without quotes.
    pub unquoted_values: bool,
    /// A new member that does not exist is left out of the group; else it is 400 `invalidValue`. Ids are ours, so that
    /// no such member can ever come to be, and one that was just deleted must not keep the others out.
    pub unknown_members_dropped: bool,
    /// A PATCH `replace` whose filter matches nothing acts as `add`, against RFC 7644 section 3.5.2.3.
    pub replace_without_match_adds: bool,
    /// A PATCH operation on an attribute that the resource type does not have is dropped; else it is
    /// 400 `invalidPath`.
    pub unknown_paths_dropped: bool,
    /// An unknown attribute in a body is 400 `invalidSyntax`; else it is ignored.
    pub unknown_attributes_refused: bool,
    /// Two groups of a directory may not have the same `displayName`, which is more than RFC 7643 asks.
    pub unique_group_names: bool,
    /// A PATCH of a group with very many members may be answered 204, as RFC 7644 section 3.5.2 allows; else it is 200
    /// with all of them. For those of whom it is known that they take both.
    pub large_groups_without_content: bool,
}

/// Every dialect: its name, and how the `User-Agent` of its requests begins, where that is known.
const DIALECTS: &[(Dialect, &str, &[&str])] = &[
    (Dialect::Auto, "auto", &[]),
    (Dialect::Strict, "strict", &[]),
    (Dialect::Authentik, "authentik", &["authentik@"]),
    (Dialect::Aws, "aws", &[]),
    (Dialect::CyberArk, "cyberark", &[]),
    (Dialect::Entra, "entra", &["azure-ad-scim-provisioning"]),
    (Dialect::Google, "google", &["Google-Auto-Provisioning"]),
    (Dialect::JumpCloud, "jumpcloud", &[]),
    (Dialect::Keycloak, "keycloak", &[]),
    (Dialect::Okta, "okta", &["Okta SCIM"]),
    (Dialect::OneLogin, "onelogin", &[]),
    (Dialect::Ping, "ping", &[]),
    (Dialect::Rauthy, "rauthy", &["Rauthy Client"]),
    (Dialect::SailPoint, "sailpoint", &[]),
];

impl Dialect {
    /// How a request with these headers is read. A dialect other than `auto` stays what it is.
    pub fn recognise(self, hints: &Hints<'_>) -> Rules {
        match self {
            Dialect::Auto if hints.ad_scim_version => Dialect::Entra.rules(),
            Dialect::Auto => hints
                .user_agent
                .and_then(by_user_agent)
                .unwrap_or(Dialect::Auto)
                .rules(),
            set => set.rules(),
        }
    }

    fn rules(self) -> Rules {
        let unrecognised = Rules {
            normalise: true,
            without_schemas: false,
            unquoted_values: false,
            unknown_members_dropped: true,
            replace_without_match_adds: false,
            unknown_paths_dropped: false,
            unknown_attributes_refused: false,
            unique_group_names: false,
            large_groups_without_content: false,
        };
        let recognised = Rules {
            without_schemas: true,
            unquoted_values: true,
            unknown_paths_dropped: true,
            ..unrecognised.clone()
        };
        match self {
            Dialect::Auto => unrecognised,
            Dialect::Strict => Rules {
                normalise: false,
                unknown_members_dropped: false,
                unknown_attributes_refused: true,
                ..unrecognised
            },
            Dialect::Entra => Rules {
                replace_without_match_adds: true,
                unique_group_names: true,
                large_groups_without_content: true,
                ..recognised
            },
            Dialect::Okta => Rules {
                large_groups_without_content: true,
                ..recognised
            },
            Dialect::Authentik | Dialect::Aws => Rules {
                unique_group_names: true,
                ..recognised
            },
            Dialect::CyberArk
            | Dialect::Google
            | Dialect::JumpCloud
            | Dialect::Keycloak
            | Dialect::OneLogin
            | Dialect::Ping
            | Dialect::Rauthy
            | Dialect::SailPoint => recognised,
        }
    }
}

impl Default for Rules {
    /// The rules of `auto` for a request that nothing is recognised of.
    fn default() -> Rules {
        Dialect::Auto.rules()
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = DIALECTS.iter().find(|(dialect, _, _)| dialect == self);
        f.write_str(found.map_or("", |(_, name, _)| name))
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Dialect, String> {
        let found = DIALECTS.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(dialect, _, _)| *dialect).ok_or_else(|| {
            let names: Vec<_> = DIALECTS.iter().map(|(_, name, _)| *name).collect();
            format!("`{text}` is no dialect; there are {}", names.join(", "))
        })
    }
}

impl TryFrom<String> for Dialect {
    type Error = String;

    fn try_from(text: String) -> Result<Dialect, String> {
        text.parse()
    }
}

impl From<Dialect> for String {
    fn from(dialect: Dialect) -> String {
        dialect.to_string()
    }
}

fn by_user_agent(user_agent: &str) -> Option<Dialect> {
    let begins = |start: &&str| {
        user_agent
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let found = DIALECTS.iter().find(|(_, _, starts)| starts.iter().any(begins));
    found.map(|(dialect, _, _)| *dialect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_the_dialect() {
        let check = |ad_scim_version, user_agent: &str, expected: Dialect| {
            let hints = Hints {
                ad_scim_version,
                user_agent: Some(user_agent),
            };
            assert_eq!(Dialect::Auto.recognise(&hints), expected.rules(), "{user_agent}");
        };
        check(true, "", Dialect::Entra);
        check(false, "azure-ad-scim-provisioning/1.0", Dialect::Entra);
        check(false, "Okta SCIM Client 1.0.0", Dialect::Okta);
        check(false, "OKTA SCIM Integration", Dialect::Okta);
        check(false, "Google-Auto-Provisioning", Dialect::Google);
        check(false, "Rauthy Client v0.36.0-20260101", Dialect::Rauthy);
        check(false, "authentik@2026.2.0", Dialect::Authentik);
        check(false, "", Dialect::Auto);
        check(false, "curl/8", Dialect::Auto);
    }

    #[test]
    fn a_set_dialect_stays() {
        let hints = Hints {
            ad_scim_version: true,
            user_agent: Some("Okta SCIM Client 1.0.0"),
        };
        assert_eq!(Dialect::Strict.recognise(&hints), Dialect::Strict.rules());
        assert_eq!(Dialect::Okta.recognise(&hints), Dialect::Okta.rules());
        assert_eq!(Dialect::Auto.recognise(&Hints::default()), Rules::default());
    }

    #[test]
    fn names_read_back() {
        for (dialect, name, _) in DIALECTS {
            assert_eq!(name.parse::<Dialect>(), Ok(*dialect));
            assert_eq!(dialect.to_string(), *name);
            let json = serde_json::to_value(dialect).expect("a string");
            assert_eq!(serde_json::from_value::<Dialect>(json).expect("its own form"), *dialect);
        }
        assert!(
            "azure"
                .parse::<Dialect>()
                .is_err_and(|message| message.contains("entra"))
        );
    }
}
