//! Tokens to filters and paths. A fault ends only the term it stands in, so that all of them are found.
use serde_json::Value;

use super::fault::{Fault, describe, quote};
use super::lex::{Kind, Token, tokens};
use super::{Filter, Operator};
use crate::error::Error;
use crate::path::{AttributePath, split_attribute, split_word};

/// Bytes a filter or path may have; longer ones do not fit a request line, and no IdP sends them.
pub const FILTER_LENGTH_MAX: usize = 8 * 1024;

/// Brackets a filter may have open at once; bounds the recursion of everything that walks a filter.
pub const FILTER_DEPTH_MAX: usize = 32;

impl Filter {
    /// Parses a filter: the grammar of RFC 7644 figure 1 with errata 7319 (a blank after `not`) and
    /// 4690 (no value filter within a value filter), and in addition
    /// `emails[type eq "work"].value eq "x"`. Operators are read in any case.
    ///
    /// # Errors
    /// `invalidFilter` with every fault found and its position in characters; also for a text of more
    /// than [`FILTER_LENGTH_MAX`] bytes or [`FILTER_DEPTH_MAX`] brackets within each other.
    pub fn parse(text: &str) -> Result<Filter, Error> {
        parse(text, Parser::whole_filter).map_err(Error::invalid_filter)
    }
}

/// Parses the path of a PATCH operation (RFC 7644 figure 7).
pub(crate) fn parse_path(text: &str) -> Result<AttributePath, Error> {
    parse(text, Parser::whole_path).map_err(Error::invalid_path)
}

fn parse<'a, T>(text: &'a str, rule: fn(&mut Parser<'a>) -> Option<T>) -> Result<T, String> {
    if text.len() > FILTER_LENGTH_MAX {
        return Err(format!(
            "the text has {} bytes, and at most {FILTER_LENGTH_MAX} are read",
            text.len()
        ));
    }
    let mut faults = Vec::new();
    let tokens = tokens(text, &mut faults);
    let mut parser = Parser {
        tokens,
        next: 0,
        end: text.len(),
        depth: 0,
        in_value_filter: false,
        too_deep: false,
        faults,
    };
    match rule(&mut parser) {
        Some(parsed) if parser.faults.is_empty() => Ok(parsed),
        Some(_) | None => Err(describe(text, parser.faults)),
    }
}

/// Reads tokens from left to right. Its rules give none if they noted a fault.
struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    /// The token to be read next.
    next: usize,
    /// The length of the text.
    end: usize,
    /// Brackets that are open.
    depth: usize,
    in_value_filter: bool,
    /// The text nests too deep and is not read further.
    too_deep: bool,
    faults: Vec<Fault>,
}

impl<'a> Parser<'a> {
    fn whole_filter(&mut self) -> Option<Filter> {
        if self.tokens.is_empty() {
            self.fault("the filter is empty");
            return None;
        }
        let filter = self.or();
        while self.peek().is_some() {
            self.unexpected("`and` or `or` is expected here");
            self.after_fault();
        }
        filter
    }

    fn whole_path(&mut self) -> Option<AttributePath> {
        let path = self.path();
        if self.peek().is_some() {
            self.unexpected("the path ends before this");
        }
        path
    }

    /// Terms joined by `or`, which binds less than `and`.
    fn or(&mut self) -> Option<Filter> {
        let mut terms = vec![self.and()];
        while self.logical("or") {
            terms.push(self.and());
        }
        joined(terms, Filter::Or)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut terms = vec![self.term()];
        while self.logical("and") {
            terms.push(self.term());
        }
        joined(terms, Filter::And)
    }

    fn term(&mut self) -> Option<Filter> {
        if self.at_not() {
            self.next += 1;
            return Some(Filter::Not(Box::new(self.group()?)));
        }
        match self.peek() {
            Some(Kind::Open) => self.group(),
            Some(Kind::Word(_)) => self.expression(),
            Some(Kind::Text(_) | Kind::Close | Kind::OpenBracket | Kind::CloseBracket) | None => {
                self.fault("an attribute name is expected here");
                self.recover();
                None
            }
        }
    }

