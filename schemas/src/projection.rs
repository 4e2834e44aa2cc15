//! Which attributes an answer holds: `attributes` and `excludedAttributes` (RFC 7644 section 3.9).
use serde_json::Value;

use crate::Object;
use crate::error::Error;
use crate::path::split_word;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Returned, Schema};

/// What to leave of a resource in an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// True if the names are all that is wanted; else they are what is not wanted.
    only: bool,
    names: Vec<Name>,
    /// Core and common attributes that are returned.
    wanted: Vec<String>,
    /// The resource is returned as it is.
    default: bool,
    /// What the client set in the request that is answered, where the type has something that is returned then.
    set: Vec<Name>,
    /// Whether the type has something that is returned on request only.
    on_request: bool,
}

/// What one entry of a list names, in canonical spelling.
#[derive(Clone, Debug, PartialEq)]
struct Name {
    /// The URN; none for a core or common attribute.
    extension: Option<String>,
    /// None for a whole extension.
    attribute: Option<String>,
    sub: Option<String>,
}

/// How the list names an attribute.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    Not,
    Whole,
    /// Some of its sub-attributes.
    Part,
}

impl Projection {
    /// Reads the two lists, whose entries are attributes, sub-attributes or extensions in standard
    /// notation. An entry that names nothing of the type is ignored.
    ///
    /// # Errors
    /// `invalidValue` if both lists name something: they exclude each other.
    pub fn parse(kind: &ResourceType, attributes: &[String], excluded: &[String]) -> Result<Projection, Error> {
        if !attributes.is_empty() && !excluded.is_empty() {
            return Err(Error::invalid_value(
                "attributes and excludedAttributes cannot be used together",
            ));
        }
        let list = if attributes.is_empty() { excluded } else { attributes };
        let mut projection = Projection {
            only: !attributes.is_empty(),
            names: list.iter().filter_map(|name| Name::parse(kind, name)).collect(),
            wanted: Vec::new(),
            default: list.is_empty() && !has_requested(kind),
            set: Vec::new(),
            on_request: has_requested(kind),
        };
        projection.find_wanted(kind);
        Ok(projection)
    }

    /// True if an answer to a write depends on what the write set.
    pub fn depends_on_set(&self) -> bool {
        self.on_request && !self.only
    }

    /// The same for the answer to a write that set these attributes, in standard notation: it also has
    /// those of them that are returned on request (RFC 7643 section 7), unless they are excluded.
    #[must_use]
    pub fn after_setting(&self, kind: &ResourceType, names: &[String]) -> Projection {
        let mut projection = self.clone();
        if self.depends_on_set() {
            projection.set = names.iter().filter_map(|name| Name::parse(kind, name)).collect();
            projection.find_wanted(kind);
        }
        projection
    }

    fn find_wanted(&mut self, kind: &ResourceType) {
        let core = kind.common.attributes.iter().chain(&kind.schema.attributes);
        let wanted = core.filter(|attribute| self.keeps(None, attribute));
        self.wanted = wanted.map(|attribute| attribute.name.clone()).collect();
    }

    /// True if a resource is returned as it is stored, so that [`Projection::apply`] changes nothing.
    pub fn is_default(&self) -> bool {
        self.default
    }

