//! How a change gets into the store, and who is told.
use std::borrow::Cow;
use std::sync::Arc;

use schemas::ResourceType;

use super::answer::Pending;
use super::context::Context;
use super::deliveries::Wait;
use super::error::Error;
use super::plan::Surroundings;
use super::registry::Directory;
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

    /// The context of an attempt: of the first what the request began with, then with the targets as they are by now.
    pub(super) fn at_present<'a>(&self, context: &'a Context, attempt: usize) -> Cow<'a, Context> {
        match self.renewed(context).filter(|_| attempt > 0) {
            Some(directory) => Cow::Owned(Context {
                directory,
                ..context.clone()
            }),
            None => Cow::Borrowed(context),
        }
    }

    /// The request's directory, if its targets are others by now, or have other settings.
    fn renewed(&self, context: &Context) -> Option<Arc<Directory>> {
        let known = &context.directory;
        let present = self.registry().directory(&known.config.name)?;
        let is_renewed = present.id == known.id && !Arc::ptr_eq(&present, known) && !has_same_targets(&present, known);
        is_renewed.then_some(present)
    }

    /// Commits, and wakes the targets concerned. `None`: others changed what the batch was computed from, or an
    /// administrator the targets: they look at all of the directory from then on, and may be past the resource.
    ///
    /// # Errors
    /// `uniqueness` and `invalidValue` for what no new computation would mend.
    pub(super) async fn commit(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        batch: Batch,
    ) -> Result<Option<Pending>, Error> {
        if self.renewed(context).is_some() {
            return Ok(None);
        }
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

fn has_same_targets(one: &Directory, other: &Directory) -> bool {
    let settings = |directory: &Directory| -> Vec<_> {
        let targets = directory.targets.iter();
        targets.map(|target| (target.id, target.generation)).collect()
    };
    settings(one) == settings(other)
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
