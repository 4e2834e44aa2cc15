//! A value for the sake of a create of which nobody knows yet whether it made an account.
use adapters::descriptor::Kind;
use adapters::{Error, Fields};
use jiff::Timestamp;

use crate::delivery::outcome::Outage;
use crate::delivery::work::Work;
use crate::store::{self, Link, LinkKey, LinkQuery};

/// Links read at a time, where creates of an earlier holder are looked for.
const PAGE: usize = 500;

impl Work<'_> {
    /// Another link of this type whose create was sent with the unique value, and is not found or given up yet: the
    /// vendor may have an account of it that no link knows.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn seeker(&self, unique: &str) -> Result<Option<LinkKey>, store::Error> {
        let seeks = |link: &Link| {
            let sought = link.sought.as_deref();
            link.resource_type == self.link.resource_type && sought.is_some_and(|sought| self.is_unique(sought, unique))
        };
        let earlier = self.earlier_seekers().await?;
        let own = self.line.memory().doubted();
        for key in own.into_iter().chain(earlier).filter(|key| *key != self.key) {
            if self.sought(&key).await?.is_some_and(|link| seeks(&link)) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Links whose creates an earlier holder of the lease sent, as they were when first asked for: no more come.
    async fn earlier_seekers(&self) -> Result<Vec<LinkKey>, store::Error> {
        if let Some(known) = self.line.memory().seekers.clone() {
            return Ok(known);
        }
        let (store, target) = (&self.line.store, self.line.target.id);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let keys = store.link_keys(target, LinkQuery::All(after), PAGE).await?;
            for key in &keys {
                found.extend(self.sought(key).await?.map(|_| *key));
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < PAGE {
                self.line.memory().seekers = Some(found.clone());
                return Ok(found);
            }
        }
    }

    /// The link, if its create is in doubt. One that cannot be read must not keep others from theirs.
    async fn sought(&self, key: &LinkKey) -> Result<Option<Link>, store::Error> {
        match self.line.store.link(key).await {
            Err(store::Error::Damaged(_)) => Ok(None),
            link => Ok(link?.filter(|link| link.sought.is_some())),
        }
    }

    /// When a create in doubt made the group that was found after it; none if it may have been there before. One that was
    /// just made has nobody in it.
    ///
    /// # Errors
    /// The vendor's, if it will answer later.
    pub(super) async fn made_in_doubt(&mut self, group: &str, ours: bool) -> Result<Option<Timestamp>, Error> {
        if self.kind != Kind::Group || !ours || !self.line.target.descriptor.shows_members {
            return Ok(None);
        }
        let answer = self.line.adapter.members(group, None).await;
        self.heard(&answer, false);
        match answer {
            Ok((members, next)) => {
                let is_empty = members.is_empty() && next.is_none();
                Ok(is_empty.then(|| self.line.clock.now()))
            }
            Err(error) if Outage::of(&error.kind).is_some() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Whether the vendor takes both values for one.
    fn is_unique(&self, one: &str, other: &str) -> bool {
        let key = |value: &str| {
            let fields = Fields::from([(self.descriptor.unique.clone(), value.into())]);
            self.descriptor.unique_key(&fields)
        };
        key(one) == key(other)
    }
}
