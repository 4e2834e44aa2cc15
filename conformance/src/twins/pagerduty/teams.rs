//! Teams.

use serde_json::{Value, json};

use super::account::PagerDuty;
use super::body::Fields;
use super::page::Page;
use super::records::{DefaultRole, Incident, Team};
use super::reference::{Object, with};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

const NAME_LENGTH_MAX: usize = 100;
const DESCRIPTION_LENGTH_MAX: usize = 1024;

/// From how many open incidents on a team cannot be deleted. That there is a bound is documented, how high it is not.
pub(super) const OPEN_INCIDENTS_MAX: usize = 100;

/// The fields of a team that a request names.
struct TeamFields {
    name: Option<String>,
    description: Option<String>,
    default_role: Option<DefaultRole>,
}

impl TeamFields {
    fn read(call: &Call, is_new: bool) -> Result<TeamFields, Refusal> {
        let mut fields = Fields::wrapped(call.request, "team")?;
        let (kind, name) = (fields.type_is("team"), fields.filled("name", NAME_LENGTH_MAX));
        if is_new {
            fields.require("type", kind);
            fields.require("name", name.as_ref());
        }
        let read = TeamFields {
            name,
            description: fields.text("description", DESCRIPTION_LENGTH_MAX),
            default_role: fields.choice("default_role"),
        };
        fields.finish()?;
        Ok(read)
    }

    fn apply(self, team: Team) -> Team {
        Team {
            name: self.name.unwrap_or(team.name),
            description: self.description.or(team.description),
            default_role: self.default_role.unwrap_or(team.default_role),
            ..team
        }
    }
}

pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "list teams")?;
    let page = Page::read(call.request)?;
    let text = call
        .request
        .parameter("query")
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let rows = twin.teams.rows_before(call.now, twin.lag);
    let found = rows.values().filter(|team| team.name.to_lowercase().contains(&text));
    Ok(page.answer("teams", found, |team| twin.team_json(team)))
}

/// Two teams may have one name: nothing says that PagerDuty refuses it, and whoever relies on being refused makes
/// duplicates.
pub(super) fn create(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "create teams")?;
    let fields = TeamFields::read(call, true)?;
    let team = Team {
        id: twin.new_id(),
        name: String::new(),
        description: None,
        default_role: DefaultRole::Manager,
        parent: None,
        services: 0,
    };
    let team = twin.teams.put(call.now, fields.apply(team));
    Ok(twin.team_answer(201, &team))
}

pub(super) fn get(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "read teams")?;
    Ok(twin.team_answer(200, twin.team(call.id())?))
}

pub(super) fn update(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "update teams")?;
    let team = twin.team(call.id())?.clone();
    let team = TeamFields::read(call, false)?.apply(team);
    let team = twin.teams.put(call.now, team);
    Ok(twin.team_answer(200, &team))
}

/// What belongs to the team keeps it; its incidents go to another team, or to no team.
pub(super) fn delete(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.need("teams", "delete teams")?;
    let team = twin.team(call.id())?.clone();
    twin.check_unused(&team)?;
    twin.hand_on_incidents(call, &team)?;
    for user in twin.member_ids_of(&team.id) {
        twin.remove_member(call.now, &team.id, &user);
    }
    twin.teams.remove(call.now, &team.id);
    Ok(Answer::empty(204))
}

impl PagerDuty {
    pub(super) fn team(&self, id: &str) -> Result<&Team, Refusal> {
        self.teams
            .rows()
            .get(id)
            .map(AsRef::as_ref)
            .ok_or_else(Refusal::team_not_found)
    }

    pub(super) fn teams_json(&self, ids: &[String]) -> Vec<Value> {
        ids.iter()
            .filter_map(|id| self.teams.rows().get(id))
            .map(|team| self.team_json(team))
            .collect()
    }

    fn team_answer(&self, status: u16, team: &Team) -> Answer {
        Answer::json(status, &json!({ "team": self.team_json(team) }))
    }

    fn team_json(&self, team: &Team) -> Value {
        let mut fields = json!({ "name": team.name, "default_role": team.default_role });
        if let Some(description) = &team.description {
            fields["description"] = Value::from(description.as_str());
        }
        if let Some(parent) = team.parent.as_ref().and_then(|id| self.teams.rows().get(id)) {
            fields["parent"] = self.team_reference(parent);
        }
        with(
            self.head(Object {
                kind: "team",
                path: "teams",
                id: &team.id,
                summary: &team.name,
            }),
            fields,
        )
    }

    fn check_unused(&self, team: &Team) -> Result<(), Refusal> {
        let id = &team.id;
        let uses = [
            (
                "escalation policies",
                self.escalation_policies
                    .rows()
                    .values()
                    .any(|duty| duty.teams.contains(id)),
            ),
            ("services", team.services > 0),
            (
                "schedules",
                self.schedules.rows().values().any(|duty| duty.teams.contains(id)),
            ),
            (
                "sub-teams",
                self.teams
                    .rows()
                    .values()
                    .any(|other| other.parent.as_ref() == Some(id)),
            ),
        ];
        let found: Vec<_> = uses
            .into_iter()
            .filter(|(_, used)| *used)
            .map(|(what, _)| format!("Team has {what}"))
            .collect();
        if found.is_empty() {
            Ok(())
        } else {
            Err(Refusal::team_in_use(found))
        }
    }

    fn hand_on_incidents(&mut self, call: &Call, team: &Team) -> Result<(), Refusal> {
        let of_team = |incident: &&Incident| incident.team.as_ref() == Some(&team.id);
        let incidents: Vec<_> = self.open_incidents().filter(of_team).cloned().collect();
        let heir = call.request.parameter("reassignment_team").map(str::to_owned);
        match &heir {
            _ if incidents.is_empty() => return Ok(()),
            _ if incidents.len() > OPEN_INCIDENTS_MAX => return Err(Refusal::team_with_too_many_incidents()),
            Some(id) if *id == team.id => return Err(Refusal::reassignment_team_not_valid()),
            Some(id) if !self.teams.rows().contains_key(id) => return Err(Refusal::reassignment_team_not_found()),
            _ => {}
        }
        for incident in incidents {
            self.incidents.put(
                call.now,
                Incident {
                    team: heir.clone(),
                    ..incident
                },
            );
        }
        Ok(())
    }
}
