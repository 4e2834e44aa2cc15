//! Expressions in `filter` and `search`: tests of attributes, joined by `and` and `or`.

use std::str::FromStr;

use jiff::Timestamp;
use serde_json::Value;

use super::refusal::Refusal;

/// How deep parentheses may nest; people write two or three.
const DEPTH_MAX: u32 = 16;

/// What one kind of expression allows.
#[derive(Clone, Copy)]
pub(super) struct Grammar {
    /// What an attribute holds if it can be tested with this operator.
    pub(super) kind: fn(&str, Operator) -> Option<Kind>,
    /// Whether `Ann` is another value than `ann`.
    pub(super) is_case_sensitive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    StartsWith,
    Contains,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Present,
}

impl Operator {
    /// Whether it asks for an order, not for a value.
    pub(super) fn compares(self) -> bool {
        match self {
            Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => true,
            Operator::Equal | Operator::StartsWith | Operator::Contains | Operator::Present => false,
        }
    }

    fn fits<T: PartialOrd>(self, value: T, operand: T) -> bool {
        match self {
            Operator::Greater => value > operand,
            Operator::GreaterOrEqual => value >= operand,
            Operator::Less => value < operand,
            Operator::LessOrEqual => value <= operand,
            Operator::Equal => value == operand,
            Operator::Present => true,
            Operator::StartsWith | Operator::Contains => false,
        }
    }

    fn fits_text(self, value: &str, operand: &str) -> bool {
        match self {
            Operator::StartsWith => value.starts_with(operand),
            Operator::Contains => value.contains(operand),
            _ => self.fits(value, operand),
        }
    }
}

impl FromStr for Operator {
    type Err = Refusal;

    /// `ne` is none of them.
    fn from_str(name: &str) -> Result<Operator, Refusal> {
        Ok(match name.to_lowercase().as_str() {
            "eq" => Operator::Equal,
            "sw" => Operator::StartsWith,
            "co" => Operator::Contains,
            "gt" => Operator::Greater,
            "ge" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "le" => Operator::LessOrEqual,
            "pr" => Operator::Present,
            _ => return Err(Refusal::search()),
        })
    }
}

/// An attribute's value.
pub(super) enum Field<'a> {
    Text(&'a str),
    Time(Option<Timestamp>),
    Json(Option<&'a Value>),
}

#[derive(Debug)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Test(Test),
}

#[derive(Debug)]
pub(super) struct Test {
    path: String,
    operator: Operator,
    operand: Operand,
    is_case_sensitive: bool,
}

#[derive(Debug)]
enum Operand {
    Text(String),
    Time(Timestamp),
}

impl Expression {
    /// Reads an expression. Which refusal the vendor gives to which mistake is not documented.
    ///
    /// # Errors
    /// It is not one, or tests what cannot be tested so.
    pub(super) fn read(text: &str, grammar: Grammar) -> Result<Expression, Refusal> {
        let mut tokens = tokens(text)?;
        tokens.reverse();
        let mut parser = Parser {
            tokens,
            grammar,
            depth: 0,
        };
        let expression = parser.any()?;
        match parser.tokens.is_empty() {
            true => Ok(expression),
            false => Err(Refusal::search()),
        }
    }

    pub(super) fn matches<'a>(&self, field: &dyn Fn(&str) -> Field<'a>) -> bool {
        match self {
            Expression::All(parts) => parts.iter().all(|part| part.matches(field)),
            Expression::Any(parts) => parts.iter().any(|part| part.matches(field)),
            Expression::Test(test) => test.matches(&field(&test.path)),
        }
    }
}

impl Test {
    fn matches(&self, field: &Field) -> bool {
        match (field, &self.operand) {
            (Field::Time(Some(time)), Operand::Time(operand)) => self.operator.fits(*time, *operand),
            (Field::Time(time), _) => time.is_some() && self.operator == Operator::Present,
            (Field::Text(text), Operand::Text(operand)) => self.fits(text, operand),
            (Field::Json(Some(value)), Operand::Text(operand)) => self.fits_json(value, operand),
            (Field::Text(_) | Field::Json(_), _) => false,
        }
    }

    /// An array matches if one of its items does.
    fn fits_json(&self, value: &Value, operand: &str) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => self.fits(text, operand),
            Value::Array(items) => items.iter().any(|item| self.fits_json(item, operand)),
            other => self.fits(&other.to_string(), operand),
        }
    }

    fn fits(&self, value: &str, operand: &str) -> bool {
        match self.is_case_sensitive {
            true => self.operator.fits_text(value, operand),
            false => self.operator.fits_text(&value.to_lowercase(), &operand.to_lowercase()),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Quoted(String),
}

struct Parser {
    /// What is still to be read, last first.
    tokens: Vec<Token>,
    grammar: Grammar,
    depth: u32,
}

impl Parser {
    fn any(&mut self) -> Result<Expression, Refusal> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(Expression::Any(parts))
    }

    fn all(&mut self) -> Result<Expression, Refusal> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(Expression::All(parts))
    }

    fn one(&mut self) -> Result<Expression, Refusal> {
        match self.tokens.pop() {
            Some(Token::Open) => self.nested(),
            Some(Token::Word(path)) => self.test(path).map(Expression::Test),
            _ => Err(Refusal::search()),
        }
    }

    fn nested(&mut self) -> Result<Expression, Refusal> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Refusal::search());
        }
        let inner = self.any()?;
        self.depth -= 1;
        match self.tokens.pop() {
            Some(Token::Close) => Ok(inner),
            _ => Err(Refusal::search()),
        }
    }

    fn test(&mut self, path: String) -> Result<Test, Refusal> {
        let Some(Token::Word(operator)) = self.tokens.pop() else {
            return Err(Refusal::search());
        };
        let operator: Operator = operator.parse()?;
        let kind = (self.grammar.kind)(&path, operator).ok_or_else(Refusal::search)?;
        let operand = match operator {
            Operator::Present => Operand::Text(String::new()),
            _ => self.operand(kind)?,
        };
        Ok(Test {
            path,
            operator,
            operand,
            is_case_sensitive: self.grammar.is_case_sensitive,
        })
    }

    fn operand(&mut self, kind: Kind) -> Result<Operand, Refusal> {
        let text = match self.tokens.pop() {
            Some(Token::Quoted(text)) => text,
            // Numbers and truth values stand without quotes.
            Some(Token::Word(word)) if kind == Kind::Text => word,
            _ => return Err(Refusal::search()),
        };
        match kind {
            Kind::Text => Ok(Operand::Text(text)),
            Kind::Time => text.parse().map(Operand::Time).map_err(|_| Refusal::date()),
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = matches!(self.tokens.last(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        if is_next {
            self.tokens.pop();
        }
        is_next
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = match first {
            '(' => (Token::Open, rest.split_at(1).1),
            ')' => (Token::Close, rest.split_at(1).1),
            '"' => quoted(rest.split_at(1).1)?,
            _ => word(rest),
        };
        tokens.push(token);
        rest = behind.trim_start();
    }
    Ok(tokens)
}

fn word(text: &str) -> (Token, &str) {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'));
    let (word, behind) = text.split_at(end.unwrap_or(text.len()));
    (Token::Word(word.to_owned()), behind)
}

/// Reads to the closing quote; a backslash takes the next character as it is.
fn quoted(text: &str) -> Result<(Token, &str), Refusal> {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next().ok_or_else(Refusal::search)? {
            '"' => return Ok((Token::Quoted(value), rest.as_str())),
            '\\' => value.push(rest.next().ok_or_else(Refusal::search)?),
            other => value.push(other),
        }
    }
}
