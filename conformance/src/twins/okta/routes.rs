//! The routes of the API, who answers each, and what each needs.

use jiff::Timestamp;

use super::account::Okta;
use super::admission::Credential;
use super::limits::Bucket;
use super::refusal::{Refusal, Reply};
use super::{
    assignees, group_members, group_roles, group_rules as rules, groups, lifecycle, links, roles, schema, sessions,
    user_types, user_writes, users,
};
use crate::twins::{Request, routes};

/// A request that was let in.
pub(super) struct Call<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    pub(super) credential: &'a Credential,
    /// Where the org is, without a slash at the end.
    pub(super) base: String,
    /// What the path has where the route has names in braces, decoded.
    pub(super) ids: Vec<String>,
}

impl Call<'_> {
    /// The first id in the path.
    pub(super) fn id(&self) -> &str {
        self.ids.first().map(String::as_str).unwrap_or_default()
    }

    /// The second id in the path.
    pub(super) fn inner_id(&self) -> &str {
        self.ids.get(1).map(String::as_str).unwrap_or_default()
    }

    /// A parameter that is true or false.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.request.parameter(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(Refusal::type_mismatch(name)),
        }
    }

    /// Whether the caller would rather not wait.
    pub(super) fn is_async(&self) -> bool {
        self.request.header("prefer") == Some("respond-async")
    }
}

pub(super) type Handler = fn(&mut Okta, &Call) -> Reply;

/// What a route does and needs.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) handler: Handler,
    /// The scope that an access token must have.
    pub(super) scope: &'static str,
    pub(super) bucket: Bucket,
}

const fn on(bucket: Bucket, scope: &'static str, handler: Handler) -> Operation {
    Operation { handler, scope, bucket }
}

const USERS_READ: &str = "okta.users.read";
const USERS: &str = "okta.users.manage";
const GROUPS_READ: &str = "okta.groups.read";
const GROUPS: &str = "okta.groups.manage";
const ROLES_READ: &str = "okta.roles.read";
const ROLES: &str = "okta.roles.manage";
const TYPES_READ: &str = "okta.userTypes.read";
const SCHEMAS_READ: &str = "okta.schemas.read";

