//! Carries a search out: by pages, by candidates, or by looking at everything.
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use schemas::{Filter, Matcher, ResourceType};

use super::collect::{Collector, Found, Match, Page};
use super::query::{Begin, Search};
use super::rows::{Needed, needed};
use crate::service::context::Context;
use crate::service::error::Error;
use crate::service::room::Taken;
use crate::service::rows::{Show, too_many};
use crate::service::service::Service;
use crate::service::view::{self, View};
use crate::store::{self, From, Resource, ResourceId, ResourceKey};

/// Resources that are looked at one by one where the request is served. The store reads as many without leaving the
/// thread, so that nothing of it waits, and nobody else is let in meanwhile.
const INLINE_MAX: usize = 32;

/// Comparisons that are made while a resource is read: a filter of more makes each resource count as several.
const TERMS_A_LOOK: usize = 20;

/// One type of a search.
#[derive(Clone)]
struct Part {
    /// Its place among the types.
    number: usize,
    resource_type: Arc<ResourceType>,
    /// Everything matches without one.
    matcher: Option<Matcher>,
    /// As how many each resource and each row of a membership counts.
    looks: u64,
    needed: Needed,
}

/// What a search has gathered, and how much it may still look at.
struct Progress {
    collector: Collector,
    /// Resources, and rows of memberships.
    left: u64,
    /// Taken by the first part that looks at more than a few.
    turn: Option<Taken>,
}

