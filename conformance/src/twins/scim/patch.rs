//! PATCH of RFC 7644 section 3.5.2, on everything but members.

use serde_json::{Map, Value};

use super::filter::{Filter, Scope};
use super::refusal::{Reason, Refusal};
use super::resource::{Document, Rules};
use super::schema::{Attribute, Mutability, PATCH_OP, Path};

/// Most operations in one request.
const OPERATIONS_MAX: usize = 1000;

/// One operation as it was sent.
pub(super) struct Operation {
    pub(super) op: Op,
    pub(super) path: Option<String>,
    pub(super) value: Value,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Op {
    Add,
    Replace,
    Remove,
}

/// What a path names.
pub(super) enum Target {
    /// A whole extension.
    Extension(&'static str),
    /// An attribute, or those of its values that match.
    Attribute { path: Path, filter: Option<Filter> },
}

pub(super) fn operations(body: Value) -> Result<Vec<Operation>, Refusal> {
    let syntax = |detail: &str| Refusal::new(Reason::Syntax, detail);
    if body.pointer("/schemas/0").and_then(Value::as_str) != Some(PATCH_OP) {
        return Err(Refusal::new(Reason::Schemas, format!("schemas must be {PATCH_OP}")));
    }
    let operations = body.get("Operations").and_then(Value::as_array);
    let operations = operations.filter(|operations| (1..=OPERATIONS_MAX).contains(&operations.len()));
    let operations =
        operations.ok_or_else(|| syntax("Operations must be a list that is neither empty nor too long"))?;
    operations.iter().map(Operation::read).collect()
}

impl Operation {
    fn read(operation: &Value) -> Result<Operation, Refusal> {
        let syntax = |detail: &str| Refusal::new(Reason::Syntax, detail);
        let op = match operation.get("op").and_then(Value::as_str) {
            Some("add") => Op::Add,
            Some("replace") => Op::Replace,
            Some("remove") => Op::Remove,
            _ => return Err(syntax("op must be add, replace or remove")),
        };
        let path = match operation.get("path") {
            None => None,
            Some(Value::String(path)) => Some(path.clone()),
            Some(_) => return Err(syntax("path must be a string")),
        };
        match (op, &path, operation.get("value")) {
            (Op::Remove, None, _) => Err(Refusal::new(Reason::NoTarget, "A removal needs a path")),
            (Op::Add | Op::Replace, _, None) => Err(Refusal::new(Reason::Value, "The value is missing")),
            (_, _, value) => Ok(Operation {
                op,
                path,
                value: value.cloned().unwrap_or_default(),
            }),
        }
    }

    /// An operation without a path is one for each attribute in its value.
    pub(super) fn spread(self) -> Result<Vec<Operation>, Refusal> {
        if self.path.is_some() {
            return Ok(vec![self]);
        }
        let Value::Object(parts) = self.value else {
            return Err(Refusal::new(
                Reason::Value,
                "Without a path the value must be an object",
            ));
        };
        let parts = parts.into_iter().filter(|(name, _)| name != "schemas");
        let each = parts.map(|(name, value)| Operation {
            op: self.op,
            path: Some(name),
            value,
        });
        Ok(each.collect())
    }
}

impl Rules {
    pub(super) fn target(&self, text: &str) -> Result<Target, Refusal> {
        if let Some(urn) = self.kind.named_extension(text) {
            return Ok(Target::Extension(urn));
        }
        let unknown = || Refusal::new(Reason::Path, format!("`{text}` is not a path"));
        let (name, filter) = match text.split_once('[') {
            None => (text.to_owned(), None),
            Some((head, rest)) => {
                let (filter, sub) = rest.rsplit_once(']').ok_or_else(unknown)?;
                (format!("{head}{sub}"), Some(filter))
            }
        };
        let path = self.kind.resolve(&name).ok_or_else(unknown)?;
        // What is before the brackets names the attribute alone, and there is a choice only among several values.
        let head = text.split('[').next().and_then(|head| self.kind.resolve(head));
        if filter.is_some() && !head.is_some_and(|head| head.attribute.many && head.sub.is_none()) {
            return Err(unknown());
        }
        let filter = filter.map(|filter| {
            Filter::parse(Scope::Values(path.attribute.subs), filter)
                .map_err(|_| Refusal::new(Reason::Path, format!("`{filter}` is not a filter")))
        });
        Ok(Target::Attribute {
            path,
            filter: filter.transpose()?,
        })
    }

