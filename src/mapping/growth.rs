//! How much more than what it reads an expression can make of it, as far as its form tells. Its evaluation counts no
//! steps, so that what could grow without a bound is refused before.
use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedEntryExpr, LiteralValue};

/// Lists that an expression walks: each may be as long as a request's body allows, and within each other their lengths
/// multiply.
const WALKS_MAX: usize = 1;

/// How many times longer all replacements of an expression may make a text, one after the other: what people write
/// their names in takes two or three letters for one, a few times.
const GROWTH_MAX: usize = 64;

/// What is known of an expression's work.
struct Work<'e> {
    /// The name of each walk's element.
    walks: Vec<&'e str>,
    growth: usize,
}

/// Refuses an expression that can grow too much; the name under which it knows the elements that it walks, if it does.
///
/// # Errors
/// What is refused.
pub(super) fn check(expression: &IdedExpr) -> Result<Option<&str>, String> {
    let mut work = Work {
        walks: Vec::new(),
        growth: 1,
    };
    work.add(&expression.expr)?;
    if work.walks.len() > WALKS_MAX {
        return Err("an expression walks at most one list".to_owned());
    }
    if work.growth > GROWTH_MAX {
        return Err(format!(
            "the replacements of an expression make a text at most {GROWTH_MAX} times as long"
        ));
    }
    Ok(work.walks.pop())
}

impl<'e> Work<'e> {
    /// Recurses no deeper than the parser did.
    fn add(&mut self, expression: &'e Expr) -> Result<(), String> {
        match expression {
            Expr::Comprehension(walk) => self.walks.push(&walk.iter_var),
            Expr::Call(call) => self.growth = self.growth.saturating_mul(growth(call)?),
            Expr::Unspecified
            | Expr::Ident(_)
            | Expr::List(_)
            | Expr::Literal(_)
            | Expr::Map(_)
            | Expr::Select(_)
            | Expr::Struct(_) => {}
        }
        parts(expression).into_iter().try_for_each(|part| self.add(&part.expr))
    }
}

/// How many times longer than its text a call's value can be.
fn growth(call: &CallExpr) -> Result<usize, String> {
    let fixed = |argument| literal(argument).ok_or_else(|| format!("`{}` puts in a text in quotes", call.func_name));
    match (call.func_name.as_str(), call.args.as_slice()) {
        ("replace", [from, to, ..]) => {
            let to = fixed(to)?.len();
            // An empty text stands at both ends, and between all characters.
            let each = match literal(from).map_or(0, str::len) {
                0 => to.saturating_add(1),
                from => to.div_ceil(from),
            };
            Ok(each.max(1))
        }
        ("join", [separator]) => fixed(separator).map(|_| 1),
        _ => Ok(1),
    }
}

fn literal(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn parts(expression: &Expr) -> Vec<&IdedExpr> {
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
