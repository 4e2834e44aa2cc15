//! The types that a part of an expression can have, each as a sample.
use std::mem::discriminant;
use std::sync::Arc;

use cel::Value;
use cel::common::ast::LiteralValue;

/// Types that one part may have; who writes more than a few has a reason, and is let pass.
const TYPES_MAX: usize = 4;

/// What a part can be.
#[derive(Clone)]
pub(super) enum Possible {
    /// That cannot be told.
    Any,
    /// A sample of each of its types.
    These(Vec<Value>),
}

impl Possible {
    pub(super) fn of(values: impl IntoIterator<Item = Value>) -> Self {
        let mut samples: Vec<Value> = Vec::new();
        for value in values {
            let Some(sample) = sample(&value) else {
                return Possible::Any;
            };
            if !samples.iter().any(|known| is_same(known, &sample)) {
                samples.push(sample);
            }
        }
        // What is gathered begins as an empty list, and says nothing of what will be in it.
        let is_filled = |sample: &Value| matches!(sample, Value::List(list) if !list.is_empty());
        if samples.iter().any(is_filled) {
            samples.retain(|sample| !matches!(sample, Value::List(list) if list.is_empty()));
        }
        match samples.len() {
            1..=TYPES_MAX => Possible::These(samples),
            _ => Possible::Any,
        }
    }

    pub(super) fn or(self, other: Possible) -> Self {
        match (self, other) {
            (Possible::These(one), Possible::These(other)) => Possible::of(one.into_iter().chain(other)),
            (Possible::Any, _) | (_, Possible::Any) => Possible::Any,
        }
    }

    pub(super) fn can_be(&self, is: impl Fn(&Value) -> bool) -> bool {
        match self {
            Possible::Any => true,
            Possible::These(samples) => samples.iter().any(is),
        }
    }

    pub(super) fn told(&self) -> String {
        match self {
            Possible::Any => "anything".to_owned(),
            Possible::These(samples) => {
                let names: Vec<_> = samples.iter().map(told).collect();
                names.join(" or ")
            }
        }
    }
}

/// The sample of a value's type; `None` if there is none. Samples are as small as can be, so that what is made of them
/// is small as well.
fn sample(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(_) => text(),
        Value::Bool(_) => Value::Bool(true),
        Value::Int(_) => Value::Int(1),
        Value::UInt(_) => Value::UInt(1),
        Value::Float(_) => Value::Float(1.0),
        Value::Null => Value::Null,
        Value::List(list) => Value::List(Arc::new(element(list)?.into_iter().collect())),
        // An attribute's: nothing else makes objects here.
        Value::Map(_) => value.clone(),
        _ => return None,
    })
}

/// The sample of all that is in a list, if anything is; `None` if these are of several types.
fn element(list: &[Value]) -> Option<Option<Value>> {
    let samples: Vec<_> = list.iter().map(sample).collect::<Option<_>>()?;
    let mut samples = samples.into_iter();
    let first = samples.next();
    let is_first = |sample: Value| first.as_ref().is_some_and(|first| is_same(first, &sample));
    samples.all(is_first).then_some(first)
}

/// Whether they are samples of one type. As values a whole number with a sign equals the same one without, and a sum
/// takes only one of them.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| is_same(one, other))
        }
        _ => discriminant(one) == discriminant(other) && one == other,
    }
}

/// A text that is a number too, so that `int(…)` takes it.
pub(super) fn text() -> Value {
    Value::String(Arc::new("1".to_owned()))
}

pub(super) fn truth() -> Possible {
    Possible::These(vec![Value::Bool(true)])
}

pub(super) fn written(literal: &LiteralValue) -> Possible {
    Possible::of(match literal {
        LiteralValue::Boolean(_) => Some(Value::Bool(true)),
        LiteralValue::Bytes(_) => None,
        LiteralValue::Double(_) => Some(Value::Float(1.0)),
        LiteralValue::Int(_) => Some(Value::Int(1)),
        LiteralValue::Null => Some(Value::Null),
        LiteralValue::String(_) => Some(text()),
        LiteralValue::UInt(_) => Some(Value::UInt(1)),
    })
}

/// A type's name, for people.
fn told(value: &Value) -> String {
    match value {
        Value::String(_) => "a text".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Int(_) => "a whole number".to_owned(),
        Value::UInt(_) => "a whole number without sign (`1u`)".to_owned(),
        Value::Float(_) => "a decimal number".to_owned(),
        Value::Null => "null".to_owned(),
        Value::List(list) => match list.first() {
            Some(first) => format!("a list ({}, …)", told(first)),
            None => "a list".to_owned(),
        },
        Value::Map(_) => "an object".to_owned(),
        other => other.type_of().to_string(),
    }
}
