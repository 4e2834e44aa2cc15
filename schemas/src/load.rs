//! Definitions of schemas and resource types from JSON, with every fault found.
use serde_json::Value;

use crate::Object;
use crate::path::{is_name, is_urn};
use crate::schema::{Attribute, Keyword, Mutability, Returned, Schema, Type, Uniqueness, find};
use crate::urn;

/// Members of an attribute's definition (RFC 7643 section 7).
const CHARACTERISTICS: &[&str] = &[
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

/// A resource type's definition before its schemas are looked up.
#[derive(Debug)]
pub(crate) struct TypeDefinition {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) description: String,
    pub(crate) schema: String,
    pub(crate) extensions: Vec<(String, bool)>,
    pub(crate) rows: Option<String>,
}

/// Reads a schema in the form of RFC 7643 section 7. A characteristic that is left out has its
/// default (section 2.2).
pub(crate) fn schema(value: &Value, place: &str, faults: &mut Vec<String>) -> Schema {
    let mut reader = Reader::new(value, place.to_owned(), faults);
    reader.only(&["schemas", "id", "name", "description", "attributes", "meta"]);
    let id = reader.text("id").unwrap_or_default();
    let name = reader.text("name").unwrap_or_default();
    let description = reader.optional_text("description").unwrap_or_default();
    let definitions = reader.array("attributes");
    let deep = id == urn::SCHEMA;
    if !is_urn(&id) {
        reader.fault(format!("id `{id}` is not a URN"));
    }
    let place = if id.is_empty() { place } else { &id };
    let attributes = attributes(definitions, place, Depth::Attribute { deep }, faults);
    Schema {
        id,
        name,
        description,
        attributes,
    }
}

/// Reads a resource type in the form of RFC 7643 section 6, with `rows` as one more member.
pub(crate) fn resource_type(value: &Value, place: &str, faults: &mut Vec<String>) -> TypeDefinition {
    let mut reader = Reader::new(value, place.to_owned(), faults);
    reader.only(&[
        "schemas",
        "id",
        "name",
        "description",
        "endpoint",
        "schema",
        "schemaExtensions",
        "rows",
        "meta",
    ]);
    let name = reader.text("name").unwrap_or_default();
    if !is_segment(&name) {
        reader.fault(format!("name `{name}` is not made of letters, digits, `-` and `_`"));
    }
    let endpoint = reader.text("endpoint").unwrap_or_default();
    let endpoint = endpoint.strip_prefix('/').unwrap_or(&endpoint).to_owned();
    if !is_segment(&endpoint) {
        reader.fault(format!(
            "endpoint `{endpoint}` is not one path segment of letters, digits, `-` and `_`"
        ));
    }
    let definition = TypeDefinition {
        id: reader.optional_text("id").unwrap_or_else(|| name.clone()),
        description: reader.optional_text("description").unwrap_or_default(),
        schema: reader.text("schema").unwrap_or_default(),
        rows: reader.optional_text("rows"),
        extensions: Vec::new(),
        name,
        endpoint,
    };
    let extensions = reader.array("schemaExtensions").iter().enumerate();
    let extensions = extensions.map(|(index, value)| {
        let mut reader = Reader::new(value, format!("{place}.schemaExtensions[{index}]"), faults);
        reader.only(&["schema", "required"]);
        (reader.text("schema").unwrap_or_default(), reader.flag("required"))
    });
    TypeDefinition {
        extensions: extensions.collect(),
        ..definition
    }
}

/// Where an attribute stands.
#[derive(Clone, Copy)]
enum Depth {
    /// In a schema; `deep` if its sub-attributes may be complex, as in the schema of schemas only.
    Attribute { deep: bool },
    /// In an attribute.
    Sub { deep: bool },
    /// In a sub-attribute.
    SubSub,
}

impl Depth {
    fn below(self) -> Option<Depth> {
        match self {
            Depth::Attribute { deep } => Some(Depth::Sub { deep }),
            Depth::Sub { deep } => deep.then_some(Depth::SubSub),
            Depth::SubSub => None,
        }
    }
}

fn attributes(definitions: &[Value], place: &str, depth: Depth, faults: &mut Vec<String>) -> Vec<Attribute> {
    let mut read: Vec<Attribute> = Vec::new();
    for (index, definition) in definitions.iter().enumerate() {
        let attribute = attribute(definition, &format!("{place}: attribute {index}"), depth, faults);
        if find(&read, &attribute.name).is_some() {
            faults.push(format!("{place}: attribute name `{}` occurs twice", attribute.name));
        }
        read.push(attribute);
    }
    read
}

