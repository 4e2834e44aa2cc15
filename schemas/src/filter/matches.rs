//! Whether a resource satisfies a filter.
use serde_json::Value;

use super::operand::Operand;
use super::scope::{Scope, Target};
use super::{Filter, Operator};
use crate::Object;
use crate::path::AttributePath;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Type};
use crate::value::{elements, is_present};

/// A filter whose names are resolved and whose values are read, ready for many resources.
#[derive(Clone, Debug)]
pub struct Matcher(Node);

impl Filter {
    /// Prepares the filter for many resources of the type. An attribute that the type does not have is
    /// one without a value, as a query over several types asks (RFC 7644 section 3.4.2.2).
    pub fn compile(&self, kind: &ResourceType) -> Matcher {
        Matcher(node(self, Scope::Resource(kind)))
    }

    /// Prepares a value filter, as it stands in brackets, for many values of the attribute before the
    /// brackets.
    pub fn compile_value(&self, attribute: &Attribute) -> Matcher {
        Matcher(node(self, Scope::Value(attribute)))
    }

    /// True if the resource satisfies the filter, see [`Matcher::matches`].
    pub fn matches(&self, kind: &ResourceType, resource: &Object) -> bool {
        self.compile(kind).matches(resource)
    }

    /// True if one value of the attribute satisfies the value filter, as it stands in brackets.
    pub fn matches_value(&self, attribute: &Attribute, value: &Value) -> bool {
        self.compile_value(attribute).matches_value(value)
    }
}

impl Matcher {
    /// True if the resource satisfies the filter. The resource has canonical names; it holds `id`,
    /// `externalId`, `meta` and the containers of extensions.
    ///
    /// A multi-valued attribute satisfies a comparison if one of its values does. `ne` holds for an
    /// attribute without value; `eq null` is `not (… pr)`, and `ne null` is `pr`.
    pub fn matches(&self, resource: &Object) -> bool {
        self.0.holds(Holder::Object(resource))
    }

    /// True if the value, an element of a multi-valued attribute, satisfies the value filter.
    pub fn matches_value(&self, value: &Value) -> bool {
        self.0.holds(Holder::of(value))
    }
}

#[derive(Clone, Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(Place),
    /// With what holds for an attribute without value.
    Compare(Place, (Operator, Operand), bool),
    /// One value at the place satisfies the node.
    Value(Place, Box<Node>),
    /// An attribute that the type does not have: the outcome for one without value.
    Fixed(bool),
}

/// Where values are found in a resource or value; names are canonical.
#[derive(Clone, Debug)]
struct Place {
    /// The URN of the extension.
    container: Option<String>,
    /// None: the value itself.
    attribute: Option<String>,
    sub: Option<String>,
}

/// What a filter is applied to.
#[derive(Clone, Copy)]
enum Holder<'a> {
    Object(&'a Object),
    /// An element of a multi-valued attribute that is not complex.
    Simple(&'a Value),
}

fn node(filter: &Filter, scope: Scope<'_>) -> Node {
    match filter {
        Filter::And(terms) => Node::And(terms.iter().map(|term| node(term, scope)).collect()),
        Filter::Or(terms) => Node::Or(terms.iter().map(|term| node(term, scope)).collect()),
        Filter::Not(filter) => Node::Not(Box::new(node(filter, scope))),
        Filter::Present(path) => within(path, scope, present),
        Filter::Compare { path, op, value } => within(path, scope, |path, scope| compare(path, *op, value, scope)),
        Filter::ValuePath { path, filter } => value(path, scope, |scope| node(filter, scope)),
    }
}

/// `emails[type eq "work"].value eq "x"` means `emails[type eq "work" and value eq "x"]`.
fn within(path: &AttributePath, scope: Scope<'_>, leaf: impl Fn(&AttributePath, Scope<'_>) -> Node) -> Node {
    let (Some(filter), Some(sub)) = (&path.filter, &path.sub) else {
        return leaf(path, scope);
    };
    let attribute = AttributePath {
        sub: None,
        ..path.clone()
    };
    value(&attribute, scope, |scope| {
        Node::And(vec![node(filter, scope), leaf(&AttributePath::of(sub.as_str()), scope)])
    })
}

