//! The answer to a list.
use std::sync::Arc;

use schemas::{Query, ResourceType, urn};

use super::collect::{Match, Page};
use super::cursor::Cursor;
use super::query::Search;
use crate::service::context::Context;
use crate::service::error::Error;
use crate::service::service::Service;
use crate::service::view::View;
use crate::store::ResourceKey;

impl Service {
    /// A ListResponse with resources of one type, or of all types (RFC 7644 section 3.4.2, RFC 9865).
    ///
    /// A `count` above the greatest page is cut down to it; beside a cursor it is refused, as RFC 9865 has a keyword
    /// for it. `nextCursor` is only given to those who ask with a cursor.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidPath`, `invalidValue`, `tooMany`, `invalidCursor`, `expiredCursor`, `invalidCount`.
    pub async fn list(
        &self,
        context: &Context,
        resource_type: Option<&Arc<ResourceType>>,
        query: Query,
    ) -> Result<Vec<u8>, Error> {
        let search = Search::parse(self, context, resource_type, &query)?;
        let found = self.find(context, &search).await?;
        let page = self.read_page(context, &search, found.page).await?;
        // How many resources fit is known behind them.
        let mut out = format!(
            "{{\"schemas\":[\"{}\"],\"totalResults\":{},\"startIndex\":{},\"Resources\":[",
            urn::LIST_RESPONSE,
            found.total,
            search.begin.seen().saturating_add(1)
        )
        .into_bytes();
        let written = self.write_page(context, (&search, &page), &mut out).await?;
        out.extend_from_slice(format!("],\"itemsPerPage\":{written}").as_bytes());
        let more = found.more || written < page.len();
        let last = page.get(..written).and_then(<[Match]>::last);
        if let Some((tie, (kind, last))) = search.cursor.as_ref().filter(|_| more).zip(last) {
            let cursor = Cursor {
                seen: search.begin.seen() + u64::try_from(written).unwrap_or(u64::MAX),
                last: (u32::try_from(*kind).unwrap_or(u32::MAX), last.key.id),
                count: tie.count,
                made: self.now().as_second(),
            };
            let next = cursor.encode(&tie.query);
            out.extend_from_slice(format!(",\"nextCursor\":\"{next}\"").as_bytes());
        }
        out.push(b'}');
        Ok(out)
    }

    /// Writes resources, and says how many: the page ends before the one with which it would have more bytes than it
    /// may.
    async fn write_page(
        &self,
        context: &Context,
        (search, page): (&Search, &[Match]),
        out: &mut Vec<u8>,
    ) -> Result<usize, Error> {
        let mut view = View::new(self, context);
        for (index, (kind, resource)) in page.iter().enumerate() {
            let Some(kind) = search.kinds.get(*kind) else {
                continue;
            };
            let answered = view.answered(&kind.resource_type, resource, &kind.projection).await?;
            if index > 0 {
                if out.len() + answered.body.len() > self.limits().page_bytes {
                    return Ok(index);
                }
                out.push(b',');
            }
            out.extend_from_slice(&answered.body);
        }
        Ok(page.len())
    }

    /// The resources of a page; who was deleted meanwhile is left out.
    async fn read_page(&self, context: &Context, search: &Search, page: Page) -> Result<Vec<Match>, Error> {
        let ids = match page {
            Page::Read(page) => return Ok(page),
            Page::Ids(ids) => ids,
        };
        let mut page = Vec::with_capacity(ids.len());
        for (number, id) in ids {
            let Some(kind) = search.kinds.get(number) else {
                continue;
            };
            let scope = context.scope(&kind.resource_type);
            let resource = self.store().resource(&ResourceKey { scope, id }).await?;
            page.extend(resource.map(|resource| (number, resource)));
        }
        Ok(page)
    }
}