fn attribute(definition: &Value, place: &str, depth: Depth, faults: &mut Vec<String>) -> Attribute {
    let name = definition.get("name").and_then(Value::as_str).unwrap_or_default();
    let place = if name.is_empty() {
        place.to_owned()
    } else {
        format!("{place} `{name}`")
    };
    let mut reader = Reader::new(definition, place.clone(), faults);
    reader.only(CHARACTERISTICS);
    let name = reader.text("name").unwrap_or_default();
    if !is_name(&name) || (name.starts_with('$') && name != "$ref") {
        reader.fault("the name must begin with a letter and go on with letters, digits, `$`, `-` and `_`".to_owned());
    }
    let kind = reader.keyword("type", Type::String);
    let attribute = Attribute {
        name,
        kind,
        multi_valued: reader.flag("multiValued"),
        description: reader.optional_text("description").unwrap_or_default(),
        required: reader.flag("required"),
        // RFC 7643 section 2.3.6: binary is case exact.
        case_exact: reader.flag("caseExact") || kind == Type::Binary,
        mutability: reader.keyword("mutability", Mutability::ReadWrite),
        returned: reader.keyword("returned", Returned::Default),
        uniqueness: reader.keyword("uniqueness", Uniqueness::None),
        canonical_values: reader.texts("canonicalValues"),
        reference_types: reader.texts("referenceTypes"),
        sub_attributes: Vec::new(),
    };
    let definitions = reader.array("subAttributes");
    let below = depth.below();
    if kind == Type::Complex && below.is_none() {
        reader.fault("a sub-attribute cannot be complex".to_owned());
    } else if (kind == Type::Complex) == definitions.is_empty() {
        reader.fault("a complex attribute, and no other, has subAttributes".to_owned());
    }
    Attribute {
        sub_attributes: below.map_or_else(Vec::new, |depth| attributes(definitions, &place, depth, faults)),
        ..attribute
    }
}

/// Reads members of one JSON object and notes what is wrong with them.
struct Reader<'a, 'f> {
    object: Option<&'a Object>,
    place: String,
    faults: &'f mut Vec<String>,
}

impl<'a, 'f> Reader<'a, 'f> {
    fn new(value: &'a Value, place: String, faults: &'f mut Vec<String>) -> Self {
        let object = value.as_object();
        let mut reader = Reader { object, place, faults };
        if object.is_none() {
            reader.fault("must be an object".to_owned());
        }
        reader
    }

    fn fault(&mut self, text: String) {
        self.faults.push(format!("{}: {text}", self.place));
    }

    fn only(&mut self, known: &[&str]) {
        for key in self.object.into_iter().flat_map(Object::keys) {
            if !known.contains(&key.as_str()) {
                self.fault(format!("unknown member `{key}`"));
            }
        }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.object?.get(key).filter(|value| !value.is_null())
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let text = self.optional_text(key);
        if self.object.is_some() && self.get(key).is_none() {
            self.fault(format!("`{key}` is missing"));
        }
        text
    }

    fn optional_text(&mut self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        if !value.is_string() {
            self.fault(format!("`{key}` must be a string"));
        }
        value.as_str().map(str::to_owned)
    }

    fn flag(&mut self, key: &str) -> bool {
        let Some(value) = self.get(key) else { return false };
        if !value.is_boolean() {
            self.fault(format!("`{key}` must be true or false"));
        }
        value.as_bool().unwrap_or_default()
    }

    fn keyword<K: Keyword>(&mut self, key: &str, default: K) -> K {
        let Some(text) = self.optional_text(key) else {
            return default;
        };
        if let Some((value, _)) = K::ALL.iter().find(|(_, keyword)| *keyword == text) {
            return *value;
        }
        let known: Vec<_> = K::ALL.iter().map(|(_, keyword)| *keyword).collect();
        self.fault(format!("`{key}` is `{text}`, not one of {}", known.join(", ")));
        default
    }

    fn array(&mut self, key: &str) -> &'a [Value] {
        let Some(value) = self.get(key) else { return &[] };
        if !value.is_array() {
            self.fault(format!("`{key}` must be an array"));
        }
        value.as_array().map_or(&[], Vec::as_slice)
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        let values = self.array(key);
        if !values.iter().all(Value::is_string) {
            self.fault(format!("`{key}` must hold strings only"));
        }
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// Fit for a path segment of a URI as it is.
fn is_segment(text: &str) -> bool {
    is_name(text) && !text.contains('$')
}
