//! A further resource type, and bodies for it.
use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Seed};
use crate::suite::claims::Claims;
use crate::suite::failure::{Outcome, Stop, all_of};
use crate::suite::scope::Scope;

/// A resource type other than User and Group with its schemas.
pub(super) struct Kind {
    pub(super) name: String,
    /// With its slash.
    pub(super) endpoint: String,
    pub(super) schema: Value,
    /// Each with whether it is required.
    pub(super) extensions: Vec<(Value, bool)>,
}

/// One attribute of a type with the place of its container.
pub(super) struct Placed<'a> {
    /// The extension's URN, none for a core attribute.
    pub(super) urn: Option<&'a str>,
    pub(super) attribute: Attribute<'a>,
}

impl Kind {
    /// The server's further types.
    ///
    /// # Errors
    /// Skips when there is none.
    pub(super) fn all(claims: &Claims) -> Result<Vec<Kind>, Stop> {
        let known = ["/Users", "/Groups"];
        let further = claims.resource_types.iter().filter(|kind| {
            let endpoint = kind["endpoint"].as_str().unwrap_or_default();
            !known.contains(&endpoint)
        });
        let kinds: Vec<_> = further.map(|kind| Kind::of(claims, kind)).collect();
        if kinds.is_empty() {
            return Err(Stop::Skipped("the server has no resource type of its own".to_owned()));
        }
        Ok(kinds)
    }

    fn of(claims: &Claims, kind: &Value) -> Kind {
        let schema = |urn: &Value| {
            urn.as_str()
                .and_then(|urn| claims.definition(urn))
                .cloned()
                .unwrap_or_default()
        };
        let extensions = kind["schemaExtensions"].as_array().into_iter().flatten();
        Kind {
            name: kind["name"].as_str().unwrap_or_default().to_owned(),
            endpoint: kind["endpoint"].as_str().unwrap_or_default().to_owned(),
            schema: schema(&kind["schema"]),
            extensions: extensions
                .map(|extension| (schema(&extension["schema"]), extension["required"] == true))
                .collect(),
        }
    }

    /// Every attribute, the core's first; `id`, `externalId`, `meta` and `schemas` are no part of it.
    pub(super) fn attributes(&self) -> Vec<Placed<'_>> {
        let common = ["id", "externalId", "meta", "schemas"];
        let core = Attribute::all_of(&self.schema["attributes"]);
        let core = core.into_iter().filter(|attribute| !common.contains(&attribute.name()));
        let mut placed: Vec<_> = core.map(|attribute| Placed { urn: None, attribute }).collect();
        for (extension, _) in &self.extensions {
            let urn = extension["id"].as_str();
            let attributes = Attribute::all_of(&extension["attributes"]);
            placed.extend(attributes.into_iter().map(|attribute| Placed { urn, attribute }));
        }
        placed
    }

    /// A body with a value for every attribute that a client may write.
    pub(super) fn full(&self, seed: &Seed) -> Value {
        self.body(seed, |_| true)
    }

    /// A body with the required attributes only.
    pub(super) fn least(&self, seed: &Seed) -> Value {
        let required = |placed: &Placed<'_>| {
            let needed = self
                .extensions
                .iter()
                .any(|(schema, required)| *required && schema["id"].as_str() == placed.urn);
            placed.attribute.is_required() && (placed.urn.is_none() || needed)
        };
        self.body(seed, required)
    }

    fn body(&self, seed: &Seed, wanted: impl Fn(&Placed<'_>) -> bool) -> Value {
        let mut body = json!({"schemas": [self.schema["id"]]});
        for (extension, required) in &self.extensions {
            if *required {
                add_urn(&mut body, extension["id"].as_str().unwrap_or_default());
            }
        }
        for placed in self.attributes() {
            if !placed.attribute.has_mutability("readOnly") && wanted(&placed) {
                placed.put(&mut body, placed.attribute.value(seed));
            }
        }
        body
    }

    /// Makes a resource with this body.
    pub(super) async fn make(&self, scope: &Scope, body: &Value) -> Result<Value, Stop> {
        let answer = scope.post(self.endpoint.clone(), body).await?;
        answer.status(&[201])?;
        Ok(answer.json)
    }

    /// The path of a resource of this type.
    pub(super) fn path(&self, resource: &Value) -> String {
        format!("{}/{}", self.endpoint, resource["id"].as_str().unwrap_or_default())
    }
}

impl Placed<'_> {
    /// The attribute's PATCH path and name in filters.
    pub(super) fn path(&self) -> String {
        match self.urn {
            Some(urn) => format!("{urn}:{}", self.attribute.name()),
            None => self.attribute.name().to_owned(),
        }
    }

    /// The attribute's value in a resource.
    pub(super) fn get<'r>(&self, resource: &'r Value) -> &'r Value {
        match self.urn {
            Some(urn) => &resource[urn][self.attribute.name()],
            None => &resource[self.attribute.name()],
        }
    }

    /// Sets the attribute in a body, naming its extension.
    pub(super) fn put(&self, body: &mut Value, value: Value) {
        let Some(urn) = self.urn else {
            body[self.attribute.name()] = value;
            return;
        };
        if body[urn].is_null() {
            body[urn] = Value::Object(Map::new());
        }
        body[urn][self.attribute.name()] = value;
        add_urn(body, urn);
    }

    /// Takes the attribute out of a body.
    pub(super) fn take(&self, body: &mut Value) {
        let container = match self.urn {
            Some(urn) => &mut body[urn],
            None => body,
        };
        if let Some(container) = container.as_object_mut() {
            container.remove(self.attribute.name());
        }
    }

    /// What of this value an ordinary read shows: sub-attributes that are not shown are left out.
    pub(super) fn shown(&self, value: &Value) -> Value {
        shown(&self.attribute, value)
    }
}

/// Runs a check for every further type and tells all failures.
pub(super) async fn for_each_kind(
    scope: &Scope,
    check: impl AsyncFn(&Scope, &Kind, &Seed) -> Result<Vec<String>, Stop>,
) -> Outcome {
    let kinds = Kind::all(&scope.claims)?;
    let user = scope.user(json!({})).await?;
    let seed = Seed {
        nonce: scope.nonce.clone(),
        number: 1,
        user_location: user["meta"]["location"].as_str().unwrap_or_default().to_owned(),
    };
    let mut failures = Vec::new();
    for kind in kinds {
        failures.extend(check(scope, &kind, &seed).await?);
    }
    all_of(failures)
}

fn shown(attribute: &Attribute<'_>, value: &Value) -> Value {
    if attribute.kind() != "complex" || value.is_null() {
        return value.clone();
    }
    if let Some(values) = value.as_array() {
        return values.iter().map(|value| shown(attribute, value)).collect();
    }
    let subs = attribute.subs();
    let shown = subs.iter().filter(|sub| sub.is_shown());
    Value::Object(
        shown
            .map(|sub| (sub.name().to_owned(), value[sub.name()].clone()))
            .collect(),
    )
}

fn add_urn(body: &mut Value, urn: &str) {
    if let Some(schemas) = body["schemas"].as_array_mut()
        && !schemas.iter().any(|known| known == urn)
    {
        schemas.push(json!(urn));
    }
}
