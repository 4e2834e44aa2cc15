//! What is answered from stored bytes is what would be made by hand.
use proptest::collection::vec;
use proptest::prelude::*;
use schemas::Catalogue;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::service::document::{self, Parts};
use crate::service::references;
use crate::service::render::{self, Extras};
use crate::store::{DirectoryId, ResourceId, ResourceKey, Scope};

const BASE_URL: &str = "https://host/scim/acme/v2";

/// Any JSON that could be an attribute's value.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((".{0,4}", inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn stored_bytes_are_the_resource(
        members in vec(("[a-z]{1,6}", value()), 0..6),
        manager in any::<Option<u128>>(),
        (display, version) in (".{0,6}", any::<u64>()),
        with_rows in any::<bool>(),
    ) {
        let catalogue = Catalogue::builtin();
        let user = catalogue.by_name("User").expect("it is built in");
        let mut content = schemas::Object::new();
        content.insert("schemas".to_owned(), json!([schemas::urn::USER]));
        content.extend(members.into_iter().filter(|(name, _)| !["id", "meta", "groups"].contains(&name.as_str())));
        let manager = manager.map(|id| Uuid::from_u128(id).to_string());
        if let Some(id) = &manager {
            content.insert(schemas::urn::ENTERPRISE_USER.to_owned(), json!({ "manager": { "value": id } }));
        }
        let key = ResourceKey {
            scope: Scope { directory: DirectoryId(Uuid::nil()), resource_type: "User".to_owned() },
            id: ResourceId(Uuid::from_u128(7)),
        };
        let time = jiff::Timestamp::UNIX_EPOCH;
        let index = Vec::new();
        let parts = Parts { key: &key, version, created: time, modified: time, content: &content, index, origins: &[] };
        let stored = document::stored(&catalogue, user, parts);
        let groups = json!([{ "value": "1", "display": display }]);
        let rows = if with_rows { format!(",\"groups\":{groups}").into_bytes() } else { Vec::new() };
        let extras = Extras { version: format!("W/\"{version}\""), rows };
        let answered: Value = serde_json::from_slice(&render::bytes(&stored, BASE_URL, &extras)).expect("JSON");

        let id = key.id.to_string();
        let mut expected = Value::Object(content.clone());
        expected["id"] = json!(id);
        if let Some(manager) = &manager {
            expected[schemas::urn::ENTERPRISE_USER]["manager"]["$ref"] = json!(format!("{BASE_URL}/Users/{manager}"));
        }
        if with_rows {
            expected["groups"] = groups;
        }
        expected["meta"] = json!({
            "resourceType": "User",
            "created": "1970-01-01T00:00:00.000Z",
            "lastModified": "1970-01-01T00:00:00.000Z",
            "location": format!("{BASE_URL}/Users/{id}"),
            "version": extras.version,
        });
        prop_assert_eq!(&answered, &expected);

        let mut reduced = content;
        references::reduce(&catalogue, user, &mut reduced);
        prop_assert_eq!(document::content(&catalogue, user, &stored).expect("JSON"), reduced);
    }
}

#[test]
fn base_urls_cannot_break_out_of_their_text() {
    let escaped = render::escaped("https://h\"o\\st");
    let text: String = serde_json::from_str(&format!("\"{escaped}\"")).expect("a JSON text");
    assert_eq!(text, "https://h\"o\\st");
}
