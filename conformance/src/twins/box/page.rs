//! Pages of lists, by offset or by marker.

use std::sync::Arc;

use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::twins::Request;

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// What stands before the id in a marker. The form of markers is not documented.
const MARKER_PREFIX: &str = "after-";

/// The page that a request asks for.
pub(super) struct Page {
    limit: usize,
    place: Place,
}

enum Place {
    Offset(usize),
    /// After the row of this id; the first page has none.
    Marker(Option<u64>),
}

impl Page {
    /// A page by offset.
    pub(super) fn by_offset(request: &Request) -> Result<Page, Refusal> {
        let offset = number(request, "offset")?.unwrap_or_default();
        Ok(Page {
            limit: limit(request)?,
            place: Place::Offset(offset),
        })
    }

    /// A page by marker if the request says so.
    pub(super) fn of_users(request: &Request) -> Result<Page, Refusal> {
        if !flag(request, "usemarker")? {
            return match request.parameter("marker") {
                Some(_) => Err(Refusal::invalid("marker", "usemarker is not true")),
                None => Page::by_offset(request),
            };
        }
        if request.parameter("offset").is_some() {
            return Err(Refusal::invalid("offset", "cannot be together with a marker"));
        }
        let marker = request.parameter("marker").filter(|marker| !marker.is_empty());
        let after = marker.map(|marker| marker.strip_prefix(MARKER_PREFIX)?.parse().ok());
        let after = after.map(|after| after.ok_or_else(|| Refusal::invalid("marker", "is not one")));
        Ok(Page {
            limit: limit(request)?,
            place: Place::Marker(after.transpose()?),
        })
    }

    /// The page of all these rows, which come by id.
    pub(super) fn answer<T>(&self, rows: &[(u64, Arc<T>)], json: impl Fn(&T) -> Value) -> Value {
        let shown = |rows: &[(u64, Arc<T>)]| rows.iter().map(|(_, row)| json(row)).collect::<Vec<_>>();
        match self.place {
            Place::Offset(offset) => {
                let rest = rows.get(offset..).unwrap_or_default();
                let page = rest.get(..self.limit).unwrap_or(rest);
                json!({
                    "total_count": rows.len(),
                    "limit": self.limit,
                    "offset": offset,
                    "order": [{ "by": "id", "direction": "ASC" }],
                    "entries": shown(page),
                })
            }
            Place::Marker(after) => {
                let start = rows.partition_point(|(id, _)| after.is_some_and(|after| *id <= after));
                let rest = rows.get(start..).unwrap_or_default();
                let page = rest.get(..self.limit).unwrap_or(rest);
                let last = page.last().filter(|_| page.len() < rest.len());
                json!({
                    "limit": self.limit,
                    "next_marker": last.map(|(id, _)| format!("{MARKER_PREFIX}{id}")),
                    "entries": shown(page),
                })
            }
        }
    }
}

/// A parameter that is true or false; false if it is not there.
pub(super) fn flag(request: &Request, name: &str) -> Result<bool, Refusal> {
    match request.parameter(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::invalid(name, "must be true or false")),
    }
}

fn limit(request: &Request) -> Result<usize, Refusal> {
    match number(request, "limit")? {
        None => Ok(LIMIT_DEFAULT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Refusal::invalid("limit", "must be from 1 to 1000")),
    }
}

fn number(request: &Request, name: &str) -> Result<Option<usize>, Refusal> {
    let number = request.parameter(name).map(str::parse).transpose();
    number.map_err(|_| Refusal::invalid(name, "must be a number"))
}