    /// True if the core or common attribute of this canonical name, or a part of it, is returned; what is
    /// not wanted, as `members`, need not be read.
    pub fn wants(&self, attribute: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted == attribute)
    }

    /// Takes out what is not to be returned. The resource has canonical names.
    pub fn apply(&self, kind: &ResourceType, resource: &mut Object) {
        if self.default {
            return;
        }
        resource.retain(|name, value| {
            if let Some(extension) = kind.extension_by_urn(name) {
                return self.apply_to_extension(&extension.schema, value);
            }
            match kind.attribute(name) {
                Some(attribute) => self.apply_to(None, attribute, value),
                None => !self.only,
            }
        });
    }

    /// Whether something is left.
    fn apply_to_extension(&self, schema: &Schema, value: &mut Value) -> bool {
        let Some(container) = value.as_object_mut() else {
            return !self.only;
        };
        container.retain(|name, value| match schema.attribute(name) {
            Some(attribute) => self.apply_to(Some(&schema.id), attribute, value),
            None => !self.only,
        });
        !container.is_empty()
    }

    /// Whether something is left.
    fn apply_to(&self, extension: Option<&str>, attribute: &Attribute, value: &mut Value) -> bool {
        if !self.keeps(extension, attribute) {
            return false;
        }
        let keeps_sub = |name: &str| match attribute.sub_attribute(name) {
            Some(sub) => self.keeps_sub(extension, attribute, sub),
            None => !self.only,
        };
        match value {
            Value::Object(members) => retain_members(members, &keeps_sub),
            Value::Array(values) => {
                values.retain_mut(|value| {
                    value
                        .as_object_mut()
                        .is_none_or(|value| retain_members(value, &keeps_sub))
                });
                !values.is_empty()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    fn keeps(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        match self.naming(extension, attribute) {
            Naming::Not if attribute.returned == Returned::Request => self.is_set(extension, attribute, None),
            Naming::Not => self.returns(attribute.returned, false),
            Naming::Whole => self.returns(attribute.returned, true),
            Naming::Part if self.only => attribute.returned != Returned::Never,
            Naming::Part => self.returns(attribute.returned, false),
        }
    }

    fn keeps_sub(&self, extension: Option<&str>, attribute: &Attribute, sub: &Attribute) -> bool {
        let named = self
            .of(extension, attribute)
            .any(|name| name.sub.as_deref() == Some(&sub.name));
        if !named && sub.returned == Returned::Request && self.is_set(extension, attribute, Some(sub)) {
            return true;
        }
        if self.only && sub.returned == Returned::Default {
            // An attribute that is named as a whole, or always returned, brings all of these.
            return named || self.naming(extension, attribute) != Naming::Part;
        }
        self.returns(sub.returned, named)
    }

    fn returns(&self, returned: Returned, named: bool) -> bool {
        match returned {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => named == self.only,
            Returned::Request => named && self.only,
        }
    }

    /// Whether the write that is answered set the attribute, or this part of it.
    fn is_set(&self, extension: Option<&str>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        naming(&self.set, extension, attribute).any(|name| {
            let part = name.sub.as_deref();
            part.is_none() || sub.is_none_or(|sub| part == Some(&sub.name))
        })
    }

    fn naming(&self, extension: Option<&str>, attribute: &Attribute) -> Naming {
        let mut naming = Naming::Not;
        for name in self.of(extension, attribute) {
            if name.sub.is_none() {
                return Naming::Whole;
            }
            naming = Naming::Part;
        }
        naming
    }

    /// The entries that name the attribute or a part of it.
    fn of<'a>(&'a self, extension: Option<&'a str>, attribute: &'a Attribute) -> impl Iterator<Item = &'a Name> {
        naming(&self.names, extension, attribute)
    }
}

/// Those of the names that name the attribute or a part of it.
fn naming<'a>(
    names: &'a [Name],
    extension: Option<&'a str>,
    attribute: &'a Attribute,
) -> impl Iterator<Item = &'a Name> {
    names.iter().filter(move |name| {
        let named = name.attribute.as_ref().is_none_or(|name| *name == attribute.name);
        named && name.extension.as_deref() == extension
    })
}

/// The attributes that a body of POST or PUT sets, in standard notation.
pub fn set_by(kind: &ResourceType, body: &Value) -> Vec<String> {
    let members = body.as_object().into_iter().flatten();
    let names = members.flat_map(|(name, value)| match (kind.extension_by_urn(name), value) {
        (Some(_), Value::Object(members)) => members.keys().map(|sub| format!("{name}:{sub}")).collect(),
        _ => vec![name.clone()],
    });
    names.collect()
}

impl Name {
    fn parse(kind: &ResourceType, name: &str) -> Option<Name> {
        let path = split_word(name.trim())?;
        if let Some(extension) = kind.extension(&path) {
            return Some(Name {
                extension: Some(extension.schema.id.clone()),
                attribute: None,
                sub: None,
            });
        }
        let resolved = kind.resolve(&path)?;
        Some(Name {
            extension: resolved.extension.map(|schema| schema.id.clone()),
            attribute: Some(resolved.attribute.name.clone()),
            sub: resolved.sub.map(|sub| sub.name.clone()),
        })
    }
}

