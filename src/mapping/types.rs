//! Whether an expression can have a value for anybody, told when it is declared: whether there are the functions and
//! attributes that it names, and whether they take values of such types.
//!
//! Each part is tried by itself with samples, one for each type that the parts in it can have, so that what stands behind
//! a condition is tried as well. What cannot be told is let pass.
mod document;
mod possible;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue, SelectExpr, operators};
use cel::{Context, Env, ExecutionError, IdedExpr, Value};
use schemas::ResourceType;

use self::document::document;
use self::possible::{Possible, text, truth, written};
use super::cost;
use super::number::Decimals;

/// What asks about the elements of a list.
const WALK: &str = "exists, all";

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
    let resource = Decimals::of(resource_type).read(&document(resource_type));
    let groups = Value::List(Arc::new(vec![text()]));
    let known = vec![
        (variable, Possible::These(vec![resource])),
        ("groups", Possible::These(vec![groups])),
    ];
    Trial { environment, known }.possible(expression).map(drop)
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
                // A macro's own, which nobody wrote.
                let is_gathering = |part: &IdedExpr| matches!(&part.expr, Expr::Ident(name) if name.starts_with('@'));
                let sign = match call.args.iter().any(is_gathering) {
                    true => WALK,
                    false => sign(call),
                };
                both.iter().try_for_each(|part| check_truth(sign, part))?;
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
        let is_list = of.can_be(|of| matches!(of, Value::List(_)));
        match self.tried(&[of], form) {
            Ok(member) => Ok(member),
            Err(_) => Err(match (spelled(operand), is_list) {
                (Some(of), true) => format!("`{of}` is a list: it is `{of}[0].{field}`, or walk it"),
                (Some(of), false) if of == "user" && field == "groups" => {
                    "there is no `user.groups`: the names of a person's groups are `groups`".to_owned()
                }
                (Some(of), false) => format!("there is no `{}`", joined(&of, field)),
                (None, _) => format!("there is no `{field}`"),
            }),
        }
    }

    /// The first element is like all others.
    fn walk(&mut self, walk: &'e ComprehensionExpr) -> Result<Possible, String> {
        let range = self.possible(&walk.iter_range)?;
        // Its parts come in another order each time.
        let is_object = match &range {
            Possible::Any => matches!(walk.iter_range.expr, Expr::Map(_)),
            Possible::These(samples) => matches!(samples.as_slice(), [Value::Map(_)]),
        };
        if is_object {
            return Err("an object has no order to be walked in".to_owned());
        }
        let element = match &range {
            Possible::Any => Possible::Any,
            Possible::These(samples) => match samples.as_slice() {
                [Value::List(list)] => Possible::of(list.first().cloned()),
                _ if range.can_be(|range| matches!(range, Value::List(_))) => Possible::Any,
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

fn literal(part: &IdedExpr) -> Option<&str> {
    match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// An operator as it is written; a function's name as it is.
fn sign(call: &CallExpr) -> &str {
    call.func_name.trim_matches(['_', '@'])
}

/// A member as it is written: what is no name, as a URN, stands in brackets.
fn joined(of: &str, field: &str) -> String {
    let is_name = field.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    match is_name {
        true => format!("{of}.{field}"),
        false => format!("{of}['{field}']"),
    }
}

/// A path as it is written.
fn spelled(part: &IdedExpr) -> Option<String> {
    match &part.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(joined(&spelled(&select.operand)?, &select.field)),
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
