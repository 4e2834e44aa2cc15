//! What a request may say of a user.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::body::{Fields, is_email};
use super::identities::IdentityInput;
use super::records::{User, UserField};
use super::refusal::Faults;
use super::roles::Role;
use super::{locales, time_zones, user_fields};

/// Which tickets an agent may be restricted to.
const TICKET_RESTRICTIONS: [&str; 4] = ["organization", "groups", "assigned", "requested"];

/// The fields of a user that a request names. A second `Option` is none if the field shall be emptied.
#[derive(Default)]
pub(super) struct UserInput {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) external_id: Option<Option<String>>,
    pub(super) role: Option<Role>,
    pub(super) custom_role_id: Option<Option<u64>>,
    pub(super) organization_id: Option<Option<u64>>,
    pub(super) organization_ids: Option<Vec<u64>>,
    /// The name of an organization.
    pub(super) organization: Option<String>,
    pub(super) default_group_id: Option<Option<u64>>,
    pub(super) identities: Vec<IdentityInput>,
    pub(super) verified: Option<bool>,
    pub(super) skip_verify_email: bool,
    suspended: Option<bool>,
    alias: Option<String>,
    details: Option<String>,
    notes: Option<String>,
    signature: Option<String>,
    phone: Option<Option<String>>,
    shared_phone_number: Option<bool>,
    remote_photo_url: Option<Option<String>>,
    locale_id: Option<u64>,
    time_zone: Option<String>,
    tags: Option<Vec<String>>,
    ticket_restriction: Option<Option<String>>,
    only_private_comments: Option<bool>,
    moderator: Option<bool>,
    user_fields: Map<String, Value>,
}

impl UserInput {
    /// What is said, and what is wrong with it. Other fields are ignored, as Zendesk ignores those it does not know.
    pub(super) fn read(said: &Map<String, Value>, custom: &[UserField]) -> (UserInput, Faults) {
        let mut fields = Fields::new(said);
        let mut input = UserInput {
            name: fields.filled("name"),
            email: fields.email("email"),
            external_id: fields.nullable_text("external_id"),
            role: role(&mut fields),
            custom_role_id: fields.id("custom_role_id"),
            organization_id: fields.id("organization_id"),
            organization_ids: fields.ids("organization_ids"),
            organization: organization(&mut fields),
            default_group_id: fields.id("default_group_id"),
            identities: identities(&mut fields),
            verified: fields.boolean("verified"),
            skip_verify_email: fields.boolean("skip_verify_email").unwrap_or_default(),
            ..UserInput::default()
        };
        input.read_profile(&mut fields);
        let given = fields.get("user_fields").filter(|given| !given.is_null());
        match given.map(Value::as_object) {
            Some(Some(given)) => input.user_fields = user_fields::values(custom, given, &mut fields.faults),
            Some(None) => fields.faults.invalid("user_fields"),
            None => {}
        }
        (input, fields.faults)
    }

    /// The same of a new user, who must have a name.
    pub(super) fn read_new(said: &Map<String, Value>, custom: &[UserField]) -> (UserInput, Faults) {
        let (input, mut faults) = UserInput::read(said, custom);
        if !said.contains_key("name") {
            faults.add("name", "ValueTooShort", "is too short (minimum is 1 characters)");
        }
        (input, faults)
    }

    fn read_profile(&mut self, fields: &mut Fields) {
        self.suspended = fields.boolean("suspended");
        self.alias = fields.text("alias");
        self.details = fields.text("details");
        self.notes = fields.text("notes");
        self.signature = fields.text("signature");
        self.phone = fields.nullable_text("phone");
        self.shared_phone_number = fields.boolean("shared_phone_number");
        self.remote_photo_url = fields.nullable_text("remote_photo_url");
        self.locale_id = locale(fields);
        self.time_zone = time_zone(fields);
        self.tags = fields.texts("tags");
        self.ticket_restriction = ticket_restriction(fields);
        self.only_private_comments = fields.boolean("only_private_comments");
        self.moderator = fields.boolean("moderator");
    }

