//! The routes of the API, and who answers each.

use jiff::Timestamp;

use super::account::Zendesk;
use super::refusal::{Refusal, Reply};
use super::{
    bulk, create_or_update, custom_roles, deleted_users, group_memberships, groups, identities, jobs, oauth,
    organization_memberships, organizations, search, sessions, user_fields, users,
};
use crate::twins::Request;
use crate::twins::routes::{self, Found};

/// A request that was let in.
pub(super) struct Call<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    /// What the path has where the route has names in braces.
    pub(super) ids: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// The first id in the path.
    pub(super) fn id(&self) -> Result<u64, Refusal> {
        self.nth(0)
    }

    /// The second id in the path.
    pub(super) fn inner_id(&self) -> Result<u64, Refusal> {
        self.nth(1)
    }

    pub(super) fn text_id(&self) -> &'a str {
        self.ids.first().copied().unwrap_or_default()
    }

    fn nth(&self, index: usize) -> Result<u64, Refusal> {
        let id = self.ids.get(index).and_then(|id| id.parse().ok());
        id.ok_or_else(Refusal::not_found)
    }
}

pub(super) type Handler = fn(&mut Zendesk, &Call) -> Reply;

const ROUTES: &[(&str, Handler)] = &[
    ("GET /api/v2/users", users::list),
    ("POST /api/v2/users", users::create),
    ("POST /api/v2/users/create_or_update", create_or_update::one),
    ("POST /api/v2/users/create_many", bulk::create_many),
    ("POST /api/v2/users/create_or_update_many", bulk::create_or_update_many),
    ("PUT /api/v2/users/update_many", bulk::update_many),
    ("DELETE /api/v2/users/destroy_many", bulk::destroy_many),
    ("POST /api/v2/users/logout_many", sessions::logout_many),
    ("GET /api/v2/users/search", search::users),
    ("GET /api/v2/users/show_many", users::show_many),
    ("GET /api/v2/users/me", users::me),
    ("GET /api/v2/users/count", users::count),
    ("GET /api/v2/users/{user_id}", users::show),
    ("PUT /api/v2/users/{user_id}", users::update),
    ("DELETE /api/v2/users/{user_id}", users::delete),
    ("GET /api/v2/users/{user_id}/related", users::related),
    ("GET /api/v2/users/{user_id}/identities", identities::list),
    ("POST /api/v2/users/{user_id}/identities", identities::create),
    (
        "GET /api/v2/users/{user_id}/identities/{user_identity_id}",
        identities::show,
    ),
    (
        "PUT /api/v2/users/{user_id}/identities/{user_identity_id}",
        identities::update,
    ),
    (
        "DELETE /api/v2/users/{user_id}/identities/{user_identity_id}",
        identities::delete,
    ),
    (
        "PUT /api/v2/users/{user_id}/identities/{user_identity_id}/make_primary",
        identities::make_primary,
    ),
    (
        "PUT /api/v2/users/{user_id}/identities/{user_identity_id}/verify",
        identities::verify,
    ),
    (
        "PUT /api/v2/users/{user_id}/identities/{user_identity_id}/request_verification",
        identities::request_verification,
    ),
    ("DELETE /api/v2/users/{user_id}/sessions", sessions::delete),
    ("GET /api/v2/users/{user_id}/groups", groups::of_user),
    (
        "GET /api/v2/users/{user_id}/group_memberships",
        group_memberships::of_user,
    ),
    (
        "POST /api/v2/users/{user_id}/group_memberships",
        group_memberships::create_of_user,
    ),
    (
        "GET /api/v2/users/{user_id}/group_memberships/{group_membership_id}",
        group_memberships::show_of_user,
    ),
    (
        "DELETE /api/v2/users/{user_id}/group_memberships/{group_membership_id}",
        group_memberships::delete_of_user,
    ),
    (
        "PUT /api/v2/users/{user_id}/group_memberships/{group_membership_id}/make_default",
        group_memberships::make_default,
    ),
    ("GET /api/v2/deleted_users", deleted_users::list),
    ("GET /api/v2/deleted_users/{deleted_user_id}", deleted_users::show),
    ("DELETE /api/v2/deleted_users/{deleted_user_id}", deleted_users::delete),
    ("GET /api/v2/groups", groups::list),
    ("POST /api/v2/groups", groups::create),
    ("GET /api/v2/groups/assignable", groups::assignable),
    ("GET /api/v2/groups/{group_id}", groups::show),
    ("PUT /api/v2/groups/{group_id}", groups::update),
    ("DELETE /api/v2/groups/{group_id}", groups::delete),
    ("GET /api/v2/groups/{group_id}/memberships", group_memberships::of_group),
    ("GET /api/v2/groups/{group_id}/users", users::of_group),
    ("GET /api/v2/group_memberships", group_memberships::list),
    ("POST /api/v2/group_memberships", group_memberships::create),
    ("POST /api/v2/group_memberships/create_many", bulk::create_memberships),
    (
        "DELETE /api/v2/group_memberships/destroy_many",
        bulk::destroy_memberships,
    ),
    (
        "GET /api/v2/group_memberships/{group_membership_id}",
        group_memberships::show,
    ),
    (
        "DELETE /api/v2/group_memberships/{group_membership_id}",
        group_memberships::delete,
    ),
    ("GET /api/v2/custom_roles", custom_roles::list),
    ("GET /api/v2/custom_roles/{custom_role_id}", custom_roles::show),
    ("GET /api/v2/organizations", organizations::list),
    ("POST /api/v2/organizations", organizations::create),
    ("GET /api/v2/organizations/search", organizations::search),
    (
        "POST /api/v2/organizations/create_or_update",
        organizations::create_or_update,
    ),
    ("GET /api/v2/organizations/{organization_id}", organizations::show),
    ("GET /api/v2/organization_memberships", organization_memberships::list),
    (
        "POST /api/v2/organization_memberships",
        organization_memberships::create,
    ),
    (
        "DELETE /api/v2/organization_memberships/{organization_membership_id}",
        organization_memberships::delete,
    ),
    ("GET /api/v2/user_fields", user_fields::list),
    ("GET /api/v2/job_statuses/show_many", jobs::show_many),
    ("GET /api/v2/job_statuses/{job_status_id}", jobs::show),
    ("GET /api/v2/oauth/tokens", oauth::list_tokens),
    ("DELETE /api/v2/oauth/tokens/{oauth_token_id}", oauth::revoke),
    ("GET /api/v2/oauth/clients", oauth::list_clients),
];

pub(super) fn names() -> Vec<&'static str> {
    routes::names(ROUTES)
}

pub(super) fn find(request: &Request) -> Option<Found<'_, Handler>> {
    routes::find(ROUTES, request)
}
