//! Tests of filters, as rows.
mod check;
mod generate;
mod index;
mod matches;
mod parse;

use std::sync::Arc;

use serde_json::json;

use crate::catalogue::Catalogue;
use crate::resource_type::ResourceType;

fn user() -> Arc<ResourceType> {
    let catalogue = Catalogue::builtin();
    Arc::clone(catalogue.by_name("User").expect("it is built in"))
}

/// A type with every data type.
fn gadget() -> Arc<ResourceType> {
    let schema = json!({
        "id": "urn:example:2.0:Gadget",
        "name": "Gadget",
        "attributes": [
            { "name": "size", "type": "integer" },
            { "name": "weight", "type": "decimal" },
            { "name": "sold", "type": "dateTime" },
            { "name": "key", "type": "binary" },
            { "name": "home", "type": "reference", "caseExact": true },
            { "name": "on", "type": "boolean" },
            { "name": "tags", "multiValued": true },
            { "name": "secret", "returned": "never" },
            { "name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "code", "caseExact": true },
                { "name": "count", "type": "integer" },
                { "name": "pin", "returned": "never" },
            ] },
        ],
    });
    let kind = json!({ "name": "Gadget", "endpoint": "/Gadgets", "schema": "urn:example:2.0:Gadget" });
    let catalogue = Catalogue::builtin().with(&[schema], &[kind]).expect("it has no fault");
    Arc::clone(catalogue.by_name("Gadget").expect("it was added"))
}
