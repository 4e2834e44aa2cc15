//! The addresses by which a user is known, one of which is the primary e-mail.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::body::{self, Fields, is_email};
use super::page::Page;
use super::records::{Identity, IdentityType, User};
use super::refusal::{Faults, Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

/// An identity as a request describes it.
#[derive(Clone, Debug)]
pub(super) struct IdentityInput {
    pub(super) kind: IdentityType,
    pub(super) value: String,
    pub(super) verified: bool,
    primary: bool,
    skip_verify_email: bool,
}

impl IdentityInput {
    pub(super) fn email(email: &str, verified: Option<bool>) -> IdentityInput {
        IdentityInput {
            kind: IdentityType::Email,
            value: email.to_owned(),
            verified: verified.unwrap_or_default(),
            primary: false,
            skip_verify_email: false,
        }
    }

    /// Whether a user has it already.
    pub(super) fn is_same(&self, own: &Identity) -> bool {
        own.kind == self.kind && own.value.to_lowercase() == self.value.to_lowercase()
    }

    pub(super) fn read(said: &Map<String, Value>) -> Result<IdentityInput, Refusal> {
        let mut fields = Fields::new(said);
        let kind = fields.filled("type");
        let kind = fields.require("type", kind).and_then(|name| kind_named(&name));
        if kind.is_none() && said.contains_key("type") {
            fields.faults.invalid("type");
        }
        let value = fields.filled("value");
        let value = fields.require("value", value).unwrap_or_default();
        if kind == Some(IdentityType::Email) && !is_email(&value) {
            fields.faults.invalid("value");
        }
        let verified = verified(&mut fields).unwrap_or_default();
        let primary = fields.boolean("primary").unwrap_or_default();
        let skip_verify_email = fields.boolean("skip_verify_email").unwrap_or_default();
        fields.faults.finish()?;
        Ok(IdentityInput {
            kind: kind.ok_or_else(Refusal::not_found)?,
            value,
            verified,
            primary,
            skip_verify_email,
        })
    }
}

fn kind_named(name: &str) -> Option<IdentityType> {
    IdentityType::deserialize(Value::from(name)).ok()
}

/// By `verified`, or by a method of verification: `none` is none.
fn verified(fields: &mut Fields) -> Option<bool> {
    let said = fields.boolean("verified");
    let method = fields.text("verification_method");
    let by_method = match method.as_deref() {
        None => None,
        Some("none") => Some(false),
        Some("low" | "sso" | "embed" | "full") => Some(true),
        Some(_) => fields.wrong("verification_method"),
    };
    said.or(by_method)
}

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let user = twin.user(call.id()?)?;
    let kinds: Vec<_> = call.request.parameters("type[]").collect();
    let kinds: Vec<_> = kinds.into_iter().map(kind_named).collect();
    let wanted = |identity: &&Identity| kinds.is_empty() || kinds.contains(&Some(identity.kind));
    let identities = user
        .identities
        .iter()
        .filter(wanted)
        .map(|identity| (identity.id, identity));
    Ok(page
        .of(identities)
        .answer(twin, "identities", |identity| twin.identity_json(user, identity)))
}

pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let (user, identity) = found(twin, call)?;
    Ok(twin.identity_answer(200, &user, &identity))
}

pub(super) fn create(twin: &mut Zendesk, call: &Call) -> Reply {
    let mut user = twin.user(call.id()?)?.as_ref().clone();
    let input = IdentityInput::read(&body::object(call.request, "identity")?)?;
    twin.check_free(&input.value, input.kind)?;
    let asks = input.kind == IdentityType::Email && !input.verified && !input.skip_verify_email;
    user.verification_mails += u64::from(asks);
    let primary = input.primary;
    let id = twin.add_identity(call.now, &mut user, input);
    if primary {
        set_primary(&mut user, id);
    }
    answer_changed(twin, call, 201, (user, id))
}

/// Verifies, takes that back, or changes the value; `primary` is not taken here.
pub(super) fn update(twin: &mut Zendesk, call: &Call) -> Reply {
    let (mut user, identity) = found(twin, call)?;
    let said = body::object(call.request, "identity")?;
    let mut fields = Fields::new(&said);
    let (value, verified) = (fields.filled("value"), verified(&mut fields));
    if identity.kind == IdentityType::Email && value.as_ref().is_some_and(|value| !is_email(value)) {
        fields.faults.invalid("value");
    }
    fields.faults.finish()?;
    if let Some(value) = value
        .as_ref()
        .filter(|value| !value.eq_ignore_ascii_case(&identity.value))
    {
        twin.check_free(value, identity.kind)?;
    }
    for own in user.identities.iter_mut().filter(|own| own.id == identity.id) {
        own.value = value.clone().unwrap_or_else(|| own.value.clone());
        own.verified = verified.unwrap_or(own.verified);
        own.updated_at = call.now;
    }
    answer_changed(twin, call, 200, (user, identity.id))
}

