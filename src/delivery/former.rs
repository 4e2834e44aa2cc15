//! A refusal for the sake of the same person's former account, which is on its way out.
use jiff::Timestamp;

use crate::delivery::plan::Step;
use crate::delivery::work::Work;
use crate::service::Refusal;
use crate::store::{self, Link, LinkKey, LinkQuery};

/// Leavers looked at: whoever comes again mostly has just left.
const LEAVERS_MAX: usize = 1_000;

impl Work<'_> {
    /// The link of the same person, deleted, whose account still has the value that the vendor refuses, or may have it
    /// if a create in doubt has made one: there are values beside the one that accounts are found by that no two of
    /// them may have. The vendor takes it once that account is gone.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn former(&self, step: &Step, refusal: &Refusal) -> Result<Option<LinkKey>, store::Error> {
        let (Step::Create(sent), Some(field)) = (step, &refusal.field) else {
            return Ok(None);
        };
        let Some(value) = sent.get(field).filter(|_| self.external_id.is_some()) else {
            return Ok(None);
        };
        let has_value = |link: &Link| match &link.account {
            // Of what was found after its owner had gone nobody noted all.
            Some(account) => account.fields.get(field).is_none_or(|had| had == value),
            None => link.sought.is_some(),
        };
        let (store, target) = (&self.line.store, self.line.target.id);
        let leavers = LinkQuery::DueLeavers(Timestamp::MAX);
        for key in store.link_keys(target, leavers, LEAVERS_MAX).await? {
            let link = match store.link(&key).await {
                // One that cannot be read must not keep others from theirs.
                Err(store::Error::Damaged(_)) => continue,
                link => link?.unwrap_or_default(),
            };
            let tombstone = link.tombstone.as_ref();
            let is_former = tombstone.is_some_and(|tombstone| tombstone.external_id == self.external_id);
            if is_former && has_value(&link) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}
