//! People with an extension of one's own: what is kept of it, and which numbers it has.
use schemas::{Catalogue, Object};
use serde_json::{Value, json};

use super::paging::{DESCRIPTOR, declared};
use crate::mapping::{Mapping, Subject};

/// The extension's URN.
const URN: &str = "urn:acme:Weaver";

fn catalogue() -> Catalogue {
    let hours = json!({ "name": "hours", "type": "decimal" });
    let tags = json!({ "name": "tags", "type": "string", "multiValued": true });
    let key = json!({ "name": "key", "type": "string", "mutability": "readOnly" });
    let shift = [json!({ "name": "day", "type": "string" }), hours, tags, key];
    let schema = json!({ "id": URN, "name": "Weaver", "attributes": [
        { "name": "loom", "type": "integer" },
        { "name": "rates", "type": "decimal", "multiValued": true },
        { "name": "secret", "type": "string", "returned": "never" },
        { "name": "badge", "type": "string", "mutability": "readOnly" },
        { "name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never" },
        { "name": "shifts", "type": "complex", "multiValued": true, "subAttributes": shift },
    ]});
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let user = json!({
        "name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions": [{ "schema": URN, "required": false }, { "schema": enterprise, "required": false }],
    });
    Catalogue::builtin().with(&[schema], &[user]).expect("they fit")
}

/// `W` stands for the extension, in paths and in expressions.
fn source(written: &str) -> String {
    let (text, kind) = match written.strip_prefix("= ") {
        Some(text) => (text.replace("W.", &format!("user['{URN}'].")), "expression"),
        None => (written.replace("W:", &format!("{URN}:")), "path"),
    };
    format!("[mapping.user]\nnote = {{ {kind} = '''{text}''' }}")
}

fn refusal(written: &str) -> Option<String> {
    let target = declared(&source(written));
    let misfits = Mapping::new(&catalogue(), &DESCRIPTOR, &target).err()?;
    // A server that has it stored starts all the same.
    assert!(
        Mapping::declared(&catalogue(), &DESCRIPTOR, &target).is_ok(),
        "{written}"
    );
    Some(misfits.iter().map(ToString::to_string).collect())
}

#[test]
fn what_nobody_has_is_refused() {
    for (written, words) in [
        ("password", "`password` has a value for nobody"),
        ("id", "`id` is made by the service provider"),
        ("meta.created", "`meta.created` is made by the service provider"),
        ("groups.$ref", "`groups.$ref` is made by"),
        ("= user.id", "there is no `user.id`"),
        ("W:secret", "has a value for nobody"),
        ("W:pin", "has a value for nobody"),
        ("W:badge", "has a value for nobody"),
        ("W:shifts.key", "has a value for nobody"),
        ("title W:badge", ":badge` has a value for nobody"),
        (r#"groups[foo eq "x"].display"#, "foo"),
        (r#"emails[kind eq "work"].value"#, "kind"),
        ("= user.password", "there is no `user.password`"),
        ("= user.meta.created", "there is no `user.meta`"),
        ("= W.secret", ".secret`"),
        ("= W.pin", ".pin`"),
        ("= W.badge", ".badge`"),
        ("= W.shifts[0].key", ".shifts[0].key`"),
        ("= W.shifts.filter(s, s.day == 'x')[0].dya", "there is no `dya`"),
        ("= user['urn:acme:Waver'].loom", "there is no `user['urn:acme:Waver']`"),
        (
            "= W.loom + 1u",
            "does not take a whole number and a whole number without sign",
        ),
        ("= W.rates[0] + 1", "does not take a decimal number and a whole number"),
    ] {
        let refusal = refusal(written).unwrap_or_else(|| panic!("{written} passes"));
        assert!(refusal.contains(words), "{written}: {refusal}");
    }
}

#[test]
fn what_somebody_has_is_read() {
    let person = |loom: Value, rate: Value| {
        let shift = json!({ "day": "mon", "hours": rate, "tags": ["early", "late"] });
        json!({
            "userName": "kim",
            URN: { "loom": loom, "rates": [rate], "shifts": [shift] },
        })
    };
    let whole = person(json!(7), json!(2));
    let other = person(json!(-7), json!(-1.5));
    for (written, first, second) in [
        ("W:loom", json!("7"), json!("-7")),
        ("W:rates", json!("2"), json!("-1.5")),
        (r#"W:shifts[day eq "mon"].tags"#, json!("early"), json!("early")),
        (r#"W:shifts[hours gt 0].day"#, json!("mon"), json!(null)),
        ("= W.loom", json!("7"), json!("-7")),
        ("= W.loom + 1", json!("8"), json!("-6")),
        ("= W.loom * 2 > 0 ? 'up' : 'down'", json!("up"), json!("down")),
        ("= W.rates[0]", json!("2"), json!("-1.5")),
        ("= string(W.rates[0])", json!("2"), json!("-1.5")),
        ("= W.rates[0] * 2.0", json!("4"), json!("-3")),
        ("= double(W.loom) * 0.5", json!("3.5"), json!("-3.5")),
        (
            "= W.shifts.filter(s, s.hours * 2.0 > 3.0).map(s, s.day).join()",
            json!("mon"),
            json!(""),
        ),
        (
            "= W.shifts.filter(s, s.day == 'mon')[0].tags.join('+')",
            json!("early+late"),
            json!("early+late"),
        ),
        (
            "= W.loom == 7 && W.rates[0] == 2 ? 'same' : 'other'",
            json!("same"),
            json!("other"),
        ),
    ] {
        let read = |resource: &Value| read(written, resource);
        assert_eq!((read(&whole), read(&other)), (first, second), "{written}");
    }
}

/// What the vendor gets.
fn read(written: &str, resource: &Value) -> Value {
    let mapping = Mapping::new(&catalogue(), &DESCRIPTOR, &declared(&source(written)));
    let mapping = mapping.unwrap_or_else(|misfits| panic!("{written}: {misfits:?}"));
    let resource: Object = serde_json::from_value(resource.clone()).expect("an object");
    let subject = Subject {
        resource_type: "User",
        resource: &resource,
        groups: &[],
    };
    let mut wanted = mapping.wanted(&subject).expect("the vendor has users");
    wanted.fields.remove("note").expect("it is declared")
}