    /// An attribute with its operator, or with its value filter.
    fn expression(&mut self) -> Option<Filter> {
        let path = self.path();
        let Some(Kind::Word(word)) = self.peek().filter(|_| !path.as_ref().is_some_and(is_value_path)) else {
            return self.without_operator(path);
        };
        if word.eq_ignore_ascii_case("pr") {
            self.next += 1;
            return path.map(Filter::Present);
        }
        let Some(op) = Operator::parse(word) else {
            if let Some(path) = &path {
                self.fault(&not_an_operator(path, word));
            }
            self.recover();
            return None;
        };
        self.next += 1;
        let value = self.value()?;
        path.map(|path| Filter::Compare { path, op, value })
    }

    /// A path with a value filter; any other is at fault.
    fn without_operator(&mut self, path: Option<AttributePath>) -> Option<Filter> {
        match path {
            Some(mut path) if is_value_path(&path) => {
                let filter = path.filter.take()?;
                return Some(Filter::ValuePath { path, filter });
            }
            Some(_) => self.fault("an operator is expected here"),
            None => {}
        }
        self.recover();
        None
    }

    /// A path, with a value filter and a sub-attribute if they follow.
    fn path(&mut self) -> Option<AttributePath> {
        let Some(Kind::Word(word)) = self.peek() else {
            self.fault("an attribute name is expected here");
            return None;
        };
        let bracket = matches!(self.tokens.get(self.next + 1), Some(token) if token.kind == Kind::OpenBracket);
        let split = if bracket {
            split_attribute(word)
        } else {
            split_word(word)
        };
        if split.is_none() {
            self.fault(&format!("{} is not an attribute path", quote(word)));
        }
        self.next += 1;
        if !bracket {
            return split;
        }
        let filter = self.value_filter();
        let mut path = split?;
        path.filter = Some(Box::new(filter?));
        if let Some(Kind::Word(word)) = self.peek()
            && let Some(sub) = word.strip_prefix('.')
        {
            if !crate::path::is_name(sub) {
                self.fault(&format!("{} is not the name of a sub-attribute", quote(sub)));
            }
            path.sub = Some(sub.to_owned());
            self.next += 1;
        }
        Some(path)
    }

    fn value_filter(&mut self) -> Option<Filter> {
        if self.in_value_filter {
            self.fault("a value filter cannot hold another value filter");
        }
        let outer = std::mem::replace(&mut self.in_value_filter, true);
        let filter = self.group();
        self.in_value_filter = outer;
        filter
    }

    fn value(&mut self) -> Option<Value> {
        let value = match self.peek() {
            Some(Kind::Text(text)) => Some(Value::String(text)),
            Some(Kind::Word(word)) => {
                let literal = literal(word);
                if literal.is_none() {
                    let message = "is not a JSON string (in double quotes), number, true, false or null";
                    self.fault(&format!("{} {message}", quote(word)));
                }
                literal
            }
            Some(Kind::Open | Kind::Close | Kind::OpenBracket | Kind::CloseBracket) | None => {
                self.fault("a value is expected here");
                self.recover();
                return None;
            }
        };
        self.next += 1;
        value
    }

    /// A filter in brackets, round or square, whichever are next.
    fn group(&mut self) -> Option<Filter> {
        let close = match self.peek() {
            Some(Kind::OpenBracket) => Kind::CloseBracket,
            Some(Kind::Open | Kind::Close | Kind::CloseBracket | Kind::Word(_) | Kind::Text(_)) | None => Kind::Close,
        };
        if self.depth == FILTER_DEPTH_MAX {
            self.fault(&format!("more than {FILTER_DEPTH_MAX} brackets within each other"));
            self.too_deep = true;
            self.next = self.tokens.len();
            return None;
        }
        let open = self.next;
        self.next += 1;
        self.depth += 1;
        let inner = self.up_to(open, &close);
        self.depth -= 1;
        inner
    }

