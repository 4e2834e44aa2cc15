//! How many steps an expression takes at most, reckoned from its form and from the sizes of what it reads before it is
//! evaluated: the evaluation itself counts none.
//!
//! A step is a part of the expression that is evaluated once, or a byte of a value that a function reads or makes; of
//! what is no more than compared, or walked by its name, a whole value or [`VALUE`] bytes of a text. What is reckoned may
//! be more than what happens, and is never less.
use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, LiteralValue, operators};
use serde_json::Value;

use super::subject::Subject;
use schemas::Object;

/// Steps that an expression may take for one person. A walk of ten thousand groups takes about a million, and five
/// thousand groups looked through for each of twenty names eight million; so many take some tenths of a second, and what
/// they make fits into memory.
pub(super) const STEPS_MAX: u64 = 20_000_000;

/// Lists that an expression walks: each is looked up by its name.
pub(super) const WALKS_MAX: usize = 10;

/// Lists that are walked within each other, or one after the other in a chain: reckoning goes through the inside of each
/// twice, and evaluating takes stack for it.
const WITHIN_MAX: usize = 3;

/// What any value weighs beside its text.
const VALUE: u64 = 8;

/// How many times longer than a text its characters are as values of a list.
const SPLIT: u64 = VALUE + 1;

/// How many times longer than a value its digits can be, in base two.
const DIGITS: u64 = 8;

/// The longest form of a number of any size: with 308 digits before and 100 after the point.
const NUMBER: u64 = 512;

/// Refuses what is never evaluated; the names under which the expression knows the elements of the lists that it walks.
///
/// # Errors
/// What is refused.
pub(super) fn walks(expression: &IdedExpr) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    let mut left = vec![(expression, 0)];
    while let Some((part, mut within)) = left.pop() {
        if let Expr::Comprehension(walk) = &part.expr {
            names.push(walk.iter_var.as_str());
            within += 1;
        }
        if names.len() > WALKS_MAX || within > WITHIN_MAX {
            let within = format!("{WITHIN_MAX} of them within each other or in one chain");
            return Err(format!("an expression walks at most {WALKS_MAX} lists, {within}"));
        }
        left.extend(parts(&part.expr).into_iter().map(|part| (part, within)));
    }
    Ok(names)
}

/// The steps for a subject, which is known as `variable`, at most; more than [`STEPS_MAX`] are not told apart.
pub(super) fn steps(expression: &IdedExpr, variable: &str, subject: &Subject<'_>) -> u64 {
    let names = subject.groups.iter().filter_map(|group| group.name.as_deref());
    let groups = names.fold(Made::NOTHING, |made, name| made.with(Made::text(name)));
    let mut reckoning = Reckoning {
        known: vec![
            (variable, Extent::Object(subject.resource)),
            ("groups", Extent::Made(groups)),
        ],
        steps: 0,
        weighed: 0,
    };
    let extent = reckoning.extent(expression);
    let made = reckoning.weigh(extent);
    reckoning.take(made.weight);
    reckoning.steps
}

/// How large a value is at most.
#[derive(Clone, Copy)]
struct Made {
    /// [`VALUE`] for each value in it, and its bytes.
    weight: u64,
    /// The elements that a walk of it finds.
    items: u64,
}

impl Made {
    const NOTHING: Made = Made {
        weight: VALUE,
        items: 0,
    };

    fn text(text: &str) -> Made {
        Made {
            weight: VALUE.saturating_add(length(text)),
            items: 0,
        }
    }

    /// A value of which nothing but the weight is known.
    fn of(weight: u64) -> Made {
        Made {
            weight,
            items: weight.div_ceil(VALUE),
        }
    }

    /// The list with one more element.
    fn with(self, element: Made) -> Made {
        Made {
            weight: self.weight.saturating_add(element.weight),
            items: self.items.saturating_add(1),
        }
    }

    fn of_value(value: &Value) -> Made {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Made::NOTHING,
            Value::String(text) => Made::text(text),
            Value::Array(elements) => elements
                .iter()
                .fold(Made::NOTHING, |made, element| made.with(Made::of_value(element))),
            Value::Object(object) => Made::of_object(object),
        }
    }

    fn of_object(object: &Object) -> Made {
        object.iter().fold(Made::NOTHING, |made, (name, value)| {
            let weight = Made::of_value(value).weight.saturating_add(Made::text(name).weight);
            made.with(Made { weight, items: 0 })
        })
    }

    /// Bytes of a text.
    fn bytes(self) -> u64 {
        self.weight.saturating_sub(VALUE)
    }
}

