//! States of the org that no call of the API brings about.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{anyhow, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::Okta;
use super::ids::prefix;
use super::limits::Bucket;
use super::org::{AdminRole, CustomAttribute, CustomRole, UserType};
use super::profile::Change;
use super::records::{Assignment, Group, GroupKind, Member, Provider, RoleType, Status, User};
use crate::twins::oauth;

/// What a seed may say. A part that is left out stays as it is; users, groups and user types are added, every other
/// list that is given takes the place of the former one.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    /// Attributes of the profile beside those that every org has.
    attributes: Option<Vec<CustomAttribute>>,
    names_required: Option<bool>,
    logins_are_emails: Option<bool>,
    deprovisioned_editable: Option<bool>,
    /// How long an activation, or a deactivation that was asked for asynchronously, takes.
    transition_ms: Option<u64>,
    /// Further API tokens.
    tokens: Option<BTreeMap<String, AdminRole>>,
    /// The roles of applications, by client id.
    app_roles: Option<BTreeMap<String, AdminRole>>,
    oauth: oauth::Seed,
    /// The limits of some buckets.
    limits: BTreeMap<Bucket, u64>,
    /// The limit of every bucket, all of it for each token.
    per_minute: Option<u64>,
    /// How much of a bucket one API token or application may use up.
    token_percent: Option<u64>,
    /// How many requests are refused from now on because too many others are under way.
    concurrency_refusals: Option<u64>,
    custom_roles: Option<Vec<CustomRole>>,
    user_types: Vec<UserType>,
    groups: Vec<SeedGroup>,
    users: Vec<SeedUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    /// `login`, `email`, `firstName` and `lastName` at least, unless the org does without.
    profile: Map<String, Value>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    provider: Option<Provider>,
    /// Administrator roles.
    #[serde(default)]
    roles: Vec<RoleType>,
    /// The names of groups, whatever their type.
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedGroup {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<GroupKind>,
    /// Whether it is pushed to an application.
    #[serde(default)]
    pushed: bool,
    /// Administrator roles of its members.
    #[serde(default)]
    roles: Vec<RoleType>,
}

impl Okta {
    /// Brings the state about, or changes nothing if it cannot be; answers the ids of what it made, list by list.
    pub(super) fn sow(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        let mut seed = Seed::deserialize(state)?;
        let before = (self.org.clone(), self.last_id);
        self.settings(&mut seed);
        if let Err(error) = self.check(&seed) {
            (self.org, self.last_id) = before;
            return Err(error);
        }
        self.oauth.sow(now, std::mem::take(&mut seed.oauth));
        let groups: Vec<_> = seed
            .groups
            .into_iter()
            .map(|group| self.sow_group(now, group))
            .collect();
        let users: Vec<_> = seed.users.into_iter().map(|user| self.sow_user(now, user)).collect();
        let ids = |list: &[UserType]| list.iter().map(|kind| kind.id.clone()).collect::<Vec<_>>();
        let custom_roles: Vec<_> = self.org.custom_roles.iter().map(|role| role.id.clone()).collect();
        Ok(json!({
            "users": users,
            "groups": groups,
            "custom_roles": custom_roles,
            "user_types": ids(&self.org.user_types),
        }))
    }

    fn settings(&mut self, seed: &mut Seed) {
        for kind in &mut seed.user_types {
            kind.id = self.new_id(prefix::USER_TYPE);
            kind.schema = self.new_id(prefix::SCHEMA);
        }
        for role in seed.custom_roles.iter_mut().flatten() {
            role.id = self.new_id(prefix::CUSTOM_ROLE);
        }
        let org = self.org_mut();
        if let Some(limit) = seed.per_minute {
            org.limits = Bucket::ALL.map(|bucket| (bucket, limit)).into();
            org.token_percent = 100;
        }
        org.limits.append(&mut seed.limits);
        org.token_percent = seed.token_percent.unwrap_or(org.token_percent);
        org.user_types.append(&mut seed.user_types);
        org.names_required = seed.names_required.unwrap_or(org.names_required);
        org.logins_are_emails = seed.logins_are_emails.unwrap_or(org.logins_are_emails);
        org.deprovisioned_editable = seed.deprovisioned_editable.unwrap_or(org.deprovisioned_editable);
        org.transition_ms = seed.transition_ms.unwrap_or(org.transition_ms);
        org.concurrency_refusals = seed.concurrency_refusals.unwrap_or(org.concurrency_refusals);
        org.attributes = seed.attributes.take().unwrap_or_else(|| org.attributes.clone());
        org.tokens = seed.tokens.take().unwrap_or_else(|| org.tokens.clone());
        org.app_roles = seed.app_roles.take().unwrap_or_else(|| org.app_roles.clone());
        org.custom_roles = seed.custom_roles.take().unwrap_or_else(|| org.custom_roles.clone());
    }

