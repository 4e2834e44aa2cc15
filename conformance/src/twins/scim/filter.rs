//! Filters of RFC 7644 section 3.4.2.2, read into what they mean.

use serde_json::Value;

use super::refusal::{Reason, Refusal};
use super::schema::{self, Attribute, Kind, Mutability, Path, Type};

/// Longest filter. No client needs one as long.
const LENGTH_MAX: usize = 8 * 1024;

/// Deepest nesting of parentheses, since the parser calls itself.
const DEPTH_MAX: usize = 32;

/// A filter whose attributes are known.
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Present(Path),
    Compare(Path, Operator, Value),
    /// Whether any value of a multi-valued attribute matches as a whole.
    AnyValue(Path, Box<Filter>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A name and the path that it stands for.
pub(super) type Aliases = &'static [(&'static str, &'static str)];

/// What names in a filter stand for.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// A resource, and names that the vendor has for some paths, in place of those.
    Resource(&'static Type, Aliases),
    /// The values of one multi-valued attribute.
    Values(&'static [Attribute]),
}

impl Filter {
    pub(super) fn parse(scope: Scope, text: &str) -> Result<Filter, Refusal> {
        if text.len() > LENGTH_MAX {
            return Err(Refusal::new(Reason::Filter, "The filter is too long"));
        }
        let mut parser = Parser {
            text,
            rest: text,
            depth: 0,
        };
        let filter = parser.any_of(scope)?;
        parser.skip_blanks();
        match parser.rest.is_empty() {
            true => Ok(filter),
            false => parser.fail("an end is expected"),
        }
    }

    /// Whether any term reads this attribute.
    pub(super) fn reads(&self, name: &str) -> bool {
        match self {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| part.reads(name)),
            Filter::Not(part) => part.reads(name),
            Filter::Present(path) | Filter::Compare(path, ..) | Filter::AnyValue(path, _) => {
                path.attribute.name == name
            }
        }
    }

    /// The names and texts of a filter that consists of `eq` joined by `and` alone.
    pub(super) fn equalities(&self) -> Option<Vec<(String, &str)>> {
        match self {
            Filter::Compare(path, Operator::Eq, Value::String(text)) => Some(vec![(path.name(), text)]),
            Filter::And(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(Filter::equalities).collect();
                Some(parts?.concat())
            }
            _ => None,
        }
    }
}

impl Scope {
    fn resolve(self, name: &str) -> Option<Path> {
        match self {
            Scope::Resource(kind, aliases) => {
                if let Some((_, path)) = aliases.iter().find(|(alias, _)| *alias == name) {
                    return kind.resolve(path);
                }
                let path = kind.resolve(name)?;
                let is_renamed = aliases.iter().any(|(_, of)| *of == path.name());
                (!is_renamed).then_some(path)
            }
            Scope::Values(subs) => schema::within(subs, name),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn any_of(&mut self, scope: Scope) -> Result<Filter, Refusal> {
        let mut parts = vec![self.all_of(scope)?];
        while self.skip_word("or") {
            parts.push(self.all_of(scope)?);
        }
        Ok(joined(parts, Filter::Or))
    }

    fn all_of(&mut self, scope: Scope) -> Result<Filter, Refusal> {
        let mut parts = vec![self.term(scope)?];
        while self.skip_word("and") {
            parts.push(self.term(scope)?);
        }
        Ok(joined(parts, Filter::And))
    }

    fn term(&mut self, scope: Scope) -> Result<Filter, Refusal> {
        self.skip_blanks();
        if self.rest.starts_with('(') {
            return self.group(scope);
        }
        let name = self.word();
        if name.eq_ignore_ascii_case("not") {
            self.skip_blanks();
            let group = self.group(scope)?;
            return Ok(Filter::Not(Box::new(group)));
        }
        let readable = |path: &Path| path.attribute.mutability != Mutability::WriteOnly;
        let Some(path) = scope.resolve(name).filter(readable) else {
            return self.fail(&format!("`{name}` cannot be read"));
        };
        match self.rest.strip_prefix('[') {
            Some(rest) => self.values(path, rest),
            None => self.comparison(path),
        }
    }

    fn group(&mut self, scope: Scope) -> Result<Filter, Refusal> {
        let Some(rest) = self.rest.strip_prefix('(') else {
            return self.fail("`(` is expected");
        };
        self.rest = rest;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fail("the parentheses are too deep");
        }
        let filter = self.any_of(scope)?;
        self.depth -= 1;
        self.skip_blanks();
        self.expect(')')?;
        Ok(filter)
    }

    /// What stands in brackets behind a multi-valued attribute; there are none within.
    fn values(&mut self, path: Path, rest: &'t str) -> Result<Filter, Refusal> {
        if !path.attribute.many || path.sub.is_some() {
            return self.fail("brackets stand behind multi-valued attributes");
        }
        self.rest = rest;
        let filter = self.any_of(Scope::Values(path.attribute.subs))?;
        self.skip_blanks();
        self.expect(']')?;
        Ok(Filter::AnyValue(path, Box::new(filter)))
    }

    fn comparison(&mut self, path: Path) -> Result<Filter, Refusal> {
        self.skip_blanks();
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::parse(word) else {
            return self.fail(&format!("`{word}` is not an operator"));
        };
        self.skip_blanks();
        let Some(value) = self.value() else {
            return self.fail("a value is expected");
        };
        match suits(&path, operator, &value) {
            true => Ok(Filter::Compare(path, operator, value)),
            false => self.fail(&format!("{} cannot be compared so", path.name())),
        }
    }

    /// A JSON string, `true`, `false`, `null` or a number.
    fn value(&mut self) -> Option<Value> {
        let length = match self.rest.strip_prefix('"') {
            Some(inner) => string_length(inner)?,
            None => self
                .rest
                .find(|c: char| c.is_whitespace() || ")]".contains(c))
                .unwrap_or(self.rest.len()),
        };
        let (value, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let value = serde_json::from_str(value).ok()?;
        (!matches!(value, Value::Array(_) | Value::Object(_))).then_some(value)
    }

    fn word(&mut self) -> &'t str {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || "()[]\"".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Whether this word comes next; it is passed then.
    fn skip_word(&mut self, word: &str) -> bool {
        let before = self.rest;
        self.skip_blanks();
        let found = self.rest != before && self.word().eq_ignore_ascii_case(word);
        // A closing parenthesis may stand before the word without a blank.
        if !found {
            self.rest = before;
        }
        found
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn expect(&mut self, letter: char) -> Result<(), Refusal> {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => self.fail(&format!("`{letter}` is expected")),
        }
    }

    fn fail<T>(&self, what: &str) -> Result<T, Refusal> {
        let at = self.text.len() - self.rest.len();
        Err(Refusal::new(
            Reason::Filter,
            format!("The filter is invalid at {at}: {what}"),
        ))
    }
}

impl Operator {
    fn parse(word: &str) -> Option<Operator> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "co" => Operator::Co,
            "sw" => Operator::Sw,
            "ew" => Operator::Ew,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            _ => return None,
        })
    }
}

/// Whether an attribute can be compared with a value in this way. Anything can be equal to nothing.
fn suits(path: &Path, operator: Operator, value: &Value) -> bool {
    let is_equality = matches!(operator, Operator::Eq | Operator::Ne);
    let leaf = path.leaf();
    match (leaf.kind, value) {
        (_, Value::Null) => is_equality,
        (Kind::Text | Kind::DateTime, Value::String(_)) => true,
        (Kind::Boolean, Value::Bool(_)) => is_equality,
        // A multi-valued attribute stands for its values.
        (Kind::Complex, Value::String(_)) => leaf.many,
        _ => false,
    }
}

fn joined(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// How long a JSON string is with both its quotes, if this stands behind the first.
fn string_length(inner: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        match letter {
            '"' if !escaped => return Some(at + 2),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}
