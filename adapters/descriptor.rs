//! What a vendor can do, as data. Pure types: mapping and use cases may read them.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::phone;

/// A vendor's description, loaded once from the `vendor.toml` in its folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// The vendor's name in settings, such as `pagerduty`.
    pub name: String,
    /// The vendor's name for people.
    pub title: String,
    /// Where the vendor's API is when a target does not say otherwise. `{subdomain}` stands for the value of the
    /// setting `subdomain`; any setting may be named so. `{base_url}`: each account has its own, and every target must
    /// say which.
    pub base_url: String,
    /// The ways to prove who calls; the first is taken when a target does not say which.
    #[serde(default)]
    pub auth: Vec<AuthMethod>,
    /// Names of the settings a target of this vendor has or may have.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Fields of a person's account.
    pub user: KindDescriptor,
    /// Fields of a group; `None` where the vendor has no groups.
    pub group: Option<KindDescriptor>,
    /// What switching a person off does at the vendor.
    pub deactivate: Deactivate,
    /// What becomes of a deleted person's account when a target does not say; the vendor's own deletion if absent.
    #[serde(default)]
    pub default_on_delete: Option<DefaultOnDelete>,
    /// Roles a person may be given by this API, and those that it cannot give.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Whether the order of the roles is one of rank: each allows at least as much as those after it. Without it any
    /// change of a role counts as one that takes access away.
    #[serde(default)]
    pub roles_by_rank: bool,
    /// Calls, readings included, that switching a person on or off takes.
    #[serde(default = "one_call")]
    pub active_calls: u64,
    /// Calls, readings included, that adding members takes.
    #[serde(default = "one_call")]
    pub join_calls: u64,
    /// Calls, readings included, that removing members takes.
    #[serde(default = "one_call")]
    pub leave_calls: u64,
    /// Calls that a page of a group's members takes.
    #[serde(default = "one_call")]
    pub member_read_calls: u64,
    /// Whether each account has roles of its own, which the vendor lists: see `Adapter::roles`. Then a role that is not
    /// described may be one of those listed.
    #[serde(default)]
    pub lists_roles: bool,
    /// Whether the vendor says how many more people may have a role, in the same listing.
    #[serde(default)]
    pub counts_roles: bool,
    /// Members of a group that one call can add or remove.
    #[serde(default = "one_member")]
    pub members_per_call: usize,
    /// The roles whose accounts can be members of groups; all if there are none.
    #[serde(default)]
    pub member_roles: Vec<String>,
    /// The most accounts that one bulk job creates, updates or deletes, see `Adapter::submit`; 0 if there are no jobs.
    #[serde(default)]
    pub bulk_max: usize,
    /// Whether the vendor refuses a new account once no licence is left for it.
    #[serde(default = "yes")]
    pub licences_end: bool,
    /// The most accounts that the vendor lets be listed; none if it sets no bound.
    #[serde(default)]
    pub listed_max: Option<u64>,
    /// Calls per minute that one set of credentials may make.
    pub calls_per_minute: u32,
    /// Whether the vendor says when to come back once there were too many calls.
    #[serde(default = "yes")]
    pub tells_when: bool,
    /// Calls in flight at the same time that the vendor bears.
    pub concurrency: usize,
    /// How long reads may lag behind writes, in milliseconds.
    pub read_lag_ms: u64,
    /// How long one call may take before its answer counts as lost, in milliseconds.
    pub call_deadline_ms: u64,
}

/// What resources become at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person.
    User,
    /// A group of people (a team, an organization).
    Group,
}

