//! The routes of the API, which scope each needs, and who answers it.

use jiff::Timestamp;

use super::account::Calendly;
use super::admission::Caller;
use super::records::Scope;
use super::refusal::Reply;
use super::{groups, invitations, memberships, users};
use crate::twins::Request;

/// A request that was let in.
pub(super) struct Call<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    pub(super) caller: Caller,
    /// What the path has where the route has names in braces.
    pub(super) ids: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// The first id in the path.
    pub(super) fn id(&self) -> &'a str {
        self.ids.first().copied().unwrap_or_default()
    }

    /// The second id in the path.
    pub(super) fn inner_id(&self) -> &'a str {
        self.ids.get(1).copied().unwrap_or_default()
    }
}

pub(super) type Handler = fn(&mut Calendly, &Call) -> Reply;

/// A path that is spelt out stands before one that matches it with a name in braces.
pub(super) const ROUTES: &[(&str, (Scope, Handler))] = &[
    ("GET /users/me", (Scope::UsersRead, users::me)),
    ("GET /users/{uuid}", (Scope::UsersRead, users::get)),
    (
        "GET /organization_memberships",
        (Scope::OrganizationsRead, memberships::list),
    ),
    (
        "GET /organization_memberships/{uuid}",
        (Scope::OrganizationsRead, memberships::get),
    ),
    (
        "DELETE /organization_memberships/{uuid}",
        (Scope::OrganizationsWrite, memberships::delete),
    ),
    (
        "GET /organizations/{uuid}/invitations",
        (Scope::OrganizationsRead, invitations::list),
    ),
    (
        "POST /organizations/{uuid}/invitations",
        (Scope::OrganizationsWrite, invitations::create),
    ),
    (
        "GET /organizations/{org_uuid}/invitations/{uuid}",
        (Scope::OrganizationsRead, invitations::get),
    ),
    (
        "DELETE /organizations/{org_uuid}/invitations/{uuid}",
        (Scope::OrganizationsWrite, invitations::revoke),
    ),
    ("GET /groups", (Scope::GroupsRead, groups::list)),
    ("GET /groups/{uuid}", (Scope::GroupsRead, groups::get)),
    (
        "GET /group_relationships",
        (Scope::GroupsRead, groups::list_relationships),
    ),
];
