//! States of the account that no call of the API brings about.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::Scim;
use super::records::Resource;
use super::resource::Document;
use super::schema::{ENTERPRISE, Type};

/// What a seed may say. A part that is left out stays as it is; users and groups are added.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    /// The rate limit.
    per_minute: Option<u64>,
    seats: Option<u64>,
    token_expires_at: Option<Timestamp>,
    /// After how many seconds a new user name counts without being confirmed.
    confirmed_after: Option<u32>,
    /// Users as the vendor takes them; `schemas` may be left out. Whoever is `pending` has not accepted; `data` is how
    /// much a deletion would lose.
    users: Vec<Map<String, Value>>,
    groups: Vec<SeedGroup>,
    /// Whoever is invited by this e-mail accepts.
    accept: Option<SeedEmail>,
    /// Whoever is to be called so confirms it.
    confirm: Option<SeedEmail>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedGroup {
    #[serde(rename = "displayName")]
    display_name: String,
    /// The user names of members.
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedEmail {
    email: String,
}

/// A user that can be made.
struct NewUser {
    document: Document,
    pending: bool,
    data: u64,
}

impl Scim {
    /// Brings the state about, or changes nothing if it cannot be; answers the ids of what it made.
    pub(super) fn sow(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        let mut seed = Seed::deserialize(state)?;
        let users: Vec<_> = std::mem::take(&mut seed.users)
            .into_iter()
            .map(|user| self.read_user(user))
            .collect::<Result<_, _>>()?;
        self.check(&seed, &users)?;
        self.settings(&seed);
        let users: Vec<_> = users.into_iter().map(|user| self.sow_user(now, user)).collect();
        let groups: Vec<_> = seed
            .groups
            .into_iter()
            .map(|group| self.sow_group(now, group))
            .collect();
        if let Some(SeedEmail { email }) = seed.accept {
            self.accept(now, &email);
        }
        let confirmed = seed
            .confirm
            .and_then(|SeedEmail { email }| self.user_by_name(&email).cloned());
        if let Some(user) = confirmed {
            self.confirm(now, &user);
        }
        Ok(json!({ "users": users, "groups": groups }))
    }

    fn read_user(&self, mut user: Map<String, Value>) -> anyhow::Result<NewUser> {
        let pending = user.remove("pending").and_then(|value| value.as_bool());
        let data = user.remove("data").and_then(|value| value.as_u64());
        let rules = self.user_rules();
        add_schemas(&mut user, rules.kind);
        let name = user.get("userName").cloned().unwrap_or_default();
        let document = rules.read(user.into());
        let document = document.map_err(|refusal| anyhow::anyhow!("the vendor does not take {name}: {refusal:?}"))?;
        Ok(NewUser {
            document,
            pending: pending.unwrap_or_default(),
            data: data.unwrap_or_default(),
        })
    }

    fn check(&self, seed: &Seed, users: &[NewUser]) -> anyhow::Result<()> {
        let mut names = BTreeSet::new();
        for NewUser { document, .. } in users {
            let name = document.get("userName").and_then(Value::as_str).unwrap_or_default();
            let is_unique = self.check_user_is_unique("", document).is_ok() && names.insert(name.to_lowercase());
            ensure!(is_unique, "`{name}` is taken");
        }
        let of_groups = seed.groups.iter().flat_map(|group| &group.members);
        for name in of_groups {
            let is_there = self.user_by_name(name).is_some() || names.contains(&name.to_lowercase());
            ensure!(is_there, "there is no user `{name}`");
        }
        if let Some(SeedEmail { email }) = &seed.accept {
            let user = self.user_by_name(email).filter(|user| user.pending);
            user.with_context(|| format!("`{email}` is not invited"))?;
            let seats = seed.seats.or(self.account.seats);
            ensure!(seats.is_none_or(|seats| self.seated() < seats), "there is no free seat");
        }
        if let Some(SeedEmail { email }) = &seed.confirm {
            let user = self.user_by_name(email);
            let user =
                user.filter(|user| user.unconfirmed.is_some() && !user.text("userName").eq_ignore_ascii_case(email));
            user.with_context(|| format!("nobody is to be called `{email}`"))?;
        }
        Ok(())
    }

    fn settings(&mut self, seed: &Seed) {
        let account = self.account_mut();
        account.requests_per_minute = seed.per_minute.or(account.requests_per_minute);
        account.seats = seed.seats.or(account.seats);
        account.token_expires_at = seed.token_expires_at.or(account.token_expires_at);
        account.confirmed_after = seed.confirmed_after.or(account.confirmed_after);
    }

    fn sow_user(&mut self, now: Timestamp, user: NewUser) -> String {
        let user = Resource {
            pending: user.pending,
            data: user.data,
            ..self.new_resource(now, user.document)
        };
        self.put_user(now, user).id.clone()
    }

    fn sow_group(&mut self, now: Timestamp, seed: SeedGroup) -> String {
        let document = Map::from_iter([("displayName".to_owned(), seed.display_name.into())]);
        let group = self.new_resource(now, document);
        let id = self.put_group(now, group).id.clone();
        for name in seed.members {
            if let Some(user) = self.user_by_name(&name).cloned() {
                self.put_member(now, &id, &user.id);
            }
        }
        id
    }

    fn accept(&mut self, now: Timestamp, email: &str) {
        if let Some(user) = self.user_by_name(email).cloned() {
            let accepted = Resource {
                pending: false,
                ..user.as_ref().clone()
            };
            self.put_user(now, accepted);
        }
    }
}

fn add_schemas(user: &mut Map<String, Value>, kind: &Type) {
    let extension = user.contains_key(ENTERPRISE).then_some(ENTERPRISE);
    let urns: Vec<_> = std::iter::once(kind.urn).chain(extension).collect();
    user.entry("schemas").or_insert_with(|| urns.into());
}