/// One kind of account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindDescriptor {
    /// What the vendor calls it.
    pub title: String,
    /// The field whose value is unique at the vendor, and by which accounts are found.
    pub unique: String,
    /// Whether the vendor takes a second account with the same unique value, so that creating one looks for it first:
    /// one call more.
    #[serde(default)]
    pub looks_before_create: bool,
    /// Calls, readings included, that a deletion takes.
    #[serde(default = "one_call")]
    pub delete_calls: u64,
    /// Calls, readings included, that reading or finding takes.
    #[serde(default = "one_call")]
    pub read_calls: u64,
    /// Whether reading an account by its id shows each write at once, however late finding and listing do.
    #[serde(default)]
    pub exact_get: bool,
    /// Calls by which an account that is gone is seen to be.
    #[serde(default = "one_call")]
    pub gone_calls: u64,
    /// Calls that a page of a listing takes.
    #[serde(default = "one_call")]
    pub list_calls: u64,
    /// Names beginning so are fields that the vendor's account has of its own, such as `user_fields.`; text unless a
    /// mapping makes them something else.
    #[serde(default)]
    pub custom_prefix: Option<String>,
    /// Calls, readings included, that changing fields of that prefix takes.
    #[serde(default = "one_call")]
    pub custom_update_calls: u64,
    /// The fields.
    pub fields: Vec<Field>,
}

/// A way to prove who calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthMethod {
    /// Its name in a target's `auth` table.
    pub name: String,
    /// How a credential becomes an access token.
    pub grant: Grant,
    /// What stands before the secret or the access token in `Authorization`; a blank belongs to it.
    #[serde(default = "bearer")]
    pub prefix: String,
    /// Where people consent; may name settings in braces, and begins with a slash if it is below the base URL.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Where tokens are given, in the same form.
    #[serde(default)]
    pub token_url: Option<String>,
    /// The least scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How the client proves itself where tokens are given.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// The media type in which tokens are asked for.
    #[serde(default)]
    pub token_request: TokenRequest,
    /// What the vendor wants to be told beyond the RFC when tokens are asked for; values may name settings in braces.
    #[serde(default)]
    pub token_parameters: BTreeMap<String, String>,
}

/// How a target's credential becomes what a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The credential is sent as it is.
    Secret,
    /// A person consents; RFC 6749 section 4.1 with PKCE (RFC 7636). The credential is the client's secret.
    AuthorizationCode,
    /// RFC 6749 section 4.4. The credential is the client's secret.
    ClientCredentials,
    /// RFC 6749 section 4.4 with a signed assertion, RFC 7523 section 2.2. The credential is the client's private key.
    PrivateKeyJwt,
}

/// How a client proves itself where tokens are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    #[default]
    Body,
    /// HTTP Basic.
    Basic,
}

/// The media type in which tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRequest {
    /// As RFC 6749 says.
    #[default]
    Form,
    /// As some vendors want it.
    Json,
}

/// What a vendor is better served with than a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultOnDelete {
    /// Deletion would lose what the person made.
    Deactivate,
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

fn yes() -> bool {
    true
}

fn one_call() -> u64 {
    1
}

fn one_member() -> usize {
    1
}

