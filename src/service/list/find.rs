//! Carries a search out: by pages, by candidates, or by looking at everything.
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use schemas::{Matcher, ResourceType};

use super::collect::{Collector, Found, Match, Page};
use super::query::{Begin, Search};
use super::rows::{Needed, needed};
use crate::service::context::Context;
use crate::service::error::Error;
use crate::service::rows::Show;
use crate::service::service::Service;
use crate::service::view::{self, View};
use crate::store::{From, Resource, ResourceId, ResourceKey};

/// Resources read at once where all are looked at with their rows. Read without leaving the thread, so few.
const WALK_CHUNK: usize = 32;

/// One type of a search.
struct Part<'a> {
    /// Its place among the types.
    number: usize,
    resource_type: &'a Arc<ResourceType>,
    /// Everything matches without one.
    matcher: Option<Matcher>,
    needed: Needed,
}

impl Service {
    /// The page of the search, and how many resources match.
    pub(super) async fn find(&self, context: &Context, search: &Search) -> Result<Found, Error> {
        if search.filter.is_none() && search.sort.is_none() {
            return self.find_all(context, search).await;
        }
        let mut collector = Collector::new(search, self.limits().sort_matches_max);
        let mut looked_at = 0;
        for (number, kind) in search.kinds.iter().enumerate() {
            let resource_type = &kind.resource_type;
            let part = Part {
                number,
                resource_type,
                matcher: search.filter.as_ref().map(|filter| filter.compile(resource_type)),
                needed: needed(search, resource_type),
            };
            let candidates = match &search.filter {
                Some(filter) => self.candidates(context, resource_type, filter).await?,
                None => None,
            };
            if let Some(ids) = candidates {
                self.look_at(context, (&part, ids), &mut collector).await?;
                continue;
            }
            looked_at += self.store().count(&context.scope(resource_type)).await?;
            self.check_bound(looked_at)?;
            collector = match part.needed {
                Needed::Nothing => self.scan(context, &part, collector).await?,
                Needed::Members(_) | Needed::All => self.walk(context, &part, collector).await?,
            };
        }
        Ok(collector.found())
    }

    /// A page of everything costs what it costs to read it.
    async fn find_all(&self, context: &Context, search: &Search) -> Result<Found, Error> {
        let mut total = 0;
        let mut page: Vec<Match> = Vec::new();
        for (number, kind) in search.kinds.iter().enumerate() {
            let scope = context.scope(&kind.resource_type);
            let count = self.store().count(&scope).await?;
            let from = match search.begin {
                Begin::Skip(skip) => From::Skip(skip.saturating_sub(total)),
                Begin::After { kind, id, .. } if kind == number => From::After(id),
                Begin::After { kind, .. } if kind > number => From::Skip(count),
                Begin::After { .. } => From::Skip(0),
            };
            total += count;
            // One more than the page says whether there are more.
            let missing = search.take + 1 - page.len().min(search.take + 1);
            if search.take > 0 && missing > 0 {
                let resources = self.store().page(&scope, from, missing).await?;
                page.extend(resources.into_iter().map(|resource| (number, resource)));
            }
        }
        let more = page.len() > search.take;
        page.truncate(search.take);
        Ok(Found {
            total,
            page: Page::Read(page),
            more,
        })
    }

    fn check_bound(&self, looked_at: u64) -> Result<(), Error> {
        let max = self.limits().scan_resources_max;
        if looked_at <= max {
            return Ok(());
        }
        let detail = format!("no index helps with this, and there are more than {max} resources to look at");
        Err(schemas::Error::too_many(detail).into())
    }

    async fn look_at(
        &self,
        context: &Context,
        (part, ids): (&Part<'_>, Vec<ResourceId>),
        collector: &mut Collector,
    ) -> Result<(), Error> {
        let mut view = View::new(self, context);
        let scope = context.scope(part.resource_type);
        for id in ids {
            let scope = scope.clone();
            if let Some(resource) = self.store().resource(&ResourceKey { scope, id }).await? {
                examine(&mut view, part, (&resource, collector)).await?;
            }
        }
        Ok(())
    }

    /// Looks at everything with its rows, some at a time.
    async fn walk(&self, context: &Context, part: &Part<'_>, mut collector: Collector) -> Result<Collector, Error> {
        let mut view = View::new(self, context);
        let scope = context.scope(part.resource_type);
        let mut from = From::Skip(0);
        loop {
            let chunk = self.store().page(&scope, from, WALK_CHUNK).await?;
            for resource in &chunk {
                examine(&mut view, part, (resource, &mut collector)).await?;
            }
            match chunk.last() {
                Some(last) if chunk.len() == WALK_CHUNK => from = From::After(last.key.id),
                _ => return Ok(collector),
            }
        }
    }

    /// Looks at everything in one snapshot, off the async threads. Rows are not read.
    async fn scan(&self, context: &Context, part: &Part<'_>, collector: Collector) -> Result<Collector, Error> {
        let shared = Arc::new(Mutex::new(Some(Ok(collector))));
        let outcome = Arc::clone(&shared);
        let (number, matcher) = (part.number, part.matcher.clone());
        let base_url = View::new(self, context).base_url;
        let visitor = move |resource: &Resource| {
            let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Ok(collector)) = &mut *outcome else {
                return ControlFlow::Break(());
            };
            let looked = view::plain(resource, &base_url).map(|object| {
                let matches = matcher.as_ref().is_none_or(|matcher| matcher.matches(&object));
                if matches {
                    collector.add(number, resource, &object)
                } else {
                    Ok(())
                }
            });
            match looked.and_then(|added| added) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    *outcome = Some(Err(error));
                    ControlFlow::Break(())
                }
            }
        };
        let scanned = self
            .store()
            .scan(&context.scope(part.resource_type), Box::new(visitor))
            .await;
        scanned?;
        let outcome = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.expect("nothing else takes it")
    }
}

async fn examine(
    view: &mut View<'_>,
    part: &Part<'_>,
    (resource, collector): (&Resource, &mut Collector),
) -> Result<(), Error> {
    let show = match &part.needed {
        Needed::Nothing => Show::None,
        Needed::Members(ids) => Show::Members(ids),
        Needed::All => Show::All,
    };
    let object = match part.needed {
        Needed::Nothing => view::plain(resource, &view.base_url)?,
        Needed::Members(_) | Needed::All => view.object(part.resource_type, resource, show).await?,
    };
    if part.matcher.as_ref().is_none_or(|matcher| matcher.matches(&object)) {
        collector.add(part.number, resource, &object)?;
    }
    Ok(())
}
