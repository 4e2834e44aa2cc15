//! Pages of lists: by cursor (`page[size]`, `page[after]`, `page[before]`) or by offset (`page`, `per_page`).

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::account::Zendesk;
use super::refusal::Refusal;
use super::routes::Call;
use crate::twins::{Answer, Request};

/// Largest page; also what is given without a size.
const SIZE_MAX: usize = 100;

/// The page that a request asks for.
pub(super) struct Page<'a> {
    request: &'a Request,
    span: Span,
}

enum Span {
    Cursor {
        size: usize,
        /// The ids between which the page lies.
        after: Option<u64>,
        before: Option<u64>,
    },
    Offset {
        page: usize,
        size: usize,
    },
}

impl<'a> Page<'a> {
    /// The two ways must not be mixed; what is answered otherwise is not documented.
    pub(super) fn read(call: &Call<'a>) -> Result<Page<'a>, Refusal> {
        let request = call.request;
        let by_cursor = request.query.iter().any(|(name, _)| name.starts_with("page["));
        if !by_cursor {
            return Page::by_offset(call);
        }
        if request.parameter("page").or(request.parameter("per_page")).is_some() {
            return Err(Refusal::parameter("Cursor and offset pagination exclude each other"));
        }
        let size = number(request, "page[size]")?.unwrap_or(SIZE_MAX);
        if size == 0 || size > SIZE_MAX {
            return Err(Refusal::parameter("page[size] must be from 1 to 100"));
        }
        let span = Span::Cursor {
            size,
            after: cursor(request, "page[after]")?,
            before: cursor(request, "page[before]")?,
        };
        Ok(Page { request, span })
    }

    /// By offset alone, as searches do.
    pub(super) fn by_offset(call: &Call<'a>) -> Result<Page<'a>, Refusal> {
        let request = call.request;
        if request.query.iter().any(|(name, _)| name.starts_with("page[")) {
            return Err(Refusal::parameter("There is no cursor pagination here"));
        }
        let page = number(request, "page")?.unwrap_or(1);
        let size = number(request, "per_page")?.unwrap_or(SIZE_MAX).min(SIZE_MAX);
        match page > 0 && size > 0 {
            true => Ok(Page {
                request,
                span: Span::Offset { page, size },
            }),
            false => Err(Refusal::parameter("page and per_page must be greater than 0")),
        }
    }

    /// The number of the page, if it is asked for by offset.
    pub(super) fn number(&self) -> Option<usize> {
        match self.span {
            Span::Cursor { .. } => None,
            Span::Offset { page, .. } => Some(page),
        }
    }

    /// How far into the list the page reaches, if it is asked for by offset.
    pub(super) fn reach(&self) -> usize {
        match self.span {
            Span::Cursor { .. } => 0,
            Span::Offset { page, size } => page.saturating_mul(size),
        }
    }

    /// The least id that can be on the page, so that a list need not be walked from its begin.
    pub(super) fn start(&self) -> u64 {
        match self.span {
            Span::Cursor { after, .. } => after.map_or(0, |id| id.saturating_add(1)),
            Span::Offset { .. } => 0,
        }
    }

    /// The part of these items, which are in the order of their ids, that is on the page.
    pub(super) fn of<T>(&self, items: impl Iterator<Item = (u64, T)>) -> Picked<'_, T> {
        match self.span {
            Span::Cursor { size, after, before } => {
                let within = items.skip_while(|(id, _)| after.is_some_and(|after| *id <= after));
                let within = within.take_while(|(id, _)| before.is_none_or(|before| *id < before));
                let (kept, has_more) = match before {
                    None => first(within, size),
                    Some(_) => last(within, size),
                };
                let ends = kept
                    .first()
                    .zip(kept.last())
                    .map(|((first, _), (last, _))| (*first, *last));
                let items = kept.into_iter().map(|(_, item)| item).collect();
                Picked {
                    page: self,
                    items,
                    place: Place::Cursor { ends, has_more },
                }
            }
            Span::Offset { page, size } => {
                let items: Vec<T> = items.map(|(_, item)| item).collect();
                let count = items.len();
                let from = page.saturating_sub(1).saturating_mul(size);
                let items = items.into_iter().skip(from).take(size).collect();
                Picked {
                    page: self,
                    items,
                    place: Place::Offset { page, size, count },
                }
            }
        }
    }

    /// The same request for another page.
    fn link(&self, twin: &Zendesk, name: &str, value: &str) -> String {
        let places = ["page", "page[after]", "page[before]"];
        let kept = self
            .request
            .query
            .iter()
            .filter(|(name, _)| !places.contains(&name.as_str()));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair(name, value)
            .finish();
        format!(
            "https://{}.zendesk.com{}?{query}",
            twin.account.subdomain, self.request.path
        )
    }
}

/// What is on a page.
pub(super) struct Picked<'a, T> {
    page: &'a Page<'a>,
    items: Vec<T>,
    place: Place,
}