fn value(path: &AttributePath, scope: Scope<'_>, inner: impl Fn(Scope<'_>) -> Node) -> Node {
    match scope.target(path) {
        Some(target) => Node::Value(Place::of(target), Box::new(inner(Scope::Value(target.leaf)))),
        None => Node::Fixed(false),
    }
}

fn present(path: &AttributePath, scope: Scope<'_>) -> Node {
    if let Some(target) = scope.target(path) {
        return Node::Present(Place::of(target));
    }
    let extension = match scope {
        Scope::Resource(kind) => kind.extension(path),
        Scope::Value(_) => None,
    };
    match extension {
        Some(extension) => Node::Present(Place {
            container: None,
            attribute: Some(extension.schema.id.clone()),
            sub: None,
        }),
        None => Node::Fixed(false),
    }
}

fn compare(path: &AttributePath, op: Operator, value: &Value, scope: Scope<'_>) -> Node {
    if value.is_null() {
        return match op {
            Operator::Eq => Node::Not(Box::new(present(path, scope))),
            Operator::Ne => present(path, scope),
            Operator::Co | Operator::Sw | Operator::Ew => Node::Fixed(false),
            Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => Node::Fixed(false),
        };
    }
    match scope.compared(path) {
        Some(target) => {
            let operand = Operand::new(target.leaf, value);
            let unset = unset(target.leaf, scope).map_or(op == Operator::Ne, |unset| operand.compares(op, &unset));
            Node::Compare(Place::of(target), (op, operand), unset)
        }
        None => Node::Fixed(op == Operator::Ne),
    }
}

/// What an attribute without value stands for: `primary` of a value is false (RFC 7643 section 2.4).
fn unset(leaf: &Attribute, scope: Scope<'_>) -> Option<Value> {
    let is_primary = leaf.kind == Type::Boolean && leaf.name == "primary";
    (is_primary && matches!(scope, Scope::Value(_))).then_some(Value::Bool(false))
}

impl Node {
    fn holds(&self, holder: Holder<'_>) -> bool {
        match self {
            Node::And(nodes) => nodes.iter().all(|node| node.holds(holder)),
            Node::Or(nodes) => nodes.iter().any(|node| node.holds(holder)),
            Node::Not(node) => !node.holds(holder),
            Node::Present(place) => place.any(holder, |value| value.is_some_and(is_present)),
            Node::Compare(place, (op, operand), unset) => place.any(holder, |value| match value {
                Some(value) => operand.compares(*op, value),
                None => *unset,
            }),
            Node::Value(place, node) => {
                place.any(holder, |value| value.is_some_and(|value| node.holds(Holder::of(value))))
            }
            Node::Fixed(outcome) => *outcome,
        }
    }
}

impl Place {
    fn of(target: Target<'_>) -> Place {
        Place {
            container: target.extension.map(|schema| schema.id.clone()),
            attribute: target.attribute.map(|attribute| attribute.name.clone()),
            sub: target.sub.map(|sub| sub.name.clone()),
        }
    }

    /// Whether the test holds for one of the values; without any value, whether it holds for none.
    fn any(&self, holder: Holder<'_>, test: impl Fn(Option<&Value>) -> bool) -> bool {
        match self.find(holder).map(elements) {
            None | Some([]) => test(None),
            Some(values) => values.iter().any(|value| match &self.sub {
                None => test(Some(value).filter(|value| !value.is_null())),
                Some(sub) => match value.get(sub).map(elements) {
                    None | Some([]) => test(None),
                    Some(values) => values
                        .iter()
                        .any(|value| test(Some(value).filter(|value| !value.is_null()))),
                },
            }),
        }
    }

    fn find<'a>(&self, holder: Holder<'a>) -> Option<&'a Value> {
        let object = match (holder, &self.attribute) {
            (Holder::Simple(value), None) => return Some(value),
            (Holder::Object(object), Some(_)) => object,
            (Holder::Simple(_), Some(_)) | (Holder::Object(_), None) => return None,
        };
        let object = match &self.container {
            None => object,
            Some(container) => object.get(container)?.as_object()?,
        };
        object.get(self.attribute.as_deref()?)
    }
}

impl<'a> Holder<'a> {
    fn of(value: &'a Value) -> Holder<'a> {
        value.as_object().map_or(Holder::Simple(value), Holder::Object)
    }
}
