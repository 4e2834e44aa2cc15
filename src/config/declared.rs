//! Directories and targets as an administrator declares them. Secrets are references here, never values.
use std::collections::BTreeMap;

use adapters::descriptor::{OwnDialect, is_same_name};
use jiff::Timestamp;
use schemas::dialect::Dialect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mapping::{Mappings, OnUnassign, RoleRule};

/// One SCIM base URL with its own tokens, Users and Groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Its name in the base URL: lower-case letters, digits and hyphens, at most 63.
    pub name: String,
    /// How requests of its IdP are read; `auto` recognises the IdP from headers.
    #[serde(default)]
    pub dialect: Dialect,
    /// Longest wait for the targets before a write is answered, in milliseconds; 0 answers once it is durable.
    #[serde(default = "Directory::respond_within_ms")]
    pub respond_within_ms: u64,
}

impl Directory {
    /// 8 s: well below the time after which IdPs give up (Okta's is 60 s).
    fn respond_within_ms() -> u64 {
        8_000
    }
}

/// One connected app account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name, unique in the gateway.
    pub name: String,
    /// The directory that feeds it.
    pub directory: String,
    /// The vendor, such as `pagerduty`.
    pub vendor: String,
    /// The vendor's API if it is not the usual one: a region, a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Hosts and addresses of `base_url` that may be private, loopback or plain HTTP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_private: Vec<String>,
    /// Where the vendor's credential is read: `env:NAME` or `file:PATH`.
    pub credential: String,
    /// How the credential becomes what calls carry.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub auth: Auth,
    /// Settings of the vendor, such as `from`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// How the product speaks SCIM, where that is not as its vendor's usually do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<OwnDialect>,
    /// What is sent at all.
    #[serde(default)]
    pub switches: Switches,
    /// What the deletion of a person means at the vendor, if not what the vendor's description says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<OnDelete>,
    /// Who of the directory's people belongs to the target: a SCIM filter; everybody if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<String>,
    /// What becomes of the account of a person who stops to match `assignment`.
    #[serde(default)]
    pub on_unassign: OnUnassign,
    /// What is done with an account that exists already.
    #[serde(default)]
    pub on_existing: OnExisting,
    /// Accounts, by the value of any of their fields, that only a person may take over, change or delete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<String>,
    /// Vendor fields that do not come from where the vendor's description says.
    #[serde(default, skip_serializing_if = "Mappings::is_empty")]
    pub mapping: Mappings,
    /// Who gets which role; the first that holds counts. Without rules the mapping of the role field does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role: Vec<RoleRule>,
    /// The role of those for whom no rule holds; none: that of the role field's mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_role: Option<String>,
    /// How many people may lose their access within an hour before a person is asked.
    #[serde(default)]
    pub guard: Guard,
    /// How often the vendor is compared with the directory, and what is done about differences.
    #[serde(default)]
    pub drift: Drift,
    /// When the vendor counts as down, if not when it usually does.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub breaker: Breaker,
    /// When a resource is parked, and for how long.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub parking: Parking,
    /// After how many minutes it is told, and told again, that a leaver's access has not ended; usually 5 and 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaver_alarm_minutes: Option<[u32; 2]>,
    /// Calls per minute, if not the vendor's usual limit: fewer to leave some to others, or more where it allows more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_minute: Option<u32>,
    /// Longest duration of one call in milliseconds, if not the vendor's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_deadline_ms: Option<u64>,
    /// Longest duration of one bulk job in milliseconds, if not the vendor's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_deadline_ms: Option<u64>,
    /// How long the vendor's reads may lag behind writes, in milliseconds, if not the usual time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_lag_ms: Option<u64>,
}

impl Target {
    /// A target of which nothing is declared but what must be.
    pub fn new(name: &str, directory: &str, vendor: &str, credential: &str) -> Self {
        Self {
            name: name.to_owned(),
            directory: directory.to_owned(),
            vendor: vendor.to_owned(),
            base_url: None,
            allow_private: Vec::new(),
            credential: credential.to_owned(),
            auth: Auth::default(),
            settings: BTreeMap::new(),
            dialect: None,
            switches: Switches::default(),
            on_delete: None,
            assignment: None,
            on_unassign: OnUnassign::default(),
            on_existing: OnExisting::default(),
            protected: Vec::new(),
            mapping: Mappings::default(),
            role: Vec::new(),
            default_role: None,
            guard: Guard::default(),
            drift: Drift::default(),
            breaker: Breaker::default(),
            parking: Parking::default(),
            leaver_alarm_minutes: None,
            calls_per_minute: None,
            call_deadline_ms: None,
            job_deadline_ms: None,
            read_lag_ms: None,
        }
    }
}

