//! Schemas: what attributes a resource has, and the rules of each (RFC 7643 sections 2 and 7).
use serde_json::{Value, json};

use crate::urn;

/// A schema: a named collection of attributes (RFC 7643 section 7).
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// A description for people.
    pub description: String,
    /// The attributes, in the order of the definition.
    pub attributes: Vec<Attribute>,
}

/// An attribute or sub-attribute with its characteristics (RFC 7643 section 7).
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name in its canonical spelling.
    pub name: String,
    /// The data type.
    pub kind: Type,
    /// True if the attribute holds an array.
    pub multi_valued: bool,
    /// A description for people.
    pub description: String,
    /// True if a resource cannot be without it.
    pub required: bool,
    /// True if upper and lower case make different values.
    pub case_exact: bool,
    /// When it can be written.
    pub mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// Whether two resources may have the same value.
    pub uniqueness: Uniqueness,
    /// Values that are suggested, e.g. `work` and `home`.
    pub canonical_values: Vec<String>,
    /// What a reference may point to: resource types, `external` or `uri`.
    pub reference_types: Vec<String>,
    /// The sub-attributes; empty unless the type is complex.
    pub sub_attributes: Vec<Attribute>,
}

/// The data types of RFC 7643 section 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's keywords")]
pub enum Type {
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Binary,
    Reference,
    Complex,
}

/// When an attribute can be written (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's keywords")]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// When an attribute is returned (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's keywords")]
pub enum Returned {
    Always,
    Never,
    Default,
    Request,
}

/// Whether two resources may have the same value (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's keywords")]
pub enum Uniqueness {
    None,
    Server,
    Global,
}

/// A characteristic whose values are keywords.
pub(crate) trait Keyword: Copy + PartialEq + 'static {
    /// Every value with its keyword.
    const ALL: &'static [(Self, &'static str)];

    /// The RFC's keyword.
    fn keyword(self) -> &'static str {
        let found = Self::ALL.iter().find(|(value, _)| *value == self);
        found.map_or("", |(_, keyword)| keyword)
    }
}

impl Keyword for Type {
    const ALL: &'static [(Type, &'static str)] = &[
        (Type::String, "string"),
        (Type::Boolean, "boolean"),
        (Type::Decimal, "decimal"),
        (Type::Integer, "integer"),
        (Type::DateTime, "dateTime"),
        (Type::Binary, "binary"),
        (Type::Reference, "reference"),
        (Type::Complex, "complex"),
    ];
}

impl Keyword for Mutability {
    const ALL: &'static [(Mutability, &'static str)] = &[
        (Mutability::ReadOnly, "readOnly"),
        (Mutability::ReadWrite, "readWrite"),
        (Mutability::Immutable, "immutable"),
        (Mutability::WriteOnly, "writeOnly"),
    ];
}

impl Keyword for Returned {
    const ALL: &'static [(Returned, &'static str)] = &[
        (Returned::Always, "always"),
        (Returned::Never, "never"),
        (Returned::Default, "default"),
        (Returned::Request, "request"),
    ];
}

impl Keyword for Uniqueness {
    const ALL: &'static [(Uniqueness, &'static str)] = &[
        (Uniqueness::None, "none"),
        (Uniqueness::Server, "server"),
        (Uniqueness::Global, "global"),
    ];
}

impl Type {
    /// The RFC's keyword, e.g. `dateTime`.
    pub fn as_str(self) -> &'static str {
        self.keyword()
    }
}

impl Schema {
    /// The attribute of this name in any case (RFC 7643 section 2.1).
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }

    /// The form of the discovery endpoint, without `meta` (RFC 7643 section 7).
    pub fn to_json(&self) -> Value {
        json!({
            "schemas": [urn::SCHEMA],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": self.attributes.iter().map(Attribute::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Attribute {
    /// The sub-attribute of this name in any case.
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.sub_attributes, name)
    }

    fn to_json(&self) -> Value {
        let mut form = json!({
            "name": self.name,
            "type": self.kind.keyword(),
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
        });
        if matches!(self.kind, Type::String | Type::Reference | Type::Binary) {
            form["caseExact"] = self.case_exact.into();
        }
        form["mutability"] = self.mutability.keyword().into();
        form["returned"] = self.returned.keyword().into();
        form["uniqueness"] = self.uniqueness.keyword().into();
        for (key, values) in [
            ("canonicalValues", &self.canonical_values),
            ("referenceTypes", &self.reference_types),
        ] {
            if !values.is_empty() {
                form[key] = values.as_slice().into();
            }
        }
        if !self.sub_attributes.is_empty() {
            form["subAttributes"] = self.sub_attributes.iter().map(Attribute::to_json).collect();
        }
        form
    }
}

/// The attribute of this name in any case.
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
