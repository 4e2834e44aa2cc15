//! The account as a whole: its rows, and what is derived from them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::admission::Limiter;
use super::oauth::OAUTH;
use super::records::{
    Account, ContactKind, ContactMethod, Duty, Incident, License, Member, NotificationRule, RoleGroup, Team, Urgency,
    User,
};
use super::refusal::Refusal;
use super::roles::Role;
use crate::twins::oauth::Server;
use crate::twins::state::{Head, State};
use crate::twins::table::{Saved, Table};

/// How many different letters and digits an id is made of.
const ID_BASE: u64 = 36;

/// How many of them follow the `P` that ids begin with, as in `PXPGF42`.
const ID_DIGITS: u32 = 6;

/// The documented limit of requests for one credential.
const REQUESTS_PER_MINUTE: u64 = 960;

/// What a fresh account can do.
const ABILITIES: [&str; 5] = [
    "advanced_permissions",
    "preview_incident_alert_split",
    "read_only_users",
    "sso",
    "teams",
];

/// The twin of one PagerDuty account.
pub struct PagerDuty {
    pub(super) token: String,
    pub(super) lag: Duration,
    pub(super) limiter: Limiter,
    pub(super) oauth: Server,
    pub(super) account: Account,
    pub(super) account_unsaved: bool,
    /// The number of the last id that was given out. Ids grow, so their order is that of creation.
    pub(super) last_id: u64,
    pub(super) users: Table<User>,
    pub(super) teams: Table<Team>,
    pub(super) members: Table<Member>,
    pub(super) incidents: Table<Incident>,
    pub(super) escalation_policies: Table<Duty>,
    pub(super) schedules: Table<Duty>,
    /// The ids of users by e-mail in lower case.
    by_email: HashMap<String, String>,
    /// Of whom is a member of what: user first.
    teams_by_user: BTreeSet<(String, String)>,
    /// How many users have each license.
    licensed: HashMap<String, u64>,
}

impl PagerDuty {
    /// The vendor's name.
    pub const VENDOR: &'static str = "pagerduty";

    /// The e-mail of the one user of a fresh account, its owner.
    pub const OWNER_EMAIL: &'static str = "owner@pagerduty.example";

    /// A fresh account. Another number is another account: its subdomain and its ids are others.
    pub fn new(number: u64) -> PagerDuty {
        // Ids begin anywhere in the lower half of what there is, which leaves a billion of them.
        let first = number % (ID_BASE.pow(ID_DIGITS) / 2);
        let account = Account {
            subdomain: format!("twin-{first}"),
            abilities: ABILITIES.map(str::to_owned).into(),
            licenses: Vec::new(),
            offboarding: false,
            on_call_blocks_deletion: false,
            requests_per_minute: REQUESTS_PER_MINUTE,
            tokens: Default::default(),
            locked_creates: 0,
            contact_method_actions: None,
        };
        let mut fresh = PagerDuty {
            token: String::new(),
            lag: Duration::ZERO,
            limiter: Limiter::default(),
            oauth: Server::new(&OAUTH, &account.subdomain),
            account,
            account_unsaved: true,
            last_id: first,
            users: Table::new("users"),
            teams: Table::new("teams"),
            members: Table::new("members"),
            incidents: Table::new("incidents"),
            escalation_policies: Table::new("escalation_policies"),
            schedules: Table::new("schedules"),
            by_email: HashMap::new(),
            teams_by_user: BTreeSet::new(),
            licensed: HashMap::new(),
        };
        fresh.license("Full User", RoleGroup::FullUser);
        fresh.license("Stakeholder", RoleGroup::Stakeholder);
        let owner = NewUser {
            name: "Account Owner".into(),
            email: Self::OWNER_EMAIL.into(),
            role: Role::Owner,
        };
        let license = fresh
            .account
            .licenses
            .first()
            .map(|license| license.id.clone())
            .unwrap_or_default();
        let owner = fresh.new_user(Timestamp::UNIX_EPOCH, owner, license);
        fresh.put_user(
            Timestamp::UNIX_EPOCH,
            User {
                invitation_sent: false,
                ..owner
            },
        );
        fresh
    }

    /// The account, to be changed.
    pub(super) fn account_mut(&mut self) -> &mut Account {
        self.account_unsaved = true;
        &mut self.account
    }

    /// An id that nothing in the account ever had.
    pub(super) fn new_id(&mut self) -> String {
        self.last_id += 1;
        let mut rest = self.last_id;
        let mut digits = Vec::new();
        for _ in 0..ID_DIGITS {
            let digit = u32::try_from(rest % ID_BASE)
                .ok()
                .and_then(|digit| char::from_digit(digit, 36));
            digits.extend(digit.map(|digit| digit.to_ascii_uppercase()));
            rest /= ID_BASE;
        }
        digits.push('P');
        digits.into_iter().rev().collect()
    }

