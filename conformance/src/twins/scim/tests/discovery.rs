//! What service providers say of themselves. RFC 7644 section 4.

use serde_json::{Value, json};

use super::super::desk::{Desk, strict};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

#[test]
fn the_configuration_says_what_there_is() {
    strict().check(&[(
        "GET /ServiceProviderConfig",
        Value::Null,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": true },
            "bulk": { "supported": false },
            "filter": { "supported": true, "maxResults": 200 },
            "sort": { "supported": false },
            "etag": { "supported": false },
            "authenticationSchemes": [{ "type": "oauthbearertoken" }],
        }),
    )]);
}

#[test]
fn types_and_schemas_are_listed_and_read() {
    let user = json!({ "id": "User", "endpoint": "/Users", "schema": USER });
    let schema = format!("GET /Schemas/{USER}");
    let mut desk = strict();
    desk.check(&[
        (
            "GET /ResourceTypes",
            Value::Null,
            json!({ "totalResults": 2, "Resources": [user, { "id": "Group" }] }),
        ),
        ("GET /ResourceTypes/User", Value::Null, user),
        ("GET /ResourceTypes/Thing", Value::Null, json!(404)),
        ("GET /Schemas", Value::Null, json!({ "totalResults": 3 })),
        (&schema, Value::Null, json!({ "id": USER, "name": "User" })),
        ("GET /Schemas/urn:none", Value::Null, json!(404)),
        (
            "GET /Schemas?filter=id+pr",
            Value::Null,
            json!("403 - Discovery cannot be filtered"),
        ),
    ]);
    let schema = desk.body(&schema);
    let named = |name: &str| {
        schema["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name)
            .cloned()
    };
    for (name, expected) in [
        ("userName", json!(["string", false, true, "readWrite", "server"])),
        ("groups", json!(["complex", true, false, "readOnly", "none"])),
        ("password", json!(["string", false, false, "writeOnly", "none"])),
        ("active", json!(["boolean", false, false, "readWrite", "none"])),
    ] {
        let one = named(name).unwrap();
        let said = ["type", "multiValued", "required", "mutability", "uniqueness"].map(|field| one[field].clone());
        assert_eq!(json!(said), expected, "{name}");
    }
    assert_eq!(named("externalId"), None);
}

#[test]
fn not_every_vendor_says_anything() {
    for (vendor, status) in [
        ("scim-aws", 200),
        ("scim-slack", 200),
        ("scim-blogin", 404),
        ("scim-planmyleave", 404),
    ] {
        Desk::new(vendor, json!([])).check(&[("GET /ServiceProviderConfig", Value::Null, json!(status))]);
    }
}
