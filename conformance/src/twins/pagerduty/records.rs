//! What an account consists of, as it is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::roles::{Role, TeamRole};
use crate::twins::table::Row;

/// The account itself: who it is, and what it may do.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Account {
    /// Names the account in links to its web pages.
    pub(super) subdomain: String,
    pub(super) abilities: BTreeSet<String>,
    pub(super) licenses: Vec<License>,
    /// Whether deletion of a user hands the incidents on; needs the ability `offboarding` as well.
    pub(super) offboarding: bool,
    /// Whether users in schedules or escalation policies cannot be deleted, as in older accounts.
    pub(super) on_call_blocks_deletion: bool,
    pub(super) requests_per_minute: u64,
    /// Further credentials and what they may do.
    pub(super) tokens: BTreeMap<String, Access>,
    /// How many creations of users are still refused because others are under way.
    pub(super) locked_creates: u64,
    /// How many changes of contact methods are still taken; none: any number.
    pub(super) contact_method_actions: Option<u64>,
}

/// What a credential may do.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Access {
    Full,
    ReadOnly,
    /// What these scopes of Scoped OAuth open.
    Scoped(BTreeSet<String>),
    /// An OAuth token that was asked for with a scope that does not exist: it opens nothing.
    Scopeless,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct License {
    /// Given by the account if it is left out of a seed.
    #[serde(default)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) valid_roles: Vec<Role>,
    pub(super) role_group: RoleGroup,
    /// How many users may have it; none: any number.
    #[serde(default)]
    pub(super) seats: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) enum RoleGroup {
    FullUser,
    Stakeholder,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) time_zone: String,
    pub(super) color: String,
    pub(super) role: Role,
    pub(super) description: Option<String>,
    pub(super) job_title: Option<String>,
    /// The id of the license.
    pub(super) license: String,
    pub(super) licensed_at: Timestamp,
    pub(super) invitation_sent: bool,
    pub(super) contact_methods: Vec<ContactMethod>,
    pub(super) notification_rules: Vec<NotificationRule>,
    pub(super) sessions: Vec<Session>,
    /// Name and e-mail in lower case, for searches.
    #[serde(skip)]
    pub(super) search_text: String,
}

impl Row for User {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }

    fn prepare(&mut self) {
        self.search_text = format!("{}\n{}", self.name, self.email).to_lowercase();
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ContactMethod {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: ContactKind,
    pub(super) label: String,
    pub(super) address: String,
    pub(super) country_code: Option<u64>,
    pub(super) send_short_email: bool,
    pub(super) device_type: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) enum ContactKind {
    #[serde(rename = "email_contact_method")]
    Email,
    #[serde(rename = "phone_contact_method")]
    Phone,
    #[serde(rename = "sms_contact_method")]
    Sms,
    #[serde(rename = "push_notification_contact_method")]
    Push,
    #[serde(rename = "whatsapp_contact_method")]
    WhatsApp,
}

impl ContactKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            ContactKind::Email => "email_contact_method",
            ContactKind::Phone => "phone_contact_method",
            ContactKind::Sms => "sms_contact_method",
            ContactKind::Push => "push_notification_contact_method",
            ContactKind::WhatsApp => "whatsapp_contact_method",
        }
    }

    /// Whether the address is a telephone number.
    pub(super) fn dials(self) -> bool {
        match self {
            ContactKind::Phone | ContactKind::Sms | ContactKind::WhatsApp => true,
            ContactKind::Email | ContactKind::Push => false,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct NotificationRule {
    pub(super) id: String,
    pub(super) start_delay_in_minutes: u64,
    pub(super) urgency: Urgency,
    /// The id of the contact method.
    pub(super) contact_method: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Urgency {
    High,
    Low,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) created_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) default_role: DefaultRole,
    /// The id of the team above it.
    pub(super) parent: Option<String>,
    /// How many services belong to it.
    pub(super) services: u64,
}

impl Row for Team {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

/// The role in a team of those who are added without one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DefaultRole {
    Manager,
    None,
}

/// That a user belongs to a team.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Member {
    pub(super) team: String,
    pub(super) user: String,
    pub(super) role: TeamRole,
}

impl Row for Member {
    type Key = (String, String);

    fn key(&self) -> (String, String) {
        (self.team.clone(), self.user.clone())
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Incident {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) status: IncidentStatus,
    pub(super) urgency: Urgency,
    /// The ids of the users it is assigned to.
    pub(super) assigned: Vec<String>,
    pub(super) team: Option<String>,
    pub(super) created_at: Timestamp,
}

impl Incident {
    pub(super) fn is_open(&self) -> bool {
        self.status != IncidentStatus::Resolved
    }
}

impl Row for Incident {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IncidentStatus {
    Triggered,
    Acknowledged,
    Resolved,
}

/// A schedule, or an escalation policy of one rule: whom it concerns and whose it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Duty {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) users: Vec<String>,
    pub(super) teams: Vec<String>,
}

impl Row for Duty {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}