/// Whether something is left.
fn retain_members(members: &mut Object, keeps: &dyn Fn(&str) -> bool) -> bool {
    members.retain(|name, _| keeps(name));
    !members.is_empty()
}

/// Whether an attribute is left out unless it is asked for. What is never returned is never stored.
fn has_requested(kind: &ResourceType) -> bool {
    fn among(attributes: &[Attribute]) -> bool {
        let on_request = |attribute: &Attribute| attribute.returned == Returned::Request;
        attributes
            .iter()
            .any(|attribute| on_request(attribute) || attribute.sub_attributes.iter().any(on_request))
    }
    among(&kind.schema.attributes)
        || kind
            .extensions
            .iter()
            .any(|extension| among(&extension.schema.attributes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Catalogue;

    fn list(names: &str) -> Vec<String> {
        names
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn users() {
        let catalogue = Catalogue::builtin();
        let user = catalogue.by_name("User").expect("it is built in");
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let resource = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "b",
            "name": { "givenName": "B", "familyName": "J" },
            "emails": [{ "value": "a@x", "type": "work" }, { "value": "b@x" }],
            "meta": { "version": "1", "location": "/Users/1" },
            enterprise: { "department": "D", "manager": { "value": "2", "displayName": "M" } },
        });
        let check = |attributes: &str, excluded: &str, expected: Value| {
            let projection = Projection::parse(user, &list(attributes), &list(excluded)).expect("one list only");
            let mut projected = resource.as_object().expect("an object").clone();
            projection.apply(user, &mut projected);
            assert_eq!(
                &projected["schemas"], &resource["schemas"],
                "schemas are always returned"
            );
            projected.remove("schemas");
            assert_eq!(Value::Object(projected), expected, "{attributes} {excluded}");
        };
        check("userName", "", json!({ "id": "1", "userName": "b" }));
        check(
            "USERNAME, name.GIVENname",
            "",
            json!({ "id": "1", "userName": "b", "name": { "givenName": "B" } }),
        );
        check(
            "name,name.givenName",
            "",
            json!({ "id": "1", "name": { "givenName": "B", "familyName": "J" } }),
        );
        check("emails.type", "", json!({ "id": "1", "emails": [{ "type": "work" }] }));
        check("phoneNumbers", "", json!({ "id": "1" }));
        check("name.middleName", "", json!({ "id": "1" }));
        check("bogus,na me,password", "", json!({ "id": "1" }));
        check("meta.version", "", json!({ "id": "1", "meta": { "version": "1" } }));
        check(
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "",
            json!({ "id": "1", "userName": "b" }),
        );
        check(enterprise, "", json!({ "id": "1", enterprise: resource[enterprise] }));
        check(
            &format!("{enterprise}:department"),
            "",
            json!({ "id": "1", enterprise: { "department": "D" } }),
        );
        check(
            &format!("{enterprise}:manager.value"),
            "",
            json!({ "id": "1", enterprise: { "manager": { "value": "2" } } }),
        );
        check(
            "",
            &format!("{enterprise},meta,emails,name"),
            json!({ "id": "1", "userName": "b" }),
        );
        check(
            "",
            &format!("id,schemas,{enterprise}:manager,meta,emails.value,name.givenName"),
            json!({
                "id": "1", "userName": "b", "name": { "familyName": "J" }, "emails": [{ "type": "work" }],
                enterprise: { "department": "D" },
            }),
        );
    }

    #[test]
    fn wants() {
        let catalogue = Catalogue::builtin();
        let group = catalogue.by_name("Group").expect("it is built in");
        let check = |attributes: &str, excluded: &str, (members, default): (bool, bool)| {
            let projection = Projection::parse(group, &list(attributes), &list(excluded)).expect("one list only");
            assert_eq!(projection.wants("members"), members, "{attributes} {excluded}");
            assert_eq!(projection.is_default(), default, "{attributes} {excluded}");
            assert!(projection.wants("id"));
        };
        check("", "", (true, true));
        check("", "MEMBERS", (false, false));
        check("", "members.display", (true, false));
        check("displayName", "", (false, false));
        check("members", "", (true, false));
        check("members.value", "", (true, false));
        check("bogus", "", (false, false));
        let both = Projection::parse(group, &list("id"), &list("members"));
        assert_eq!(
            both.map_err(|error| error.scim_type),
            Err(Some(crate::ScimType::InvalidValue))
        );
    }

    /// A type with an attribute of every kind of `returned`.
    fn things() -> Catalogue {
        let schema = json!({ "id": "urn:example:2.0:Thing", "name": "Thing", "attributes": [
            { "name": "plain" },
            { "name": "fixed", "returned": "always" },
            { "name": "heavy", "returned": "request" },
            { "name": "secret", "returned": "never" },
            { "name": "part", "type": "complex", "subAttributes": [
                { "name": "plain" }, { "name": "fixed", "returned": "always" },
                { "name": "heavy", "returned": "request" }, { "name": "secret", "returned": "never" },
            ] },
        ] });
        let kind = json!({ "name": "Thing", "endpoint": "/Things", "schema": "urn:example:2.0:Thing" });
        Catalogue::builtin().with(&[schema], &[kind]).expect("it has no fault")
    }

    #[test]
    fn returned() {
        let catalogue = things();
        let kind = catalogue.by_name("Thing").expect("it was added");
        let part = json!({ "plain": 1, "fixed": 2, "heavy": 3, "secret": 4 });
        let resource = json!({ "plain": 1, "fixed": 2, "heavy": 3, "secret": 4, "part": part, "x": 5 });
        let check = |attributes: &str, excluded: &str, expected: Value| {
            let projection = Projection::parse(kind, &list(attributes), &list(excluded)).expect("one list only");
            assert!(!projection.is_default());
            let mut projected = resource.as_object().expect("an object").clone();
            projection.apply(kind, &mut projected);
            assert_eq!(Value::Object(projected), expected, "{attributes} {excluded}");
        };
        let usual = json!({ "plain": 1, "fixed": 2 });
        let written = |body: Value, excluded: &str, expected: Value| {
            let projection = Projection::parse(kind, &[], &list(excluded)).expect("one list only");
            let mut projected = resource.as_object().expect("an object").clone();
            projection
                .after_setting(kind, &set_by(kind, &body))
                .apply(kind, &mut projected);
            assert_eq!(Value::Object(projected), expected, "{body} {excluded}");
        };
        let heavy = json!({ "plain": 1, "fixed": 2, "heavy": 3 });
        written(
            json!({ "PLAIN": 1 }),
            "",
            json!({ "plain": 1, "fixed": 2, "part": usual, "x": 5 }),
        );
        written(
            json!({ "Heavy": 1, "secret": 2 }),
            "",
            json!({ "plain": 1, "fixed": 2, "heavy": 3, "part": usual, "x": 5 }),
        );
        written(
            json!({ "heavy": 1 }),
            "heavy,part",
            json!({ "plain": 1, "fixed": 2, "x": 5 }),
        );
        written(
            json!({ "part": {} }),
            "",
            json!({ "plain": 1, "fixed": 2, "part": heavy, "x": 5 }),
        );
        check("", "", json!({ "plain": 1, "fixed": 2, "part": usual, "x": 5 }));
        check(
            "",
            "plain,fixed,part.plain,part.fixed",
            json!({ "fixed": 2, "part": { "fixed": 2 }, "x": 5 }),
        );
        check("", "part", json!({ "plain": 1, "fixed": 2, "x": 5 }));
        check("heavy,secret", "", json!({ "fixed": 2, "heavy": 3 }));
        check("part", "", json!({ "fixed": 2, "part": usual }));
        check(
            "part.heavy,part.secret",
            "",
            json!({ "fixed": 2, "part": { "fixed": 2, "heavy": 3 } }),
        );
        check(
            "part,part.heavy",
            "",
            json!({ "fixed": 2, "part": { "plain": 1, "fixed": 2, "heavy": 3 } }),
        );
    }
}
