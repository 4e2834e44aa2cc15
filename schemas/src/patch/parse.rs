//! The body of a PATCH.
use std::fmt;

use serde_json::{Value, json};

use crate::body::{check_schemas, member};
use crate::error::Error;
use crate::path::AttributePath;
use crate::projection::set_by;
use crate::resource_type::ResourceType;
use crate::urn;
use crate::validate::{OPERATIONS_MAX, check_depth};

/// A PATCH request (RFC 7644 section 3.5.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// What to do, in this order; at least one.
    pub operations: Vec<Operation>,
}

/// One operation of a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What to do.
    pub op: Op,
    /// Where; the whole resource if there is none. `remove` has one.
    pub path: Option<AttributePath>,
    /// With what; `add` and `replace` have one, which may be null.
    pub value: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// RFC 7644 section 3.5.2.1.
    Add,
    /// RFC 7644 section 3.5.2.2.
    Remove,
    /// RFC 7644 section 3.5.2.3.
    Replace,
}

impl Patch {
    /// The attributes that the operations name, in standard notation.
    pub fn names(&self, kind: &ResourceType) -> Vec<String> {
        self.operations
            .iter()
            .flat_map(|operation| operation.names(kind))
            .collect()
    }

    /// Reads the body of a PATCH. Names of members, and operations, may be written in any case.
    ///
    /// # Errors
    /// `invalidSyntax` for a body that is no PATCH: `schemas` without the PatchOp URN, no operation,
    /// an unknown `op`; `invalidPath` for a malformed path; `noTarget` for a `remove` without path;
    /// `invalidValue` for an `add` or `replace` without value; 413 for too many operations.
    pub fn parse(body: &Value) -> Result<Patch, Error> {
        check_depth(body)?;
        let Value::Object(body) = body else {
            return Err(Error::invalid_syntax("the body must be a JSON object"));
        };
        check_schemas(member(body, "schemas")?, urn::PATCH_OP)?;
        let operations = match member(body, "Operations")? {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => return Err(Error::invalid_syntax("Operations: must be an array of one or more")),
        };
        if operations.len() > OPERATIONS_MAX {
            return Err(Error::too_large(format!(
                "Operations: {} are more than the {OPERATIONS_MAX} of one request",
                operations.len()
            )));
        }
        let operations = operations.iter().enumerate();
        let operations = operations.map(|(index, value)| Operation::parse(value).map_err(|error| at(index, error)));
        Ok(Patch {
            operations: operations.collect::<Result<_, _>>()?,
        })
    }
}

impl Operation {
    fn names(&self, kind: &ResourceType) -> Vec<String> {
        let value = self.value.as_ref().unwrap_or(&Value::Null);
        let Some(path) = &self.path else {
            return set_by(kind, value);
        };
        let path = AttributePath {
            filter: None,
            ..path.clone()
        };
        match kind.extension(&path) {
            Some(_) => set_by(kind, &json!({ (path.to_string()): value })),
            None => vec![path.to_string()],
        }
    }

    fn parse(value: &Value) -> Result<Operation, Error> {
        let Value::Object(operation) = value else {
            return Err(Error::invalid_syntax("must be an object"));
        };
        let op = Op::parse(member(operation, "op")?)?;
        let path = match member(operation, "path")? {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) => Some(AttributePath::parse(path)?),
            Some(_) => return Err(Error::invalid_path("path: must be a string")),
        };
        let value = member(operation, "value")?.cloned();
        match op {
            Op::Remove if path.is_none() => Err(Error::no_target("remove: needs a path")),
            Op::Add | Op::Replace if value.is_none() => Err(Error::invalid_value(format!("{op}: needs a value"))),
            Op::Add | Op::Remove | Op::Replace => Ok(Operation { op, path, value }),
        }
    }
}

impl Op {
    fn parse(value: Option<&Value>) -> Result<Op, Error> {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        [Op::Add, Op::Remove, Op::Replace]
            .into_iter()
            .find(|op| op.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| Error::invalid_syntax("op: must be `add`, `remove` or `replace`"))
    }

    /// The RFC's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Add => "add",
            Op::Remove => "remove",
            Op::Replace => "replace",
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Says which operation an error is about; the first is 0, as in a JSON path.
pub(super) fn at(index: usize, error: Error) -> Error {
    Error {
        detail: format!("Operations[{index}]: {}", error.detail),
        ..error
    }
}
