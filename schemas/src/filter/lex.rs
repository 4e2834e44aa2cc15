//! Text to tokens.
use nom::branch::alt;
use nom::bytes::complete::{is_not, take_while, take_while1};
use nom::character::complete::{anychar, char};
use nom::combinator::{recognize, value};
use nom::multi::many0_count;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::fault::Fault;

/// A piece of the text.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// The first byte.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    /// A run of characters: a path, an operator, a number, `true`, `and`, ….
    Word(&'a str),
    /// A JSON string with its escapes undone.
    Text(String),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
}

/// Cuts the text into tokens. What is wrong with a string, or with a blank, is noted and read as well
/// as possible.
pub(super) fn tokens<'a>(text: &'a str, faults: &mut Vec<Fault>) -> Vec<Token<'a>> {
    let mut tokens: Vec<Token<'a>> = Vec::new();
    let mut rest = skip_blanks(text);
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        let (after, raw) = raw_token(rest).unwrap_or(("", Raw::Unclosed));
        let end = text.len() - after.len();
        let kind = raw.kind(start..end, faults);
        let token = Token { kind, start, end };
        if let Some(message) = misplaced_blank(tokens.last(), &token) {
            faults.push(Fault {
                span: start..end,
                message: message.to_owned(),
            });
        }
        tokens.push(token);
        rest = skip_blanks(after);
    }
    tokens
}

/// A token before its string is read.
#[derive(Clone)]
enum Raw<'a> {
    Kind(Kind<'a>),
    Quoted(&'a str),
    Unclosed,
}

impl<'a> Raw<'a> {
    fn kind(self, span: std::ops::Range<usize>, faults: &mut Vec<Fault>) -> Kind<'a> {
        let message = match self {
            Raw::Kind(kind) => return kind,
            Raw::Unclosed => "the string has no closing quote".to_owned(),
            Raw::Quoted(quoted) => match serde_json::from_str(quoted) {
                Ok(text) => return Kind::Text(text),
                Err(_) => "the string is not JSON: an escape or a control character is wrong in it".to_owned(),
            },
        };
        faults.push(Fault { span, message });
        Kind::Text(String::new())
    }
}

fn raw_token(rest: &str) -> IResult<&str, Raw<'_>> {
    let punctuation = alt((
        value(Kind::Open, char('(')),
        value(Kind::Close, char(')')),
        value(Kind::OpenBracket, char('[')),
        value(Kind::CloseBracket, char(']')),
    ));
    let word = take_while1(|char: char| !is_blank(char) && !"()[]\"".contains(char));
    alt((
        punctuation.map(Raw::Kind),
        word.map(|word| Raw::Kind(Kind::Word(word))),
        quoted.map(Raw::Quoted),
    ))
    .parse(rest)
}

/// A string with its quotes, its escapes not yet looked at.
fn quoted(rest: &str) -> IResult<&str, &str> {
    let piece = alt((is_not("\"\\"), recognize(preceded(char('\\'), anychar))));
    recognize(preceded(char('"'), terminated(many0_count(piece), char('"')))).parse(rest)
}

fn skip_blanks(text: &str) -> &str {
    let skipped: IResult<&str, &str> = take_while(is_blank)(text);
    skipped.map_or(text, |(rest, _)| rest)
}

fn is_blank(char: char) -> bool {
    char.is_ascii_whitespace()
}

/// The grammar has blanks around operators, and none before a value filter or after it.
fn misplaced_blank(previous: Option<&Token<'_>>, token: &Token<'_>) -> Option<&'static str> {
    let previous = previous?;
    let adjacent = previous.end == token.start;
    let attached = matches!((&previous.kind, &token.kind), (Kind::CloseBracket, Kind::Word(word)) if word.starts_with('.'))
        || matches!((&previous.kind, &token.kind), (Kind::Word(_), Kind::OpenBracket));
    if attached {
        return (!adjacent).then_some("there is a blank before it that must go");
    }
    let free = matches!(previous.kind, Kind::Open | Kind::OpenBracket)
        || matches!(token.kind, Kind::Close | Kind::CloseBracket)
        || matches!((&previous.kind, &token.kind), (Kind::Word(word), Kind::Open) if word.eq_ignore_ascii_case("not"));
    (adjacent && !free).then_some("there must be a blank before it")
}
