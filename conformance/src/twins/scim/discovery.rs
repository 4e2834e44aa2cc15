//! What the service provider says of itself. RFC 7644 section 4.

use serde_json::{Value, json};

use super::account::Scim;
use super::refusal::{Reason, Refusal, Reply, scim};
use super::routes::Call;
use super::schema::{Attribute, GROUP_TYPE, Kind, LIST_RESPONSE, Mutability, Type, USER_TYPE};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

pub(super) fn config(twin: &mut Scim, call: &Call) -> Reply {
    check_unfiltered(call)?;
    let is_patched = twin.profile.has("PATCH /Users/{id}");
    let body = json!({
        "schemas": [CONFIG],
        "patch": { "supported": is_patched },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": twin.profile.paging.count_max },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A token in the Authorization header",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": location(call, "/ServiceProviderConfig") },
    });
    Ok(scim(200, &body))
}

pub(super) fn resource_types(_: &mut Scim, call: &Call) -> Reply {
    list(call, TYPES.map(|kind| type_json(call, kind)).into())
}

pub(super) fn resource_type(_: &mut Scim, call: &Call) -> Reply {
    let found = TYPES.into_iter().find(|kind| kind.name == call.id);
    let found = found.ok_or_else(|| Refusal::new(Reason::NoSuchRoute, "There is no such resource type"))?;
    Ok(scim(200, &type_json(call, found)))
}

pub(super) fn schemas(_: &mut Scim, call: &Call) -> Reply {
    list(call, schema_bodies(call))
}

pub(super) fn schema(_: &mut Scim, call: &Call) -> Reply {
    let found = schema_bodies(call).into_iter().find(|schema| {
        let id = schema["id"].as_str();
        id.is_some_and(|id| id.eq_ignore_ascii_case(call.id))
    });
    let found = found.ok_or_else(|| Refusal::new(Reason::NoSuchRoute, "There is no such schema"))?;
    Ok(scim(200, &found))
}

const TYPES: [&Type; 2] = [&USER_TYPE, &GROUP_TYPE];

fn list(call: &Call, resources: Vec<Value>) -> Reply {
    check_unfiltered(call)?;
    let body = json!({
        "schemas": [LIST_RESPONSE],
        "totalResults": resources.len(),
        "itemsPerPage": resources.len(),
        "startIndex": 1,
        "Resources": resources,
    });
    Ok(scim(200, &body))
}

/// RFC 7644 section 4.
fn check_unfiltered(call: &Call) -> Result<(), Refusal> {
    match call.request.parameter("filter") {
        Some(_) => Err(Refusal::new(Reason::Forbidden, "Discovery cannot be filtered")),
        None => Ok(()),
    }
}

fn type_json(call: &Call, kind: &Type) -> Value {
    let extensions = kind
        .extension
        .map(|(urn, _)| json!({ "schema": urn, "required": false }));
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": kind.name,
        "name": kind.name,
        "endpoint": format!("/{}", kind.endpoint),
        "description": kind.name,
        "schema": kind.urn,
        "schemaExtensions": Vec::from_iter(extensions),
        "meta": {
            "resourceType": "ResourceType",
            "location": location(call, &format!("/ResourceTypes/{}", kind.name)),
        },
    })
}

fn schema_bodies(call: &Call) -> Vec<Value> {
    let cores = TYPES.map(|kind| (kind.urn, kind.name, kind.attributes));
    let extension = USER_TYPE
        .extension
        .map(|(urn, attributes)| (urn, "EnterpriseUser", attributes));
    let all = cores.into_iter().chain(extension);
    all.map(|(urn, name, attributes)| {
        // Common attributes are no part of a schema. RFC 7643 section 3.1.
        let own = attributes
            .iter()
            .filter(|one| !matches!(one.name, "id" | "externalId" | "meta"));
        json!({
            "schemas": [SCHEMA],
            "id": urn,
            "name": name,
            "description": name,
            "attributes": own.map(|one| attribute_json(urn, one)).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": location(call, &format!("/Schemas/{urn}")) },
        })
    })
    .collect()
}

fn attribute_json(urn: &str, attribute: &Attribute) -> Value {
    let is_name = attribute.name == "userName";
    let is_required = is_name || (urn == GROUP_TYPE.urn && attribute.name == "displayName");
    let (mutability, returned) = match attribute.mutability {
        Mutability::ReadWrite => ("readWrite", "default"),
        Mutability::ReadOnly => ("readOnly", "default"),
        Mutability::WriteOnly => ("writeOnly", "never"),
    };
    let mut body = json!({
        "name": attribute.name,
        "type": match attribute.kind {
            Kind::Text => "string",
            Kind::Boolean => "boolean",
            Kind::DateTime => "dateTime",
            Kind::Complex => "complex",
        },
        "multiValued": attribute.many,
        "description": attribute.name,
        "required": is_required,
        "caseExact": attribute.case_exact,
        "mutability": mutability,
        "returned": returned,
        "uniqueness": if is_name { "server" } else { "none" },
    });
    let referenced = match attribute.name {
        "$ref" => Some(json!(["User", "Group"])),
        "profileUrl" => Some(json!(["external"])),
        _ => None,
    };
    if let Some(referenced) = referenced {
        body["type"] = "reference".into();
        body["referenceTypes"] = referenced;
    }
    if !attribute.subs.is_empty() {
        body["subAttributes"] = attribute.subs.iter().map(|sub| attribute_json("", sub)).collect();
    }
    body
}

fn location(call: &Call, path: &str) -> String {
    let host = call.request.header("host").unwrap_or("localhost");
    format!("http://{host}{path}")
}