enum Place {
    Cursor {
        /// The first and the last id.
        ends: Option<(u64, u64)>,
        has_more: bool,
    },
    Offset {
        page: usize,
        size: usize,
        count: usize,
    },
}

impl<T> Picked<'_, T> {
    /// The page under the name of its list, and where the next one is.
    pub(super) fn answer(self, twin: &Zendesk, name: &str, json: impl Fn(T) -> Value) -> Answer {
        let list: Vec<Value> = self.items.into_iter().map(json).collect();
        let link = |name: &str, value: Option<String>| value.map(|value| self.page.link(twin, name, &value));
        let body = match self.place {
            Place::Cursor { ends, has_more } => {
                let (before, after) = (ends.map(|(id, _)| encoded(id)), ends.map(|(_, id)| encoded(id)));
                let next = link("page[after]", after.clone().filter(|_| has_more));
                json!({
                    name: list,
                    "meta": { "has_more": has_more, "after_cursor": after, "before_cursor": before },
                    "links": { "next": next, "prev": link("page[before]", before.clone()) },
                })
            }
            Place::Offset { page, size, count } => {
                let next = (page.saturating_mul(size) < count).then(|| (page + 1).to_string());
                let previous = (page > 1).then(|| (page - 1).to_string());
                json!({
                    name: list,
                    "count": count,
                    "next_page": link("page", next),
                    "previous_page": link("page", previous),
                })
            }
        };
        Answer::json(200, &body)
    }
}

/// So many from the begin, and whether there are more.
fn first<T>(mut items: impl Iterator<Item = T>, size: usize) -> (Vec<T>, bool) {
    let kept = items.by_ref().take(size).collect();
    (kept, items.next().is_some())
}

/// So many from the end, and whether there are more before.
fn last<T>(items: impl Iterator<Item = T>, size: usize) -> (Vec<T>, bool) {
    let mut kept = VecDeque::new();
    let mut has_more = false;
    for item in items {
        if kept.len() == size {
            kept.pop_front();
            has_more = true;
        }
        kept.push_back(item);
    }
    (kept.into(), has_more)
}

fn number(request: &Request, name: &str) -> Result<Option<usize>, Refusal> {
    let number = request.parameter(name).map(str::parse);
    let wrong = |_| Refusal::parameter(&format!("{name} must be a whole number"));
    number.transpose().map_err(wrong)
}

/// What a cursor stands for is nobody's business.
fn encoded(id: u64) -> String {
    STANDARD.encode(format!("after {id}"))
}

fn cursor(request: &Request, name: &str) -> Result<Option<u64>, Refusal> {
    let id = |text: &str| {
        let bytes = STANDARD.decode(text).ok()?;
        std::str::from_utf8(&bytes).ok()?.strip_prefix("after ")?.parse().ok()
    };
    let Some(text) = request.parameter(name) else {
        return Ok(None);
    };
    let wrong = || Refusal::parameter(&format!("{name} is none of the cursors that were given out"));
    id(text).map(Some).ok_or_else(wrong)
}