    /// Does one operation that has a path.
    pub(super) fn apply(&self, document: &mut Document, operation: Operation) -> Result<(), Refusal> {
        let text = operation.path.as_deref().unwrap_or_default();
        match self.target(text)? {
            Target::Extension(urn) => self.apply_to_extension(document, urn, operation),
            Target::Attribute { path, filter } => {
                self.check_target(&path, operation.op)?;
                let container = container(document, &path);
                match filter {
                    Some(filter) => self.apply_to_matching(container, (&path, &filter), operation),
                    None => self.apply_to_attribute(container, &path, operation),
                }
            }
        }
    }

    fn apply_to_extension(
        &self,
        document: &mut Document,
        urn: &'static str,
        operation: Operation,
    ) -> Result<(), Refusal> {
        if operation.op == Op::Remove {
            document.remove(urn);
            return Ok(());
        }
        let Value::Object(parts) = operation.value else {
            return Err(Refusal::value(urn, "must be an object"));
        };
        for (name, value) in parts {
            let path = Some(format!("{urn}:{name}"));
            let op = operation.op;
            self.apply(document, Operation { op, path, value })?;
        }
        Ok(())
    }

    /// Attributes that are not taken, or cannot be written, cannot be patched; nor can required ones be removed.
    fn check_target(&self, path: &Path, op: Op) -> Result<(), Refusal> {
        let name = path.name();
        let shape = self.shape();
        let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
        if read_only(path.attribute) || read_only(path.leaf()) {
            return Err(Refusal::new(Reason::Mutability, format!("{name} is read-only")));
        }
        if !self.takes(&name) {
            return Err(Refusal::new(Reason::Path, format!("{name} is not an attribute")));
        }
        let stays = shape.required.contains(&name.as_str()) || shape.patched_once.contains(&name.as_str());
        match op == Op::Remove && stays {
            true => Err(Refusal::new(Reason::Mutability, format!("{name} cannot be removed"))),
            false => Ok(()),
        }
    }

    fn apply_to_attribute(
        &self,
        container: &mut Map<String, Value>,
        path: &Path,
        operation: Operation,
    ) -> Result<(), Refusal> {
        let attribute = path.attribute;
        if let Some(sub) = path.sub {
            let parts = container.entry(attribute.name).or_insert_with(|| empty(attribute));
            return self.apply_to_sub(parts, (path, sub), operation);
        }
        let value = match operation.op {
            Op::Remove if attribute.many && !operation.value.is_null() => {
                return Err(Refusal::new(Reason::Syntax, "A removal has no value"));
            }
            Op::Remove => None,
            Op::Add | Op::Replace => self.value(attribute, &path.name(), listed(attribute, operation.value))?,
        };
        match value {
            None => {
                container.remove(attribute.name);
            }
            Some(value) => put(container, attribute, (operation.op, value)),
        }
        Ok(())
    }

