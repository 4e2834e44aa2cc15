//! How users are reached.

use serde_json::{Value, json};

use super::account::PagerDuty;
use super::body::Fields;
use super::records::{ContactKind, ContactMethod, User};
use super::reference::{Object, with};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

const LABEL_LENGTH_MAX: usize = 100;
const ADDRESS_LENGTH_MAX: usize = 255;

/// How many digits a telephone number without its country code has (ITU-T E.164 has at most 15 in all).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 4..=14;

const COUNTRY_CODES: std::ops::RangeInclusive<u64> = 1..=1999;

pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    let contact_methods = twin.contact_methods_json(twin.user(call.id())?, true);
    Ok(Answer::json(200, &json!({ "contact_methods": contact_methods })))
}

pub(super) fn get(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = twin.user(call.id())?;
    Ok(twin.contact_answer(200, user, find(user, call)?))
}

pub(super) fn create(twin: &mut PagerDuty, call: &Call) -> Reply {
    let mut user = twin.user(call.id())?.as_ref().clone();
    twin.count_contact_action()?;
    let contact = read(call, None)?;
    check_unique(&user, &contact)?;
    let contact = ContactMethod {
        id: twin.new_id(),
        ..contact
    };
    user.contact_methods.push(contact.clone());
    let user = twin.put_user(call.now, user);
    Ok(twin.contact_answer(201, &user, &contact))
}

/// Changes the fields that are named; what kind it is stays.
pub(super) fn update(twin: &mut PagerDuty, call: &Call) -> Reply {
    let mut user = twin.user(call.id())?.as_ref().clone();
    let former = find(&user, call)?.clone();
    twin.count_contact_action()?;
    let contact = read(call, Some(former))?;
    check_unique(&user, &contact)?;
    let place = user.contact_methods.iter_mut().find(|other| other.id == contact.id);
    *place.ok_or_else(Refusal::not_found)? = contact.clone();
    let user = twin.put_user(call.now, user);
    Ok(twin.contact_answer(200, &user, &contact))
}

/// The notification rules that used it go with it.
pub(super) fn delete(twin: &mut PagerDuty, call: &Call) -> Reply {
    let mut user = twin.user(call.id())?.as_ref().clone();
    find(&user, call)?;
    twin.count_contact_action()?;
    user.contact_methods.retain(|contact| contact.id != call.inner_id());
    user.notification_rules
        .retain(|rule| rule.contact_method != call.inner_id());
    twin.put_user(call.now, user);
    Ok(Answer::empty(204))
}

fn find<'a>(user: &'a User, call: &Call) -> Result<&'a ContactMethod, Refusal> {
    let mut contacts = user.contact_methods.iter();
    contacts
        .find(|contact| contact.id == call.inner_id())
        .ok_or_else(Refusal::not_found)
}

/// The contact method that a request describes, new or changed from a former one.
fn read(call: &Call, former: Option<ContactMethod>) -> Result<ContactMethod, Refusal> {
    let mut fields = Fields::wrapped(call.request, "contact_method")?;
    let kind = fields.choice("type");
    let kind = fields.require("type", kind);
    let Some(kind) = kind else {
        return Err(fields.finish().err().unwrap_or_else(Refusal::not_found));
    };
    let (label, address) = (fields.filled("label", LABEL_LENGTH_MAX), address(&mut fields, kind));
    let country_code = if kind.dials() {
        fields.number("country_code", COUNTRY_CODES)
    } else {
        None
    };
    let device_type = if kind == ContactKind::Push {
        fields.text("device_type", LABEL_LENGTH_MAX)
    } else {
        None
    };
    let send_short_email = fields.boolean("send_short_email");
    match &former {
        Some(former) if former.kind != kind => fields.fault("Type cannot be changed"),
        Some(_) => {}
        None => {
            fields.require("label", label.as_ref());
            fields.require("address", address.as_ref());
            if kind.dials() {
                fields.require("country_code", country_code);
            }
            if kind == ContactKind::Push {
                fields.require("device_type", device_type.as_ref());
            }
        }
    }
    fields.finish()?;
    let blank = ContactMethod {
        id: String::new(),
        kind,
        label: String::new(),
        address: String::new(),
        country_code: None,
        send_short_email: false,
        device_type: None,
    };
    let base = former.unwrap_or(blank);
    Ok(ContactMethod {
        label: label.unwrap_or(base.label),
        address: address.unwrap_or(base.address),
        country_code: country_code.or(base.country_code),
        send_short_email: send_short_email.unwrap_or(base.send_short_email),
        device_type: device_type.or(base.device_type),
        ..base
    })
}