impl Target {
    /// Whether it names the account of this unique value and these fields among those that only a person may take over,
    /// change or remove. Any field may be the one that is named: by which one a vendor finds accounts is nothing that
    /// people have in mind.
    pub fn protects(&self, unique: Option<&str>, fields: &BTreeMap<String, Value>) -> bool {
        let mut texts = fields.values().filter_map(Value::as_str).chain(unique);
        texts.any(|text| self.protected.iter().any(|listed| is_same_name(listed, text)))
    }

    /// Of all settings those that say what the target should have, or what rests: while they stay, so does that.
    pub fn effective(&self) -> Self {
        let Self {
            dialect,
            switches,
            on_delete,
            assignment,
            on_unassign,
            on_existing,
            protected,
            mapping,
            role,
            default_role,
            ..
        } = self.clone();
        Self {
            dialect,
            switches,
            on_delete,
            assignment,
            on_unassign,
            on_existing,
            protected,
            mapping,
            role,
            default_role,
            ..Self::new(&self.name, &self.directory, &self.vendor, "")
        }
    }
}

/// How many people may lose their access at a target within an hour: the greater of both. What goes beyond is held
/// until a person approves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// So many people.
    #[serde(default = "Guard::people")]
    pub people: u64,
    /// So many of a hundred people with access; 100 lets everybody go.
    #[serde(default = "Guard::percent")]
    pub percent: u16,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            people: Self::people(),
            percent: Self::percent(),
        }
    }
}

impl Guard {
    /// So many may go within an hour of so many people with access.
    pub fn allowed(self, accounts: u64) -> u64 {
        match self.percent {
            100.. => u64::MAX,
            percent => (accounts.saturating_mul(percent.into()) / 100).max(self.people),
        }
    }

    /// A small team may leave at once.
    fn people() -> u64 {
        10
    }

    /// More is seldom what anybody wanted.
    fn percent() -> u16 {
        5
    }
}

/// How often the vendor is read and compared with the directory, and what is done about differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// What is done.
    #[serde(default)]
    pub policy: DriftPolicy,
    /// So many minutes lie between two comparisons.
    #[serde(default = "Drift::every_minutes")]
    pub every_minutes: u32,
}

impl Default for Drift {
    fn default() -> Self {
        Self {
            policy: DriftPolicy::default(),
            every_minutes: Self::every_minutes(),
        }
    }
}

impl Drift {
    /// A day: a listing of a hundred thousand accounts is a thousand calls.
    fn every_minutes() -> u32 {
        24 * 60
    }
}

/// What is done about differences that nobody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftPolicy {
    /// The vendor is read only when a person asks.
    Off,
    /// They are told.
    #[default]
    Report,
    /// They are told, and access that nobody should have is taken away. Nothing is ever given.
    Correct,
}

/// When a vendor counts as down, and is left alone but for a probe now and then. What is not set is as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// So many different resources must fail in a row; usually 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<u32>,
    /// The longest wait between two probes, and between tries while the vendor fails, in seconds; usually 45.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_max_seconds: Option<u32>,
}

/// When a resource is parked that fails for its own sake. What is not set is as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parking {
    /// After so many tries; usually 8. What the vendor refuses for good is parked at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// After so many minutes it is tried again by itself; usually a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_minutes: Option<u32>,
}

/// How a target's credential becomes what calls carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// Which of the vendor's ways; the vendor's first if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The client's name at the vendor's authorization server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// When the credential itself ends, as its vendor said where it was made: it is shown, and alarmed of before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The name of the private key there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Scopes in place of the vendor's least ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Where people consent, if not where they usually do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    /// Where tokens are given, if not where they usually are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
}

/// What is sent at all; off = accepted from the IdP, kept, not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// New accounts.
    pub create: bool,
    /// Changed fields.
    pub update: bool,
    /// Switching on and off.
    pub activate: bool,
    /// Deletions.
    pub delete: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            create: true,
            update: true,
            activate: true,
            delete: true,
        }
    }
}

/// What the deletion of a person means at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// The account is deleted.
    #[default]
    Delete,
    /// The account is deactivated and stays.
    Deactivate,
    /// The account is left as it is.
    Leave,
}

/// What is done with an account that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExisting {
    /// It is taken over if its unique value is the same.
    #[default]
    Adopt,
    /// The link is parked.
    Refuse,
}

/// Whether nothing is set.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
