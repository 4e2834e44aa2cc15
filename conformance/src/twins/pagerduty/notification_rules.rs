//! When users are reached by which of their contact methods.

use serde_json::{Value, json};

use super::account::PagerDuty;
use super::body::Fields;
use super::records::{NotificationRule, Urgency, User};
use super::reference::{Object, with};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

/// Contact methods may be named as such or as references.
const CONTACT_METHOD_TYPES: [&str; 10] = [
    "email_contact_method",
    "email_contact_method_reference",
    "phone_contact_method",
    "phone_contact_method_reference",
    "push_notification_contact_method",
    "push_notification_contact_method_reference",
    "sms_contact_method",
    "sms_contact_method_reference",
    "whatsapp_contact_method",
    "whatsapp_contact_method_reference",
];

/// Longest delay: a week. The contract has no bound.
const DELAY_MINUTES_MAX: u64 = 7 * 24 * 60;

pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = twin.user(call.id())?;
    let urgency = match call.request.parameter("urgency") {
        None | Some("all") => None,
        Some("high") => Some(Urgency::High),
        Some("low") => Some(Urgency::Low),
        Some(_) => return Err(Refusal::arguments("urgency must be high, low or all")),
    };
    let in_full = call
        .request
        .parameters("include[]")
        .any(|name| name == "contact_methods");
    let rules = user
        .notification_rules
        .iter()
        .filter(|rule| urgency.is_none_or(|urgency| rule.urgency == urgency));
    let rules: Vec<_> = rules.map(|rule| twin.rule_json(user, rule, in_full)).collect();
    Ok(Answer::json(200, &json!({ "notification_rules": rules })))
}

pub(super) fn create(twin: &mut PagerDuty, call: &Call) -> Reply {
    let mut user = twin.user(call.id())?.as_ref().clone();
    let rule = read(call, &user)?;
    let rule = NotificationRule {
        id: twin.new_id(),
        ..rule
    };
    user.notification_rules.push(rule.clone());
    let user = twin.put_user(call.now, user);
    Ok(Answer::json(
        201,
        &json!({ "notification_rule": twin.rule_json(&user, &rule, false) }),
    ))
}

pub(super) fn delete(twin: &mut PagerDuty, call: &Call) -> Reply {
    let mut user = twin.user(call.id())?.as_ref().clone();
    let place = user
        .notification_rules
        .iter()
        .position(|rule| rule.id == call.inner_id());
    user.notification_rules.remove(place.ok_or_else(Refusal::not_found)?);
    twin.put_user(call.now, user);
    Ok(Answer::empty(204))
}

fn read(call: &Call, user: &User) -> Result<NotificationRule, Refusal> {
    let mut fields = Fields::wrapped(call.request, "notification_rule")?;
    let kind = fields.type_is("assignment_notification_rule");
    fields.require("type", kind);
    let delay = fields.number("start_delay_in_minutes", 0..=DELAY_MINUTES_MAX);
    let delay = fields.require("start_delay_in_minutes", delay);
    let urgency = fields.choice("urgency");
    let urgency = fields.require("urgency", urgency);
    let contact_method = fields.reference("contact_method", &CONTACT_METHOD_TYPES);
    let contact_method = fields.require("contact_method", contact_method);
    if contact_method
        .as_ref()
        .is_some_and(|id| !user.contact_methods.iter().any(|contact| contact.id == *id))
    {
        fields.fault("Contact method must exist");
    }
    fields.finish()?;
    Ok(NotificationRule {
        id: String::new(),
        start_delay_in_minutes: delay.unwrap_or_default(),
        urgency: urgency.unwrap_or(Urgency::High),
        contact_method: contact_method.unwrap_or_default(),
    })
}

impl PagerDuty {
    /// A user's rules, in full or as references.
    pub(super) fn notification_rules_json(&self, user: &User, in_full: bool) -> Vec<Value> {
        let json = |rule| match in_full {
            true => self.rule_json(user, rule, false),
            false => self.rule_head(user, rule, "assignment_notification_rule_reference"),
        };
        user.notification_rules.iter().map(json).collect()
    }

    fn rule_json(&self, user: &User, rule: &NotificationRule, in_full: bool) -> Value {
        let contact = user
            .contact_methods
            .iter()
            .find(|contact| contact.id == rule.contact_method);
        let contact = contact.map(|contact| match in_full {
            true => self.contact_json(user, contact),
            false => self.contact_reference(user, contact),
        });
        let fields = json!({
            "start_delay_in_minutes": rule.start_delay_in_minutes,
            "urgency": rule.urgency,
            "contact_method": contact,
        });
        with(self.rule_head(user, rule, "assignment_notification_rule"), fields)
    }

    fn rule_head(&self, user: &User, rule: &NotificationRule, kind: &str) -> Value {
        let path = format!("users/{}/notification_rules", user.id);
        let summary = format!("{} minutes", rule.start_delay_in_minutes);
        with(
            self.head(Object {
                kind,
                path: &path,
                id: &rule.id,
                summary: &summary,
            }),
            json!({ "html_url": null }),
        )
    }
}
