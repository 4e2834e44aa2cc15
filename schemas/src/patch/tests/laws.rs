//! Laws that hold for whatever is sent.
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Patch;
use super::{document, kind};
use crate::dialect::{Dialect, Hints, Rules, normalise_patch, normalise_resource};
use crate::{Object, ScimType, urn, validate};

/// Values as clients write them, right and wrong.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["", "a", "b", "A", "work", "True", "{\"value\":\"1\"}"]).prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "display",
        "Value",
        "givenName",
        "name",
        "emails",
        "title",
        "active",
        "members",
        "roles",
        "schemas",
        "id",
        "password",
        "name.givenName",
        "emails[type eq \"work\"].value",
        "bogus",
        urn::ENTERPRISE_USER,
        urn::USER,
        "department",
        "manager",
        "",
    ]);
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..4).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[value pr].primary",
        "emails[not (type eq \"home\")].display",
        "roles",
        "userName",
        "members",
        "members[value eq \"a\"]",
        "displayName",
        "active",
        "password",
        "groups",
        "bogus",
        "schemas",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "[",
        "",
    ])
    .prop_map(str::to_owned)
}

/// An operation, with members that fit more often than not.
fn operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "replace", "remove", "Add", "move"]);
    (
        op,
        prop::option::weighted(0.8, path()),
        prop::option::weighted(0.9, value()),
    )
        .prop_map(|(op, path, value)| {
            let mut operation = json!({ "op": op });
            if let Some(path) = path {
                operation["path"] = path.into();
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        })
}

fn type_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["User", "Group"])
}

/// A resource of each type with a little of everything.
fn resource(name: &str) -> Object {
    if name == "Group" {
        return document(kind(name), &json!({ "displayName": "a" }));
    }
    document(
        kind("User"),
        &json!({
            "userName": "ann", "name": { "givenName": "A" }, "title": "b", "active": true,
            "emails": [{ "value": "a", "type": "work", "primary": true }, { "value": "b", "type": "home" }],
            "roles": [{ "value": "a" }],
            urn::ENTERPRISE_USER: { "department": "a" },
        }),
    )
}

fn body(operations: &[Value]) -> Value {
    json!({ "schemas": [urn::PATCH_OP], "Operations": operations })
}

proptest! {
    #[test]
    fn arbitrary_patches_never_panic(
        operations in prop::collection::vec(operation(), 0..4),
        name in type_name(),
        entra: bool,
    ) {
        let dialect = if entra { Dialect::Entra } else { Dialect::Strict };
        let rules = dialect.recognise(&Hints::default());
        let current = resource(name);
        let kind = kind(name);
        let body = normalise_patch(&rules, kind, body(&operations));
        let Ok(patched) = Patch::parse(&body).and_then(|patch| patch.apply(kind, &current, &rules)) else {
            return Ok(());
        };
        // A no-op is reported as one, and a result is a canonical document: it reads back as itself.
        prop_assert_eq!(patched.changed, patched.resource != current);
        let read = validate::create(kind, &Value::Object(patched.resource.clone()), &rules);
        let read = read.expect("results are valid");
        prop_assert_eq!(
            Value::Object(read.resource).to_string(),
            Value::Object(patched.resource).to_string()
        );
    }

    #[test]
    fn arbitrary_bodies_never_panic(body in value(), name in type_name()) {
        for rules in [Rules::default(), Dialect::Strict.recognise(&Hints::default())] {
            let kind = kind(name);
            let _ = Patch::parse(&normalise_patch(&rules, kind, body.clone()));
            let once = normalise_resource(&rules, kind, body.clone());
            prop_assert_eq!(&normalise_resource(&rules, kind, once.clone()), &once);
            let _ = validate::create(kind, &once, &rules);
            let _ = validate::replace(kind, &resource(name), &once, &rules);
        }
    }

    /// An operation that is sent twice does no more than once; at most it finds its target gone.
    #[test]
    fn operations_can_be_repeated(operation in operation(), name in type_name()) {
        let rules = Rules::default();
        let kind = kind(name);
        let Ok(patch) = Patch::parse(&body(&[operation])) else {
            return Ok(());
        };
        let Ok(once) = patch.apply(kind, &resource(name), &rules) else {
            return Ok(());
        };
        match patch.apply(kind, &once.resource, &rules) {
            Ok(twice) => {
                prop_assert_eq!(&twice.resource, &once.resource);
                prop_assert!(!twice.changed);
            }
            Err(error) => prop_assert_eq!(error.scim_type, Some(ScimType::NoTarget)),
        }
    }
}