fn address(fields: &mut Fields, kind: ContactKind) -> Option<String> {
    if kind == ContactKind::Email {
        return fields.email("address");
    }
    let address = fields.filled("address", ADDRESS_LENGTH_MAX)?;
    let is_number = PHONE_DIGITS.contains(&address.len()) && address.bytes().all(|byte| byte.is_ascii_digit());
    if kind.dials() && !is_number {
        fields.fault("Address is invalid");
        return None;
    }
    Some(address)
}

fn check_unique(user: &User, contact: &ContactMethod) -> Result<(), Refusal> {
    let same = |other: &&ContactMethod| {
        other.kind == contact.kind && other.address == contact.address && other.country_code == contact.country_code
    };
    match user
        .contact_methods
        .iter()
        .filter(same)
        .any(|other| other.id != contact.id)
    {
        true => Err(Refusal::invalid("User Contact method must be unique")),
        false => Ok(()),
    }
}

impl PagerDuty {
    /// How many changes PagerDuty takes is not documented; a seed sets it.
    fn count_contact_action(&mut self) -> Result<(), Refusal> {
        match self.account.contact_method_actions {
            None => Ok(()),
            Some(0) => Err(Refusal::too_many_contact_method_actions()),
            Some(left) => {
                self.account_mut().contact_method_actions = Some(left - 1);
                Ok(())
            }
        }
    }

    /// A user's contact methods, in full or as references.
    pub(super) fn contact_methods_json(&self, user: &User, in_full: bool) -> Vec<Value> {
        let json = |contact| match in_full {
            true => self.contact_json(user, contact),
            false => self.contact_reference(user, contact),
        };
        user.contact_methods.iter().map(json).collect()
    }

    pub(super) fn contact_reference(&self, user: &User, contact: &ContactMethod) -> Value {
        self.contact_head(user, contact, &format!("{}_reference", contact.kind.name()))
    }

    fn contact_answer(&self, status: u16, user: &User, contact: &ContactMethod) -> Answer {
        Answer::json(status, &json!({ "contact_method": self.contact_json(user, contact) }))
    }

    pub(super) fn contact_json(&self, user: &User, contact: &ContactMethod) -> Value {
        let common = json!({ "label": contact.label, "address": contact.address });
        let own = match contact.kind {
            ContactKind::Email => json!({ "send_short_email": contact.send_short_email, "enabled": true }),
            ContactKind::Phone | ContactKind::Sms | ContactKind::WhatsApp => {
                json!({ "country_code": contact.country_code, "enabled": true, "blacklisted": false })
            }
            ContactKind::Push => json!({ "device_type": contact.device_type, "sounds": [], "blacklisted": false }),
        };
        with(with(self.contact_head(user, contact, contact.kind.name()), common), own)
    }

    fn contact_head(&self, user: &User, contact: &ContactMethod, kind: &str) -> Value {
        let path = format!("users/{}/contact_methods", user.id);
        // Contact methods have no page of their own in the web application.
        with(
            self.head(Object {
                kind,
                path: &path,
                id: &contact.id,
                summary: &contact.label,
            }),
            json!({ "html_url": null }),
        )
    }
}
