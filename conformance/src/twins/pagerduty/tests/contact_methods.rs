//! Contact methods and notification rules.

use serde_json::{Value, json};

use super::desk::Desk;

fn contact(fields: Value) -> Value {
    json!({ "contact_method": fields })
}

fn phone() -> Value {
    json!({ "type": "phone_contact_method", "label": "Work", "address": "5551234", "country_code": 49 })
}

#[test]
fn every_kind_can_be_made_read_changed_and_deleted() {
    for (made, change) in [
        (phone(), json!({ "address": "5559876" })),
        (
            json!({ "type": "sms_contact_method", "label": "M", "address": "5551234", "country_code": 1 }),
            json!({ "country_code": 1999 }),
        ),
        (
            json!({ "type": "whatsapp_contact_method", "label": "M", "address": "5551234", "country_code": 1 }),
            json!({ "label": "W" }),
        ),
        (
            json!({ "type": "email_contact_method", "label": "Home", "address": "a@home.example" }),
            json!({ "send_short_email": true }),
        ),
        (
            json!({ "type": "push_notification_contact_method", "label": "P", "address": "device", "device_type": "ios" }),
            json!({ "label": "Q" }),
        ),
    ] {
        let mut named = change.clone();
        named["type"] = made["type"].clone();
        let mut desk = Desk::new();
        desk.check(&[
            (
                "it = POST /users/{ann}/contact_methods",
                contact(made.clone()),
                contact(made.clone()),
            ),
            ("GET /users/{ann}/contact_methods/{it}", Value::Null, contact(made)),
            (
                "PUT /users/{ann}/contact_methods/{it}",
                contact(named),
                contact(change.clone()),
            ),
            (
                "GET /users/{ann}/contact_methods",
                Value::Null,
                json!({ "contact_methods": [{}, change] }),
            ),
            ("DELETE /users/{ann}/contact_methods/{it}", Value::Null, json!(204)),
            (
                "GET /users/{ann}/contact_methods/{it}",
                Value::Null,
                json!("404 2100 Not Found"),
            ),
            (
                "DELETE /users/{ann}/contact_methods/{it}",
                Value::Null,
                json!("404 2100 Not Found"),
            ),
        ]);
    }
}

#[test]
fn what_cannot_reach_anybody_is_refused() {
    let number = "must be a whole number from 1 to 1999";
    for (field, value, error) in [
        (
            "type",
            json!("fax_contact_method"),
            "Type is not included in the list".to_owned(),
        ),
        ("type", Value::Null, "Type is not included in the list".to_owned()),
        ("label", json!(""), "Label can't be blank".to_owned()),
        ("address", json!("+49 555"), "Address is invalid".to_owned()),
        ("address", json!("555"), "Address is invalid".to_owned()),
        ("address", json!(5551234), "Address must be a string".to_owned()),
        ("country_code", json!(0), format!("Country code {number}")),
        ("country_code", json!(2000), format!("Country code {number}")),
        ("country_code", json!("49"), format!("Country code {number}")),
    ] {
        let mut made = phone();
        made[field] = value;
        let expected = json!(format!("400 2001 Invalid Input Provided: {error}"));
        Desk::new().check(&[("POST /users/{ann}/contact_methods", contact(made), expected)]);
    }
    for (field, error) in [
        ("type", "Type can't be blank"),
        ("label", "Label can't be blank"),
        ("address", "Address can't be blank"),
        ("country_code", "Country code can't be blank"),
    ] {
        let mut made = phone();
        made.as_object_mut().unwrap().remove(field);
        let expected = json!(format!("400 2001 Invalid Input Provided: {error}"));
        Desk::new().check(&[("POST /users/{ann}/contact_methods", contact(made), expected)]);
    }
}

