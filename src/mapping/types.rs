//! Whether an expression can have a value for anybody, told when it is declared: whether there are the functions and
//! attributes that it names, and whether they take values of such types.
//!
//! Each part is tried by itself with samples, one for each type that the parts in it can have, so that what stands behind
//! a condition is tried as well. What cannot be told is let pass.
use std::sync::Arc;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue, SelectExpr, operators};
use cel::{Context, Env, ExecutionError, IdedExpr, Value};
use schemas::{Attribute, Mutability, Object, ResourceType, Type};
use serde_json::json;

use super::cost;

/// Types that one part may have; who writes more than a few has a reason, and is let pass.
const TYPES_MAX: usize = 4;

/// Samples that are tried with each other for one part.
const TRIES_MAX: usize = 64;

/// Tries every part for resources of a type, which are known as `variable`.
///
/// # Errors
/// What can have no value, whoever it is for.
pub(super) fn check(
    environment: &Arc<Env>,
    expression: &IdedExpr,
    (variable, resource_type): (&str, &ResourceType),
) -> Result<(), String> {
    let resource = cel::to_value(document(resource_type)).map_err(|error| error.to_string())?;
    let groups = Value::List(Arc::new(vec![text()]));
    let known = vec![
        (variable, Possible::These(vec![resource])),
        ("groups", Possible::These(vec![groups])),
    ];
    Trial { environment, known }.possible(expression).map(drop)
}

/// What a part can be.
#[derive(Clone)]
enum Possible {
    /// That cannot be told.
    Any,
    /// A sample of each of its types.
    These(Vec<Value>),
}

impl Possible {
    fn of(values: impl IntoIterator<Item = Value>) -> Self {
        let mut samples: Vec<Value> = Vec::new();
        for value in values {
            let Some(sample) = sample(&value) else {
                return Possible::Any;
            };
            let is_known = |known: &Value| told(known) == told(&sample) && *known == sample;
            if !samples.iter().any(is_known) {
                samples.push(sample);
            }
        }
        match samples.len() {
            1..=TYPES_MAX => Possible::These(samples),
            _ => Possible::Any,
        }
    }

    fn or(self, other: Possible) -> Self {
        match (self, other) {
            (Possible::These(one), Possible::These(other)) => Possible::of(one.into_iter().chain(other)),
            (Possible::Any, _) | (_, Possible::Any) => Possible::Any,
        }
    }

    fn can_be(&self, is: impl Fn(&Value) -> bool) -> bool {
        match self {
            Possible::Any => true,
            Possible::These(samples) => samples.iter().any(is),
        }
    }

    fn told(&self) -> String {
        match self {
            Possible::Any => "anything".to_owned(),
            Possible::These(samples) => samples.iter().map(told).collect::<Vec<_>>().join(" or "),
        }
    }
}

struct Trial<'e> {
    environment: &'e Arc<Env>,
    /// What names stand for; the last one of a name counts.
    known: Vec<(&'e str, Possible)>,
}

