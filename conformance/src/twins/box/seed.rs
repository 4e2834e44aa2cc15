//! States of the enterprise that no call of the API brings about.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::BoxEnterprise;
use super::body::is_address;
use super::records::{Group, Scope, User};
use crate::twins::oauth;

/// What a seed may say. A part that is left out stays as it is; users and groups are added, `outside` and `tokens` take
/// the place of the former ones.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    /// The rate limit.
    per_minute: Option<u64>,
    /// Logins of accounts outside of the enterprise.
    outside: Option<BTreeSet<String>>,
    /// Further tokens, with their scopes.
    tokens: Option<BTreeMap<String, BTreeSet<Scope>>>,
    users: Vec<SeedUser>,
    groups: Vec<SeedGroup>,
    /// What becomes of these users, by login.
    changed: BTreeMap<String, SeedChange>,
    oauth: oauth::Seed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    name: String,
    login: String,
    #[serde(default)]
    role: Option<Role>,
}

/// The roles that a user may have beside the administrator, of whom there is one.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Coadmin,
    User,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedGroup {
    name: String,
    #[serde(default)]
    everybody: bool,
    /// Logins that an information barrier keeps out.
    #[serde(default)]
    barred: BTreeSet<String>,
}

/// A part that is left out stays as it is.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedChange {
    confirmed: Option<bool>,
    owns: Option<bool>,
    held: Option<bool>,
}

impl BoxEnterprise {
    /// Brings the state about, or changes nothing if it cannot be; answers the ids of what it made.
    pub(super) fn sow(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        let seed = Seed::deserialize(state)?;
        self.check(&seed)?;
        self.oauth.sow(now, seed.oauth);
        let account = self.account_mut();
        account.requests_per_minute = seed.per_minute.unwrap_or(account.requests_per_minute);
        account.tokens = seed.tokens.unwrap_or_else(|| account.tokens.clone());
        account.outside = seed.outside.map_or_else(|| account.outside.clone(), folded);
        let users: Vec<_> = seed.users.into_iter().map(|user| self.sow_user(now, user)).collect();
        let groups: Vec<_> = seed
            .groups
            .into_iter()
            .map(|group| self.sow_group(now, group))
            .collect();
        for (login, change) in seed.changed {
            self.sow_change(now, &login, change);
        }
        Ok(json!({ "enterprise": self.account.enterprise.to_string(), "users": users, "groups": groups }))
    }

    fn check(&self, seed: &Seed) -> anyhow::Result<()> {
        self.oauth.check(&seed.oauth)?;
        let mut logins = BTreeSet::new();
        for SeedUser { login, .. } in &seed.users {
            ensure!(is_address(login), "`{login}` is no e-mail");
            let is_new = !self.is_taken(login) && logins.insert(login.to_lowercase());
            ensure!(is_new, "`{login}` is taken");
        }
        let mut names: BTreeSet<_> = self.groups.rows().values().map(|group| group.name.as_str()).collect();
        for SeedGroup { name, .. } in &seed.groups {
            ensure!(names.insert(name), "the group `{name}` is there");
        }
        for login in seed.changed.keys() {
            let is_there = self.user_by_login(login).is_some() || logins.contains(&login.to_lowercase());
            ensure!(is_there, "there is no user `{login}`");
        }
        Ok(())
    }

    fn sow_user(&mut self, now: Timestamp, seed: SeedUser) -> String {
        let mut values = Map::from_iter([("name".to_owned(), Value::from(seed.name))]);
        values.extend(seed.role.map(|role| ("role".to_owned(), role.name().into())));
        let user = self.new_user(now, &seed.login, values);
        self.put_user(now, user).id.to_string()
    }

    fn sow_group(&mut self, now: Timestamp, seed: SeedGroup) -> String {
        let group = Group {
            id: self.new_id(),
            name: seed.name,
            values: Map::new(),
            is_everybody: seed.everybody,
            barred: folded(seed.barred),
            created_at: now,
            modified_at: now,
        };
        self.groups.put(now, group).id.to_string()
    }

    fn sow_change(&mut self, now: Timestamp, login: &str, change: SeedChange) {
        let Some(user) = self.user_by_login(login) else { return };
        let user = User {
            is_confirmed: change.confirmed.unwrap_or(user.is_confirmed),
            owns: change.owns.unwrap_or(user.owns),
            is_held: change.held.unwrap_or(user.is_held),
            ..user.as_ref().clone()
        };
        self.put_user(now, user);
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Coadmin => "coadmin",
            Role::User => "user",
        }
    }
}

fn folded(logins: BTreeSet<String>) -> BTreeSet<String> {
    logins.into_iter().map(|login| login.to_lowercase()).collect()
}
