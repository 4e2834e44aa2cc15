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

const ROUTES: &[(&str, Handler)] = &[
    ("GET /abilities", abilities::list),
    ("GET /abilities/{id}", abilities::test),
    ("GET /users", users::list),
    ("POST /users", users::create),
    ("GET /users/me", users::me),
    ("GET /users/{id}", users::get),
    ("PUT /users/{id}", users::update),
    ("DELETE /users/{id}", users::delete),
    ("GET /users/{id}/contact_methods", contact_methods::list),
    ("POST /users/{id}/contact_methods", contact_methods::create),
    (
        "GET /users/{id}/contact_methods/{contact_method_id}",
        contact_methods::get,
    ),
    (
        "PUT /users/{id}/contact_methods/{contact_method_id}",
        contact_methods::update,
    ),
    (
        "DELETE /users/{id}/contact_methods/{contact_method_id}",
        contact_methods::delete,
    ),
    ("GET /users/{id}/notification_rules", notification_rules::list),
    ("POST /users/{id}/notification_rules", notification_rules::create),
    (
        "DELETE /users/{id}/notification_rules/{notification_rule_id}",
        notification_rules::delete,
    ),
    ("GET /users/{id}/license", licenses::of_user),
    ("GET /users/{id}/sessions", sessions::list),
    ("DELETE /users/{id}/sessions", sessions::delete),
    ("GET /licenses", licenses::list),
    ("GET /license_allocations", licenses::allocations),
    ("DELETE /oauth_delegations", sessions::delete_delegations),
    ("GET /teams", teams::list),
    ("POST /teams", teams::create),
    ("GET /teams/{id}", teams::get),
    ("PUT /teams/{id}", teams::update),
    ("DELETE /teams/{id}", teams::delete),
    ("GET /teams/{id}/members", team_members::list),
    ("PUT /teams/{id}/users/{user_id}", team_members::put),
    ("DELETE /teams/{id}/users/{user_id}", team_members::delete),
    ("GET /incidents", incidents::list),
    ("PUT /incidents", incidents::update),
    ("GET /escalation_policies", escalation::list_policies),
    ("GET /schedules", escalation::list_schedules),
    ("GET /oncalls", escalation::list_oncalls),
];

pub(super) fn names() -> Vec<&'static str> {
    routes::names(ROUTES)
}

pub(super) fn find(request: &Request) -> Option<Found<'_, Handler>> {
    routes::find(ROUTES, request)
}