impl<'e> Trial<'e> {
    /// Recurses no deeper than the parser did.
    fn possible(&mut self, part: &'e IdedExpr) -> Result<Possible, String> {
        match &part.expr {
            Expr::Ident(name) => {
                let found = self.known.iter().rev().find(|(known, _)| known == name);
                Ok(found.map_or(Possible::Any, |(_, possible)| possible.clone()))
            }
            Expr::Literal(literal) => Ok(written(literal)),
            Expr::Select(select) => {
                let of = self.possible(&select.operand)?;
                let member = self.member((&select.operand, of), &select.field)?;
                Ok(match select.test {
                    true => truth(),
                    false => member,
                })
            }
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(walk) => self.walk(walk),
            Expr::List(list) => self.list(list),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                for part in cost::parts(&part.expr) {
                    self.possible(part)?;
                }
                Ok(Possible::Any)
            }
        }
    }

    /// A list of values of one type.
    fn list(&mut self, list: &'e ListExpr) -> Result<Possible, String> {
        let elements: Result<Vec<_>, _> = list.elements.iter().map(|part| self.possible(part)).collect();
        let element = elements?.into_iter().reduce(Possible::or);
        Ok(match element {
            None => Possible::These(vec![Value::List(Arc::default())]),
            Some(Possible::These(samples)) if samples.len() == 1 && list.optional_indices.is_empty() => {
                Possible::These(vec![Value::List(Arc::new(samples))])
            }
            Some(Possible::These(_) | Possible::Any) => Possible::Any,
        })
    }

    fn call(&mut self, call: &'e CallExpr) -> Result<Possible, String> {
        let parts = call.target.as_deref().into_iter().chain(&call.args);
        let possible: Result<Vec<_>, _> = parts.map(|part| self.possible(part)).collect();
        let possible = possible?;
        match (call.func_name.as_str(), possible.as_slice(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, one, other], _) => {
                check_truth("? :", condition)?;
                Ok(one.clone().or(other.clone()))
            }
            (operators::LOGICAL_AND | operators::LOGICAL_OR, both, _) => {
                both.iter().try_for_each(|part| check_truth(sign(call), part))?;
                Ok(truth())
            }
            (operators::INDEX, [of, key], [list, named]) => match literal(named) {
                Some(name) if of.can_be(|of| matches!(of, Value::Map(_))) => self.member((list, of.clone()), name),
                _ => element(of, key),
            },
            (_, parts, _) => {
                let form = |names: Vec<IdedExpr>| {
                    let mut names = names.into_iter();
                    let target = call.target.as_ref().and_then(|_| names.next()).map(Box::new);
                    let (func_name, args) = (call.func_name.clone(), names.collect());
                    Expr::Call(CallExpr {
                        func_name,
                        target,
                        args,
                    })
                };
                let tried = self.tried(parts, form);
                tried.map_err(|error| match error {
                    ExecutionError::UndeclaredReference(_) => format!("there is no function `{}`", call.func_name),
                    _ => misfit(sign(call), parts),
                })
            }
        }
    }

    /// A member of an object, which is written so.
    fn member(&self, (operand, of): (&IdedExpr, Possible), field: &str) -> Result<Possible, String> {
        if matches!(of, Possible::Any) {
            return Ok(of);
        }
        let form = |mut names: Vec<IdedExpr>| {
            let (operand, field) = (Box::new(names.pop().unwrap_or_default()), field.to_owned());
            let test = false;
            Expr::Select(SelectExpr { operand, field, test })
        };
        let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::UInt(_) | Value::Float(_));
        let is_list = of.can_be(|of| matches!(of, Value::List(_)));
        match self.tried(&[of], form) {
            // Of what sign and form a number is says its value alone.
            Ok(member) if member.can_be(is_number) => Ok(Possible::Any),
            Ok(member) => Ok(member),
            Err(_) => Err(match (spelled(operand), is_list) {
                (Some(of), true) => format!("`{of}` is a list: it is `{of}[0].{field}`, or walk it"),
                (Some(of), false) => format!("there is no `{of}.{field}`"),
                (None, _) => format!("there is no `{field}`"),
            }),
        }
    }

    /// The first element is like all others.
    fn walk(&mut self, walk: &'e ComprehensionExpr) -> Result<Possible, String> {
        let range = self.possible(&walk.iter_range)?;
        let element = match &range {
            Possible::Any => Possible::Any,
            Possible::These(samples) => match samples.as_slice() {
                [Value::List(list)] => Possible::of(list.first().cloned()),
                [Value::Map(_)] => Possible::These(vec![text()]),
                _ if range.can_be(|range| matches!(range, Value::List(_) | Value::Map(_))) => Possible::Any,
                _ => return Err(format!("{} cannot be walked", range.told())),
            },
        };
        let first = self.possible(&walk.accu_init)?;
        self.known.push((&walk.iter_var, element));
        self.known.push((&walk.accu_var, first.clone()));
        self.possible(&walk.loop_cond)?;
        let gathered = first.or(self.possible(&walk.loop_step)?);
        self.known.truncate(self.known.len() - 2);
        self.known.push((&walk.accu_var, gathered));
        let result = self.possible(&walk.result);
        self.known.pop();
        result
    }

    /// What comes of samples, each tried with each other.
    ///
    /// # Errors
    /// None of them fits.
    fn tried(&self, parts: &[Possible], form: impl Fn(Vec<IdedExpr>) -> Expr) -> Result<Possible, ExecutionError> {
        let names: Vec<_> = (0..parts.len()).map(|number| format!("part{number}")).collect();
        let idents = names.iter().map(|name| IdedExpr {
            id: 0,
            expr: Expr::Ident(name.clone()),
        });
        let form = IdedExpr {
            id: 0,
            expr: form(idents.collect()),
        };
        let all_known = !parts.iter().any(|part| matches!(part, Possible::Any));
        let (mut made, mut misfit, mut is_open) = (Vec::new(), None, !all_known);
        for samples in combinations(parts) {
            let mut context = Context::with_env(Arc::clone(self.environment));
            let variables = names.iter().zip(samples);
            variables.for_each(|(name, sample)| context.add_variable_from_value(name.as_str(), sample));
            match context.resolve(&form) {
                Ok(value) => made.push(value),
                Err(error) if is_misfit(&error, all_known) => misfit = Some(error),
                // As for a text that is no number: it may be one for others.
                Err(_) => is_open = true,
            }
        }
        match misfit {
            Some(error @ ExecutionError::UndeclaredReference(_)) => Err(error),
            Some(error) if made.is_empty() && !is_open => Err(error),
            _ if is_open => Ok(Possible::Any),
            _ => Ok(Possible::of(made)),
        }
    }
}

