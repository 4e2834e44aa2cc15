//! What waits for a person or for a slow retry, taken up again.
use serde::{Deserialize, Serialize};

use super::links::Changed;
use super::{Administration, Error};
use crate::service::Target;
use crate::store::{self, LinkChange, LinkKey, LinkQuery, ProblemKind, ResourceId};

/// Links taken up in one write, so that no other write waits long behind it.
const LINKS_PER_WRITE: usize = 500;

/// What is taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeUp {
    /// What is parked. What waits for a person's decision, or was rejected, stays so.
    Parked,
    /// That as well: what is held, withheld, or held back since a restore.
    Held,
    /// Whatever the resource with this id waits for.
    One(String),
}

impl Administration {
    /// Takes up again what rests at a target. Answers of how many.
    ///
    /// Whatever still stands against a resource brings it back to where it was.
    ///
    /// # Errors
    /// There is no such target, or it has no such resource; the store failed.
    pub async fn retry(&self, target: &str, what: &TakeUp) -> Result<Changed, Error> {
        let found = self.named(target)?;
        let taken_up = match what {
            TakeUp::One(resource) => self.retry_one(&found, resource).await?,
            TakeUp::Parked => self.retry_all(&found, false).await?,
            TakeUp::Held => self.retry_all(&found, true).await?,
        };
        self.parts.deliveries.wake(&[found.id]);
        Ok(taken_up)
    }

    async fn retry_one(&self, target: &Target, resource: &str) -> Result<Changed, Error> {
        let unknown = || Error::Refused(vec![format!("`{}` has no resource `{resource}`", target.config.name)]);
        let key = target.link(ResourceId(resource.parse().map_err(|_| unknown())?));
        match self.parts.store.link(&key).await {
            Ok(Some(link)) if link.is_pending() => self.unpark(vec![key], true).await,
            Ok(Some(_)) => Ok(Changed::default()),
            Ok(None) => Err(unknown()),
            Err(store::Error::Damaged(_)) => Ok(Changed { changed: 0, damaged: 1 }),
            Err(error) => Err(error.into()),
        }
    }

    async fn retry_all(&self, target: &Target, held: bool) -> Result<Changed, Error> {
        let (mut after, mut taken_up) = (None, Changed::default());
        loop {
            let store = &self.parts.store;
            let rest = store
                .link_keys(target.id, LinkQuery::Parked(after), LINKS_PER_WRITE)
                .await?;
            let Some(last) = rest.last() else {
                return Ok(taken_up);
            };
            after = Some(last.resource);
            let mut chosen = Vec::new();
            for key in rest {
                match store.link(&key).await {
                    Ok(link) => chosen.extend(is_meant(link.as_ref(), held).then_some(key)),
                    Err(store::Error::Damaged(_)) => taken_up.damaged += 1,
                    Err(error) => return Err(error.into()),
                }
            }
            taken_up.add(self.unpark(chosen, held).await?);
        }
    }

    /// `release` lets go what a restore holds back, too.
    async fn unpark(&self, keys: Vec<LinkKey>, release: bool) -> Result<Changed, Error> {
        let now = self.parts.clock.now();
        let changes = |key| {
            let release = release.then_some(LinkChange::Release);
            let changes = [LinkChange::Unpark(now)].into_iter().chain(release);
            (key, changes.collect())
        };
        self.change_links(keys.into_iter().map(changes).collect()).await
    }
}

fn is_meant(link: Option<&store::Link>, held: bool) -> bool {
    let problem = link.and_then(|link| link.problem.as_ref());
    problem.is_some_and(|problem| match problem.kind {
        ProblemKind::Retrying => false,
        ProblemKind::Parked => true,
        ProblemKind::Held | ProblemKind::Withheld => held,
    })
}
