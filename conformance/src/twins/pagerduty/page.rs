//! Pages of lists: `limit`, `offset`, `more`, `total`.

use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::twins::{Answer, Request};

const LIMIT_DEFAULT: usize = 25;

/// More is not refused, but not given either.
const LIMIT_MAX: usize = 100;

/// How far into a list pages reach: the sum of offset and limit.
const REACH_MAX: usize = 10_000;

/// The page that a request asks for.
pub(super) struct Page {
    limit: usize,
    offset: usize,
    total: bool,
}

impl Page {
    pub(super) fn read(request: &Request) -> Result<Page, Refusal> {
        let limit = number(request, "limit")?.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX);
        let offset = number(request, "offset")?.unwrap_or(0);
        if limit == 0 {
            return Err(Refusal::arguments("limit must be greater than 0"));
        }
        if offset.saturating_add(limit) > REACH_MAX {
            return Err(Refusal::arguments(format!(
                "The sum of offset and limit must not exceed {REACH_MAX}"
            )));
        }
        Ok(Page {
            limit,
            offset,
            total: request.parameter("total") == Some("true"),
        })
    }

    /// The page of all these items, under the name of the list.
    pub(super) fn answer<T>(
        &self,
        name: &str,
        mut items: impl Iterator<Item = T>,
        json: impl Fn(T) -> Value,
    ) -> Answer {
        let skipped = items.by_ref().take(self.offset).count();
        let page: Vec<Value> = items.by_ref().take(self.limit).map(json).collect();
        let beyond = if self.total {
            items.count()
        } else {
            items.take(1).count()
        };
        let total = self.total.then_some(skipped + page.len() + beyond);
        let body = json!({
            name: page, "limit": self.limit, "offset": self.offset, "more": beyond > 0, "total": total,
        });
        Answer::json(200, &body)
    }
}

fn number(request: &Request, name: &str) -> Result<Option<usize>, Refusal> {
    let number = request.parameter(name).map(str::parse);
    number
        .transpose()
        .map_err(|_| Refusal::arguments(format!("{name} must be a whole number")))
}
