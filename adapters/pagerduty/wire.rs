//! PagerDuty's own shapes: what it answers, and the bodies it takes.
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::contact_methods::PARTS;
use crate::{Account, Fields};

/// Roles that only a person may take over.
const PROTECTED_ROLES: [&str; 2] = ["owner", "admin"];

#[derive(Debug, Deserialize)]
pub(super) struct UserEnvelope {
    pub(super) user: User,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: Option<String>,
    job_title: Option<String>,
    time_zone: Option<String>,
    description: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) contact_methods: Option<Vec<ContactMethod>>,
}

/// A contact method, or a mere reference to one: then there is no address, and its type ends in `_reference`.
#[derive(Debug, Deserialize)]
pub(super) struct ContactMethod {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) label: Option<String>,
    pub(super) address: Option<String>,
    pub(super) country_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ContactMethodEnvelope {
    pub(super) contact_method: ContactMethod,
}

#[derive(Debug, Deserialize)]
pub(super) struct ContactMethods {
    pub(super) contact_methods: Vec<ContactMethod>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Licenses {
    #[serde(default)]
    pub(super) licenses: Vec<License>,
}

#[derive(Debug, Deserialize)]
pub(super) struct License {
    pub(super) id: String,
    #[serde(default)]
    pub(super) valid_roles: Vec<String>,
    /// `null` is any number; below 0 are more than there should be.
    pub(super) allocations_available: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TeamEnvelope {
    pub(super) team: Team,
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) user: Reference,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

/// `{"error":{"message","code","errors"}}`.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorEnvelope {
    pub(super) error: ErrorBody,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) message: String,
    pub(super) code: Option<u32>,
    #[serde(default)]
    pub(super) errors: Option<Value>,
}

/// One page of a classic listing.
pub(super) trait Listing: DeserializeOwned {
    /// What is listed.
    type Item;
    /// The items, and whether there are more.
    fn split(self) -> (Vec<Self::Item>, bool);
}

#[derive(Debug, Deserialize)]
pub(super) struct Users {
    users: Vec<User>,
    #[serde(default)]
    more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Teams {
    teams: Vec<Team>,
    #[serde(default)]
    more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Members {
    members: Vec<Member>,
    #[serde(default)]
    more: bool,
}

impl Listing for Users {
    type Item = User;
    fn split(self) -> (Vec<User>, bool) {
        (self.users, self.more)
    }
}

impl Listing for Teams {
    type Item = Team;
    fn split(self) -> (Vec<Team>, bool) {
        (self.teams, self.more)
    }
}

impl Listing for Members {
    type Item = Member;
    fn split(self) -> (Vec<Member>, bool) {
        (self.members, self.more)
    }
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        let protected = user.role.as_deref().is_some_and(|role| PROTECTED_ROLES.contains(&role));
        let text = |value: Option<String>| value.filter(|text| !text.is_empty()).map_or(Value::Null, Value::from);
        let mut fields = Fields::new();
        fields.insert("description".into(), text(user.description));
        fields.insert("job_title".into(), text(user.job_title));
        fields.insert("name".into(), user.name.into());
        fields.insert("email".into(), user.email.into());
        // These two are never empty: an answer without them says nothing of them.
        let told = [("role", user.role), ("time_zone", user.time_zone)];
        let told = told
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        fields.extend(told);
        let mut account = Account {
            id: user.id,
            fields,
            active: true,
            protected,
            ..Account::default()
        };
        if let Some(methods) = user.contact_methods {
            PARTS.iter().for_each(|part| part.show(&methods, &mut account));
        }
        account
    }
}

impl From<Team> for Account {
    fn from(team: Team) -> Self {
        Account {
            id: team.id,
            fields: Fields::from([("name".to_owned(), team.name.into())]),
            active: true,
            ..Account::default()
        }
    }
}

/// A body in PagerDuty's wrapping: an object under its kind's name, with its exact type.
pub(super) fn wrapped(kind: &str, type_name: &str, mut fields: Map<String, Value>) -> Value {
    fields.insert("type".into(), type_name.into());
    json!({ kind: fields })
}