/// That the primary e-mail stays is not documented.
pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    let (mut user, identity) = found(twin, call)?;
    if identity.primary && identity.kind == IdentityType::Email {
        return Err(Refusal::invalid(
            "base",
            "InvalidValue",
            "the primary e-mail cannot be deleted",
        ));
    }
    user.identities.retain(|own| own.id != identity.id);
    twin.put_user(call.now, user);
    Ok(Answer::empty(204))
}

/// Answers the whole list, since another identity is no longer primary. Only an e-mail can be; that others are refused
/// is not documented.
pub(super) fn make_primary(twin: &mut Zendesk, call: &Call) -> Reply {
    let (mut user, identity) = found(twin, call)?;
    if identity.kind != IdentityType::Email {
        return Err(Refusal::invalid(
            "base",
            "InvalidValue",
            "only an e-mail can be primary",
        ));
    }
    set_primary(&mut user, identity.id);
    let user = twin.put_user(call.now, user);
    let list: Vec<_> = user
        .identities
        .iter()
        .map(|identity| twin.identity_json(&user, identity))
        .collect();
    Ok(Answer::json(200, &json!({ "identities": list })))
}

/// Not for the owner's e-mail; which status says so is not documented.
pub(super) fn verify(twin: &mut Zendesk, call: &Call) -> Reply {
    let (mut user, identity) = found(twin, call)?;
    if user.is_owner && identity.kind == IdentityType::Email {
        return Err(Refusal::forbidden(
            "The account owner's e-mail can only be verified by mail",
        ));
    }
    for own in user.identities.iter_mut().filter(|own| own.id == identity.id) {
        own.verified = true;
        own.updated_at = call.now;
    }
    answer_changed(twin, call, 200, (user, identity.id))
}

pub(super) fn request_verification(twin: &mut Zendesk, call: &Call) -> Reply {
    let (mut user, _) = found(twin, call)?;
    user.verification_mails += 1;
    twin.put_user(call.now, user);
    Ok(Answer::json(200, &json!("")))
}

fn found(twin: &Zendesk, call: &Call) -> Result<(User, Identity), Refusal> {
    let (user, id) = (twin.user(call.id()?)?, call.inner_id()?);
    let identity = user.identities.iter().find(|identity| identity.id == id);
    let identity = identity.ok_or_else(Refusal::not_found)?;
    Ok((user.as_ref().clone(), identity.clone()))
}

/// Keeps the user, and shows one of the identities.
fn answer_changed(twin: &mut Zendesk, call: &Call, status: u16, (user, id): (User, u64)) -> Reply {
    let user = twin.put_user(call.now, user);
    let identity = user.identities.iter().find(|identity| identity.id == id);
    let identity = identity.ok_or_else(Refusal::not_found)?;
    if identity.verified {
        twin.map_domain(call.now, user.id);
    }
    Ok(twin.identity_answer(status, &user, identity))
}

fn set_primary(user: &mut User, id: u64) {
    for identity in user.identities.iter_mut().filter(|own| own.kind == IdentityType::Email) {
        identity.primary = identity.id == id;
    }
}

impl Zendesk {
    /// Adds an identity to a user who is put into the table afterwards. The first e-mail is primary.
    pub(super) fn add_identity(&mut self, now: Timestamp, user: &mut User, input: IdentityInput) -> u64 {
        let id = self.new_id();
        let identity = Identity {
            id,
            kind: input.kind,
            value: input.value,
            verified: input.verified,
            primary: input.kind == IdentityType::Email && user.primary().is_none(),
            created_at: now,
            updated_at: now,
        };
        user.identities.push(identity);
        id
    }

    /// That nobody has this e-mail, be it the same user.
    fn check_free(&self, value: &str, kind: IdentityType) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        if kind == IdentityType::Email && self.user_by_email(value).is_some() {
            faults.duplicate("value", value);
        }
        faults.finish()
    }

    fn identity_answer(&self, status: u16, user: &User, identity: &Identity) -> Answer {
        Answer::json(status, &json!({ "identity": self.identity_json(user, identity) }))
    }

    fn identity_json(&self, user: &User, identity: &Identity) -> Value {
        json!({
            "id": identity.id,
            "url": self.url(&format!("users/{}/identities/{}", user.id, identity.id)),
            "user_id": user.id,
            "type": identity.kind,
            "value": identity.value,
            "verified": identity.verified,
            "verification_method": if identity.verified { "low" } else { "none" },
            "verified_at": identity.verified.then(|| time(identity.updated_at)),
            "primary": identity.primary,
            "deliverable_state": "deliverable",
            "undeliverable_count": 0,
            "created_at": time(identity.created_at),
            "updated_at": time(identity.updated_at),
        })
    }
}