    /// What stands in brackets that are open, and the closing one.
    fn up_to(&mut self, open: usize, close: &Kind<'_>) -> Option<Filter> {
        let inner = self.or();
        while let Some(kind) = self.peek() {
            if kind == *close {
                self.next += 1;
                return inner;
            }
            self.unexpected("`and`, `or` or the closing bracket is expected here");
            self.after_fault();
        }
        if !self.too_deep {
            self.fault_at(open, "the bracket is never closed");
        }
        None
    }

    /// Goes on behind what did not belong where it stood: skipping ends before `and` and `or`, so that without this
    /// step nothing would ever be read again.
    fn after_fault(&mut self) {
        if self.logical("and") || self.logical("or") {
            self.or();
        }
    }

    fn at_not(&self) -> bool {
        let followed = matches!(self.tokens.get(self.next + 1), Some(token) if token.kind == Kind::Open);
        followed && matches!(self.peek(), Some(Kind::Word(word)) if word.eq_ignore_ascii_case("not"))
    }

    /// Reads the word if it is next.
    fn logical(&mut self, expected: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Word(word)) if word.eq_ignore_ascii_case(expected));
        self.next += usize::from(found);
        found
    }

    fn peek(&self) -> Option<Kind<'a>> {
        self.tokens.get(self.next).map(|token| token.kind.clone())
    }

    /// Notes that the next token does not belong here, and skips it with what belongs to it.
    fn unexpected(&mut self, expected: &str) {
        match self.peek() {
            Some(Kind::Close) => self.fault("`)` closes nothing"),
            Some(Kind::CloseBracket) => self.fault("`]` closes nothing"),
            Some(Kind::Open | Kind::OpenBracket | Kind::Word(_) | Kind::Text(_)) | None => self.fault(expected),
        }
        if matches!(self.peek(), Some(Kind::Close | Kind::CloseBracket)) {
            self.next += 1;
        } else {
            self.recover();
        }
    }

    /// Skips to what can follow a term: `and`, `or`, a closing bracket, the end.
    fn recover(&mut self) {
        let mut open: usize = 0;
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Open | Kind::OpenBracket => open += 1,
                Kind::Close | Kind::CloseBracket if open == 0 => return,
                Kind::Close | Kind::CloseBracket => open -= 1,
                Kind::Word(word) if open == 0 && is_logical(word) => return,
                Kind::Word(_) | Kind::Text(_) => {}
            }
            self.next += 1;
        }
    }

    fn fault(&mut self, message: &str) {
        self.fault_at(self.next, message);
    }

    fn fault_at(&mut self, token: usize, message: &str) {
        let span = self
            .tokens
            .get(token)
            .map_or(self.end..self.end, |token| token.start..token.end);
        self.faults.push(Fault {
            span,
            message: message.to_owned(),
        });
    }
}

fn joined(terms: Vec<Option<Filter>>, join: impl Fn(Vec<Filter>) -> Filter) -> Option<Filter> {
    let mut terms = terms.into_iter().collect::<Option<Vec<_>>>()?;
    if terms.len() == 1 {
        terms.pop()
    } else {
        Some(join(terms))
    }
}

/// A JSON number, true, false or null.
fn literal(word: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(word).ok()?;
    (!value.is_object()).then_some(value)
}

/// A path that is a filter without an operator.
fn is_value_path(path: &AttributePath) -> bool {
    path.filter.is_some() && path.sub.is_none()
}

fn is_logical(word: &str) -> bool {
    word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or")
}

fn not_an_operator(path: &AttributePath, word: &str) -> String {
    let is_not = path.schema.is_none()
        && path
            .attribute
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case("not"));
    if is_not {
        return "`not` is followed by a filter in round brackets".to_owned();
    }
    let known: Vec<_> = Operator::ALL.iter().map(|op| op.as_str()).collect();
    format!("{} is not one of the operators pr, {}", quote(word), known.join(", "))
}
