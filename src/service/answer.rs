//! Waiting for delivery, and taking back what the vendor refuses.
//!
//! A change is taken back only by the request that still waits for it, when it concerns one target, nothing else relies
//! on it, and it takes no access away. In every other case the request succeeds and delivery goes on, or is parked.
use std::sync::Arc;
use std::time::Duration;

use schemas::ResourceType;

use super::claims::{Claim, Claims};
use super::concern::Concern;
use super::context::Context;
use super::deliveries::{Outcome, Refusal, Wait};
use super::error::Error;
use super::plan::{self, Current, Next, Plan, Surroundings, Ties};
use super::service::Service;
use crate::mapping;
use crate::store::{Batch, Expect, Resource};

/// What a request still waits for.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) waits: Vec<Wait>,
    pub(super) undo: Option<Undo>,
}

/// How a change is taken back.
pub(super) struct Undo {
    claim: Claim,
    concern: Concern,
    resource_type: Arc<ResourceType>,
    /// The change.
    next: Next,
    /// What it led to.
    stored: Resource,
}

impl Undo {
    /// Claims the version that the plan leads to; `None` if the change may not be taken back.
    pub(super) fn new(
        claims: &Arc<Claims>,
        resource_type: &Arc<ResourceType>,
        (next, plan): (Next, &Plan),
    ) -> Option<Undo> {
        let [concern] = plan.concerns.as_slice() else {
            return None;
        };
        (!concern.leaver).then(|| Undo {
            claim: claims.claim(next.key.id),
            concern: concern.clone(),
            resource_type: Arc::clone(resource_type),
            next,
            stored: plan.stored.clone(),
        })
    }

    /// The way back.
    fn batch(&self, around: Surroundings<'_>) -> Batch {
        let after = Current {
            stored: self.stored.clone(),
            content: self.next.content.clone(),
        };
        match &self.next.before {
            None => {
                let mut batch = plan::delete(around, &after, &Ties::default());
                // Whoever made it a member relies on it.
                let nowhere = Expect::Memberships(around.directory.id, self.next.key.id, Vec::new());
                batch.expect.push(nowhere);
                batch
            }
            Some(before) => {
                let back = Next {
                    key: self.next.key.clone(),
                    before: Some(after),
                    content: before.content.clone(),
                    members: self.next.members.reverse(),
                    groups: self.next.groups.clone(),
                    followers: self.next.followers.reverse(),
                    origins: before.stored.origins.clone(),
                };
                plan::put_unchecked(around, &back).batch
            }
        }
    }

    /// Whether the vendor's reason lies in what this change changed: a field that the vendor names, else every one that
    /// was sent. Who is switched on is given every field.
    fn is_blamed(&self, refusal: &Refusal) -> bool {
        let fields = &self.concern.fields;
        let named = refusal.field.as_ref().map(|field| fields.contains(field));
        fields.contains(mapping::ACTIVE) || named.unwrap_or_else(|| refusal.sent.is_subset(fields))
    }

    fn error(&self, refusal: &Refusal) -> schemas::Error {
        let descriptor = self.concern.target.descriptor;
        let title = &descriptor.title;
        let kind = mapping::kind(&self.resource_type.name);
        schemas::Error::invalid_value(match (&refusal.field, kind) {
            (Some(field), Some(kind)) => {
                let attribute = self.concern.target.mapping.origin(kind, field);
                format!("{attribute}: {title} refuses `{field}`: {}", refusal.reason)
            }
            (Some(field), None) => format!("{title} refuses `{field}`: {}", refusal.reason),
            (None, _) => format!("{title} refuses the change: {}", refusal.reason),
        })
    }
}

impl Service {
    /// Waits for delivery as long as the directory's IdP may be kept waiting.
    ///
    /// # Errors
    /// `invalidValue` with the vendor's words if the vendor refuses the change and it was taken back.
    pub(super) async fn answer(&self, context: &Context, pending: Pending) -> Result<(), Error> {
        let outcomes = self.wait(context, pending.waits).await;
        let (Some(mut undo), [Outcome::Refused(refusal)]) = (pending.undo, outcomes.as_slice()) else {
            return Ok(());
        };
        if undo.is_blamed(refusal) && self.take_back(context, &mut undo).await {
            return Err(undo.error(refusal).into());
        }
        Ok(())
    }

    /// What comes of these marks in the directory's time; only those that are worth waiting for.
    pub(super) async fn wait(&self, context: &Context, mut waits: Vec<Wait>) -> Vec<Outcome> {
        let within = context.respond_within();
        waits.retain(|wait| self.deliveries().worth_waiting(wait.link.target, within));
        if waits.is_empty() || within.is_zero() {
            return Vec::new();
        }
        let Ok(_place) = self.waiting().try_take(context.directory.id, 1) else {
            return Vec::new();
        };
        self.deliveries().wait(waits, within).await
    }

    /// Whether the change is undone now. If it is not, for whatever reason, it stands and stays parked.
    async fn take_back(&self, context: &Context, undo: &mut Undo) -> bool {
        if !undo.claim.take_back() {
            return false;
        }
        let batch = undo.batch(self.around(context, &undo.resource_type));
        match self.commit(context, &undo.resource_type, batch).await {
            Ok(undone) => undone.is_some(),
            Err(Error::Scim(_)) => false,
            Err(error) => {
                error.log();
                let id = undo.next.key.id;
                tracing::warn!(resource.id = %id, error = %error, "a refused change could not be taken back");
                false
            }
        }
    }
}

impl Context {
    /// How long a request may wait for targets.
    pub(super) fn respond_within(&self) -> Duration {
        Duration::from_millis(self.directory.config.respond_within_ms)
    }

    /// Whether requests wait for targets at all.
    pub(super) fn waits(&self) -> bool {
        !self.respond_within().is_zero()
    }
}
