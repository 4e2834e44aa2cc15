//! POST: a new resource (RFC 7644 section 3.3).
use schemas::dialect::normalise_resource;
use schemas::patch::RowChange;
use schemas::validate::{self, Valid};
use schemas::{ResourceType, set_by};

use super::answer::{Pending, Undo};
use super::change::Written;
use super::context::{Context, Document, New};
use super::error::Error;
use super::followers::{Fate, Regrouping};
use super::manner::Manner;
use super::memberships::Group;
use super::plan::{self, Next};
use super::references;
use super::service::Service;
use super::view::View;
use super::write::ATTEMPTS_MAX;
use crate::store::ResourceKey;

impl Service {
    /// Creates a resource (RFC 7644 section 3.3).
    ///
    /// # Errors
    /// `invalidSyntax`; `invalidValue` also for what a target's vendor refuses, naming attribute, field and rule;
    /// `uniqueness`; failures of the store.
    pub async fn create(&self, context: &Context, new: New<'_>) -> Result<Document, Error> {
        let shape = &new.shape;
        let names = || set_by(new.resource_type, &new.body);
        let projection = self.projection_after(new.resource_type, shape, names)?;
        let resource_type = new.resource_type;
        let written = self.write_new(context, new, Manner::alone(context)).await?;
        self.answer(context, written.pending).await?;
        let mut view = View::new(self, context);
        view.document(resource_type, &written.resource, &projection).await
    }

    /// Writes a new resource without waiting for delivery.
    pub(super) async fn write_new(&self, context: &Context, new: New<'_>, manner: Manner) -> Result<Written, Error> {
        let resource_type = new.resource_type;
        let body = normalise_resource(&context.rules, resource_type, new.body);
        let mut valid = validate::create(resource_type, &body, &context.rules)?;
        references::reduce(self.catalogue(), resource_type, &mut valid.resource);
        // The id is new, but members may go meanwhile.
        for attempt in 0..ATTEMPTS_MAX {
            let context = &self.at_present(context, attempt);
            let next = self.next(context, resource_type, valid.clone()).await?;
            let plan = plan::put(self.around(context, resource_type), &next)?;
            let seats = self
                .check_seats(context, (resource_type, &next), manner.looks_until)
                .await?;
            let undo = manner
                .undoable
                .then(|| Undo::new(self.claims(), resource_type, (next, &plan)));
            if let Some(pending) = self.commit(context, resource_type, plan.batch).await? {
                seats.keep();
                return Ok(Written {
                    resource: plan.stored,
                    pending: Pending {
                        undo: undo.flatten(),
                        ..pending
                    },
                });
            }
        }
        Err(Error::TooManyConflicts)
    }

    async fn next(&self, context: &Context, resource_type: &ResourceType, valid: Valid) -> Result<Next, Error> {
        let group = Group {
            resource_type,
            key: None,
        };
        let key = ResourceKey {
            scope: context.scope(resource_type),
            id: self.new_id(),
        };
        let members = self.delta(context, group, vec![RowChange::Add(valid.rows)]).await?;
        let regrouping = Regrouping {
            group: &key,
            members: &members,
            fate: Fate::of(None, &valid.resource),
        };
        Ok(Next {
            followers: self.followers(context, resource_type, regrouping).await?,
            key,
            before: None,
            content: valid.resource,
            members,
            groups: Vec::new(),
            origins: Vec::new(),
        })
    }
}
