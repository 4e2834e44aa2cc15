//! The vendor as a whole: what it takes, what it bears, and what becomes of people there.
use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::auth::AuthMethod;
use super::field::one_call;
use super::kind::{Kind, KindDescriptor};
use super::role::{Role, is_same_name};

/// A vendor's description, loaded once from the `vendor.toml` in its folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// The vendor's name in settings, such as `pagerduty`.
    pub name: String,
    /// The vendor's name for people.
    pub title: String,
    /// Where the vendor's API is when a target does not say otherwise. `{subdomain}` stands for the value of the
    /// setting `subdomain`; any setting may be named so. `{base_url}`: each account has its own, and every target must
    /// say which.
    pub base_url: String,
    /// The ways to prove who calls; the first is taken when a target does not say which.
    #[serde(default)]
    pub auth: Vec<AuthMethod>,
    /// Names of the settings a target of this vendor has or may have.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Settings that targets of this vendor had in former versions.
    #[serde(default)]
    pub former_settings: Vec<FormerSetting>,
    /// Fields of a person's account.
    pub user: KindDescriptor,
    /// Fields of a group; `None` where the vendor has no groups.
    pub group: Option<KindDescriptor>,
    /// What switching a person off does at the vendor.
    pub deactivate: Deactivate,
    /// What becomes of a deleted person's account when a target does not say; the vendor's own deletion if absent.
    #[serde(default)]
    pub default_on_delete: Option<DefaultOnDelete>,
    /// Roles a person may be given by this API, and those that it cannot give.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// The lowest and the highest rank that a role which is not described may have, see [`Role::rank`].
    #[serde(default)]
    pub own_role_ranks: Option<[u8; 2]>,
    /// Calls, readings included, that switching a person on or off takes.
    #[serde(default = "one_call")]
    pub active_calls: u64,
    /// Calls, readings included, that adding members takes.
    #[serde(default = "one_call")]
    pub join_calls: u64,
    /// Calls, readings included, that removing members takes.
    #[serde(default = "one_call")]
    pub leave_calls: u64,
    /// Calls that a page of a group's members takes.
    #[serde(default = "one_call")]
    pub member_read_calls: u64,
    /// Whether a group tells of all its members, so that one that tells of nobody has none.
    #[serde(default = "yes")]
    pub shows_members: bool,
    /// Whether each account has roles of its own, which the vendor lists: see `Adapter::roles`. Then a role that is not
    /// described may be one of those listed.
    #[serde(default)]
    pub lists_roles: bool,
    /// Whether the vendor says how many more people may have a role, in the same listing.
    #[serde(default)]
    pub counts_roles: bool,
    /// Members of a group that one call can add or remove.
    #[serde(default = "one_member")]
    pub members_per_call: usize,
    /// The roles whose accounts can be members of groups; all if there are none.
    #[serde(default)]
    pub member_roles: Vec<String>,
    /// The most accounts that one bulk job creates, updates or deletes, see `Adapter::submit`; 0 if there are no jobs.
    #[serde(default)]
    pub bulk_max: usize,
    /// How long one bulk job may take, its time in the vendor's queue included, in milliseconds. After that it is
    /// believed to have ended somehow.
    #[serde(default = "five_minutes")]
    pub job_deadline_ms: u64,
    /// Whether the vendor refuses a new account once no licence is left for it.
    #[serde(default = "yes")]
    pub licences_end: bool,
    /// The most accounts that the vendor lets be listed; none if it sets no bound.
    #[serde(default)]
    pub listed_max: Option<u64>,
    /// Calls per minute that one set of credentials may make.
    pub calls_per_minute: u32,
    /// Whether the vendor says when to come back once there were too many calls.
    #[serde(default = "yes")]
    pub tells_when: bool,
    /// Calls in flight at the same time that the vendor bears.
    pub concurrency: usize,
    /// How long reads may lag behind writes, in milliseconds.
    pub read_lag_ms: u64,
    /// How long one call may take before its answer counts as lost, in milliseconds.
    pub call_deadline_ms: u64,
}

/// A setting of a target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its key in the target's `settings` table.
    pub name: String,
    /// Whether a target without it is refused.
    #[serde(default)]
    pub required: bool,
    /// What it is for.
    pub description: String,
}

/// A setting that is said otherwise now.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormerSetting {
    /// Its key in the target's `settings` table.
    pub name: String,
    /// What is to be written in its place.
    pub now: String,
}

/// What switching a person off does at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deactivate {
    /// The account stays and cannot sign in.
    Suspend,
    /// The vendor has no such state: the account is deleted, and created anew on reactivation.
    Delete,
}

/// What a vendor is better served with than a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultOnDelete {
    /// Deletion would lose what the person made.
    Deactivate,
}

impl Descriptor {
    /// The kind's description; `None` where the vendor has none of that kind.
    pub fn kind(&self, kind: Kind) -> Option<&KindDescriptor> {
        match kind {
            Kind::User => Some(&self.user),
            Kind::Group => self.group.as_ref(),
        }
    }

    /// The role that goes by this name or title, whatever its case.
    pub fn role(&self, text: &str) -> Option<&Role> {
        let called = |role: &&Role| is_same_name(&role.name, text) || role.titled(text);
        self.roles.iter().find(called)
    }

    /// Whether accounts of this role have what only those of these roles have; all do if there are none. What is not
    /// described is a role of the account's own, of which nobody here knows what it may not.
    pub fn is_for(&self, roles: &[String], role: &Value) -> bool {
        let is_one = |name: &str| roles.iter().any(|allowed| allowed == name) || self.role(name).is_none();
        roles.is_empty() || role.as_str().is_some_and(is_one)
    }

    /// The way of authorization of that name; the first without one.
    pub fn auth_method(&self, name: Option<&str>) -> Option<&AuthMethod> {
        match name {
            Some(name) => self.auth.iter().find(|method| method.name == name),
            None => self.auth.first(),
        }
    }

    /// A text of this description with settings in the places of their names in braces.
    pub fn filled(&self, text: &str, settings: &BTreeMap<String, String>) -> String {
        settings.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// Whether each account has an API of its own, so that a target must say where it is.
    pub fn needs_base_url(&self) -> bool {
        self.base_url.contains("{base_url}")
    }

    /// Whether `Adapter::roles` says something of an account that is not described here.
    pub fn has_live_roles(&self) -> bool {
        self.lists_roles || self.counts_roles
    }

    /// How long reads may lag behind writes.
    pub fn read_lag(&self) -> Duration {
        Duration::from_millis(self.read_lag_ms)
    }

    /// How long one bulk job may take.
    pub fn job_deadline(&self) -> Duration {
        Duration::from_millis(self.job_deadline_ms)
    }

    /// How long one call may take.
    pub fn call_deadline(&self) -> Duration {
        Duration::from_millis(self.call_deadline_ms)
    }
}

fn yes() -> bool {
    true
}

fn five_minutes() -> u64 {
    300_000
}

fn one_member() -> usize {
    1
}
