//! The way back: what an account says of the attributes that its fields come from.
use std::collections::BTreeSet;

use adapters::Fields;
use adapters::descriptor::{Field, FieldType, Kind};
use schemas::dialect::{Dialect, Hints};
use schemas::patch::{Op, Operation, Patch};
use schemas::{AttributePath, Object, ResourceType, Type, validate};
use serde_json::{Value, json};

use super::account::Fault;
use super::change::ACTIVE;
use super::check;
use super::mapping::Mapping;
use super::source::{self, text};

/// What stands before the detail of an error of the first operation.
const PLACE: &str = "Operations[0]: ";

impl Mapping {
    /// The canonical document of a person of whom nothing but the account is known. Fields that come from expressions,
    /// constants, rules or several attributes say nothing of a person.
    ///
    /// # Errors
    /// The first field that does not fit, with its attribute: without the unique one there is no `userName`.
    pub fn person(&self, resource_type: &ResourceType, account: &Fields, active: bool) -> Result<Object, Fault> {
        let (unique, value) = self.unique(account);
        let (name, rule) = match value {
            Some(value) => check::checked(self.descriptor, unique, value.clone()),
            None => (Value::Null, Some("is not told by the vendor".to_owned())),
        };
        if let Some(rule) = rule {
            return Err(self.fault(unique, rule));
        }
        let body = json!({ "schemas": [resource_type.schema.id], "userName": name, "active": active });
        let valid = validate::create(resource_type, &body, &Dialect::Auto.recognise(&Hints::default()));
        let valid = valid.map_err(|error| self.fault(unique, refused(&error.detail)))?;
        // A new document has nothing that could be taken away.
        let told = account.iter().filter(|(_, value)| !value.is_null());
        let told = told.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.overwritten(resource_type, valid.resource, &told)
    }

    /// The document with these fields' values in the places that they come from.
    ///
    /// # Errors
    /// The first field whose value its attribute does not take.
    pub fn overwritten(
        &self,
        resource_type: &ResourceType,
        mut document: Object,
        account: &Fields,
    ) -> Result<Object, Fault> {
        for (field, path) in self.ways_back() {
            let Some(value) = account.get(&field.name) else {
                continue;
            };
            // What the mapping would refuse to send is not taken over: a role, say, that nobody can be given.
            let (value, rule) = check::checked(self.descriptor, field, value.clone());
            // Nor is a list, as which an account may have a field of its own: a plain path is one value.
            if rule.is_none() && !value.is_array() {
                let put = put(resource_type, document, (path, &value));
                document = put.map_err(|detail| self.fault(field, refused(&detail)))?;
            }
        }
        Ok(document)
    }

    /// The fields of a person that say something of an attribute, each with that attribute. Of several from one
    /// attribute the first says it.
    fn ways_back(&self) -> Vec<(&Field, &str)> {
        let mut paths = BTreeSet::new();
        // Roles go by each vendor's own names, and one directory may feed several vendors.
        let plain = self.people().plain();
        let plain = plain.filter(|(field, _)| !matches!(field.kind, FieldType::List | FieldType::Role));
        plain.filter(|(_, path)| paths.insert(*path)).collect()
    }

    /// The vendor's unique field, with its value.
    fn unique<'a>(&self, account: &'a Fields) -> (&Field, Option<&'a Value>) {
        let name = &self.descriptor.user.unique;
        let field = self.descriptor.user.field(name);
        let field = field.expect("a test finds the unique field of every vendor");
        (field, account.get(name).filter(|value| !value.is_null()))
    }

    fn fault(&self, field: &Field, rule: String) -> Fault {
        Fault {
            field: field.name.clone(),
            attribute: self.origin(Kind::User, &field.name).to_owned(),
            rule,
        }
    }
}

/// The document of a person switched on or off.
///
/// # Errors
/// Why not: a resource type of one's own may lack the attribute.
pub fn switched(resource_type: &ResourceType, document: Object, active: bool) -> Result<Object, String> {
    put(resource_type, document, (ACTIVE, &Value::Bool(active)))
}

fn refused(detail: &str) -> String {
    format!("cannot be taken over: {}", detail.strip_prefix(PLACE).unwrap_or(detail))
}

/// The document with a value at a path, or without one.
fn put(resource_type: &ResourceType, document: Object, (path, value): (&str, &Value)) -> Result<Object, String> {
    let parsed = AttributePath::parse(path).map_err(|error| error.detail)?;
    let Some(resolved) = resource_type.resolve(&parsed) else {
        return Ok(document);
    };
    let whole = resolved.attribute.multi_valued && parsed.filter.is_none();
    let (op, path, value) = match (value, whole, resolved.sub) {
        (Value::Null, _, _) => (Op::Remove, parsed, None),
        // Nobody can say which of several values it is.
        (_, true, _) if document.contains_key(&resolved.attribute.name) => return Ok(document),
        (value, true, Some(sub)) => {
            let element = json!([{ sub.name.as_str(): value }]);
            (Op::Add, AttributePath { sub: None, ..parsed }, Some(element))
        }
        (value, _, _) => {
            let is_text = source::leaf(resource_type, path) == Some(Type::String);
            let value = if is_text {
                Value::String(text(value))
            } else {
                value.clone()
            };
            (Op::Add, parsed, Some(value))
        }
    };
    let patch = Patch {
        operations: vec![Operation {
            op,
            path: Some(path),
            value,
        }],
    };
    let patched = patch.apply(resource_type, &document, &Dialect::Auto.recognise(&Hints::default()));
    patched.map(|patched| patched.resource).map_err(|error| error.detail)
}

#[cfg(test)]
mod tests;
