//! What PUT and PATCH have in common: read, compute, commit, and compute anew when others were faster.
use schemas::dialect::Rules;
use schemas::patch::{Patch, RowChange};
use schemas::{Object, ResourceType, validate};
use serde_json::Value;

use super::answer::{Pending, Undo};
use super::claims::Reliance;
use super::context::{At, Context, Preconditions};
use super::deliveries::Wait;
use super::error::Error;
use super::followers::{Fate, Regrouping};
use super::manner::Manner;
use super::memberships::Group;
use super::plan::{self, Current, Next, Plan};
use super::references;
use super::service::Service;
use super::write::ATTEMPTS_MAX;
use crate::store::{LinkKey, Resource};

/// A change that is asked for.
pub(super) struct Order<'a> {
    pub(super) at: At<'a>,
    pub(super) edit: Edit,
    pub(super) preconditions: &'a Preconditions,
    pub(super) manner: Manner,
}

/// How a resource is changed.
pub(super) enum Edit {
    /// A whole resource is put in its place.
    Replace(Value),
    Patch(Patch),
}

/// A change that was made, or was none.
pub(super) struct Written {
    pub(super) resource: Resource,
    pub(super) pending: Pending,
}

impl Edit {
    /// The document after the edit, and the changes of members.
    fn apply(
        &self,
        resource_type: &ResourceType,
        current: &Object,
        rules: &Rules,
    ) -> Result<(Object, Vec<RowChange>), schemas::Error> {
        match self {
            Edit::Replace(body) => {
                let valid = validate::replace(resource_type, current, body, rules)?;
                let rows = resource_type.rows().map(|_| RowChange::Replace(valid.rows));
                Ok((valid.resource, rows.into_iter().collect()))
            }
            Edit::Patch(patch) => {
                let patched = patch.apply(resource_type, current, rules)?;
                Ok((patched.resource, patched.rows))
            }
        }
    }
}

impl Service {
    /// Makes the change.
    ///
    /// # Errors
    /// What is wrong with it; [`Error::TooManyConflicts`] when others are faster again and again.
    pub(super) async fn change(&self, context: &Context, order: &Order<'_>) -> Result<Written, Error> {
        for attempt in 0..ATTEMPTS_MAX {
            let context = self.at_present(context, attempt);
            if let Some(written) = self.try_to_change(&context, order).await? {
                return Ok(written);
            }
        }
        Err(Error::TooManyConflicts)
    }

    async fn try_to_change(&self, context: &Context, order: &Order<'_>) -> Result<Option<Written>, Error> {
        let resource_type = order.at.resource_type;
        let current = self.current(context, order.at).await?;
        let expected = self
            .check(context, (resource_type, &current.stored), order.preconditions)
            .await?;
        let (mut content, rows) = order.edit.apply(resource_type, &current.content, &context.rules)?;
        references::reduce(self.catalogue(), resource_type, &mut content);
        let group = Group {
            resource_type,
            key: Some(&current.stored.key),
        };
        let members = self.delta(context, group, rows).await?;
        let key = current.stored.key.clone();
        // First: what changes after it is noticed at the write.
        let standing = self.groups_to_stand(context, resource_type, key.id).await?;
        let regrouping = Regrouping {
            group: &key,
            members: &members,
            fate: Fate::of(Some(&current.content), &content),
        };
        let followers = self.followers(context, resource_type, regrouping).await?;
        let next = Next {
            groups: self.groups_for_mapping(context, resource_type, key.id).await?,
            followers,
            key,
            before: Some(current),
            content,
            members,
            origins: Vec::new(),
        };
        if next.is_unchanged() {
            return self.unchanged(context, resource_type, next).await;
        }
        let mut plan = plan::put(self.around(context, resource_type), &next)?;
        plan.batch.expect.extend(expected.into_iter().chain(standing));
        let until = order.manner.looks_until;
        let seats = self.check_seats(context, (resource_type, &next), until).await?;
        let written = self.write_change((context, order), (next, plan)).await?;
        if written.is_some() {
            seats.keep();
        }
        Ok(written)
    }

    async fn write_change(
        &self,
        (context, order): (&Context, &Order<'_>),
        (next, plan): (Next, Plan),
    ) -> Result<Option<Written>, Error> {
        let resource_type = order.at.resource_type;
        let alone = next.is_same_document();
        // Who changes members alone expects no version: nothing that it is told of may be taken back after it.
        let reliance = match alone {
            true => Some(self.claims().rely(next.key.id).await),
            false => None,
        };
        let undo = (order.manner.undoable && !alone).then(|| Undo::new(self.claims(), resource_type, (next, &plan)));
        let Some(pending) = self.commit(context, resource_type, plan.batch).await? else {
            return Ok(None);
        };
        reliance.into_iter().for_each(Reliance::hold);
        let pending = Pending {
            undo: undo.flatten(),
            ..pending
        };
        Ok(Some(Written {
            resource: plan.stored,
            pending,
        }))
    }

    /// Nothing is written of the resource, but the answer says that the present version stands.
    async fn unchanged(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        next: Next,
    ) -> Result<Option<Written>, Error> {
        let Some(Current { stored, .. }) = next.before else {
            return Ok(None);
        };
        let mut waits = Vec::new();
        if !context.directory.targets.is_empty() {
            let reliance = self.claims().rely(stored.key.id).await;
            // It may have been taken back between the read and now.
            let now = self.store().resource(&stored.key).await?.map(|now| now.version);
            if now != Some(stored.version) {
                return Ok(None);
            }
            if !self.confirm(context, resource_type, &stored).await? {
                return Ok(None);
            }
            reliance.hold();
            waits = self.unsettled(context, &stored).await?;
        }
        Ok(Some(Written {
            resource: stored,
            pending: Pending { waits, undo: None },
        }))
    }

    /// The marks of this resource that are still on their way.
    async fn unsettled(&self, context: &Context, resource: &Resource) -> Result<Vec<Wait>, Error> {
        let mut waits = Vec::new();
        for target in &context.directory.targets {
            let key = LinkKey {
                directory: context.directory.id,
                target: target.id,
                resource: resource.key.id,
            };
            let link = self.store().link(&key).await?;
            let pending = link.filter(|link| link.is_pending() && !link.is_parked());
            waits.extend(pending.map(|link| Wait {
                link: key,
                mark: link.marked,
            }));
        }
        Ok(waits)
    }
}
