//! How a change gets into the store, and who is told.
use std::sync::Arc;

use schemas::ResourceType;

use super::answer::Pending;
use super::context::Context;
use super::deliveries::Wait;
use super::error::Error;
use super::plan::Surroundings;
use super::resettle;
use super::service::Service;
use crate::store::{self, Batch, Conflict};

/// How often a change is computed anew from what others made of the resource meanwhile.
pub(super) const ATTEMPTS_MAX: usize = 5;

impl Service {
    pub(super) fn around<'a>(&'a self, context: &'a Context, resource_type: &'a Arc<ResourceType>) -> Surroundings<'a> {
        Surroundings {
            catalogue: self.catalogue(),
            directory: &context.directory,
            resource_type,
            now: self.now(),
            unique_group_names: context.rules.unique_group_names,
            document_bytes: self.limits().document_bytes,
        }
    }

    /// Commits, and wakes the targets concerned. `None`: others changed what the batch was computed from.
    ///
    /// # Errors
    /// `uniqueness` and `invalidValue` for what no new computation would mend.
    pub(super) async fn commit(&self, resource_type: &ResourceType, batch: Batch) -> Result<Option<Pending>, Error> {
        let mut targets = resettle::asked(&batch);
        let committed = match self.store().commit(batch).await {
            Ok(committed) => committed,
            Err(store::Error::Conflict(conflict)) => return conflicted(resource_type, conflict),
            Err(error) => return Err(error.into()),
        };
        let waits = committed.marks.into_iter().map(|(link, mark)| Wait { link, mark });
        let waits: Vec<_> = waits.collect();
        targets.extend(waits.iter().map(|wait| wait.link.target));
        targets.sort_unstable();
        targets.dedup();
        if !targets.is_empty() {
            self.deliveries().wake(&targets);
        }
        Ok(Some(Pending { waits, undo: None }))
    }
}

fn conflicted<T>(resource_type: &ResourceType, conflict: Conflict) -> Result<Option<T>, Error> {
    match conflict {
        Conflict::Version(_) | Conflict::Stamp(_) | Conflict::Member(_) => Ok(None),
        Conflict::Unique(term, _) => Err(schemas::Error::uniqueness(format!(
            "{}: another {} has this value",
            term.attribute, resource_type.name
        ))
        .into()),
        // What a creation expects of settings is that its directory is not gone.
        Conflict::Setting(_) => Err(schemas::Error::not_found("the directory is no more").into()),
        conflict @ (Conflict::Link(_) | Conflict::Account(_) | Conflict::Lease | Conflict::Populated(_)) => {
            Err(store::Error::Conflict(conflict).into())
        }
    }
}
