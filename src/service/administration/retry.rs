//! What waits for a person or for a slow retry, taken up again.
use super::{Administration, Error};
use crate::service::Target;
use crate::store::{Batch, LinkChange, LinkKey, LinkQuery, ResourceId, TargetId, Write};

/// Links taken up in one write, so that no other write waits long behind it.
const LINKS_PER_WRITE: usize = 500;

impl Administration {
    /// Takes up again what is parked, held or withheld at a target: of one resource, or of all. Answers of how many.
    ///
    /// Whatever still stands against a resource brings it back to where it was.
    ///
    /// # Errors
    /// There is no such target; the store failed.
    pub async fn retry(&self, target: &str, resource: Option<&str>) -> Result<usize, Error> {
        let found = self.named(target)?;
        let taken_up = match resource {
            Some(resource) => self.retry_one(&found, resource).await?,
            None => self.retry_all(found.id).await?,
        };
        self.parts.deliveries.wake(&[found.id]);
        Ok(taken_up)
    }

    async fn retry_one(&self, target: &Target, resource: &str) -> Result<usize, Error> {
        let Ok(resource) = resource.parse() else { return Ok(0) };
        let key = LinkKey {
            directory: target.directory,
            target: target.id,
            resource: ResourceId(resource),
        };
        let link = self.parts.store.link(&key).await?;
        match link.is_some_and(|link| link.is_pending()) {
            true => self.unpark(vec![key]).await,
            false => Ok(0),
        }
    }

    async fn retry_all(&self, target: TargetId) -> Result<usize, Error> {
        let (mut after, mut taken_up) = (None, 0);
        loop {
            let store = &self.parts.store;
            let parked = store
                .link_keys(target, LinkQuery::Parked(after), LINKS_PER_WRITE)
                .await?;
            let Some(last) = parked.last() else {
                return Ok(taken_up);
            };
            after = Some(last.resource);
            taken_up += self.unpark(parked).await?;
        }
    }

    async fn unpark(&self, keys: Vec<LinkKey>) -> Result<usize, Error> {
        let (count, now) = (keys.len(), self.parts.clock.now());
        let unpark = |key| [LinkChange::Unpark(now), LinkChange::Release].map(|change| Write::Link(key, change));
        let batch = Batch {
            expect: Vec::new(),
            writes: keys.into_iter().flat_map(unpark).collect(),
        };
        self.parts.store.commit(batch).await?;
        Ok(count)
    }
}