/// One field of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The vendor's name.
    pub name: String,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether an account cannot exist without it.
    #[serde(default)]
    pub required: bool,
    /// Shortest text the vendor takes, in characters.
    #[serde(default)]
    pub length_min: Option<usize>,
    /// Longest text the vendor takes, in characters.
    #[serde(default)]
    pub length_max: Option<usize>,
    /// The values that the vendor takes; any if there are none.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The vendor takes it with a new account only; later changes stay with the directory.
    #[serde(default)]
    pub create_only: bool,
    /// Calls, readings included, that changing it takes.
    #[serde(default = "one_call")]
    pub update_calls: u64,
    /// Further readings by which the vendor's id of a value is found, once for each value. None takes its value away.
    #[serde(default)]
    pub look_up_calls: u64,
    /// Values that the vendor takes, where not every text of the type will do.
    #[serde(default)]
    pub examples: Vec<Value>,
    /// The roles whose accounts have it; all if there are none.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Values are compared without regard to case, as the vendor does.
    #[serde(default)]
    pub case_insensitive: bool,
    /// The writing call that carries it. Fields without one go in the main call; the others in a call of that name.
    #[serde(default)]
    pub call: Option<String>,
    /// The call that carries its change, where creating takes it in the main call.
    #[serde(default)]
    pub update_call: Option<String>,
    /// A new value counts only once the person has confirmed it; until then the vendor shows the former one.
    #[serde(default)]
    pub confirmed_later: bool,
    /// A new value takes the place of the part behind it: the former part goes, and the new one has another id.
    #[serde(default)]
    pub replaces_part: bool,
    /// The main-call field from which the vendor fills this one when it creates the account.
    #[serde(default)]
    pub created_from: Option<String>,
    /// Where its value comes from if the target's mapping does not say otherwise: a SCIM path, or several with blanks
    /// between them (`name.givenName name.familyName`), whose values are joined by a blank; see [`source_paths`].
    #[serde(default)]
    pub default_source: Option<String>,
    /// Further sources of that form, tried in order when it has no value.
    #[serde(default)]
    pub fallback_sources: Vec<String>,
    /// Sent when no source has a value.
    #[serde(default)]
    pub default_value: Option<Value>,
}

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    String,
    /// An e-mail address.
    Email,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// Texts, in any order.
    List,
    /// One of the vendor's roles.
    Role,
    /// An IANA time zone.
    TimeZone,
    /// A telephone number; see [`crate::phone`].
    Phone,
}

/// A setting of a target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its key in the target's `settings` table.
    pub name: String,
    /// Whether a target without it is refused.
    #[serde(default)]
    pub required: bool,
    /// What it is for.
    pub description: String,
}

/// A role of the vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The vendor's value.
    pub name: String,
    /// Names by which people know it, taken as the same role.
    #[serde(default)]
    pub titles: Vec<String>,
    /// Whether the vendor's API can set it.
    pub assignable: bool,
    /// Why not, or what it needs.
    #[serde(default)]
    pub rule: Option<String>,
    /// Whether its holders administer the account at the vendor: the last one does not go without a person's word.
    #[serde(default)]
    pub administrator: bool,
}

/// What switching a person off does at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deactivate {
    /// The account stays and cannot sign in.
    Suspend,
    /// The vendor has no such state: the account is deleted, and created anew on reactivation.
    Delete,
}

impl Descriptor {
    /// The kind's description; `None` where the vendor has none of that kind.
    pub fn kind(&self, kind: Kind) -> Option<&KindDescriptor> {
        match kind {
            Kind::User => Some(&self.user),
            Kind::Group => self.group.as_ref(),
        }
    }

    /// The role that goes by this name or title, whatever its case.
    pub fn role(&self, text: &str) -> Option<&Role> {
        let called = |role: &&Role| role.name.eq_ignore_ascii_case(text) || role.titled(text);
        self.roles.iter().find(called)
    }

    /// Whether accounts of this role have what only those of these roles have; all do if there are none. What is not
    /// described is a role of the account's own, of which nobody here knows what it may not.
    pub fn is_for(&self, roles: &[String], role: &Value) -> bool {
        let is_one = |name: &str| roles.iter().any(|allowed| allowed == name) || self.role(name).is_none();
        roles.is_empty() || role.as_str().is_some_and(is_one)
    }

    /// The way of authorization of that name; the first without one.
    pub fn auth_method(&self, name: Option<&str>) -> Option<&AuthMethod> {
        match name {
            Some(name) => self.auth.iter().find(|method| method.name == name),
            None => self.auth.first(),
        }
    }

