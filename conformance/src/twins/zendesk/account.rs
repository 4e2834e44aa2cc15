//! The account as a whole: its rows, and what is derived from them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::admission::Limiter;
use super::locales;
use super::memberships::Memberships;
use super::oauth::OAUTH;
use super::records::{Account, CustomRole, Group, Identity, IdentityType, Job, Organization, User};
use super::refusal::Refusal;
use super::roles::{Role, RoleType};
use super::time_zones;
use crate::twins::oauth::Server;
use crate::twins::state::{Head, State};
use crate::twins::table::{Saved, Table};

/// How far the ids of two accounts are apart, so that they never meet.
const IDS_PER_ACCOUNT: u64 = 1_000_000_000;

/// How many accounts differ in their ids: these stay within what a double holds, as JSON numbers must.
const ACCOUNTS: u64 = 1_000_000;

/// The documented limit of the Enterprise plan.
const REQUESTS_PER_MINUTE: u64 = 700;

/// How often somebody looks until a job is done: it is `queued` at first, then `working`.
const JOB_POLLS: u64 = 2;

/// How long a job takes that nobody looks at.
const JOB_SECONDS: u64 = 5;

/// The custom roles that every Enterprise account has.
const CUSTOM_ROLES: [(&str, RoleType); 6] = [
    ("Staff", RoleType::CustomAgent),
    ("Team lead", RoleType::CustomAgent),
    ("Light agent", RoleType::LightAgent),
    ("Contributor", RoleType::Contributor),
    ("Administrator", RoleType::Admin),
    ("Billing admin", RoleType::BillingAdmin),
];

/// The twin of one Zendesk account.
pub struct Zendesk {
    pub(super) token: String,
    pub(super) lag: Duration,
    pub(super) limiter: Limiter,
    pub(super) oauth: Server,
    pub(super) account: Account,
    pub(super) account_unsaved: bool,
    /// The last id that was given out. Ids grow, so their order is that of creation.
    pub(super) last_id: u64,
    pub(super) users: Table<User>,
    pub(super) groups: Table<Group>,
    pub(super) organizations: Table<Organization>,
    pub(super) group_memberships: Memberships,
    pub(super) organization_memberships: Memberships,
    pub(super) jobs: Table<Job>,
    /// The ids of users by each of their e-mails in lower case.
    by_email: HashMap<String, u64>,
    /// The ids of users by external id in lower case.
    by_external_id: HashMap<String, u64>,
}

impl Zendesk {
    /// The vendor's name.
    pub const VENDOR: &'static str = "zendesk";

    /// The e-mail of the one user of a fresh account, its owner.
    pub const OWNER_EMAIL: &'static str = "owner@zendesk.example";

    /// A fresh account. Another number is another account: its subdomain and its ids are others.
    pub fn new(number: u64) -> Zendesk {
        let number = number % ACCOUNTS;
        let subdomain = format!("twin-{number}");
        let mut fresh = Zendesk {
            token: String::new(),
            lag: Duration::ZERO,
            limiter: Limiter::default(),
            oauth: Server::new(&OAUTH, &subdomain),
            account: fresh_account(subdomain),
            account_unsaved: true,
            last_id: (number + 1) * IDS_PER_ACCOUNT,
            users: Table::new("users"),
            groups: Table::new("groups"),
            organizations: Table::new("organizations"),
            group_memberships: Memberships::new("group_memberships"),
            organization_memberships: Memberships::new("organization_memberships"),
            jobs: Table::new("jobs"),
            by_email: HashMap::new(),
            by_external_id: HashMap::new(),
        };
        for (name, role_type) in CUSTOM_ROLES {
            let id = fresh.new_id();
            let name = name.to_owned();
            fresh
                .account_mut()
                .custom_roles
                .push(CustomRole { id, name, role_type });
        }
        fresh.found();
        fresh
    }

    /// The account, to be changed.
    pub(super) fn account_mut(&mut self) -> &mut Account {
        self.account_unsaved = true;
        &mut self.account
    }

    /// An id that nothing in the account ever had.
    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A user that was not deleted.
    pub(super) fn user(&self, id: u64) -> Result<&Arc<User>, Refusal> {
        let user = self.users.rows().get(&id).filter(|user| user.active);
        user.ok_or_else(Refusal::not_found)
    }

