//! The value of a comparison, prepared once for many resources.
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Operator;
use crate::schema::{Attribute, Type};
use crate::value::{compare_numbers, instant};

/// The right side of a comparison, in the form its attribute's type compares.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Null,
    /// Folded unless the attribute is case exact.
    Text {
        text: String,
        exact: bool,
    },
    Boolean(bool),
    Number(Number),
    Instant(jiff::Timestamp),
    /// Of another type than the attribute; equal to nothing.
    Unfit,
}

impl Operand {
    pub(super) fn new(attribute: &Attribute, value: &Value) -> Operand {
        match (attribute.kind, value) {
            (_, Value::Null) => Operand::Null,
            (Type::String | Type::Reference | Type::Binary, Value::String(text)) => Operand::Text {
                text: attribute.fold(text).into_owned(),
                exact: attribute.case_exact,
            },
            (Type::DateTime, Value::String(text)) => instant(text).map_or(Operand::Unfit, Operand::Instant),
            (Type::Boolean, Value::Bool(value)) => Operand::Boolean(*value),
            (Type::Integer | Type::Decimal, Value::Number(number)) => Operand::Number(number.clone()),
            _ => Operand::Unfit,
        }
    }

    /// Whether `value op self` holds, for a value that is there.
    pub(super) fn compares(&self, op: Operator, value: &Value) -> bool {
        match op {
            Operator::Co | Operator::Sw | Operator::Ew => self.is_part(op, value),
            Operator::Ne => self.order(value) != Some(Ordering::Equal),
            Operator::Eq => self.order(value) == Some(Ordering::Equal),
            Operator::Gt => self.order(value) == Some(Ordering::Greater),
            Operator::Ge => self.order(value).is_some_and(Ordering::is_ge),
            Operator::Lt => self.order(value) == Some(Ordering::Less),
            Operator::Le => self.order(value).is_some_and(Ordering::is_le),
        }
    }

    /// How the value compares with the operand; none if it is of another type.
    fn order(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Operand::Text { text, exact: true }, Value::String(value)) => {
                Some(crate::value::composed(value).as_ref().cmp(text))
            }
            (Operand::Text { text, exact: false }, Value::String(value)) => {
                Some(crate::value::fold(value).as_ref().cmp(text))
            }
            (Operand::Boolean(operand), Value::Bool(value)) => Some(value.cmp(operand)),
            (Operand::Number(operand), Value::Number(value)) => compare_numbers(value, operand),
            (Operand::Instant(operand), Value::String(value)) => Some(instant(value)?.cmp(operand)),
            _ => None,
        }
    }

    fn is_part(&self, op: Operator, value: &Value) -> bool {
        let (Operand::Text { text, exact }, Value::String(value)) = (self, value) else {
            return false;
        };
        let folded = if *exact {
            crate::value::composed(value)
        } else {
            crate::value::fold(value)
        };
        let value = folded.as_ref();
        match op {
            Operator::Sw => value.starts_with(text),
            Operator::Ew => value.ends_with(text),
            Operator::Co => value.contains(text),
            Operator::Eq | Operator::Ne | Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => false,
        }
    }
}