/// What is known of a value.
#[derive(Clone, Copy)]
enum Extent<'v> {
    Object(&'v Object),
    Value(&'v Value),
    Made(Made),
}

struct Reckoning<'e, 'v> {
    /// What names stand for; the last one of a name counts.
    known: Vec<(&'e str, Extent<'v>)>,
    steps: u64,
    /// What was looked at to know its weight.
    weighed: u64,
}

impl<'e, 'v> Reckoning<'e, 'v> {
    fn take(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    /// Recurses no deeper than the parser did.
    fn extent(&mut self, part: &'e IdedExpr) -> Extent<'v> {
        self.take(1);
        match &part.expr {
            Expr::Ident(name) => {
                let found = self.known.iter().rev().find(|(known, _)| known == name);
                found.map_or(Extent::Made(Made::NOTHING), |(_, extent)| *extent)
            }
            Expr::Select(select) => {
                let of = self.extent(&select.operand);
                if select.test {
                    Extent::Made(Made::NOTHING)
                } else {
                    member(of, &select.field)
                }
            }
            Expr::Literal(literal) => Extent::Made(Made {
                weight: VALUE.saturating_add(u64::try_from(bytes(literal)).unwrap_or(u64::MAX)),
                items: 0,
            }),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(walk) => Extent::Made(self.walk(walk)),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Extent::Made(self.composed(part)),
        }
    }

    /// A list or an object of what is written in it.
    fn composed(&mut self, part: &'e IdedExpr) -> Made {
        let mut made = Made::NOTHING;
        for part in parts(&part.expr) {
            let extent = self.extent(part);
            made = made.with(self.weigh(extent));
        }
        self.take(made.weight);
        made
    }

    fn weigh(&mut self, extent: Extent<'v>) -> Made {
        let made = match extent {
            Extent::Made(made) => return made,
            // Who is over the bound already is not looked at any more.
            Extent::Object(_) | Extent::Value(_) if self.weighed > STEPS_MAX => Made::of(u64::MAX),
            Extent::Object(object) => Made::of_object(object),
            Extent::Value(value) => Made::of_value(value),
        };
        self.weighed = self.weighed.saturating_add(made.weight);
        made
    }

    fn call(&mut self, call: &'e CallExpr) -> Extent<'v> {
        let parts: Vec<_> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let extents: Vec<_> = parts.iter().map(|part| self.extent(part)).collect();
        if let (operators::INDEX, [of @ (Extent::Object(_) | Extent::Value(_)), _], [_, key]) =
            (call.func_name.as_str(), extents.as_slice(), parts.as_slice())
            && let Some(name) = literal(key)
        {
            return member(*of, name);
        }
        let arguments: Vec<_> = extents.into_iter().map(|extent| self.weigh(extent)).collect();
        let made = made_by(call, &arguments);
        self.take(read_by(call, &arguments).saturating_add(made.weight));
        if let ("indexOf" | "lastIndexOf", [text, sought, ..]) = (call.func_name.as_str(), arguments.as_slice()) {
            // It is compared at each place.
            self.take(text.weight.saturating_mul(sought.weight));
        }
        Extent::Made(made)
    }

    /// The work for an element grows at least as fast as the element, so that it is most for all of them together where
    /// one element is all that there is and the others are nothing.
    fn walk(&mut self, walk: &'e ComprehensionExpr) -> Made {
        let range = self.extent(&walk.iter_range);
        let range = self.weigh(range);
        self.extent(&walk.accu_init);
        let (steps_of_nothing, nothing) = self.inside(walk, Made { weight: 0, items: 0 });
        let (steps_of_all, all) = self.inside(walk, Made::of(range.weight));
        self.take(range.items.saturating_mul(steps_of_nothing));
        // Each element is copied. A list that has a name is mostly `groups`, whose texts are copied at once.
        let elements = match &walk.iter_range.expr {
            Expr::Ident(_) => copied(range.weight),
            _ => range.weight,
        };
        self.take(steps_of_all.saturating_add(elements));
        let gathered = match &walk.loop_step.expr {
            // `exists` and `all` keep whether, and nothing of what they saw.
            Expr::Call(call) if is_logical(&call.func_name) => Made::NOTHING,
            _ => Made {
                weight: range.items.saturating_mul(nothing.weight).saturating_add(all.weight),
                items: range.items.saturating_mul(nothing.items.max(all.items)),
            },
        };
        self.known.push((&walk.accu_var, Extent::Made(gathered)));
        let result = self.extent(&walk.result);
        self.known.pop();
        self.weigh(result)
    }

    /// The steps for one element, and what it adds to what is gathered.
    fn inside(&mut self, walk: &'e ComprehensionExpr, element: Made) -> (u64, Made) {
        let before = std::mem::take(&mut self.steps);
        self.known.push((&walk.iter_var, Extent::Made(element)));
        self.known.push((&walk.accu_var, Extent::Made(Made::NOTHING)));
        self.extent(&walk.loop_cond);
        let step = self.extent(&walk.loop_step);
        let made = self.weigh(step);
        self.known.truncate(self.known.len() - 2);
        (std::mem::replace(&mut self.steps, before), made)
    }
}

/// What a call reads of its arguments. It grows with the sum of them, not with the smaller one: of many small elements
/// together, a walk knows no more than the sum.
fn read_by(call: &CallExpr, arguments: &[Made]) -> u64 {
    let weight = together(arguments).weight;
    match call.func_name.as_str() {
        name if is_logical(name) => arguments.iter().fold(0, |sum: u64, _| sum.saturating_add(VALUE)),
        name if is_comparison(name) => copied(weight),
        _ => weight,
    }
}

/// What a call makes of its arguments, its target first.
fn made_by(call: &CallExpr, arguments: &[Made]) -> Made {
    let weight = together(arguments).weight;
    match (call.func_name.as_str(), arguments) {
        (name, _) if is_logical(name) || is_comparison(name) => Made::NOTHING,
        ("startsWith" | "endsWith" | "contains" | "size" | "indexOf" | "lastIndexOf", _) => Made::NOTHING,
        // What lists are put together with.
        (operators::ADD, parts) | (operators::CONDITIONAL, [_, parts @ ..]) => together(parts),
        ("replace", [text, _, to, ..]) => {
            let from = call.args.first().and_then(literal).map_or(0, length);
            // An empty text stands at both ends, and between all characters.
            let each = match from {
                0 => to.bytes().saturating_add(1),
                from => to.bytes().div_ceil(from).max(1),
            };
            Made::of(text.weight.saturating_mul(each).saturating_add(to.weight))
        }
        ("join", [list, separator]) => {
            Made::of(list.weight.saturating_add(list.items.saturating_mul(separator.bytes())))
        }
        ("split", [text, ..]) => Made::of(text.weight.saturating_mul(SPLIT)),
        ("format", [text, list]) => {
            let digits = list.weight.saturating_mul(DIGITS);
            let numbers = list.items.saturating_mul(NUMBER);
            Made::of(text.weight.saturating_add(digits).saturating_add(numbers))
        }
        // Each sign may get another before it.
        ("quote", _) => Made::of(weight.saturating_mul(2)),
        _ => Made::of(weight),
    }
}

/// Whether it takes truths and makes one.
fn is_logical(name: &str) -> bool {
    use operators::{LOGICAL_AND, LOGICAL_NOT, LOGICAL_OR, NOT_STRICTLY_FALSE};
    [LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT, NOT_STRICTLY_FALSE].contains(&name)
}

/// Whether it compares what it takes, and makes a truth of it.
fn is_comparison(name: &str) -> bool {
    use operators::{EQUALS, GREATER, GREATER_EQUALS, IN, LESS, LESS_EQUALS, NOT_EQUALS};
    [EQUALS, NOT_EQUALS, IN, LESS, LESS_EQUALS, GREATER, GREATER_EQUALS].contains(&name)
}

/// Steps for what is compared or copied. One more for what is less than a step in each element of a walk.
fn copied(weight: u64) -> u64 {
    (weight / VALUE).saturating_add(1)
}

/// All of these in one.
fn together(parts: &[Made]) -> Made {
    let nothing = Made { weight: 0, items: 0 };
    parts.iter().fold(nothing, |made, part| Made {
        weight: made.weight.saturating_add(part.weight),
        items: made.items.saturating_add(part.items),
    })
}

/// A member of a value; of one that is not known no more than all of it.
fn member<'v>(of: Extent<'v>, name: &str) -> Extent<'v> {
    let found = match of {
        Extent::Object(object) => object.get(name),
        Extent::Value(value) => value.get(name),
        Extent::Made(made) => return Extent::Made(Made::of(made.weight)),
    };
    found.map_or(Extent::Made(Made::NOTHING), Extent::Value)
}

fn literal(part: &IdedExpr) -> Option<&str> {
    match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn bytes(literal: &LiteralValue) -> usize {
    match literal {
        LiteralValue::String(text) => text.inner().len(),
        LiteralValue::Bytes(bytes) => bytes.inner().len(),
        LiteralValue::Boolean(_) | LiteralValue::Double(_) | LiteralValue::Int(_) => 0,
        LiteralValue::Null | LiteralValue::UInt(_) => 0,
    }
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

/// What stands in it.
pub(super) fn parts(expression: &Expr) -> Vec<&IdedExpr> {
    match expression {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(walk) => vec![
            &walk.iter_range,
            &walk.accu_init,
            &walk.loop_cond,
            &walk.loop_step,
            &walk.result,
        ],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(entry).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Struct(made) => made.entries.iter().flat_map(entry).collect(),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn entry(entry: &IdedEntryExpr) -> Vec<&IdedExpr> {
    match &entry.expr {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}