impl Service {
    /// The page of the search, and how many resources match.
    pub(super) async fn find(&self, context: &Context, search: &Search) -> Result<Found, Error> {
        if search.filter.is_none() && search.sort.is_none() {
            return self.find_all(context, search).await;
        }
        let mut progress = Progress {
            collector: Collector::new(search, self.limits().sort_matches_max),
            left: self.limits().scan_resources_max,
            turn: None,
        };
        for (number, kind) in search.kinds.iter().enumerate() {
            let part = Part {
                number,
                resource_type: Arc::clone(&kind.resource_type),
                matcher: search.filter.as_ref().map(|filter| filter.compile(&kind.resource_type)),
                looks: search.filter.as_ref().map_or(1, looks),
                needed: needed(search, &kind.resource_type),
            };
            let candidates = match &search.filter {
                Some(filter) => self.candidates(context, &kind.resource_type, filter).await?,
                None => None,
            };
            progress = match candidates {
                Some(ids) => self.look_at(context, (part, ids), progress).await?,
                None => self.look_at_all(context, part, progress).await?,
            };
        }
        Ok(progress.collector.found())
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

    async fn look_at_all(&self, context: &Context, part: Part, mut progress: Progress) -> Result<Progress, Error> {
        let count = self.store().count(&context.scope(&part.resource_type)).await?;
        self.count(&mut progress, count.saturating_mul(part.looks))?;
        self.take_turn(context, &mut progress).await?;
        if part.needed == Needed::Nothing {
            return self.scan(context, &part, progress).await;
        }
        let (service, context) = (self.clone(), context.clone());
        aside(async move { service.walk(&context, &part, progress).await }).await
    }

    async fn look_at(
        &self,
        context: &Context,
        (part, ids): (Part, Vec<ResourceId>),
        mut progress: Progress,
    ) -> Result<Progress, Error> {
        // One by one they are as many as any list may have, unless the filter is long.
        if part.looks > 1 {
            let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            self.count(&mut progress, count.saturating_mul(part.looks))?;
        }
        if ids.len() <= INLINE_MAX {
            return self.look_at_each(context, (&part, ids), progress).await;
        }
        self.take_turn(context, &mut progress).await?;
        let (service, context) = (self.clone(), context.clone());
        aside(async move { service.look_at_each(&context, (&part, ids), progress).await }).await
    }

    async fn look_at_each(
        &self,
        context: &Context,
        (part, ids): (&Part, Vec<ResourceId>),
        mut progress: Progress,
    ) -> Result<Progress, Error> {
        let mut view = View::bounded(self, context, progress.left / part.looks);
        let scope = context.scope(&part.resource_type);
        for id in ids {
            let scope = scope.clone();
            if let Some(resource) = self.store().resource(&ResourceKey { scope, id }).await? {
                examine(&mut view, part, (&resource, &mut progress.collector)).await?;
            }
        }
        progress.left = view.rows_left * part.looks;
        Ok(progress)
    }

    /// Counts resources that are to be looked at.
    ///
    /// # Errors
    /// `tooMany` beyond what a search may look at.
    fn count(&self, progress: &mut Progress, looks: u64) -> Result<(), Error> {
        let left = progress.left.checked_sub(looks);
        progress.left = left.ok_or_else(|| too_many(self.limits().scan_resources_max))?;
        Ok(())
    }

    async fn take_turn(&self, context: &Context, progress: &mut Progress) -> Result<(), Error> {
        if progress.turn.is_none() {
            progress.turn = Some(self.searches().take(context.directory.id, 1).await?);
        }
        Ok(())
    }

    /// Looks at everything with its rows, some at a time.
    async fn walk(&self, context: &Context, part: &Part, mut progress: Progress) -> Result<Progress, Error> {
        let mut view = View::bounded(self, context, progress.left / part.looks);
        let scope = context.scope(&part.resource_type);
        let mut from = From::Skip(0);
        loop {
            let chunk = self.store().page(&scope, from, INLINE_MAX).await?;
            for resource in &chunk {
                examine(&mut view, part, (resource, &mut progress.collector)).await?;
            }
            match chunk.last() {
                Some(last) if chunk.len() == INLINE_MAX => from = From::After(last.key.id),
                _ => {
                    progress.left = view.rows_left * part.looks;
                    return Ok(progress);
                }
            }
        }
    }

    /// Looks at everything in one snapshot, off the async threads. Rows are not read.
    async fn scan(&self, context: &Context, part: &Part, progress: Progress) -> Result<Progress, Error> {
        let shared = Arc::new(Mutex::new(Some(Ok(progress))));
        let outcome = Arc::clone(&shared);
        let (number, matcher) = (part.number, part.matcher.clone());
        let base_url = View::new(self, context).base_url;
        let visitor = move |resource: &Resource| {
            let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Ok(progress)) = &mut *outcome else {
                return ControlFlow::Break(());
            };
            let looked = view::plain(resource, &base_url).map(|object| {
                let matches = matcher.as_ref().is_none_or(|matcher| matcher.matches(&object));
                if matches {
                    progress.collector.add(number, resource, &object)
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
            .scan(&context.scope(&part.resource_type), Box::new(visitor))
            .await;
        scanned?;
        let outcome = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.expect("nothing else takes it")
    }
}

fn looks(filter: &Filter) -> u64 {
    u64::try_from(filter.terms().div_ceil(TERMS_A_LOOK)).unwrap_or(u64::MAX)
}

async fn examine(
    view: &mut View<'_>,
    part: &Part,
    (resource, collector): (&Resource, &mut Collector),
) -> Result<(), Error> {
    let show = match &part.needed {
        Needed::Nothing => Show::None,
        Needed::Members(ids) => Show::Members(ids),
        Needed::All => Show::All,
    };
    let object = match part.needed {
        Needed::Nothing => view::plain(resource, &view.base_url)?,
        Needed::Members(_) | Needed::All => view.object(&part.resource_type, resource, show).await?,
    };
    if part.matcher.as_ref().is_none_or(|matcher| matcher.matches(&object)) {
        collector.add(part.number, resource, &object)?;
    }
    Ok(())
}

/// Does work off the async threads that is made of reads: those that never wait would keep the thread to themselves. On
/// a thread of its own, since some of its reads need one of those that the runtime has for reading.
async fn aside<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    let runtime = tokio::runtime::Handle::current();
    let (done, waiting) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("search".to_owned());
    let spawned = thread.spawn(move || {
        // Whoever asked may have gone.
        drop(done.send(runtime.block_on(work)));
    });
    spawned.map_err(|error| store::Error::Unavailable(error.into()))?;
    let done = waiting.await;
    done.unwrap_or_else(|error| Err(store::Error::Unexpected(error.into()).into()))
}