    pub(super) fn user(&self, id: &str) -> Result<&Arc<User>, Refusal> {
        self.users.rows().get(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&Arc<User>> {
        let id = self.by_email.get(&email.to_lowercase())?;
        self.users.rows().get(id)
    }

    pub(super) fn put_user(&mut self, now: Timestamp, user: User) -> Arc<User> {
        if let Some(former) = self.users.rows().get(&user.id).cloned() {
            self.forget(&former);
        }
        let user = self.users.put(now, user);
        self.note(&user);
        user
    }

    pub(super) fn remove_user(&mut self, now: Timestamp, id: &str) {
        for team in self.team_ids_of(id) {
            self.remove_member(now, &team, id);
        }
        if let Some(user) = self.users.remove(now, &id.to_owned()) {
            self.forget(&user);
        }
    }

    pub(super) fn put_member(&mut self, now: Timestamp, member: Member) {
        self.teams_by_user.insert((member.user.clone(), member.team.clone()));
        self.members.put(now, member);
    }

    /// Whether there was such a member.
    pub(super) fn remove_member(&mut self, now: Timestamp, team: &str, user: &str) -> bool {
        self.teams_by_user.remove(&(user.to_owned(), team.to_owned()));
        self.members.remove(now, &(team.to_owned(), user.to_owned())).is_some()
    }

    pub(super) fn team_ids_of(&self, user: &str) -> Vec<String> {
        let from = (user.to_owned(), String::new());
        let pairs = self.teams_by_user.range(from..).take_while(|(of, _)| of == user);
        pairs.map(|(_, team)| team.clone()).collect()
    }

    /// How many users have this license.
    pub(super) fn licensed(&self, license: &str) -> u64 {
        self.licensed.get(license).copied().unwrap_or_default()
    }

    /// A user as PagerDuty makes one: with the e-mail as contact method, and a rule to write there at once.
    pub(super) fn new_user(&mut self, now: Timestamp, new: NewUser, license: String) -> User {
        let contact_method = ContactMethod {
            id: self.new_id(),
            kind: ContactKind::Email,
            label: "Default".into(),
            address: new.email.clone(),
            country_code: None,
            send_short_email: false,
            device_type: None,
        };
        let rule = NotificationRule {
            id: self.new_id(),
            start_delay_in_minutes: 0,
            urgency: Urgency::High,
            contact_method: contact_method.id.clone(),
        };
        User {
            id: self.new_id(),
            name: new.name,
            email: new.email,
            time_zone: Self::TIME_ZONE.into(),
            color: "purple".into(),
            role: new.role,
            description: None,
            job_title: None,
            license,
            licensed_at: now,
            invitation_sent: true,
            contact_methods: vec![contact_method],
            notification_rules: vec![rule],
            sessions: Vec::new(),
            search_text: String::new(),
        }
    }

    /// The account's own time zone: what users without one have.
    pub(super) const TIME_ZONE: &'static str = "Etc/UTC";

    /// Derives anew what is derived from the rows.
    pub(super) fn derive(&mut self) {
        self.by_email.clear();
        self.licensed.clear();
        for user in self.users.rows().values().cloned().collect::<Vec<_>>() {
            self.note(&user);
        }
        let pairs = self
            .members
            .rows()
            .keys()
            .map(|(team, user)| (user.clone(), team.clone()));
        self.teams_by_user = pairs.collect();
    }

    fn note(&mut self, user: &User) {
        self.by_email.insert(user.email.to_lowercase(), user.id.clone());
        *self.licensed.entry(user.license.clone()).or_default() += 1;
    }

    fn forget(&mut self, user: &User) {
        self.by_email.remove(&user.email.to_lowercase());
        if let Some(count) = self.licensed.get_mut(&user.license) {
            *count = count.saturating_sub(1);
        }
    }

    fn license(&mut self, name: &str, role_group: RoleGroup) {
        let valid_roles = match role_group {
            RoleGroup::FullUser => vec![
                Role::Owner,
                Role::Admin,
                Role::User,
                Role::LimitedUser,
                Role::Observer,
                Role::RestrictedAccess,
            ],
            RoleGroup::Stakeholder => vec![Role::ReadOnlyUser, Role::ReadOnlyLimitedUser],
        };
        let license = License {
            id: self.new_id(),
            name: name.into(),
            valid_roles,
            role_group,
            seats: None,
        };
        self.account_mut().licenses.push(license);
    }
}

impl State for PagerDuty {
    type Account = Account;

    const ACCOUNT: &'static str = "account";

    fn head(&self) -> (&Account, u64) {
        (&self.account, self.last_id)
    }

    fn head_mut(&mut self) -> Head<'_, Account> {
        Head {
            account: &mut self.account,
            last_id: &mut self.last_id,
            unsaved: &mut self.account_unsaved,
        }
    }

    fn tables(&self) -> impl Iterator<Item = &dyn Saved> {
        let own: [&dyn Saved; 6] = [
            &self.users,
            &self.teams,
            &self.members,
            &self.incidents,
            &self.escalation_policies,
            &self.schedules,
        ];
        own.into_iter().chain(self.oauth.tables())
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved> {
        let own: [&mut dyn Saved; 6] = [
            &mut self.users,
            &mut self.teams,
            &mut self.members,
            &mut self.incidents,
            &mut self.escalation_policies,
            &mut self.schedules,
        ];
        own.into_iter().chain(self.oauth.tables_mut())
    }

    fn rows_came(&mut self) {
        self.derive();
    }
}

/// What a user cannot be without.
pub(super) struct NewUser {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: Role,
}
