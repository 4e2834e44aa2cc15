//! PUT: a whole resource in the place of another (RFC 7644 section 3.5.1).
use schemas::dialect::normalise_resource;
use schemas::set_by;

use super::change::{Edit, Order};
use super::context::{At, Change, Context, Document};
use super::error::Error;
use super::manner::Manner;
use super::service::Service;
use super::view::View;

impl Service {
    /// Replaces a resource (RFC 7644 section 3.5.1). What the body leaves out is cleared.
    ///
    /// # Errors
    /// 404, `invalidSyntax`, `invalidValue`, `mutability`, `uniqueness`; [`Error::PreconditionFailed`].
    pub async fn replace(&self, context: &Context, at: At<'_>, change: Change) -> Result<Document, Error> {
        let Change { body, options } = change;
        let shape = &options.shape;
        let names = || set_by(at.resource_type, &body);
        let projection = self.projection_after(at.resource_type, shape, names)?;
        let order = Order {
            at,
            edit: Edit::Replace(normalise_resource(&context.rules, at.resource_type, body)),
            preconditions: &options.preconditions,
            manner: Manner::alone(context),
        };
        let written = self.change(context, &order).await?;
        self.answer(context, written.pending).await?;
        let mut view = View::new(self, context);
        view.document(at.resource_type, &written.resource, &projection).await
    }
}
