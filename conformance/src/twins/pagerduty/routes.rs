//! The routes of the API, and who answers each.

use jiff::Timestamp;

use super::account::PagerDuty;
use super::refusal::Reply;
use super::{
    abilities, contact_methods, escalation, incidents, licenses, notification_rules, sessions, team_members, teams,
    users,
};
use crate::twins::Request;
use crate::twins::routes::{self, Found};

/// A request that was let in.
pub(super) struct Call<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    /// Whether the credential acts for a user of the account.
    pub(super) acts_for_user: bool,
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

type Handler = fn(&mut PagerDuty, &Call) -> Reply;

/// Each with the subject of its scope, which Scoped OAuth writes `users.read` or `users.write`. The contract's texts
/// name the scope of each operation.
const ROUTES: &[(&str, (&str, Handler))] = &[
    ("GET /abilities", ("abilities", abilities::list)),
    ("GET /abilities/{id}", ("abilities", abilities::test)),
    ("GET /users", ("users", users::list)),
    ("POST /users", ("users", users::create)),
    ("GET /users/me", ("users", users::me)),
    ("GET /users/{id}", ("users", users::get)),
    ("PUT /users/{id}", ("users", users::update)),
    ("DELETE /users/{id}", ("users", users::delete)),
    (
        "GET /users/{id}/contact_methods",
        ("users:contact_methods", contact_methods::list),
    ),
    (
        "POST /users/{id}/contact_methods",
        ("users:contact_methods", contact_methods::create),
    ),
    (
        "GET /users/{id}/contact_methods/{contact_method_id}",
        ("users:contact_methods", contact_methods::get),
    ),
    (
        "PUT /users/{id}/contact_methods/{contact_method_id}",
        ("users:contact_methods", contact_methods::update),
    ),
    (
        "DELETE /users/{id}/contact_methods/{contact_method_id}",
        ("users:contact_methods", contact_methods::delete),
    ),
    (
        "GET /users/{id}/notification_rules",
        ("users:contact_methods", notification_rules::list),
    ),
    (
        "POST /users/{id}/notification_rules",
        ("users:contact_methods", notification_rules::create),
    ),
    (
        "DELETE /users/{id}/notification_rules/{notification_rule_id}",
        ("users:contact_methods", notification_rules::delete),
    ),
    ("GET /users/{id}/license", ("licenses", licenses::of_user)),
    ("GET /users/{id}/sessions", ("users:sessions", sessions::list)),
    ("DELETE /users/{id}/sessions", ("users:sessions", sessions::delete)),
    ("GET /licenses", ("licenses", licenses::list)),
    ("GET /license_allocations", ("licenses", licenses::allocations)),
    (
        "DELETE /oauth_delegations",
        ("users:sessions", sessions::delete_delegations),
    ),
    ("GET /teams", ("teams", teams::list)),
    ("POST /teams", ("teams", teams::create)),
    ("GET /teams/{id}", ("teams", teams::get)),
    ("PUT /teams/{id}", ("teams", teams::update)),
    ("DELETE /teams/{id}", ("teams", teams::delete)),
    ("GET /teams/{id}/members", ("teams", team_members::list)),
    ("PUT /teams/{id}/users/{user_id}", ("teams", team_members::put)),
    ("DELETE /teams/{id}/users/{user_id}", ("teams", team_members::delete)),
    ("GET /incidents", ("incidents", incidents::list)),
    ("PUT /incidents", ("incidents", incidents::update)),
    (
        "GET /escalation_policies",
        ("escalation_policies", escalation::list_policies),
    ),
    ("GET /schedules", ("schedules", escalation::list_schedules)),
    ("GET /oncalls", ("oncalls", escalation::list_oncalls)),
];

pub(super) fn names() -> Vec<&'static str> {
    routes::names(ROUTES)
}

pub(super) fn find(request: &Request) -> Option<Found<'_, Handler>> {
    let (name, (_, handler), ids) = routes::find(ROUTES, request)?;
    Some((name, handler, ids))
}

/// The scope of Scoped OAuth that a request needs, if there is such a route.
pub(super) fn scope(request: &Request) -> Option<String> {
    let (_, (subject, _), _) = routes::find(ROUTES, request)?;
    let verb = if request.method == "GET" { "read" } else { "write" };
    Some(format!("{subject}.{verb}"))
}

/// Whether there is such a scope.
pub(super) fn is_scope(scope: &str) -> bool {
    let subject = scope.strip_suffix(".read").or_else(|| scope.strip_suffix(".write"));
    ROUTES.iter().any(|(_, (known, _))| subject == Some(known))
}