    /// Sets or removes a sub-attribute, of each value if there may be several.
    fn apply_to_sub(
        &self,
        parts: &mut Value,
        (path, sub): (&Path, &'static Attribute),
        operation: Operation,
    ) -> Result<(), Refusal> {
        let value = match operation.op {
            Op::Remove => None,
            Op::Add | Op::Replace => self.value(sub, &path.name(), operation.value)?,
        };
        let mut targets: Vec<_> = match parts {
            Value::Array(values) => values.iter_mut().filter_map(Value::as_object_mut).collect(),
            parts => parts.as_object_mut().into_iter().collect(),
        };
        if targets.is_empty() && operation.op != Op::Remove {
            return Err(no_target(path));
        }
        for target in &mut targets {
            set(target, sub.name, value.clone());
        }
        Ok(())
    }

    /// A removal that meets nothing changes nothing; anything else that meets nothing is refused.
    fn apply_to_matching(
        &self,
        container: &mut Map<String, Value>,
        (path, filter): (&Path, &Filter),
        operation: Operation,
    ) -> Result<(), Refusal> {
        let is_met = |value: &Value| value.as_object().is_some_and(|value| filter.matches(value));
        let values = container.get_mut(path.attribute.name).and_then(Value::as_array_mut);
        let Some(values) = values.filter(|values| values.iter().any(is_met)) else {
            return match operation.op {
                Op::Remove => Ok(()),
                Op::Add | Op::Replace => Err(no_target(path)),
            };
        };
        let (met, mut others): (Vec<_>, Vec<_>) = std::mem::take(values).into_iter().partition(is_met);
        let met = match (path.sub, operation.op) {
            (None, Op::Remove) => Vec::new(),
            (None, Op::Add | Op::Replace) => self.merge(met, path, operation)?,
            (Some(sub), _) => {
                let mut met = Value::Array(met);
                self.apply_to_sub(&mut met, (path, sub), operation)?;
                met.as_array().cloned().unwrap_or_default()
            }
        };
        if met.iter().any(is_primary) {
            demote(&mut others);
        }
        values.extend(met);
        values.extend(others);
        Ok(())
    }

    /// Each of these values with what an operation says of them.
    fn merge(&self, values: Vec<Value>, path: &Path, operation: Operation) -> Result<Vec<Value>, Refusal> {
        let sent = self.single(path.attribute, &path.name(), operation.value)?;
        let sent = sent.ok_or_else(|| Refusal::value(&path.name(), "must not be empty"))?;
        let merged = values.into_iter().map(|mut value| {
            match (value.as_object_mut(), sent.as_object()) {
                (Some(value), Some(sent)) if operation.op == Op::Add => value.extend(sent.clone()),
                _ => value = sent.clone(),
            }
            value
        });
        Ok(merged.collect())
    }
}

/// Drops what became empty: it is unassigned then.
pub(super) fn tidy(document: &mut Document) {
    let is_empty = |value: &Value| match value {
        Value::Array(values) => values.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    for value in document.values_mut() {
        match value {
            Value::Array(values) => values.retain(|value| !is_empty(value)),
            Value::Object(parts) => parts.retain(|_, part| !is_empty(part)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    document.retain(|_, value| !is_empty(value));
}

fn no_target(path: &Path) -> Refusal {
    Refusal::new(Reason::NoTarget, format!("{} meets no value", path.name()))
}

/// The object that has the attribute.
fn container<'d>(document: &'d mut Document, path: &Path) -> &'d mut Map<String, Value> {
    let Some(urn) = path.extension else { return document };
    let extension = document.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    extension.as_object_mut().expect("an extension is kept as an object")
}

fn empty(attribute: &Attribute) -> Value {
    match attribute.many {
        true => Value::Array(Vec::new()),
        false => Value::Object(Map::new()),
    }
}

/// A single value of a multi-valued attribute may be sent without a list around it.
fn listed(attribute: &Attribute, value: Value) -> Value {
    match value {
        value @ Value::Object(_) if attribute.many => Value::Array(vec![value]),
        value => value,
    }
}

fn put(container: &mut Map<String, Value>, attribute: &Attribute, (op, value): (Op, Value)) {
    let kept = container.entry(attribute.name).or_insert_with(|| empty(attribute));
    match (kept, value) {
        (Value::Array(kept), Value::Array(values)) if op == Op::Add => add(kept, values),
        // RFC 7644 section 3.5.2.3: the parts that are named are replaced.
        (Value::Object(kept), Value::Object(parts)) => kept.extend(parts),
        (kept, value) => *kept = value,
    }
}

/// What is there already is not added again; a new primary value takes the place of the former.
fn add(kept: &mut Vec<Value>, values: Vec<Value>) {
    let new: Vec<_> = values.into_iter().filter(|value| !kept.contains(value)).collect();
    if new.iter().any(is_primary) {
        demote(kept);
    }
    kept.extend(new);
}

fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

fn demote(values: &mut [Value]) {
    for value in values.iter_mut().filter(|value| is_primary(value)) {
        value["primary"] = Value::Bool(false);
    }
}

fn set(target: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            target.insert(name.to_owned(), value);
        }
        None => {
            target.remove(name);
        }
    }
}