    fn check(&self, seed: &Seed) -> anyhow::Result<()> {
        self.oauth.check(&seed.oauth)?;
        let mut names = BTreeSet::new();
        for group in &seed.groups {
            ensure!(group.kind != Some(GroupKind::BuiltIn), "the org has its built-in group");
            let is_new = !self.group_name_is_taken(&group.name, None) && names.insert(group.name.to_lowercase());
            ensure!(is_new, "there is a group `{}`", group.name);
        }
        let mut logins = BTreeSet::new();
        for user in &seed.users {
            let login = user.profile.get("login").and_then(Value::as_str).unwrap_or_default();
            self.profile(&Change::Create, user.profile.clone())
                .map_err(|refusal| anyhow!("`{login}` cannot be: {refusal:?}"))?;
            ensure!(logins.insert(login.to_lowercase()), "`{login}` is taken");
            let known = |name: &String| names.contains(&name.to_lowercase()) || self.group_named(name).is_some();
            let unknown = user.groups.iter().find(|name| !known(name));
            ensure!(
                unknown.is_none(),
                "there is no group `{}`",
                unknown.cloned().unwrap_or_default()
            );
        }
        Ok(())
    }

    fn sow_group(&mut self, now: Timestamp, seed: SeedGroup) -> String {
        let group = Group {
            id: self.new_id(prefix::GROUP),
            kind: seed.kind.unwrap_or(GroupKind::OktaGroup),
            name: seed.name,
            description: seed.description,
            created: now,
            last_updated: now,
            last_membership_updated: now,
            pushed: seed.pushed,
        };
        let id = self.put_group(now, group).id.clone();
        self.sow_roles(now, &id, seed.roles);
        id
    }

    fn sow_user(&mut self, now: Timestamp, seed: SeedUser) -> String {
        let status = seed.status.unwrap_or(Status::Active);
        let user = self.new_user(now, seed.profile);
        let user = User {
            provider: seed.provider.unwrap_or(Provider::Okta),
            has_password: !matches!(status, Status::Staged | Status::Provisioned),
            ..user
        };
        let user = match status {
            Status::Staged => user,
            status => user.in_status(now, status),
        };
        let id = self.put_user(now, user).id.clone();
        self.sow_roles(now, &id, seed.roles);
        for group in seed
            .groups
            .iter()
            .filter_map(|name| self.group_named(name))
            .collect::<Vec<_>>()
        {
            let user = id.clone();
            self.put_member(now, Member { group, user });
        }
        id
    }

    fn sow_roles(&mut self, now: Timestamp, holder: &str, roles: Vec<RoleType>) {
        let prefix = match self.groups.rows().contains_key(holder) {
            true => prefix::GROUP_ASSIGNMENT,
            false => prefix::ASSIGNMENT,
        };
        for role in roles {
            let assignment = Assignment {
                holder: holder.to_owned(),
                id: self.new_id(prefix),
                role,
                custom: None,
                created: now,
            };
            self.assignments.put(now, assignment);
        }
    }

    fn group_named(&self, name: &str) -> Option<String> {
        let mut groups = self.groups.rows().values();
        let group = groups.find(|group| group.name.eq_ignore_ascii_case(name))?;
        Some(group.id.clone())
    }
}
