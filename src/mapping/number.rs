//! Attributes as CEL knows them, and back: of which type a number is says its attribute, not its value.
use std::collections::HashMap;
use std::sync::Arc;

use cel::Value;
use cel::objects::{Key, Map};
use schemas::{Attribute, Object, ResourceType, Type};
use serde_json::Number;

/// Where a resource has decimals, each by the names that lead there. JSON writes 7 for 7.0.
#[derive(Debug, Default)]
pub(super) struct Decimals(Vec<Vec<String>>);

impl Decimals {
    pub(super) fn of(resource_type: &ResourceType) -> Self {
        let mut places = Vec::new();
        add(&mut places, &[], &resource_type.schema.attributes);
        for extension in &resource_type.extensions {
            add(&mut places, &[&extension.schema.id], &extension.schema.attributes);
        }
        Self(places)
    }

    /// The resource as an expression reads it: whole numbers have a sign, as those in expressions have.
    pub(super) fn read(&self, resource: &Object) -> Value {
        self.object(resource, &mut Vec::new())
    }

    fn object<'a>(&self, object: &'a Object, place: &mut Vec<&'a str>) -> Value {
        let mut members = HashMap::with_capacity(object.len());
        for (name, value) in object {
            place.push(name);
            members.insert(Key::from(name.as_str()), self.value(value, place));
            place.pop();
        }
        Value::Map(Map { map: Arc::new(members) })
    }

    fn value<'a>(&self, value: &'a serde_json::Value, place: &mut Vec<&'a str>) -> Value {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => self.number(number, place),
            serde_json::Value::String(text) => Value::String(Arc::new(text.clone())),
            serde_json::Value::Array(values) => {
                let values: Vec<_> = values.iter().map(|value| self.value(value, place)).collect();
                Value::List(Arc::new(values))
            }
            serde_json::Value::Object(object) => self.object(object, place),
        }
    }

    fn number(&self, number: &Number, place: &[&str]) -> Value {
        let is_decimal = self.0.iter().any(|decimal| decimal == place);
        let whole = number.as_i64().filter(|_| !is_decimal).map(Value::Int);
        // Larger than any with a sign.
        let large = || number.as_u64().filter(|_| !is_decimal).map(Value::UInt);
        let decimal = || number.as_f64().map(Value::Float);
        whole.or_else(large).or_else(decimal).unwrap_or(Value::Null)
    }
}

/// Recurses into sub-attributes, which have none of their own.
fn add(places: &mut Vec<Vec<String>>, before: &[&str], attributes: &[Attribute]) {
    for attribute in attributes {
        let place: Vec<_> = before.iter().copied().chain([attribute.name.as_str()]).collect();
        add(places, &place, &attribute.sub_attributes);
        if attribute.kind == Type::Decimal {
            places.push(place.into_iter().map(str::to_owned).collect());
        }
    }
}

/// What came out, as a vendor gets it: a decimal without a fraction is written without one, as IdPs do.
pub(super) fn given(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => {
            let decimal = number.as_f64().filter(|_| number.is_f64());
            let whole = decimal.and_then(|decimal| decimal.to_string().parse::<i64>().ok());
            whole.map_or(number, Number::from).into()
        }
        serde_json::Value::Array(values) => values.into_iter().map(given).collect(),
        serde_json::Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, given(value)));
            serde_json::Value::Object(members.collect())
        }
        other => other,
    }
}