#[test]
fn a_user_has_no_contact_method_twice() {
    let taken = json!("400 2001 Invalid Input Provided: User Contact method must be unique");
    let mut other = phone();
    other["address"] = json!("5550000");
    let mut desk = Desk::new();
    desk.check(&[
        ("it = POST /users/{ann}/contact_methods", contact(phone()), json!(201)),
        ("POST /users/{ann}/contact_methods", contact(phone()), taken.clone()),
        ("PUT /users/{ann}/contact_methods/{it}", contact(phone()), json!(200)),
        ("other = POST /users/{ann}/contact_methods", contact(other), json!(201)),
        ("PUT /users/{ann}/contact_methods/{other}", contact(phone()), taken),
        ("POST /users/{bob}/contact_methods", contact(phone()), json!(201)),
        (
            "PUT /users/{ann}/contact_methods/{it}",
            contact(json!({ "type": "sms_contact_method" })),
            json!("400 2001 Invalid Input Provided: Type cannot be changed"),
        ),
        (
            "GET /users/{bob}/contact_methods/{it}",
            Value::Null,
            json!("404 2100 Not Found"),
        ),
        (
            "POST /users/PNOBODY/contact_methods",
            contact(phone()),
            json!("404 2100 Not Found"),
        ),
    ]);
}

#[test]
fn contact_methods_may_be_changed_too_often() {
    let mut desk = Desk::given(json!({ "contact_method_actions": 1 }));
    let too_many = json!("400 2017 Too Many Contact Method Actions");
    desk.check(&[
        ("it = POST /users/{ann}/contact_methods", contact(phone()), json!(201)),
        (
            "PUT /users/{ann}/contact_methods/{it}",
            contact(phone()),
            too_many.clone(),
        ),
        ("DELETE /users/{ann}/contact_methods/{it}", Value::Null, too_many),
        ("GET /users/{ann}/contact_methods/{it}", Value::Null, json!(200)),
    ]);
}

#[test]
fn notification_rules_use_contact_methods() {
    let rule = |contact: &str| {
        json!({ "notification_rule": {
            "type": "assignment_notification_rule", "start_delay_in_minutes": 5, "urgency": "low",
            "contact_method": { "type": "phone_contact_method_reference", "id": contact },
        }})
    };
    let mut desk = Desk::new();
    desk.check(&[
        ("it = POST /users/{ann}/contact_methods", contact(phone()), json!(201)),
        ("rule = POST /users/{ann}/notification_rules", rule("{it}"), rule("{it}")),
        ("POST /users/{bob}/notification_rules", rule("{it}"), json!("400 2001 Invalid Input Provided: Contact method must exist")),
        (
            "POST /users/{ann}/notification_rules",
            json!({ "notification_rule": { "urgency": "some" } }),
            json!(
                "400 2001 Invalid Input Provided: Type can't be blank; Start delay in minutes can't be blank; Urgency is \
                 not included in the list; Contact method can't be blank"
            ),
        ),
        ("GET /users/{ann}/notification_rules?urgency=low", Value::Null, json!({ "notification_rules": [{ "id": "{rule}" }] })),
        (
            "GET /users/{ann}/notification_rules?include[]=contact_methods&urgency=low",
            Value::Null,
            json!({ "notification_rules": [{ "contact_method": { "address": "5551234" } }] }),
        ),
        ("GET /users/{ann}/notification_rules", Value::Null, json!({ "notification_rules": [{}, {}] })),
        ("DELETE /users/{ann}/notification_rules/{rule}", Value::Null, json!(204)),
        ("DELETE /users/{ann}/notification_rules/{rule}", Value::Null, json!("404 2100 Not Found")),
        ("rule = POST /users/{ann}/notification_rules", rule("{it}"), json!(201)),
        // A rule goes with its contact method.
        ("DELETE /users/{ann}/contact_methods/{it}", Value::Null, json!(204)),
        ("DELETE /users/{ann}/notification_rules/{rule}", Value::Null, json!("404 2100 Not Found")),
    ]);
}
