//! The org as a whole: its rows, and what is derived from them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::ids::{self, prefix};
use super::index::Index;
use super::limits::{Bucket, Limiter};
use super::oauth::OAUTH;
use super::org::{Org, UserType};
use super::records::{Assignment, Group, GroupKind, Member, Provider, RoleType, Rule, Status, UsedAssertion, User};
use crate::twins::oauth::Server;
use crate::twins::state::{Head, State};
use crate::twins::table::{Saved, Table};

/// What share of a bucket one token or application may use up by default.
const TOKEN_PERCENT: u64 = 50;

/// The twin of one Okta org.
pub struct Okta {
    pub(super) token: String,
    pub(super) lag: Duration,
    pub(super) limiter: Limiter,
    pub(super) oauth: Server,
    pub(super) org: Org,
    pub(super) org_unsaved: bool,
    /// The number of the last id that was given out.
    pub(super) last_id: u64,
    pub(super) users: Table<User>,
    pub(super) groups: Table<Group>,
    pub(super) members: Table<Member>,
    pub(super) assignments: Table<Assignment>,
    pub(super) rules: Table<Rule>,
    pub(super) assertions: Table<UsedAssertion>,
    pub(super) index: Index,
}

impl Okta {
    /// The vendor's name.
    pub const VENDOR: &'static str = "okta";

    /// The login of the one user of a fresh org, a super administrator.
    pub const OWNER_LOGIN: &'static str = "owner@okta.example";

    /// A fresh org. Another number is another org: its domain and its ids are others.
    pub fn new(number: u64) -> Okta {
        let id_end = ids::org(number);
        let org = Org {
            domain: format!("twin-{number}.okta.com"),
            id_end,
            owner: String::new(),
            user_types: Vec::new(),
            attributes: Vec::new(),
            names_required: true,
            logins_are_emails: true,
            deprovisioned_editable: false,
            transition_ms: 0,
            tokens: BTreeMap::new(),
            app_roles: BTreeMap::new(),
            limits: Bucket::ALL.map(|bucket| (bucket, bucket.documented_limit())).into(),
            token_percent: TOKEN_PERCENT,
            concurrency_refusals: 0,
            custom_roles: Vec::new(),
        };
        let mut fresh = Okta {
            token: String::new(),
            lag: Duration::ZERO,
            limiter: Limiter::default(),
            oauth: Server::new(&OAUTH, &org.domain),
            org,
            org_unsaved: true,
            last_id: 0,
            users: Table::new("users"),
            groups: Table::new("groups"),
            members: Table::new("members"),
            assignments: Table::new("assignments"),
            rules: Table::new("rules"),
            assertions: Table::new("assertions"),
            index: Index::default(),
        };
        fresh.settle_in();
        fresh
    }

    /// The org, to be changed.
    pub(super) fn org_mut(&mut self) -> &mut Org {
        self.org_unsaved = true;
        &mut self.org
    }

    /// An id that nothing in the org ever had.
    pub(super) fn new_id(&mut self, prefix: &str) -> String {
        self.last_id += 1;
        ids::id(prefix, self.last_id, &self.org.id_end)
    }

    /// A user as the org makes one: of the default type, without credentials.
    pub(super) fn new_user(&mut self, now: Timestamp, profile: Map<String, Value>) -> User {
        let user_type = self.default_type().map(|kind| kind.id.clone());
        User {
            id: self.new_id(prefix::USER),
            status: Status::Staged,
            transition: None,
            created: now,
            activated: None,
            status_changed: None,
            last_updated: now,
            password_changed: None,
            user_type: user_type.unwrap_or_default(),
            profile,
            provider: Provider::Okta,
            has_password: false,
            recovery_question: None,
            version: 0,
        }
    }

    pub(super) fn default_type(&self) -> Option<&UserType> {
        self.org.user_types.first()
    }

    /// What every org has from its first day.
    fn settle_in(&mut self) {
        let kind = UserType {
            id: self.new_id(prefix::USER_TYPE),
            schema: self.new_id(prefix::SCHEMA),
            name: "user".into(),
            display_name: "User".into(),
        };
        self.org.user_types.push(kind);
        let born = Timestamp::UNIX_EPOCH;
        let everyone = Group {
            id: self.new_id(prefix::GROUP),
            kind: GroupKind::BuiltIn,
            name: "Everyone".into(),
            description: Some("All users in your organization".into()),
            created: born,
            last_updated: born,
            last_membership_updated: born,
            pushed: false,
        };
        self.put_group(born, everyone);
        let profile = json!({
            "login": Self::OWNER_LOGIN, "email": Self::OWNER_LOGIN, "firstName": "Org", "lastName": "Owner",
        });
        let owner = self.new_user(born, profile.as_object().cloned().unwrap_or_default());
        let owner = User {
            has_password: true,
            password_changed: Some(born),
            ..owner.in_status(born, Status::Active)
        };
        let super_admin = Assignment {
            holder: owner.id.clone(),
            id: self.new_id(prefix::ASSIGNMENT),
            role: RoleType::SuperAdmin,
            custom: None,
            created: born,
        };
        self.org.owner = owner.id.clone();
        self.put_user(born, owner);
        self.assignments.put(born, super_admin);
    }
}

impl State for Okta {
    type Account = Org;

    const ACCOUNT: &'static str = "org";

    fn head(&self) -> (&Org, u64) {
        (&self.org, self.last_id)
    }

    fn head_mut(&mut self) -> Head<'_, Org> {
        Head {
            account: &mut self.org,
            last_id: &mut self.last_id,
            unsaved: &mut self.org_unsaved,
        }
    }

    fn tables(&self) -> impl Iterator<Item = &dyn Saved> {
        let own: [&dyn Saved; 6] = [
            &self.users,
            &self.groups,
            &self.members,
            &self.assignments,
            &self.rules,
            &self.assertions,
        ];
        own.into_iter().chain(self.oauth.tables())
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved> {
        let own: [&mut dyn Saved; 6] = [
            &mut self.users,
            &mut self.groups,
            &mut self.members,
            &mut self.assignments,
            &mut self.rules,
            &mut self.assertions,
        ];
        own.into_iter().chain(self.oauth.tables_mut())
    }

    fn rows_came(&mut self) {
        self.derive();
    }
}
