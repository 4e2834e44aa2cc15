//! States of the organization that no call of the API brings about.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Calendly;
use super::memberships::is_email;
use super::records::{Access, Group, Invitation, Relationship, Role, Status};
use super::uri;
use crate::twins::oauth;

const NOBODY_INVITED: &str = "nobody is invited by this e-mail";

/// What a seed may say. A part that is left out stays as it is; users and groups are added, `tokens` takes the place
/// of the former ones.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    /// The rate limit.
    per_minute: Option<u64>,
    seats: Option<u64>,
    trial: Option<bool>,
    scim_enabled: Option<bool>,
    answered_is_gone: Option<bool>,
    /// Further personal access tokens.
    tokens: Option<BTreeMap<String, Access>>,
    /// Members.
    users: Vec<SeedUser>,
    groups: Vec<SeedGroup>,
    /// Whoever was invited by this e-mail joins: a user and a membership come into being.
    accept: Option<SeedAnswer>,
    /// Whoever was invited by this e-mail stays away.
    decline: Option<SeedAnswer>,
    /// A member is given another role, as administrators do on the web.
    role: Option<SeedRole>,
    oauth: oauth::Seed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    name: String,
    email: String,
    #[serde(default)]
    role: Option<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedGroup {
    name: String,
    /// The e-mails of members.
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedAnswer {
    email: String,
    /// Under which name somebody joins: the e-mail's first part if there is none.
    #[serde(default)]
    name: Option<String>,
    /// By which address somebody joins: the one that was invited if there is none.
    #[serde(default)]
    address: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedRole {
    email: String,
    role: Role,
}

impl Calendly {
    /// Brings the state about, or changes nothing if it cannot be; answers the URIs of what it made.
    pub(super) fn sow(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        let mut seed = Seed::deserialize(state)?;
        self.check(&seed)?;
        self.settings(&mut seed);
        self.oauth.sow(now, std::mem::take(&mut seed.oauth));
        let users: Vec<_> = seed.users.into_iter().map(|user| self.sow_user(now, user)).collect();
        let groups: Vec<_> = seed
            .groups
            .into_iter()
            .map(|group| self.sow_group(now, group))
            .collect();
        let accepted = seed.accept.map(|answer| self.accept(now, answer)).transpose()?;
        if let Some(answer) = seed.decline {
            self.settle(now, &answer.email, None)?;
        }
        if let Some(SeedRole { email, role }) = seed.role {
            self.change_role(now, &email, role);
        }
        Ok(json!({
            "organization": uri::organization(&self.account.organization),
            "users": users,
            "groups": groups,
            "accepted": accepted,
        }))
    }

    fn check(&self, seed: &Seed) -> anyhow::Result<()> {
        self.oauth.check(&seed.oauth)?;
        let mut emails = BTreeSet::new();
        for user in &seed.users {
            ensure!(is_email(&user.email), "`{}` is no e-mail", user.email);
            let is_new = self.membership_by_email(&user.email).is_none() && emails.insert(user.email.to_lowercase());
            ensure!(is_new, "`{}` is taken", user.email);
        }
        for answer in [&seed.accept, &seed.decline].into_iter().flatten() {
            let email = &answer.email;
            ensure!(self.pending_invitation(email).is_some(), "`{email}` is not invited");
            if let Some(address) = &answer.address {
                let is_free = is_email(address) && self.membership_by_email(address).is_none();
                ensure!(is_free, "nobody can join by `{address}`");
            }
        }
        let of_groups = seed.groups.iter().flat_map(|group| &group.members);
        let of_tokens = seed
            .tokens
            .iter()
            .flat_map(BTreeMap::values)
            .map(|access| &access.email);
        let of_role = seed.role.iter().map(|role| &role.email);
        for email in of_groups.chain(of_tokens).chain(of_role) {
            let is_there = self.membership_by_email(email).is_some() || emails.contains(&email.to_lowercase());
            ensure!(is_there, "`{email}` is not a member");
        }
        let mut roles = seed.users.iter().filter_map(|user| user.role);
        let mut roles = roles.by_ref().chain(seed.role.iter().map(|role| role.role));
        ensure!(roles.all(|role| role != Role::Owner), "the organization has its owner");
        Ok(())
    }

    fn settings(&mut self, seed: &mut Seed) {
        let account = self.account_mut();
        account.requests_per_minute = seed.per_minute.unwrap_or(account.requests_per_minute);
        account.seats = seed.seats.or(account.seats);
        account.trial = seed.trial.unwrap_or(account.trial);
        account.scim_enabled = seed.scim_enabled.unwrap_or(account.scim_enabled);
        account.answered_is_gone = seed.answered_is_gone.unwrap_or(account.answered_is_gone);
        account.tokens = seed.tokens.take().unwrap_or_else(|| account.tokens.clone());
    }

    fn sow_user(&mut self, now: Timestamp, seed: SeedUser) -> Value {
        self.join(now, &seed.email, &seed.name);
        if let Some(role) = seed.role {
            self.change_role(now, &seed.email, role);
        }
        self.member_uris(&seed.email)
    }

    fn sow_group(&mut self, now: Timestamp, seed: SeedGroup) -> String {
        let group = Group {
            id: self.new_id(),
            name: seed.name,
            created_at: now,
        };
        let id = self.groups.put(now, group).id.clone();
        for email in seed.members {
            let member = self.membership_by_email(&email).map(|membership| membership.id.clone());
            let relationship = member.map(|membership| Relationship {
                id: self.new_id(),
                group: id.clone(),
                membership,
                created_at: now,
            });
            relationship.map(|relationship| self.relationships.put(now, relationship));
        }
        uri::group(&id)
    }

    /// They join by the e-mail that the invitation has, or by another that they have at Calendly.
    fn accept(&mut self, now: Timestamp, answer: SeedAnswer) -> anyhow::Result<Value> {
        let invitation = self.pending_invitation(&answer.email).context(NOBODY_INVITED)?;
        let invited = invitation.email.clone();
        let email = answer.address.as_ref().unwrap_or(&invited);
        let local = email.split('@').next().unwrap_or_default();
        let name = answer.name.as_deref().unwrap_or(local);
        let user = self.join(now, email, name).user.clone();
        self.settle(now, &invited, Some(user))?;
        Ok(self.member_uris(email))
    }

    /// An invitation that no user accepted is declined.
    fn settle(&mut self, now: Timestamp, email: &str, user: Option<String>) -> anyhow::Result<()> {
        let invitation = self.pending_invitation(email).context(NOBODY_INVITED)?;
        let settled = Invitation {
            status: if user.is_some() {
                Status::Accepted
            } else {
                Status::Declined
            },
            user,
            updated_at: now,
            ..invitation.as_ref().clone()
        };
        self.put_invitation(now, settled);
        Ok(())
    }

    fn member_uris(&self, email: &str) -> Value {
        let membership = self.membership_by_email(email);
        membership.map_or(
            Value::Null,
            |membership| json!({ "user": uri::user(&membership.user), "membership": uri::membership(&membership.id) }),
        )
    }
}
