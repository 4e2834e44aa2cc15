//! The use cases in one place: what they need, and how they are called.
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemas::{Catalogue, Projection, ResourceType};

use super::claims::Claims;
use super::context::Shape;
use super::room::Room;
use super::{Deliveries, Limits, Registry};
use crate::clock::{Clock, Ids};
use crate::store::{ResourceId, Store};

/// Of the requests that a directory may have under way so many-th may wait for vendors. The others are answered once
/// they are durable, so that no vendor's silence uses up the places and has the IdP turned away.
const WAITING_PART: usize = 4;

/// What use cases need.
pub struct Parts {
    /// Where resources and links are.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// What is served.
    pub catalogue: Arc<Catalogue>,
    /// Directories and targets.
    pub registry: Arc<Registry>,
    /// Delivery to targets.
    pub deliveries: Arc<dyn Deliveries>,
    /// Limits of requests and answers.
    pub limits: Limits,
}

/// The use cases. Cloning is cheap.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
    claims: Arc<Claims>,
    /// Turns of searches that look at everything.
    searches: Arc<Room>,
    /// Requests that wait for vendors.
    waiting: Arc<Room>,
    /// By resource type: what is returned to those who ask for nothing in particular.
    defaults: Arc<BTreeMap<String, Arc<Projection>>>,
}

impl Service {
    /// The use cases over these parts.
    pub fn new(parts: Parts) -> Self {
        let default = |resource_type: &Arc<ResourceType>| {
            let projection = Projection::parse(resource_type, &[], &[]).ok()?;
            Some((resource_type.name.clone(), Arc::new(projection)))
        };
        Self {
            defaults: Arc::new(parts.catalogue.types().iter().filter_map(default).collect()),
            waiting: Arc::new(Room::new(usize::MAX, waiting_max(parts.limits.requests_max))),
            searches: Arc::new(Room::new(parts.limits.searches_max, parts.limits.searches_max / 2)),
            parts: Arc::new(parts),
            claims: Arc::default(),
        }
    }

    /// What is served.
    pub fn catalogue(&self) -> &Catalogue {
        &self.parts.catalogue
    }

    /// Limits of requests and answers.
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Directories and targets.
    pub fn registry(&self) -> &Registry {
        &self.parts.registry
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.parts.store
    }

    pub(super) fn deliveries(&self) -> &dyn Deliveries {
        &*self.parts.deliveries
    }

    pub(super) fn claims(&self) -> &Arc<Claims> {
        &self.claims
    }

    pub(super) fn waiting(&self) -> &Room {
        &self.waiting
    }

    pub(super) fn searches(&self) -> &Room {
        &self.searches
    }

    /// What is returned of resources of the type.
    ///
    /// # Errors
    /// `invalidValue` if the shape contradicts itself.
    pub(super) fn projection(
        &self,
        resource_type: &ResourceType,
        shape: &Shape,
    ) -> Result<Arc<Projection>, schemas::Error> {
        let default = self.defaults.get(&resource_type.name).filter(|_| shape.is_default());
        if let Some(default) = default {
            return Ok(Arc::clone(default));
        }
        Projection::parse(resource_type, &shape.attributes, &shape.excluded_attributes).map(Arc::new)
    }

    /// What is returned of a resource to who wrote it, and set what `names` lists.
    ///
    /// # Errors
    /// As [`Service::projection`].
    pub(super) fn projection_after(
        &self,
        resource_type: &ResourceType,
        shape: &Shape,
        names: impl FnOnce() -> Vec<String>,
    ) -> Result<Arc<Projection>, schemas::Error> {
        let projection = self.projection(resource_type, shape)?;
        if !projection.depends_on_set() {
            return Ok(projection);
        }
        Ok(Arc::new(projection.after_setting(resource_type, &names())))
    }

    /// Now, as exactly as SCIM's times are written here.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.parts.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    pub(super) fn new_id(&self) -> ResourceId {
        ResourceId(self.parts.ids.next(self.parts.clock.now()))
    }
}

/// At least one: were there no place, no request would hear what a vendor refuses.
fn waiting_max(requests_max: usize) -> usize {
    (requests_max / WAITING_PART).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_however_few_requests_one_may_wait() {
        for (requests, expected) in [(1, 1), (3, 1), (4, 1), (8, 2), (512, 128)] {
            assert_eq!(waiting_max(requests), expected, "{requests}");
        }
    }
}