/// Every sample with every other; what can be anything is nothing here.
fn combinations(parts: &[Possible]) -> Vec<Vec<Value>> {
    let mut all = vec![Vec::new()];
    for part in parts {
        let samples = match part {
            Possible::Any => &[Value::Null][..],
            Possible::These(samples) => samples,
        };
        let longer = all.iter().flat_map(|before: &Vec<Value>| {
            let with = |sample: &Value| before.iter().cloned().chain([sample.clone()]).collect();
            samples.iter().map(with).collect::<Vec<_>>()
        });
        all = longer.take(TRIES_MAX).collect();
    }
    all
}

/// Whether it lies in the types, and not in the values. Of what can be anything only the function's name is known.
fn is_misfit(error: &ExecutionError, all_known: bool) -> bool {
    use ExecutionError::{InvalidArgumentCount, NoSuchKey, NoSuchOverload, UnexpectedType};
    use ExecutionError::{UndeclaredReference, UnsupportedBinaryOperator, UnsupportedIndex, ValuesNotComparable};
    let lies_in_types = matches!(
        error,
        InvalidArgumentCount { .. } | NoSuchKey(_) | NoSuchOverload(_) | UnexpectedType { .. }
    );
    let lies_in_operands = matches!(
        error,
        UnsupportedBinaryOperator(..) | UnsupportedIndex(..) | ValuesNotComparable(..)
    );
    matches!(error, UndeclaredReference(_)) || (all_known && (lies_in_types || lies_in_operands))
}

/// The element of a list.
fn element(of: &Possible, key: &Possible) -> Result<Possible, String> {
    let Possible::These(samples) = of else {
        return Ok(Possible::Any);
    };
    let is_number = |key: &Value| matches!(key, Value::Int(_) | Value::UInt(_) | Value::Float(_));
    match samples.as_slice() {
        [Value::List(list)] if key.can_be(is_number) => Ok(Possible::of(list.first().cloned())),
        _ if of.can_be(|of| matches!(of, Value::Map(_))) => Ok(Possible::Any),
        _ if of.can_be(|of| matches!(of, Value::List(_))) && key.can_be(is_number) => Ok(Possible::Any),
        _ => Err(misfit("[ ]", &[of.clone(), key.clone()])),
    }
}

