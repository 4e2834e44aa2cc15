//! States of the account that no call of the API brings about.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::abilities;
use super::account::{NewUser, PagerDuty};
use super::records::{Access, DefaultRole, Duty, License, Session, Team, User};
use super::roles::Role;
use crate::twins::oauth;
use crate::twins::table::Table;

/// What a seed may say. A part that is left out stays as it is; users and teams are added, every other list that is
/// given takes the place of the former one.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    abilities: Option<BTreeSet<String>>,
    /// Users whose license is not among them keep it.
    licenses: Option<Vec<License>>,
    /// Whether deletion of a user hands the incidents on, if there is the ability `offboarding`.
    offboarding: Option<bool>,
    /// Whether being on call keeps a user from deletion.
    on_call_blocks_deletion: Option<bool>,
    /// The rate limit.
    per_minute: Option<u64>,
    /// Further credentials.
    tokens: Option<BTreeMap<String, Access>>,
    /// How many creations of users are refused from now on because the account is locked.
    locked_creates: Option<u64>,
    /// How many changes of contact methods are taken from now on.
    contact_method_actions: Option<u64>,
    users: Vec<SeedUser>,
    teams: Vec<SeedTeam>,
    /// Open incidents.
    incidents: Option<Vec<SeedIncident>>,
    escalation_policies: Option<Vec<SeedDuty>>,
    schedules: Option<Vec<SeedDuty>>,
    oauth: oauth::Seed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    name: String,
    email: String,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    job_title: Option<String>,
    /// How many sessions are open.
    #[serde(default)]
    sessions: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedTeam {
    name: String,
    #[serde(default)]
    parent: Option<String>,
    /// How many services belong to it.
    #[serde(default)]
    services: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedIncident {
    /// The id of the user it is assigned to.
    assigned: String,
    #[serde(default)]
    team: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedDuty {
    name: String,
    #[serde(default)]
    users: Vec<String>,
    #[serde(default)]
    teams: Vec<String>,
}

impl PagerDuty {
    /// Brings the state about, or changes nothing if it cannot be; answers the ids of what it made, list by list.
    pub(super) fn sow(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        let mut seed = Seed::deserialize(state)?;
        self.check(&seed)?;
        self.settings(&mut seed);
        self.oauth.sow(now, std::mem::take(&mut seed.oauth));
        let users: Vec<_> = seed
            .users
            .into_iter()
            .map(|user| self.sow_user(now, user))
            .collect::<Result<_, _>>()?;
        let teams: Vec<_> = seed.teams.into_iter().map(|team| self.sow_team(now, team)).collect();
        let incidents = seed.incidents.map(|incidents| {
            clear(&mut self.incidents, now);
            let open = |incident: SeedIncident| self.open_incident(now, vec![incident.assigned], incident.team);
            incidents.into_iter().map(open).collect::<Vec<_>>()
        });
        let policies = seed.escalation_policies.map(|duties| {
            let rows = self.duties(duties);
            replace(&mut self.escalation_policies, now, rows)
        });
        let schedules = seed.schedules.map(|duties| {
            let rows = self.duties(duties);
            replace(&mut self.schedules, now, rows)
        });
        Ok(json!({
            "users": users,
            "teams": teams,
            "incidents": incidents,
            "escalation_policies": policies,
            "schedules": schedules,
        }))
    }

    fn check(&self, seed: &Seed) -> anyhow::Result<()> {
        self.oauth.check(&seed.oauth)?;
        if let Some(unknown) = seed
            .abilities
            .iter()
            .flatten()
            .find(|ability| !abilities::is_known(ability))
        {
            anyhow::bail!("there is no ability `{unknown}`");
        }
        let mut emails = BTreeSet::new();
        for user in &seed.users {
            ensure!(user.role != Some(Role::Owner), "the account has its owner");
            let is_new = self.user_by_email(&user.email).is_none() && emails.insert(user.email.to_lowercase());
            ensure!(is_new, "`{}` is taken", user.email);
        }
        let duties: Vec<_> = [&seed.escalation_policies, &seed.schedules]
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        let incidents = || seed.incidents.iter().flatten();
        for id in duties
            .iter()
            .flat_map(|duty| &duty.users)
            .chain(incidents().map(|incident| &incident.assigned))
        {
            ensure!(self.users.rows().contains_key(id), "there is no user `{id}`");
        }
        let parents = seed.teams.iter().filter_map(|team| team.parent.as_ref());
        let of_incidents = incidents().filter_map(|incident| incident.team.as_ref());
        for id in duties
            .iter()
            .flat_map(|duty| &duty.teams)
            .chain(parents)
            .chain(of_incidents)
        {
            ensure!(self.teams.rows().contains_key(id), "there is no team `{id}`");
        }
        let licenses = seed.licenses.as_ref().unwrap_or(&self.account.licenses);
        let roles = seed.users.iter().map(|user| user.role.unwrap_or(Role::User));
        let lacking = roles
            .into_iter()
            .find(|role| !licenses.iter().any(|license| license.valid_roles.contains(role)));
        lacking.map_or(Ok(()), |role| {
            Err(anyhow::anyhow!("no license is for the role {role:?}"))
        })
    }

    fn settings(&mut self, seed: &mut Seed) {
        let mut licenses = seed.licenses.take();
        for license in licenses.iter_mut().flatten().filter(|license| license.id.is_empty()) {
            license.id = self.new_id();
        }
        let account = self.account_mut();
        account.abilities = seed.abilities.take().unwrap_or_else(|| account.abilities.clone());
        account.licenses = licenses.unwrap_or_else(|| account.licenses.clone());
        account.tokens = seed.tokens.take().unwrap_or_else(|| account.tokens.clone());
        account.offboarding = seed.offboarding.unwrap_or(account.offboarding);
        account.on_call_blocks_deletion = seed.on_call_blocks_deletion.unwrap_or(account.on_call_blocks_deletion);
        account.requests_per_minute = seed.per_minute.unwrap_or(account.requests_per_minute);
        account.locked_creates = seed.locked_creates.unwrap_or(account.locked_creates);
        account.contact_method_actions = seed.contact_method_actions.or(account.contact_method_actions);
    }

    /// Whoever is seeded has a license, be there seats or not.
    fn sow_user(&mut self, now: Timestamp, seed: SeedUser) -> anyhow::Result<String> {
        let role = seed.role.unwrap_or(Role::User);
        let license = self
            .account
            .licenses
            .iter()
            .find(|license| license.valid_roles.contains(&role));
        let license = license
            .map(|license| license.id.clone())
            .context("the license is gone")?;
        let user = self.new_user(
            now,
            NewUser {
                name: seed.name,
                email: seed.email,
                role,
            },
            license,
        );
        let sessions = (0..seed.sessions)
            .map(|_| Session {
                id: self.new_id(),
                created_at: now,
            })
            .collect();
        let user = User {
            job_title: seed.job_title,
            invitation_sent: false,
            sessions,
            ..user
        };
        Ok(self.put_user(now, user).id.clone())
    }

    fn sow_team(&mut self, now: Timestamp, seed: SeedTeam) -> String {
        let team = Team {
            id: self.new_id(),
            name: seed.name,
            description: None,
            default_role: DefaultRole::Manager,
            parent: seed.parent,
            services: seed.services,
        };
        self.teams.put(now, team).id.clone()
    }

    fn duties(&mut self, seeds: Vec<SeedDuty>) -> Vec<Duty> {
        let duty = |seed: SeedDuty| Duty {
            id: self.new_id(),
            name: seed.name,
            users: seed.users,
            teams: seed.teams,
        };
        seeds.into_iter().map(duty).collect()
    }
}

fn replace(table: &mut Table<Duty>, now: Timestamp, rows: Vec<Duty>) -> Vec<String> {
    clear(table, now);
    rows.into_iter().map(|row| table.put(now, row).id.clone()).collect()
}

fn clear<R: crate::twins::table::Row>(table: &mut Table<R>, now: Timestamp) {
    for key in table.rows().keys().cloned().collect::<Vec<_>>() {
        table.remove(now, &key);
    }
}