    /// The user who has this e-mail among others.
    pub(super) fn user_by_email(&self, email: &str) -> Option<u64> {
        self.by_email.get(&email.to_lowercase()).copied()
    }

    pub(super) fn user_by_external_id(&self, id: &str) -> Option<u64> {
        self.by_external_id.get(&id.to_lowercase()).copied()
    }

    pub(super) fn put_user(&mut self, now: Timestamp, user: User) -> Arc<User> {
        if let Some(former) = self.users.rows().get(&user.id).cloned() {
            self.forget(&former);
        }
        let user = self.users.put(
            now,
            User {
                updated_at: now,
                ..user
            },
        );
        self.note(&user);
        user
    }

    /// A user as Zendesk makes one of whom nothing is said.
    pub(super) fn blank_user(&mut self, now: Timestamp) -> User {
        User {
            id: self.new_id(),
            name: String::new(),
            external_id: None,
            role: Role::EndUser,
            custom_role_id: None,
            is_owner: false,
            suspended: false,
            active: true,
            alias: String::new(),
            details: String::new(),
            notes: String::new(),
            signature: String::new(),
            phone: None,
            shared_phone_number: None,
            remote_photo_url: None,
            locale_id: locales::DEFAULT_ID,
            time_zone: time_zones::DEFAULT.into(),
            tags: Vec::new(),
            ticket_restriction: None,
            only_private_comments: false,
            moderator: false,
            user_fields: Default::default(),
            identities: Vec::new(),
            verification_mails: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Derives anew what is derived from the rows.
    pub(super) fn derive(&mut self) {
        self.by_email.clear();
        self.by_external_id.clear();
        for user in self.users.rows().values().cloned().collect::<Vec<_>>() {
            self.note(&user);
        }
        self.group_memberships.derive();
        self.organization_memberships.derive();
    }

    /// Who is deleted gives e-mails and external id free.
    fn note(&mut self, user: &User) {
        if !user.active {
            return;
        }
        for identity in user.emails() {
            self.by_email.insert(identity.value.to_lowercase(), user.id);
        }
        if let Some(id) = &user.external_id {
            self.by_external_id.insert(id.to_lowercase(), user.id);
        }
    }

    fn forget(&mut self, user: &User) {
        if !user.active {
            return;
        }
        for identity in user.emails() {
            self.by_email.remove(&identity.value.to_lowercase());
        }
        if let Some(id) = &user.external_id {
            self.by_external_id.remove(&id.to_lowercase());
        }
    }

    /// Owner and default group.
    fn found(&mut self) {
        let now = Timestamp::UNIX_EPOCH;
        let blank = self.blank_user(now);
        let identity = Identity {
            id: self.new_id(),
            kind: IdentityType::Email,
            value: Self::OWNER_EMAIL.into(),
            verified: true,
            primary: true,
            created_at: now,
            updated_at: now,
        };
        let owner = User {
            name: "Account Owner".into(),
            role: Role::Admin,
            is_owner: true,
            identities: vec![identity],
            ..blank
        };
        self.put_user(now, owner);
        let group = Group {
            id: self.new_id(),
            name: "Support".into(),
            description: String::new(),
            is_public: true,
            default: true,
            deleted: false,
            created_at: now,
            updated_at: now,
        };
        self.groups.put(now, group);
    }
}

impl State for Zendesk {
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
            &self.groups,
            &self.organizations,
            &self.group_memberships.table,
            &self.organization_memberships.table,
            &self.jobs,
        ];
        own.into_iter().chain(self.oauth.tables())
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved> {
        let own: [&mut dyn Saved; 6] = [
            &mut self.users,
            &mut self.groups,
            &mut self.organizations,
            &mut self.group_memberships.table,
            &mut self.organization_memberships.table,
            &mut self.jobs,
        ];
        own.into_iter().chain(self.oauth.tables_mut())
    }

    fn rows_came(&mut self) {
        self.derive();
    }
}

fn fresh_account(subdomain: String) -> Account {
    Account {
        subdomain,
        enterprise: true,
        bulk_import: false,
        agent_seats: None,
        requests_per_minute: REQUESTS_PER_MINUTE,
        user_updates_per_minute: None,
        search_lag_seconds: 0,
        job_polls: JOB_POLLS,
        job_seconds: JOB_SECONDS,
        custom_roles: Vec::new(),
        user_fields: Vec::new(),
        tokens: BTreeMap::new(),
    }
}
