//! DELETE: a resource goes (RFC 7644 section 3.6).
use super::answer::Pending;
use super::context::{At, Context, Preconditions};
use super::error::Error;
use super::plan;
use super::service::Service;
use super::write::ATTEMPTS_MAX;

impl Service {
    /// Deletes a resource (RFC 7644 section 3.6). It is never refused for a vendor's sake.
    ///
    /// # Errors
    /// 404; [`Error::PreconditionFailed`].
    pub async fn delete(&self, context: &Context, at: At<'_>, preconditions: &Preconditions) -> Result<(), Error> {
        let pending = self.write_deletion(context, at, preconditions).await?;
        self.answer(context, pending).await
    }

    /// Deletes without waiting for delivery.
    pub(super) async fn write_deletion(
        &self,
        context: &Context,
        at: At<'_>,
        preconditions: &Preconditions,
    ) -> Result<Pending, Error> {
        for attempt in 0..ATTEMPTS_MAX {
            let context = &self.at_present(context, attempt);
            let current = self.current(context, at).await?;
            let expected = self
                .check(context, (at.resource_type, &current.stored), preconditions)
                .await?;
            let ties = self.ties(context, at.resource_type, &current.stored.key).await?;
            let mut batch = plan::delete(self.around(context, at.resource_type), &current, &ties);
            batch.expect.extend(expected);
            if let Some(pending) = self.commit(context, at.resource_type, batch).await? {
                return Ok(pending);
            }
        }
        Err(Error::TooManyConflicts)
    }
}
