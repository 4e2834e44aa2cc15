//! Gathers the matches of a search: counts all, and keeps the page.
use schemas::{Object, Sort, SortKey};

use super::query::{Begin, Search};
use crate::service::error::Error;
use crate::store::{Resource, ResourceId};

/// A match that is kept: which of the searched types it has, and itself.
pub(super) type Match = (usize, Resource);

/// What a search found.
pub(super) struct Found {
    pub(super) total: u64,
    pub(super) page: Page,
    /// Whether there are matches after the page.
    pub(super) more: bool,
}

/// The matches of the page.
pub(super) enum Page {
    Read(Vec<Match>),
    /// In order; to be read.
    Ids(Vec<(usize, ResourceId)>),
}

/// Gathers matches, which come in order of types and ids.
pub(super) struct Collector {
    begin: Begin,
    take: usize,
    total: u64,
    /// One more than the page, if there are more.
    page: Vec<Match>,
    order: Option<Order>,
}

struct Order {
    sort: Sort,
    keys: Vec<(SortKey, usize, ResourceId)>,
    keys_max: usize,
}

impl Collector {
    pub(super) fn new(search: &Search, sort_matches_max: usize) -> Collector {
        Collector {
            begin: search.begin,
            take: search.take,
            total: 0,
            page: Vec::new(),
            order: search.sort.clone().map(|sort| Order {
                sort,
                keys: Vec::new(),
                keys_max: sort_matches_max,
            }),
        }
    }

    /// Takes one more match.
    ///
    /// # Errors
    /// `tooMany` if more match than can be sorted.
    pub(super) fn add(&mut self, kind: usize, resource: &Resource, object: &Object) -> Result<(), Error> {
        if let Some(order) = &mut self.order {
            if order.keys.len() >= order.keys_max {
                let detail = format!("more than {} resources match: they cannot be sorted", order.keys_max);
                return Err(schemas::Error::too_many(detail).into());
            }
            order.keys.push((order.sort.key(object), kind, resource.key.id));
        } else if !self.is_before(kind, resource.key.id) && self.page.len() <= self.take {
            self.page.push((kind, resource.clone()));
        }
        self.total += 1;
        Ok(())
    }

    pub(super) fn found(self) -> Found {
        let Collector {
            begin,
            take,
            total,
            mut page,
            order,
        } = self;
        let Some(Order { mut keys, .. }) = order else {
            let more = page.len() > take;
            page.truncate(take);
            return Found {
                total,
                page: Page::Read(page),
                more,
            };
        };
        // Equal keys stay in order of types and ids.
        keys.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        let skip = match begin {
            Begin::Skip(skip) => to_usize(skip),
            Begin::After { id, seen, .. } => {
                let place = keys.iter().position(|(_, _, other)| *other == id);
                place.map_or(to_usize(seen), |place| place + 1)
            }
        };
        let more = keys.len() > skip.saturating_add(take);
        let ids = keys.into_iter().map(|(_, kind, id)| (kind, id));
        Found {
            total,
            page: Page::Ids(ids.skip(skip).take(take).collect()),
            more,
        }
    }

    fn is_before(&self, kind: usize, id: ResourceId) -> bool {
        match self.begin {
            Begin::Skip(skip) => self.total < skip,
            Begin::After {
                kind: last_kind,
                id: last,
                ..
            } => (kind, id) <= (last_kind, last),
        }
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
