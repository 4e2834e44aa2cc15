//! The routes of SCIM, and who answers each.

use jiff::Timestamp;

use super::account::Scim;
use super::refusal::Reply;
use super::{discovery, groups, users};
use crate::twins::Request;

/// A request that was let in.
pub(super) struct Call<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    /// What the path has where the route has a name in braces.
    pub(super) id: &'a str,
}

impl Call<'_> {
    /// Where a resource is, as far as the twin can know.
    pub(super) fn location(&self, endpoint: &str, id: &str) -> String {
        let host = self.request.header("host").unwrap_or("localhost");
        format!("http://{host}/{endpoint}/{id}")
    }
}

pub(super) type Handler = fn(&mut Scim, &Call) -> Reply;

pub(super) const ROUTES: &[(&str, Handler)] = &[
    ("GET /Users", users::list),
    ("POST /Users", users::create),
    ("GET /Users/{id}", users::get),
    ("PUT /Users/{id}", users::replace),
    ("PATCH /Users/{id}", users::patch),
    ("DELETE /Users/{id}", users::delete),
    ("GET /Groups", groups::list),
    ("POST /Groups", groups::create),
    ("GET /Groups/{id}", groups::get),
    ("PUT /Groups/{id}", groups::replace),
    ("PATCH /Groups/{id}", groups::patch),
    ("DELETE /Groups/{id}", groups::delete),
    ("GET /ServiceProviderConfig", discovery::config),
    ("GET /ResourceTypes", discovery::resource_types),
    ("GET /ResourceTypes/{id}", discovery::resource_type),
    ("GET /Schemas", discovery::schemas),
    ("GET /Schemas/{id}", discovery::schema),
];
