//! The routes of the API, which scope each needs, and who answers it.

use jiff::Timestamp;

use super::account::BoxEnterprise;
use super::records::Scope;
use super::refusal::Reply;
use super::{groups, memberships, users};
use crate::twins::Request;

/// A request that was let in.
pub(super) struct Call<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    /// What the path has where the route has names in braces.
    pub(super) ids: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// The id in the path.
    pub(super) fn id(&self) -> &'a str {
        self.ids.first().copied().unwrap_or_default()
    }
}

pub(super) type Handler = fn(&mut BoxEnterprise, &Call) -> Reply;

const USERS: Option<Scope> = Some(Scope::ManageManagedUsers);
const GROUPS: Option<Scope> = Some(Scope::ManageGroups);

/// A path that is spelt out stands before one that matches it with a name in braces. Which scope the memberships of a
/// user need is not documented.
pub(super) const ROUTES: &[(&str, (Option<Scope>, Handler))] = &[
    ("GET /users", (USERS, users::list)),
    ("POST /users", (USERS, users::create)),
    ("GET /users/me", (None, users::me)),
    ("GET /users/{user_id}", (USERS, users::get)),
    ("PUT /users/{user_id}", (USERS, users::update)),
    ("DELETE /users/{user_id}", (USERS, users::delete)),
    ("GET /users/{user_id}/memberships", (GROUPS, memberships::of_user)),
    ("GET /groups", (GROUPS, groups::list)),
    ("POST /groups", (GROUPS, groups::create)),
    ("GET /groups/{group_id}", (GROUPS, groups::get)),
    ("PUT /groups/{group_id}", (GROUPS, groups::update)),
    ("DELETE /groups/{group_id}", (GROUPS, groups::delete)),
    ("GET /groups/{group_id}/memberships", (GROUPS, memberships::of_group)),
    ("POST /group_memberships", (GROUPS, memberships::create)),
    (
        "GET /group_memberships/{group_membership_id}",
        (GROUPS, memberships::get),
    ),
    (
        "PUT /group_memberships/{group_membership_id}",
        (GROUPS, memberships::update),
    ),
    (
        "DELETE /group_memberships/{group_membership_id}",
        (GROUPS, memberships::delete),
    ),
];