fn check_truth(sign: &str, part: &Possible) -> Result<(), String> {
    match part.can_be(|value| matches!(value, Value::Bool(_))) {
        true => Ok(()),
        false => Err(misfit(sign, std::slice::from_ref(part))),
    }
}

fn misfit(name: &str, parts: &[Possible]) -> String {
    let parts: Vec<_> = parts.iter().map(Possible::told).collect();
    format!("`{name}` does not take {}", parts.join(" and "))
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
        Value::List(list) => Value::List(Arc::new(list.first().map(sample).into_iter().collect::<Option<_>>()?)),
        // An attribute's: nothing else makes objects here.
        Value::Map(_) => value.clone(),
        _ => return None,
    })
}

/// A text that is a number too, so that `int(…)` takes it.
fn text() -> Value {
    Value::String(Arc::new("1".to_owned()))
}

fn truth() -> Possible {
    Possible::These(vec![Value::Bool(true)])
}

fn written(literal: &LiteralValue) -> Possible {
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

fn literal(part: &IdedExpr) -> Option<&str> {
    match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// A type's name, for people.
fn told(value: &Value) -> String {
    match value {
        Value::String(_) => "a text".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Int(_) | Value::UInt(_) => "a whole number".to_owned(),
        Value::Float(_) => "a number".to_owned(),
        Value::Null => "null".to_owned(),
        Value::List(list) => match list.first() {
            Some(first) => format!("a list ({}, …)", told(first)),
            None => "a list".to_owned(),
        },
        Value::Map(_) => "an object".to_owned(),
        other => other.type_of().to_string(),
    }
}

/// An operator as it is written; a function's name as it is.
fn sign(call: &CallExpr) -> &str {
    call.func_name.trim_matches(['_', '@'])
}

/// A path as it is written.
fn spelled(part: &IdedExpr) -> Option<String> {
    match &part.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(format!("{}.{}", spelled(&select.operand)?, select.field)),
        Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [of, key] => {
                let key = literal(key).map_or("0".to_owned(), |name| format!("'{name}'"));
                Some(format!("{}[{key}]", spelled(of)?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A resource that has all that an expression can meet: what is kept apart, as memberships, is in no document.
fn document(resource_type: &ResourceType) -> Object {
    let common = ["id", "externalId", "meta", "schemas"];
    let common = common.into_iter().filter_map(|name| resource_type.attribute(name));
    let rows = resource_type.rows().map(|rows| rows.name.as_str());
    let is_kept =
        |attribute: &&Attribute| attribute.mutability != Mutability::ReadOnly && Some(&*attribute.name) != rows;
    let core = resource_type.schema.attributes.iter().filter(is_kept);
    let mut document = object(common.chain(core));
    for extension in &resource_type.extensions {
        let attributes = object(extension.schema.attributes.iter());
        document.insert(extension.schema.id.clone(), attributes.into());
    }
    document
}

fn object<'a>(attributes: impl Iterator<Item = &'a Attribute>) -> Object {
    attributes
        .map(|attribute| (attribute.name.clone(), value(attribute)))
        .collect()
}

fn value(attribute: &Attribute) -> serde_json::Value {
    let one = match attribute.kind {
        Type::Boolean => json!(true),
        Type::Decimal => json!(1.5),
        Type::Integer => json!(1),
        Type::Complex => object(attribute.sub_attributes.iter()).into(),
        Type::String | Type::DateTime | Type::Binary | Type::Reference => json!("1"),
    };
    match attribute.multi_valued {
        true => json!([one]),
        false => one,
    }
}

#[cfg(test)]
mod tests {
    use schemas::Catalogue;

    use crate::mapping::expression::Expression;

    fn check(text: &str) -> Result<(), String> {
        let catalogue = Catalogue::builtin();
        let expression = Expression::compile(text, "user")?;
        expression.check(catalogue.by_name("User").unwrap())
    }

    #[test]
    fn what_fails_for_everybody_is_refused() {
        for (text, expected) in [
            ("user.displayName.upperAsci()", "there is no function `upperAsci`"),
            ("lower(user.displayName)", "there is no function `lower`"),
            // Behind a condition, and in a walk.
            (
                "has(user.title) ? user.title : user.userNme",
                "there is no `user.userNme`",
            ),
            ("groups.map(g, g.lower()).join()", "there is no function `lower`"),
            // What can be anything still needs functions that there are.
            ("int(user.title + 'x').nope()", "there is no function `nope`"),
            ("{'a': user.userNme}['a']", "there is no `user.userNme`"),
            ("has(user.titel) ? 'a' : 'b'", "there is no `user.titel`"),
            ("user.name.first", "there is no `user.name.first`"),
            ("user.emails[0].address", "there is no `user.emails[0].address`"),
            (
                "user.emails.value",
                "`user.emails` is a list: it is `user.emails[0].value`, or walk it",
            ),
            (
                "user.emails.exists(e, e.kind == 'work') ? 'a' : 'b'",
                "there is no `e.kind`",
            ),
            (
                "user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].team",
                "there is no `user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].team`",
            ),
            ("user.groups", "there is no `user.groups`"),
            ("user.displayName + 1", "`+` does not take a text and a whole number"),
            ("user.active.lowerAscii()", "`lowerAscii` does not take true or false"),
            (
                "user.userName.replace('a')",
                "`replace` does not take a text and a text",
            ),
            ("user.userName > 1", "`>` does not take a text and a whole number"),
            ("user.userName ? 'a' : 'b'", "`? :` does not take a text"),
            ("user.active && user.title ? 'a' : 'b'", "`&&` does not take a text"),
            ("!user.title ? 'a' : 'b'", "`!` does not take a text"),
            ("groups['first']", "`[ ]` does not take a list (a text, …) and a text"),
            ("user.title[0]", "`[ ]` does not take a text and a whole number"),
            ("user.title.map(t, t).join('')", "a text cannot be walked"),
            // No regular expressions: what they take is not reckoned.
            (
                "user.userName.matches('^a') ? 'a' : 'b'",
                "there is no function `matches`",
            ),
        ] {
            assert_eq!(check(text), Err(expected.to_owned()), "{text}");
        }
    }

    /// What fails for some only, and what cannot be told, is let pass.
    #[test]
    fn what_has_a_value_for_somebody_passes() {
        for text in [
            "user.displayName.upperAscii()",
            "user.userName.split('@')[5]",
            "user.userType == 'Partner' ? 36100 : int(user.nickName)",
            "int(user.nickName) / 0",
            "user.title.substring(7)",
            "user.emails.filter(e, e.type == 'work').map(e, e.value)[0]",
            "user.emails.filter(e, e.primary)[0].value",
            "user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].manager.value",
            "has(user.active) && user.active ? 'on' : 'off'",
            "user.meta.created + user.id + user.externalId + user.schemas[0]",
            "[user.title, 1][0]",
            "[1, 2].exists_one(n, n == size(groups)) ? 'a' : 'b'",
            "'%s (%s)'.format([user.displayName, user.userName])",
            "(has(user.active) ? user.title : 7) + 1",
            "[].map(a, a.b.c)",
            "user.?title.orValue('none')",
            "{'a': 'b'}[user.userType]",
            "{'a': 'b'}.a.upperAscii()",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    /// What is made of samples is as small as they are, however an expression multiplies.
    #[test]
    fn nothing_grows() {
        let long = format!(
            "user.title{}",
            ".replace('', user.title + 'aaaaaaaaaaaaaaaaaa')".repeat(10)
        );
        assert_eq!(check(&long), Ok(()));
        let twice = "has(user.active) ? 1 : '1'";
        let lists = format!("size([{}])", vec![format!("({twice})"); 8].join(","));
        assert_eq!(check(&lists), Ok(()));
    }
}
