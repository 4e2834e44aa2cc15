//! Pages of lists: `limit`, `after`, and the `Link` header.

use serde_json::Value;

use super::links::encode;
use super::refusal::Refusal;
use super::routes::Call;
use crate::twins::{Answer, Request};

/// How long the pages of a list are.
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub(super) default: usize,
    /// More is not refused, but not given either.
    pub(super) max: usize,
}

/// The page that a request asks for.
pub(super) struct Page {
    limit: usize,
    after: Option<String>,
}

/// A part of a list.
pub(super) struct Part<T> {
    pub(super) items: Vec<T>,
    /// Where the next part begins, if there is one.
    pub(super) next: Option<String>,
}

impl Page {
    pub(super) fn read(request: &Request, lengths: Lengths) -> Result<Page, Refusal> {
        let limit = match request.parameter("limit") {
            None => lengths.default,
            Some(text) => text
                .parse::<i64>()
                .map_err(|_| Refusal::type_mismatch("limit"))
                .and_then(positive)?,
        };
        Ok(Page {
            limit: limit.min(lengths.max),
            after: request.parameter("after").map(str::to_owned),
        })
    }

    /// The part of a list that is in the order of its keys.
    pub(super) fn by_key<T>(&self, items: impl Iterator<Item = T>, key: impl Fn(&T) -> &str) -> Part<T> {
        let after = self.after.as_deref();
        let mut rest = items.skip_while(|item| after.is_some_and(|after| key(item) <= after));
        let items: Vec<_> = rest.by_ref().take(self.limit).collect();
        let next = rest.next().and(items.last()).map(|item| key(item).to_owned());
        Part { items, next }
    }

    /// The part of a list in any other order. The cursor is a position.
    pub(super) fn by_position<T>(&self, items: impl Iterator<Item = T>) -> Result<Part<T>, Refusal> {
        let position = self.after.as_deref().map(str::parse::<usize>);
        let skipped = position.transpose().map_err(|_| Refusal::paging())?.unwrap_or(0);
        let mut rest = items.skip(skipped);
        let items: Vec<_> = rest.by_ref().take(self.limit).collect();
        let next = rest.next().map(|_| (skipped + items.len()).to_string());
        Ok(Part { items, next })
    }
}

/// A list as the answer to a call: an array, and links to this page and the next.
pub(super) fn answer(call: &Call, items: Vec<Value>, next: Option<&str>) -> Answer {
    let mut answer = Answer::json(200, &Value::Array(items));
    answer = answer.with_header(
        "link",
        format!("<{}>; rel=\"self\"", address(call, call.request.parameter("after"))),
    );
    match next {
        Some(next) => answer.with_header("link", format!("<{}>; rel=\"next\"", address(call, Some(next)))),
        None => answer,
    }
}

/// The address of the same list from this cursor on.
pub(super) fn address(call: &Call, after: Option<&str>) -> String {
    let others = call
        .request
        .query
        .iter()
        .filter(|(name, _)| name != "after")
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<_> = after
        .map(|after| ("after", after))
        .into_iter()
        .chain(others)
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let query = if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", pairs.join("&"))
    };
    format!("{}{}{query}", call.base, call.request.path)
}

fn positive(limit: i64) -> Result<usize, Refusal> {
    usize::try_from(limit)
        .ok()
        .filter(|limit| *limit > 0)
        .ok_or_else(Refusal::paging)
}
