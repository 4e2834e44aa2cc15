//! Teams and their members.
use serde_json::{Map, Value, json};

use super::api::{Api, Place, decode, request, segment};
use super::error::Call;
use super::wire::{Members, Team, TeamEnvelope, Teams, wrapped};
use crate::only::{FOUND_MAX, only};
use crate::{Account, Error, ErrorKind, Fields, Retry};

const TEAMS: &str = "/teams";
const TEAM: &str = "/teams/{id}";
const MEMBERS: &str = "/teams/{id}/members";
const MEMBER: &str = "/teams/{id}/users/{user_id}";

impl Api {
    pub(super) async fn team(&self, id: &str) -> Result<Option<Account>, Error> {
        let Ok(id) = segment(id) else { return Ok(None) };
        let found = self
            .read::<TeamEnvelope>(request("GET", TEAM, format!("/teams/{id}")))
            .await?;
        Ok(found.map(|envelope| envelope.team.into()))
    }

    pub(super) async fn team_by_name(&self, name: &str) -> Result<Option<Account>, Error> {
        let query = &[("query", name)];
        let is_wanted = |team: &Team| team.name == name;
        let found = self.search::<Teams>(&teams(query), is_wanted, FOUND_MAX).await?;
        Ok(only(found, "name")?.map(Account::from))
    }

    /// A page of teams, and where the next begins.
    pub(super) async fn teams(&self, offset: u32) -> Result<(Vec<Team>, Option<u32>), Error> {
        self.page::<Teams>(&teams(&[]), offset).await
    }

    /// PagerDuty is not known to refuse a second team of the same name, so it is looked for first.
    pub(super) async fn create_team(&self, fields: &Fields) -> Result<Account, Error> {
        let name = fields
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Error::rejected(Some("name"), "PagerDuty has no team without it"))?;
        if let Some(team) = self.team_by_name(name).await? {
            let kind = ErrorKind::Exists { id: Some(team.id) };
            return Err(Error::new(kind, Retry::Never, "there is a team of this name"));
        }
        let request = request("POST", TEAMS, TEAMS.into()).json(&body(fields));
        let answer = self.send(request, &Call::save_team(fields)).await?;
        let made = decode::<TeamEnvelope>(&answer, ErrorKind::Ambiguous)?;
        Ok(made.team.into())
    }

    pub(super) async fn update_team(&self, id: &str, changed: &Fields) -> Result<(), Error> {
        let request = request("PUT", TEAM, format!("/teams/{}", segment(id)?)).json(&body(changed));
        self.send(request, &Call::save_team(changed)).await.map(|_| ())
    }

    pub(super) async fn delete_team(&self, id: &str) -> Result<(), Error> {
        let Ok(id) = segment(id) else { return Ok(()) };
        let request = request("DELETE", TEAM, format!("/teams/{id}"));
        gone(self.send(request, &Call::REMOVE).await.map(|_| ()))
    }

    /// Ids of a page of members, and where the next begins.
    pub(super) async fn team_members(&self, id: &str, offset: u32) -> Result<(Vec<String>, Option<u32>), Error> {
        let place = Place {
            route: MEMBERS,
            path: format!("/teams/{}/members", segment(id)?),
            query: &[],
        };
        let (members, next) = self.page::<Members>(&place, offset).await?;
        Ok((members.into_iter().map(|member| member.user.id).collect(), next))
    }

    pub(super) async fn put_member(&self, team_id: &str, user_id: &str) -> Result<(), Error> {
        let path = format!("/teams/{}/users/{}", segment(team_id)?, segment(user_id)?);
        let request = request("PUT", MEMBER, path).json(&json!({ "role": self.choices.team_role }));
        self.send(request, &Call::ADD_MEMBER).await.map(|_| ())
    }

    pub(super) async fn delete_member(&self, team_id: &str, user_id: &str) -> Result<(), Error> {
        let (Ok(team_id), Ok(user_id)) = (segment(team_id), segment(user_id)) else {
            return Ok(());
        };
        let request = request("DELETE", MEMBER, format!("/teams/{team_id}/users/{user_id}"));
        gone(self.send(request, &Call::REMOVE).await.map(|_| ()))
    }
}

fn teams<'a>(query: &'a [(&'a str, &'a str)]) -> Place<'a> {
    Place {
        route: TEAMS,
        path: TEAMS.into(),
        query,
    }
}

fn body(fields: &Fields) -> Value {
    let fields = fields.iter().filter(|(_, value)| !value.is_null());
    let fields = fields.map(|(name, value)| (name.clone(), value.clone()));
    wrapped("team", "team", Map::from_iter(fields))
}

/// What is gone already was to go.
fn gone(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
