//! Incidents, as far as they stand in the way of those who leave.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::PagerDuty;
use super::body;
use super::page::Page;
use super::records::{Incident, IncidentStatus, User};
use super::reference::{Object, time, with};
use super::refusal::{Refusal, Reply};
use super::routes::Call;

/// How many incidents one request may change. The document knows the status 413, not the number.
const UPDATES_MAX: usize = 250;

/// What a request wants of one incident.
#[derive(Deserialize)]
struct Update {
    id: String,
    #[serde(rename = "type")]
    _kind: IncidentKind,
    status: Option<IncidentStatus>,
    assignments: Option<Vec<Assignment>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum IncidentKind {
    Incident,
    IncidentReference,
}

#[derive(Deserialize)]
struct Assignment {
    assignee: Assignee,
}

#[derive(Deserialize)]
struct Assignee {
    id: String,
}

pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    let page = Page::read(call.request)?;
    let named = |name| call.request.parameters(name).map(str::to_owned).collect::<Vec<_>>();
    let (users, teams, statuses) = (named("user_ids[]"), named("team_ids[]"), named("statuses[]"));
    if !teams.is_empty() {
        twin.need("teams", "filter by teams")?;
    }
    let rows = twin.incidents.rows_before(call.now, twin.lag);
    let found = rows
        .values()
        .filter(|incident| users.is_empty() || incident.assigned.iter().any(|user| users.contains(user)))
        .filter(|incident| teams.is_empty() || incident.team.as_ref().is_some_and(|team| teams.contains(team)))
        .filter(|incident| statuses.is_empty() || statuses.iter().any(|status| *status == incident.status.name()));
    Ok(page.answer("incidents", found, |incident| twin.incident_json(incident)))
}

/// Resolves, acknowledges or reassigns; all of them or none.
pub(super) fn update(twin: &mut PagerDuty, call: &Call) -> Reply {
    let requester = twin.requester(call.request)?.clone();
    let page = Page::read(call.request)?;
    let updates = body::whole(call.request)?
        .get_mut("incidents")
        .map(Value::take)
        .unwrap_or_default();
    let updates: Vec<Update> =
        serde_json::from_value(updates).map_err(|_| Refusal::invalid("Incidents must be an array"))?;
    if updates.len() > UPDATES_MAX {
        return Err(Refusal::too_large("Too many incidents"));
    }
    let changed = updates
        .into_iter()
        .map(|update| twin.updated(&requester, update))
        .collect::<Result<Vec<_>, _>>()?;
    for incident in &changed {
        twin.incidents.put(call.now, incident.clone());
    }
    Ok(page.answer("incidents", changed.iter(), |incident| twin.incident_json(incident)))
}

impl IncidentStatus {
    fn name(self) -> &'static str {
        match self {
            IncidentStatus::Triggered => "triggered",
            IncidentStatus::Acknowledged => "acknowledged",
            IncidentStatus::Resolved => "resolved",
        }
    }
}

impl PagerDuty {
    pub(super) fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents
            .rows()
            .values()
            .map(AsRef::as_ref)
            .filter(|incident| incident.is_open())
    }

    /// The incident after an update. Whoever acknowledges it, has it; nobody has a resolved one.
    fn updated(&self, requester: &User, update: Update) -> Result<Incident, Refusal> {
        let incident = self
            .incidents
            .rows()
            .get(&update.id)
            .ok_or_else(Refusal::incident_not_found)?;
        if !incident.is_open() {
            return Err(Refusal::incident_resolved());
        }
        let asked = update
            .assignments
            .map(|list| list.into_iter().map(|one| one.assignee.id).collect::<Vec<_>>());
        if let Some(unknown) = asked.iter().flatten().find(|id| !self.users.rows().contains_key(*id)) {
            return Err(Refusal::invalid(format!("Assigned To User Not Found: {unknown}")));
        }
        let status = update.status.unwrap_or(incident.status);
        let assigned = match status {
            IncidentStatus::Resolved => Vec::new(),
            IncidentStatus::Acknowledged if asked.is_none() => vec![requester.id.clone()],
            IncidentStatus::Acknowledged | IncidentStatus::Triggered => asked.unwrap_or(incident.assigned.clone()),
        };
        Ok(Incident {
            status,
            assigned,
            ..incident.as_ref().clone()
        })
    }

    fn incident_json(&self, incident: &Incident) -> Value {
        let assignment = |assignee: Value| json!({ "at": time(incident.created_at), "assignee": assignee });
        let assignments: Vec<_> = self
            .user_references(&incident.assigned)
            .into_iter()
            .map(assignment)
            .collect();
        with(
            self.head(Object {
                kind: "incident",
                path: "incidents",
                id: &incident.id,
                summary: &incident.title,
            }),
            json!({
                "incident_number": incident.number,
                "title": incident.title,
                "created_at": time(incident.created_at),
                "updated_at": time(incident.created_at),
                "status": incident.status,
                "incident_key": incident.id,
                "assignments": assignments,
                "assigned_via": "direct_assignment",
                "last_status_change_at": time(incident.created_at),
                "is_mergeable": true,
                "teams": self.team_references(incident.team.as_slice()),
                "urgency": incident.urgency,
            }),
        )
    }

    /// A new open incident.
    pub(super) fn open_incident(&mut self, now: Timestamp, assigned: Vec<String>, team: Option<String>) -> String {
        let number = u64::try_from(self.incidents.rows().len())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let incident = Incident {
            id: self.new_id(),
            number,
            title: format!("Incident {number}"),
            status: IncidentStatus::Triggered,
            urgency: super::records::Urgency::High,
            assigned,
            team,
            created_at: now,
        };
        self.incidents.put(now, incident).id.clone()
    }
}