    /// Whether the request takes the user's access away.
    pub(super) fn suspends(&self) -> bool {
        self.suspended == Some(true)
    }

    /// The user with these fields, but for those that concern others than the user.
    pub(super) fn apply(self, now: Timestamp, user: User) -> User {
        let mut values = user.user_fields;
        values.extend(self.user_fields);
        User {
            name: self.name.unwrap_or(user.name),
            external_id: self.external_id.unwrap_or(user.external_id).filter(|id| !id.is_empty()),
            suspended: self.suspended.unwrap_or(user.suspended),
            alias: self.alias.unwrap_or(user.alias),
            details: self.details.unwrap_or(user.details),
            notes: self.notes.unwrap_or(user.notes),
            signature: self.signature.unwrap_or(user.signature),
            phone: self.phone.unwrap_or(user.phone).filter(|phone| !phone.is_empty()),
            shared_phone_number: self.shared_phone_number.or(user.shared_phone_number),
            remote_photo_url: self.remote_photo_url.unwrap_or(user.remote_photo_url),
            locale_id: self.locale_id.unwrap_or(user.locale_id),
            time_zone: self.time_zone.unwrap_or(user.time_zone),
            tags: self.tags.unwrap_or(user.tags),
            ticket_restriction: self.ticket_restriction.unwrap_or(user.ticket_restriction),
            only_private_comments: self.only_private_comments.unwrap_or(user.only_private_comments),
            moderator: self.moderator.unwrap_or(user.moderator),
            user_fields: values,
            updated_at: now,
            ..user
        }
    }
}

fn role(fields: &mut Fields) -> Option<Role> {
    let role = fields.get("role")?.as_str().and_then(Role::named);
    role.or_else(|| fields.wrong("role"))
}

fn organization(fields: &mut Fields) -> Option<String> {
    let name = fields.get("organization")?.get("name").and_then(Value::as_str);
    name.map(str::to_owned).or_else(|| fields.wrong("organization"))
}

fn identities(fields: &mut Fields) -> Vec<IdentityInput> {
    let Some(list) = fields.get("identities") else {
        return Vec::new();
    };
    let read = |item: &Value| IdentityInput::read(item.as_object()?).ok();
    let list = list.as_array().and_then(|list| list.iter().map(read).collect());
    list.or_else(|| fields.wrong("identities")).unwrap_or_default()
}

/// By number or by name; null is the account's own. That others are refused is not documented.
fn locale(fields: &mut Fields) -> Option<u64> {
    let of_number = fields.id("locale_id").map(|id| id.unwrap_or(locales::DEFAULT_ID));
    if of_number.is_some_and(|id| !locales::is_id(id)) {
        return fields.wrong("locale_id");
    }
    let named = match fields.nullable_text("locale") {
        Some(Some(name)) => locales::id_of(&name).or_else(|| fields.wrong("locale")),
        Some(None) => Some(locales::DEFAULT_ID),
        None => None,
    };
    of_number.or(named)
}

/// Null is the account's own. That others are refused is not documented.
fn time_zone(fields: &mut Fields) -> Option<String> {
    let name = fields.nullable_text("time_zone")?;
    let name = name.unwrap_or_else(|| time_zones::DEFAULT.to_owned());
    match time_zones::is_known(&name) {
        true => Some(name),
        false => fields.wrong("time_zone"),
    }
}

fn ticket_restriction(fields: &mut Fields) -> Option<Option<String>> {
    let name = fields.nullable_text("ticket_restriction")?;
    match name.as_deref().is_none_or(|name| TICKET_RESTRICTIONS.contains(&name)) {
        true => Some(name),
        false => fields.wrong("ticket_restriction"),
    }
}

/// The e-mail that a loose request names, be it sound or not.
pub(super) fn named_email(said: &Map<String, Value>) -> Option<&str> {
    said.get("email")?.as_str().filter(|email| is_email(email))
}
