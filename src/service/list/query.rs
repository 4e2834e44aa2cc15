//! What a list is asked for, checked.
use std::sync::Arc;

use schemas::dialect::normalise_filter;
use schemas::{Filter, Projection, Query, ResourceType, Sort};

use super::cursor::Cursor;
use crate::service::context::{Context, Shape};
use crate::service::error::Error;
use crate::service::index;
use crate::service::service::Service;
use crate::store::ResourceId;

/// A search.
pub(super) struct Search {
    pub(super) kinds: Vec<Kind>,
    pub(super) filter: Option<Filter>,
    pub(super) sort: Option<Sort>,
    pub(super) begin: Begin,
    /// Resources on the page at most.
    pub(super) take: usize,
    /// For lists by cursor: what the next one is tied to.
    pub(super) cursor: Option<Tie>,
}

/// One of the types that are searched.
pub(super) struct Kind {
    pub(super) resource_type: Arc<ResourceType>,
    pub(super) projection: Arc<Projection>,
}

/// Where the page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// After so many matches.
    Skip(u64),
    /// After this resource; that many matches were seen before.
    After { kind: usize, id: ResourceId, seen: u64 },
}

/// What a cursor is tied to.
pub(super) struct Tie {
    /// The query, as one text.
    pub(super) query: String,
    /// The `count` of the query; 0 for none.
    pub(super) count: u32,
}

impl Begin {
    /// Matches before the page.
    pub(super) fn seen(self) -> u64 {
        match self {
            Begin::Skip(seen) | Begin::After { seen, .. } => seen,
        }
    }
}

impl Search {
    /// Reads a query over one type, or over all of them.
    ///
    /// # Errors
    /// What is wrong with it, see [`Service::list`].
    pub(super) fn parse(
        service: &Service,
        context: &Context,
        resource_type: Option<&Arc<ResourceType>>,
        query: &Query,
    ) -> Result<Search, Error> {
        let types = resource_type.map_or(service.catalogue().types(), std::slice::from_ref);
        let mut search = Search {
            kinds: Vec::with_capacity(types.len()),
            filter: filter(context, resource_type, (types, query))?,
            sort: sort(types, query)?,
            begin: Begin::Skip(0),
            take: 0,
            cursor: None,
        };
        let shape = Shape {
            attributes: query.attributes.clone(),
            excluded_attributes: query.excluded_attributes.clone(),
        };
        for resource_type in types {
            search.kinds.push(Kind {
                resource_type: Arc::clone(resource_type),
                projection: service.projection(resource_type, &shape)?,
            });
        }
        search.page(service, context, query)?;
        Ok(search)
    }

    fn page(&mut self, service: &Service, context: &Context, query: &Query) -> Result<(), Error> {
        let limits = service.limits();
        let count = query
            .count
            .map(|count| usize::try_from(count.max(0)).unwrap_or(usize::MAX));
        self.take = count.unwrap_or(limits.page_default).min(limits.page_max);
        let Some(text) = &query.cursor else {
            let start = query.start_index.map_or(1, |start| start.max(1));
            self.begin = Begin::Skip(u64::try_from(start - 1).unwrap_or(0));
            return Ok(());
        };
        if count.is_some_and(|count| count > limits.page_max) {
            let detail = format!("count is more than maxPageSize, which is {}", limits.page_max);
            return Err(schemas::Error::invalid_count(detail).into());
        }
        let tie = Tie {
            query: self.tied(context, query),
            count: count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
        };
        if !text.is_empty() {
            let cursor = Cursor::decode(text, &tie.query, (service.now(), limits.cursor_timeout))?;
            if cursor.count != tie.count {
                return Err(schemas::Error::invalid_count("count differs from the one the cursor was made for").into());
            }
            let (kind, id) = cursor.last;
            self.begin = Begin::After {
                kind: usize::try_from(kind).unwrap_or(usize::MAX),
                id,
                seen: cursor.seen,
            };
        }
        self.cursor = Some(tie);
        Ok(())
    }

    /// What must stay the same from page to page.
    fn tied(&self, context: &Context, query: &Query) -> String {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| &kind.resource_type.name).collect();
        let parts = (&query.filter, &query.sort_by, &query.sort_order);
        index::hash(format!("{:?} {kinds:?} {parts:?}", context.directory.id).as_bytes())
    }
}

/// At one type's endpoint an unknown attribute is a fault; in a search over types a type does not match where it lacks
/// it (RFC 7644 section 3.4.2.1). What is never returned is a fault everywhere.
fn filter(
    context: &Context,
    resource_type: Option<&Arc<ResourceType>>,
    (types, query): (&[Arc<ResourceType>], &Query),
) -> Result<Option<Filter>, schemas::Error> {
    let Some(text) = &query.filter else {
        return Ok(None);
    };
    let kind = resource_type.map(|kind| &**kind);
    let filter = Filter::parse(&normalise_filter(&context.rules, kind, text))?;
    if let Some(resource_type) = resource_type {
        filter.check(resource_type)?;
    } else if types.iter().any(|kind| filter.asks_for_hidden(kind)) {
        let detail = "an attribute of the filter is never returned, so it cannot be searched";
        return Err(schemas::Error::invalid_filter(detail));
    }
    Ok(Some(filter))
}

/// The order by the first type that knows the attribute; its name is the same in the others, or missing there.
fn sort(types: &[Arc<ResourceType>], query: &Query) -> Result<Option<Sort>, schemas::Error> {
    let (by, order) = (query.sort_by.as_deref(), query.sort_order.as_deref());
    let mut first = None;
    for resource_type in types {
        match Sort::parse(resource_type, by, order) {
            Ok(sort) => return Ok(sort),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(None), Err)
}
