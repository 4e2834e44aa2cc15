//! A value for the sake of a create of which nobody knows yet whether it made an account.
use adapters::Fields;
use jiff::Timestamp;

use crate::delivery::work::Work;
use crate::store::{self, Link, LinkKey, LinkQuery};

/// Pending links looked at, the first ones due: a create in doubt is looked up soon.
const PENDING_MAX: usize = 1_000;

impl Work<'_> {
    /// Another link of this type whose create was sent with the unique value, and is not found or given up yet: the
    /// vendor may have an account of it that no link knows.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn seeker(&self, unique: &str) -> Result<Option<LinkKey>, store::Error> {
        let seeks = |link: &Link| {
            link.sought
                .as_deref()
                .is_some_and(|sought| self.is_unique(sought, unique))
        };
        let (store, target) = (&self.line.store, self.line.target.id);
        let pending = LinkQuery::Due(Timestamp::MAX);
        for key in store.link_keys(target, pending, PENDING_MAX).await? {
            let link = match store.link(&key).await {
                // One that cannot be read must not keep others from theirs.
                Err(store::Error::Damaged(_)) => continue,
                link => link?.unwrap_or_default(),
            };
            if key != self.key && link.resource_type == self.link.resource_type && seeks(&link) {
                return Ok(Some(key));
            }
        }
        Ok(None)
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
