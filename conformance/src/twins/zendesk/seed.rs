//! States of the account that no call of the API brings about.

use std::collections::BTreeMap;

use anyhow::anyhow;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::admission::is_scope;
use super::records::{CustomRole, Group, UserField, UserFieldType};
use super::refusal::Refusal;
use super::roles::RoleType;
use crate::twins::{Twin, oauth};

/// What a seed may say. A part that is left out stays as it is; users, groups, organizations and custom roles are
/// added, every other list that is given takes the place of the former one.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    /// Whether the plan has custom roles.
    enterprise: Option<bool>,
    /// Whether users may be created in bulk.
    bulk_import: Option<bool>,
    /// How many paid seats there are.
    agent_seats: Option<u64>,
    /// The rate limit.
    per_minute: Option<u64>,
    /// How often each user may be updated in a minute.
    user_updates_per_minute: Option<u64>,
    search_lag_seconds: Option<u64>,
    /// A job is done after so many looks at it.
    job_polls: Option<u64>,
    /// A job is done after so many seconds even if nobody looks.
    job_seconds: Option<u64>,
    custom_roles: Vec<SeedCustomRole>,
    user_fields: Option<Vec<SeedUserField>>,
    /// Further bearer tokens, and their scopes.
    tokens: Option<BTreeMap<String, Vec<String>>>,
    /// Users with the fields that a request to create one has. Whoever is seeded has a seat, be there any left or not.
    users: Vec<Map<String, Value>>,
    /// Names of groups.
    groups: Vec<String>,
    /// Organizations with the fields that a request to create one has.
    organizations: Vec<Map<String, Value>>,
    oauth: oauth::Seed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedCustomRole {
    name: String,
    role_type: RoleType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUserField {
    key: String,
    #[serde(rename = "type")]
    kind: UserFieldType,
    #[serde(default)]
    options: Vec<String>,
}

impl Zendesk {
    /// Brings the state about, or changes nothing if it cannot be; answers the ids of what it made, list by list.
    pub(super) fn sow(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        let seed = Seed::deserialize(state)?;
        self.check_seed(&seed)?;
        let before = self.snapshot();
        let sown = self.try_sow(now, seed);
        if sown.is_err() {
            self.restore(before, Vec::new())?;
        }
        sown
    }

    fn check_seed(&self, seed: &Seed) -> anyhow::Result<()> {
        self.oauth.check(&seed.oauth)?;
        let scopes = seed.tokens.iter().flat_map(BTreeMap::values).flatten();
        let unknown = scopes.into_iter().find(|scope| !is_scope(scope));
        unknown.map_or(Ok(()), |scope| Err(anyhow!("there is no scope `{scope}`")))
    }

    fn try_sow(&mut self, now: Timestamp, mut seed: Seed) -> anyhow::Result<Value> {
        let roles = std::mem::take(&mut seed.custom_roles);
        let roles: Vec<_> = roles.into_iter().map(|role| self.sow_custom_role(role)).collect();
        self.sow_settings(&mut seed);
        self.oauth.sow(now, seed.oauth);
        let groups: Vec<_> = seed.groups.into_iter().map(|name| self.sow_group(now, name)).collect();
        let organizations = self.sow_organizations(now, &seed.organizations)?;
        let seats = self.account_mut().agent_seats.take();
        let users = self.sow_users(now, seed.users)?;
        self.account_mut().agent_seats = seats;
        Ok(json!({ "users": users, "groups": groups, "organizations": organizations, "custom_roles": roles }))
    }

    fn sow_settings(&mut self, seed: &mut Seed) {
        let fields = seed.user_fields.take();
        let field = |field: SeedUserField| UserField {
            id: self.new_id(),
            title: field.key.clone(),
            key: field.key,
            kind: field.kind,
            options: field.options,
        };
        let fields: Option<Vec<_>> = fields.map(|fields| fields.into_iter().map(field).collect());
        let account = self.account_mut();
        account.user_fields = fields.unwrap_or_else(|| account.user_fields.clone());
        account.tokens = seed.tokens.take().unwrap_or_else(|| account.tokens.clone());
        account.enterprise = seed.enterprise.unwrap_or(account.enterprise);
        account.bulk_import = seed.bulk_import.unwrap_or(account.bulk_import);
        account.agent_seats = seed.agent_seats.or(account.agent_seats);
        account.requests_per_minute = seed.per_minute.unwrap_or(account.requests_per_minute);
        account.user_updates_per_minute = seed.user_updates_per_minute.or(account.user_updates_per_minute);
        account.search_lag_seconds = seed.search_lag_seconds.unwrap_or(account.search_lag_seconds);
        account.job_polls = seed.job_polls.unwrap_or(account.job_polls);
        account.job_seconds = seed.job_seconds.unwrap_or(account.job_seconds);
    }

    fn sow_custom_role(&mut self, seed: SeedCustomRole) -> u64 {
        let id = self.new_id();
        let role = CustomRole {
            id,
            name: seed.name,
            role_type: seed.role_type,
        };
        self.account_mut().custom_roles.push(role);
        id
    }

    fn sow_group(&mut self, now: Timestamp, name: String) -> u64 {
        let group = Group {
            id: self.new_id(),
            name,
            description: String::new(),
            is_public: true,
            default: false,
            deleted: false,
            created_at: now,
            updated_at: now,
        };
        self.groups.put(now, group).id
    }

    fn sow_organizations(&mut self, now: Timestamp, seeds: &[Map<String, Value>]) -> anyhow::Result<Vec<u64>> {
        let made = seeds.iter().map(|fields| self.put_organization(now, None, fields));
        made.map(|made| made.map(|organization| organization.id).map_err(told))
            .collect()
    }

    /// Nobody who is seeded was sent a mail.
    fn sow_users(&mut self, now: Timestamp, seeds: Vec<Map<String, Value>>) -> anyhow::Result<Vec<u64>> {
        let made = seeds.into_iter().map(|mut fields| {
            fields.insert("skip_verify_email".to_owned(), Value::Bool(true));
            self.create_user(now, &fields)
        });
        made.map(|made| made.map(|user| user.id).map_err(told)).collect()
    }
}

fn told(refusal: Refusal) -> anyhow::Error {
    let (error, details) = refusal.told();
    anyhow!("{error}: {details}")
}
