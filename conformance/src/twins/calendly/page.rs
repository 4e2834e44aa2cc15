//! Pages of lists: `count`, `page_token`, and the `pagination` of the answer.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::uri::ORIGIN;
use crate::twins::{Answer, Request};

const COUNT_DEFAULT: usize = 20;
const COUNT_MAX: usize = 100;

/// What stands before the id in a token. The form of tokens is not documented.
const TOKEN_PREFIX: &str = "after_";

/// The page that a request asks for.
pub(super) struct Page<'a> {
    request: &'a Request,
    count: usize,
    /// The id after which the page begins.
    after: Option<&'a str>,
    /// Whether the newest come first.
    pub(super) descending: bool,
}

impl<'a> Page<'a> {
    pub(super) fn read(request: &'a Request) -> Result<Page<'a>, Refusal> {
        let count = request.parameter("count").map(str::parse).transpose();
        let count = count.map(|count| count.unwrap_or(COUNT_DEFAULT)).ok();
        let count = count.filter(|count| (1..=COUNT_MAX).contains(count));
        let after = request
            .parameter("page_token")
            .map(|token| token.strip_prefix(TOKEN_PREFIX).ok_or(token));
        Ok(Page {
            request,
            count: count.ok_or_else(|| Refusal::invalid("count", "must be a number from 1 to 100"))?,
            after: after
                .transpose()
                .map_err(|_| Refusal::invalid("page_token", "is invalid"))?,
            descending: false,
        })
    }

    /// The page of all these items, which come by id, and their ids. No page says which one was before it, which the
    /// document allows.
    pub(super) fn answer<'t, T: 't>(
        &self,
        items: impl DoubleEndedIterator<Item = (&'t String, T)>,
        json: impl Fn(T) -> Value,
    ) -> Answer {
        match self.descending {
            true => self.take(items.rev(), json),
            false => self.take(items, json),
        }
    }

    fn take<'t, T: 't>(&self, items: impl Iterator<Item = (&'t String, T)>, json: impl Fn(T) -> Value) -> Answer {
        let mut rest = items.skip_while(|(id, _)| {
            self.after.is_some_and(|after| match self.descending {
                true => id.as_str() >= after,
                false => id.as_str() <= after,
            })
        });
        let page: Vec<_> = rest.by_ref().take(self.count).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let token = last.map(|(id, _)| format!("{TOKEN_PREFIX}{id}"));
        let pagination = json!({
            "count": page.len(),
            "next_page": token.as_deref().map(|token| self.next_page(token)),
            "previous_page": null,
            "next_page_token": token,
            "previous_page_token": null,
        });
        let collection: Vec<_> = page.into_iter().map(|(_, item)| json(item)).collect();
        Answer::json(200, &json!({ "collection": collection, "pagination": pagination }))
    }

    fn next_page(&self, token: &str) -> String {
        let others = self.request.query.iter().filter(|(name, _)| name != "page_token");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair("page_token", token)
            .finish();
        format!("{ORIGIN}{}?{query}", self.request.path)
    }
}