    /// A text of this description with settings in the places of their names in braces.
    pub fn filled(&self, text: &str, settings: &BTreeMap<String, String>) -> String {
        settings.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// Whether each account has an API of its own, so that a target must say where it is.
    pub fn needs_base_url(&self) -> bool {
        self.base_url.contains("{base_url}")
    }

    /// The roles from the highest rank to the lowest; none if they have no rank.
    pub fn ranked_roles(&self) -> &[Role] {
        match self.roles_by_rank {
            true => &self.roles,
            false => &[],
        }
    }

    /// Whether `Adapter::roles` says something of an account that is not described here.
    pub fn has_live_roles(&self) -> bool {
        self.lists_roles || self.counts_roles
    }

    /// How long reads may lag behind writes.
    pub fn read_lag(&self) -> Duration {
        Duration::from_millis(self.read_lag_ms)
    }

    /// How long one call may take.
    pub fn call_deadline(&self) -> Duration {
        Duration::from_millis(self.call_deadline_ms)
    }
}

/// Whether a person who has one role and is given another one has less than before: none, or one of a lower rank, see
/// [`Descriptor::ranked_roles`]. Of a role without rank nobody can say, so that leaving it counts as well.
pub fn takes_role(ranked: &[Role], had: &Value, given: &Value) -> bool {
    let place = |value: &Value| {
        let name = value.as_str()?;
        ranked.iter().position(|role| role.name == name)
    };
    match (had, given) {
        (Value::Null, _) => false,
        (_, Value::Null) => true,
        (had, given) => match (place(had), place(given)) {
            (Some(had), Some(given)) => had < given,
            (None, _) | (_, None) => had != given,
        },
    }
}

impl Role {
    fn titled(&self, text: &str) -> bool {
        self.titles.iter().any(|title| title.eq_ignore_ascii_case(text))
    }
}

impl KindDescriptor {
    /// The value of the unique field among these, as the vendor compares it.
    pub fn unique_key(&self, fields: &BTreeMap<String, Value>) -> Option<String> {
        let value = fields.get(&self.unique)?.as_str()?;
        let folds = self.field(&self.unique).is_some_and(|field| field.case_insensitive);
        Some(if folds { value.to_lowercase() } else { value.to_owned() })
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of that name that the vendor's account has of its own; none if there is a described one, or none can
    /// be.
    pub fn custom_field(&self, name: &str, kind: FieldType) -> Option<Field> {
        let own = name.strip_prefix(self.custom_prefix.as_deref()?)?;
        let is_custom = !own.is_empty() && self.field(name).is_none();
        is_custom.then(|| Field {
            update_calls: self.custom_update_calls,
            ..Field::custom(name, kind)
        })
    }
}

impl Field {
    /// A field that the vendor's account has of its own.
    fn custom(name: &str, kind: FieldType) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            required: false,
            length_min: None,
            length_max: None,
            choices: Vec::new(),
            roles: Vec::new(),
            create_only: false,
            update_calls: one_call(),
            look_up_calls: 0,
            examples: Vec::new(),
            case_insensitive: false,
            call: None,
            update_call: None,
            confirmed_later: false,
            replaces_part: false,
            created_from: None,
            default_source: None,
            fallback_sources: Vec::new(),
            default_value: None,
        }
    }

    /// The writing call that carries its change; `None` is the main call.
    pub fn changing_call(&self) -> Option<&str> {
        self.update_call.as_deref().or(self.call.as_deref())
    }

    /// The most calls, readings included, that changing it takes.
    pub fn update_calls_max(&self) -> u64 {
        self.update_calls + self.look_up_calls
    }

    /// Whether the vendor would take both values for the same. `Null` and empty text are both no value.
    pub fn same(&self, left: &Value, right: &Value) -> bool {
        if self.kind == FieldType::List {
            return texts(left) == texts(right);
        }
        let (Some(left_text), Some(right_text)) = (text(left), text(right)) else {
            return left == right;
        };
        match self.kind {
            FieldType::Phone => match (phone::parse(left_text, None), phone::parse(right_text, None)) {
                (Ok(left), Ok(right)) => left == right,
                _ => left_text == right_text,
            },
            _ if self.case_insensitive => left_text.to_lowercase() == right_text.to_lowercase(),
            _ => left_text == right_text,
        }
    }
}