/// A path that is spelt out stands before one that matches it with a name in braces.
#[rustfmt::skip]
const ROUTES: &[(&str, Operation)] = &[
    ("GET /api/v1/users", on(Bucket::Users, USERS_READ, users::list)),
    ("POST /api/v1/users", on(Bucket::Users, USERS, user_writes::create)),
    ("GET /api/v1/users/{id}", on(Bucket::UserReads, USERS_READ, users::get)),
    ("POST /api/v1/users/{id}", on(Bucket::UserWrites, USERS, user_writes::update)),
    ("PUT /api/v1/users/{id}", on(Bucket::UserWrites, USERS, user_writes::replace)),
    ("DELETE /api/v1/users/{id}", on(Bucket::UserWrites, USERS, lifecycle::delete)),
    ("GET /api/v1/users/{id}/groups", on(Bucket::Other, USERS_READ, group_members::groups_of_user)),
    ("POST /api/v1/users/{id}/lifecycle/activate", on(Bucket::Other, USERS, lifecycle::activate)),
    ("POST /api/v1/users/{id}/lifecycle/reactivate", on(Bucket::Other, USERS, lifecycle::reactivate)),
    ("POST /api/v1/users/{id}/lifecycle/deactivate", on(Bucket::Other, USERS, lifecycle::deactivate)),
    ("POST /api/v1/users/{id}/lifecycle/suspend", on(Bucket::Other, USERS, lifecycle::suspend)),
    ("POST /api/v1/users/{id}/lifecycle/unsuspend", on(Bucket::Other, USERS, lifecycle::unsuspend)),
    ("POST /api/v1/users/{id}/lifecycle/unlock", on(Bucket::Other, USERS, lifecycle::unlock)),
    ("DELETE /api/v1/users/{userId}/sessions", on(Bucket::Other, USERS, sessions::revoke)),
    ("GET /api/v1/users/{userId}/roles", on(Bucket::Other, ROLES_READ, roles::list)),
    ("POST /api/v1/users/{userId}/roles", on(Bucket::Other, ROLES, roles::assign)),
    ("GET /api/v1/users/{userId}/roles/{roleAssignmentId}", on(Bucket::Other, ROLES_READ, roles::get)),
    ("DELETE /api/v1/users/{userId}/roles/{roleAssignmentId}", on(Bucket::Other, ROLES, roles::unassign)),
    ("GET /api/v1/groups", on(Bucket::Groups, GROUPS_READ, groups::list)),
    ("POST /api/v1/groups", on(Bucket::Groups, GROUPS, groups::create)),
    ("GET /api/v1/groups/rules", on(Bucket::Groups, GROUPS_READ, rules::list)),
    ("POST /api/v1/groups/rules", on(Bucket::Groups, GROUPS, rules::create)),
    ("GET /api/v1/groups/rules/{groupRuleId}", on(Bucket::Groups, GROUPS_READ, rules::get)),
    ("PUT /api/v1/groups/rules/{groupRuleId}", on(Bucket::Groups, GROUPS, rules::replace)),
    ("DELETE /api/v1/groups/rules/{groupRuleId}", on(Bucket::Groups, GROUPS, rules::delete)),
    ("POST /api/v1/groups/rules/{groupRuleId}/lifecycle/activate", on(Bucket::Groups, GROUPS, rules::activate)),
    ("POST /api/v1/groups/rules/{groupRuleId}/lifecycle/deactivate", on(Bucket::Groups, GROUPS, rules::deactivate)),
    ("GET /api/v1/groups/{groupId}", on(Bucket::Group, GROUPS_READ, groups::get)),
    ("PUT /api/v1/groups/{groupId}", on(Bucket::Group, GROUPS, groups::replace)),
    ("DELETE /api/v1/groups/{groupId}", on(Bucket::Group, GROUPS, groups::delete)),
    ("GET /api/v1/groups/{groupId}/users", on(Bucket::Groups, GROUPS_READ, group_members::list)),
    ("PUT /api/v1/groups/{groupId}/users/{userId}", on(Bucket::Groups, GROUPS, group_members::put)),
    ("DELETE /api/v1/groups/{groupId}/users/{userId}", on(Bucket::Groups, GROUPS, group_members::delete)),
    ("GET /api/v1/groups/{groupId}/roles", on(Bucket::Groups, ROLES_READ, group_roles::list)),
    ("POST /api/v1/groups/{groupId}/roles", on(Bucket::Groups, ROLES, group_roles::assign)),
    ("DELETE /api/v1/groups/{groupId}/roles/{roleAssignmentId}", on(Bucket::Groups, ROLES, group_roles::unassign)),
    ("GET /api/v1/iam/roles", on(Bucket::Other, ROLES_READ, assignees::custom_roles)),
    ("GET /api/v1/iam/assignees/users", on(Bucket::Other, ROLES_READ, assignees::users)),
    ("GET /api/v1/meta/types/user", on(Bucket::Other, TYPES_READ, user_types::list)),
    ("GET /api/v1/meta/schemas/user/{schemaId}", on(Bucket::Other, SCHEMAS_READ, schema::get)),
];

/// A request's route.
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) operation: Operation,
    pub(super) ids: Vec<String>,
}

pub(super) fn names() -> Vec<&'static str> {
    routes::names(ROUTES)
}

/// The route of a request, or the refusal of a path or a method that the API does not have.
pub(super) fn find(request: &Request) -> Result<Found, Refusal> {
    let (name, operation, ids) = routes::find(ROUTES, request).ok_or_else(|| refusal(request))?;
    let ids = ids.into_iter().map(links::decode).collect();
    Ok(Found { name, operation, ids })
}

/// Whether it is the path that the API does not have, or the method there.
fn refusal(request: &Request) -> Refusal {
    let with = |method: &str| Request {
        method: method.to_owned(),
        path: request.path.clone(),
        ..Request::default()
    };
    let mut methods = ["GET", "POST", "PUT", "DELETE"].into_iter();
    match methods.any(|method| routes::find(ROUTES, &with(method)).is_some()) {
        true => Refusal::method(),
        false => Refusal::no_path(),
    }
}
