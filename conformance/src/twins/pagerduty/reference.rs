//! What every object of the API begins with, and references to objects.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::PagerDuty;
use super::records::{Duty, Team, User};

/// Where objects say they are to be found: in the API of the real vendor, whatever the twin's own address.
const API: &str = "https://api.pagerduty.com";

/// Who an object is, and where it is found.
pub(super) struct Object<'a> {
    /// Its type.
    pub(super) kind: &'a str,
    /// Where in the API and in the web application objects like it are found.
    pub(super) path: &'a str,
    pub(super) id: &'a str,
    pub(super) summary: &'a str,
}

impl PagerDuty {
    /// The head of an object.
    pub(super) fn head(&self, object: Object) -> Value {
        let Object {
            kind,
            path,
            id,
            summary,
        } = object;
        json!({
            "id": id,
            "type": kind,
            "summary": summary,
            "self": format!("{API}/{path}/{id}"),
            "html_url": format!("https://{}.pagerduty.com/{path}/{id}", self.account.subdomain),
        })
    }

    pub(super) fn user_reference(&self, user: &User) -> Value {
        self.head(Object {
            kind: "user_reference",
            path: "users",
            id: &user.id,
            summary: &user.name,
        })
    }

    pub(super) fn team_reference(&self, team: &Team) -> Value {
        self.head(Object {
            kind: "team_reference",
            path: "teams",
            id: &team.id,
            summary: &team.name,
        })
    }

    /// References to those of these users that there are.
    pub(super) fn user_references(&self, ids: &[String]) -> Vec<Value> {
        let users = ids.iter().filter_map(|id| self.users.rows().get(id));
        users.map(|user| self.user_reference(user)).collect()
    }

    pub(super) fn team_references(&self, ids: &[String]) -> Vec<Value> {
        let teams = ids.iter().filter_map(|id| self.teams.rows().get(id));
        teams.map(|team| self.team_reference(team)).collect()
    }

    pub(super) fn escalation_policy_reference(&self, policy: &Duty) -> Value {
        let kind = "escalation_policy_reference";
        self.head(Object {
            kind,
            path: "escalation_policies",
            id: &policy.id,
            summary: &policy.name,
        })
    }

    pub(super) fn schedule_reference(&self, schedule: &Duty) -> Value {
        self.head(Object {
            kind: "schedule_reference",
            path: "schedules",
            id: &schedule.id,
            summary: &schedule.name,
        })
    }
}

/// An object of this head and these further fields.
pub(super) fn with(mut head: Value, fields: Value) -> Value {
    if let (Value::Object(head), Value::Object(fields)) = (&mut head, fields) {
        head.extend(fields);
    }
    head
}

/// A time as the API writes it: in whole seconds.
pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
