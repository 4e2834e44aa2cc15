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
    /// A `count` above the greatest page is cut down to it; beside a cursor it is refused, as RFC 9865 has a keyword for
    /// it. `nextCursor` is only given to those who ask with a cursor.
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
        let next = search.cursor.as_ref().filter(|_| found.more).zip(page.last());
        let next = next.map(|(tie, (kind, last))| {
            let cursor = Cursor {
                seen: search.begin.seen() + count(&page),
                last: (u32::try_from(*kind).unwrap_or(u32::MAX), last.key.id),
                count: tie.count,
                made: self.now().as_second(),
            };
            cursor.encode(&tie.query)
        });
        let head = format!(
            "{{\"schemas\":[\"{}\"],\"totalResults\":{},\"startIndex\":{},\"itemsPerPage\":{},\"Resources\":[",
            urn::LIST_RESPONSE,
            found.total,
            search.begin.seen().saturating_add(1),
            page.len()
        );
        let mut out = head.into_bytes();
        self.write_page(context, (&search, &page), &mut out).await?;
        out.extend_from_slice(b"]");
        if let Some(next) = next {
            out.extend_from_slice(format!(",\"nextCursor\":\"{next}\"").as_bytes());
        }
        out.push(b'}');
        Ok(out)
    }

    async fn write_page(
        &self,
        context: &Context,
        (search, page): (&Search, &[Match]),
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let mut view = View::new(self, context);
        for (index, (kind, resource)) in page.iter().enumerate() {
            let Some(kind) = search.kinds.get(*kind) else {
                continue;
            };
            let answered = view.answered(&kind.resource_type, resource, &kind.projection).await?;
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&answered.body);
        }
        Ok(())
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

fn count(page: &[Match]) -> u64 {
    u64::try_from(page.len()).unwrap_or(u64::MAX)
}