/// Text, with `Null` as empty text.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Null => Some(""),
        value => value.as_str(),
    }
}

/// The texts of a list, in one order; `Null` is the empty list.
fn texts(value: &Value) -> BTreeSet<&str> {
    let texts = value.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).collect()
}

/// The SCIM paths of a source. Blanks within the brackets of a value filter do not separate.
pub fn source_paths(source: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_usize, false);
    let separates = |character: char| {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && character.is_whitespace()
    };
    source.split(separates).filter(|path| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sources_are_split_at_blanks_outside_of_filters() {
        for (source, expected) in [
            ("userName", &["userName"][..]),
            (
                " name.givenName  name.familyName ",
                &["name.givenName", "name.familyName"],
            ),
            (r#"emails[type eq "work"].value"#, &[r#"emails[type eq "work"].value"#]),
            (r#"x[a eq "b ] c"].value y"#, &[r#"x[a eq "b ] c"].value"#, "y"]),
            ("", &[]),
        ] {
            assert_eq!(source_paths(source), expected, "{source}");
        }
    }

    #[test]
    fn a_role_further_down_is_less() {
        let role = |name: &str| Role {
            administrator: false,
            name: name.to_owned(),
            titles: Vec::new(),
            assignable: true,
            rule: None,
        };
        let roles = ["admin", "user", "viewer"].map(role);
        for (had, given, expected) in [
            (json!("admin"), json!("user"), true),
            (json!("user"), json!("viewer"), true),
            (json!("user"), json!("admin"), false),
            (json!("user"), json!("user"), false),
            (json!("user"), json!(null), true),
            (json!(null), json!("viewer"), false),
            (json!("custom"), json!("admin"), true),
            (json!("viewer"), json!("custom"), true),
            (json!("custom"), json!("custom"), false),
        ] {
            assert_eq!(takes_role(&roles, &had, &given), expected, "{had} {given}");
        }
        for vendor in crate::VENDORS {
            let descriptor = (vendor.descriptor)();
            let [highest, lowest] = [descriptor.roles.first(), descriptor.roles.last()];
            let (Some(highest), Some(lowest)) = (highest, lowest) else {
                continue;
            };
            let raised = takes_role(descriptor.ranked_roles(), &json!(lowest.name), &json!(highest.name));
            assert_eq!(raised, !descriptor.roles_by_rank, "{}", descriptor.name);
        }
    }

    #[test]
    fn values_are_the_same_as_the_vendor_takes_them() {
        let field = |kind, case_insensitive| Field {
            case_insensitive,
            ..Field::custom("f", kind)
        };
        for (kind, case_insensitive, left, right, expected) in [
            (FieldType::String, false, json!("a"), json!("a"), true),
            (FieldType::String, false, json!("a"), json!("A"), false),
            (FieldType::Email, true, json!("Ä@x.example"), json!("ä@X.example"), true),
            (FieldType::String, false, json!(null), json!(""), true),
            (FieldType::String, false, json!(null), json!("a"), false),
            (FieldType::Boolean, false, json!(true), json!(true), true),
            (FieldType::Boolean, false, json!(true), json!(null), false),
            (
                FieldType::Phone,
                false,
                json!("+1 (555) 123-4567"),
                json!("tel:+15551234567"),
                true,
            ),
            (
                FieldType::Phone,
                false,
                json!("+15551234567"),
                json!("+15551234568"),
                false,
            ),
            (FieldType::Phone, false, json!("+15551234567"), json!(null), false),
            (FieldType::Phone, false, json!("ext. 7"), json!("ext. 7"), true),
            (FieldType::List, false, json!(["a", "b"]), json!(["b", "a"]), true),
            (FieldType::List, false, json!(["a"]), json!(["b"]), false),
            (FieldType::List, false, json!([]), json!(null), true),
        ] {
            let same = field(kind, case_insensitive).same(&left, &right);
            assert_eq!(same, expected, "{kind:?} {left} {right}");
        }
    }
}
