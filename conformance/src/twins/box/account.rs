//! The enterprise as a whole: its rows, and what is derived from them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::admission::Limiter;
use super::oauth::OAUTH;
use super::records::{Account, Group, Membership, User};
use super::refusal::Refusal;
use crate::twins::oauth::Server;
use crate::twins::state::{Head, State};
use crate::twins::table::{Saved, Table};

/// How far apart the first ids of two enterprises are: far more than one ever gives out.
const ID_STRIDE: u64 = 1 << 32;

/// The documented limit of requests for one user of the API.
const REQUESTS_PER_MINUTE: u64 = 1_000;

/// The twin of one Box enterprise.
pub struct BoxEnterprise {
    pub(super) token: String,
    pub(super) lag: Duration,
    pub(super) limiter: Limiter,
    pub(super) oauth: Server,
    pub(super) account: Account,
    account_unsaved: bool,
    /// The last id that was given out. Ids grow, so their order is that of creation.
    last_id: u64,
    pub(super) users: Table<User>,
    pub(super) groups: Table<Group>,
    pub(super) memberships: Table<Membership>,
    /// The ids of users by login in lower case.
    by_login: HashMap<String, u64>,
}

impl BoxEnterprise {
    /// The vendor's name.
    pub const VENDOR: &'static str = "box";

    /// The login of the one user of a fresh enterprise, its administrator.
    pub const ADMIN_LOGIN: &'static str = "admin@box.example";

    /// A fresh enterprise. Another number is another enterprise: its id and all others are others.
    pub fn new(number: u64) -> BoxEnterprise {
        let account = Account {
            enterprise: 0,
            requests_per_minute: REQUESTS_PER_MINUTE,
            outside: Default::default(),
            tokens: Default::default(),
        };
        let mut fresh = BoxEnterprise {
            token: String::new(),
            lag: Duration::ZERO,
            limiter: Limiter::default(),
            oauth: Server::new(&OAUTH, &format!("box {number}")),
            account,
            account_unsaved: true,
            last_id: (number % u64::from(u32::MAX)) * ID_STRIDE,
            users: Table::new("users"),
            groups: Table::new("groups"),
            memberships: Table::new("memberships"),
            by_login: HashMap::new(),
        };
        fresh.account.enterprise = fresh.new_id();
        let name = Map::from_iter([("name".to_owned(), Value::from("Administrator"))]);
        let admin = fresh.new_user(Timestamp::UNIX_EPOCH, Self::ADMIN_LOGIN, name);
        fresh.put_user(
            Timestamp::UNIX_EPOCH,
            User {
                is_admin: true,
                ..admin
            },
        );
        fresh
    }

    /// The enterprise, to be changed.
    pub(super) fn account_mut(&mut self) -> &mut Account {
        self.account_unsaved = true;
        &mut self.account
    }

    /// An id that nothing in the enterprise ever had.
    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A user who is not in the enterprise yet.
    pub(super) fn new_user(&mut self, now: Timestamp, login: &str, values: Map<String, Value>) -> User {
        User {
            id: self.new_id(),
            login: login.to_owned(),
            values,
            is_admin: false,
            is_confirmed: true,
            owns: false,
            is_held: false,
            created_at: now,
            modified_at: now,
        }
    }

    pub(super) fn user(&self, id: &str) -> Result<&Arc<User>, Refusal> {
        let found = id.parse().ok().and_then(|id: u64| self.users.rows().get(&id));
        found.ok_or_else(Refusal::not_found)
    }

    pub(super) fn user_by_login(&self, login: &str) -> Option<&Arc<User>> {
        self.users.rows().get(self.by_login.get(&login.to_lowercase())?)
    }

    pub(super) fn group(&self, id: &str) -> Result<&Arc<Group>, Refusal> {
        let found = id.parse().ok().and_then(|id: u64| self.groups.rows().get(&id));
        found.ok_or_else(Refusal::not_found)
    }

    pub(super) fn membership(&self, id: &str) -> Result<&Arc<Membership>, Refusal> {
        let found = id.parse().ok().and_then(|id: u64| self.memberships.rows().get(&id));
        found.ok_or_else(Refusal::not_found)
    }

    /// Whether somebody has the login, in the enterprise or elsewhere at Box.
    pub(super) fn is_taken(&self, login: &str) -> bool {
        let folded = login.to_lowercase();
        self.by_login.contains_key(&folded) || self.account.outside.contains(&folded)
    }

    pub(super) fn put_user(&mut self, now: Timestamp, user: User) -> Arc<User> {
        if let Some(former) = self.users.rows().get(&user.id) {
            self.by_login.remove(&former.login.to_lowercase());
        }
        self.by_login.insert(user.login.to_lowercase(), user.id);
        self.users.put(now, user)
    }

    /// Whoever goes leaves the groups as well.
    pub(super) fn remove_user(&mut self, now: Timestamp, id: u64) {
        if let Some(user) = self.users.remove(now, &id) {
            self.by_login.remove(&user.login.to_lowercase());
        }
        self.end_memberships(now, |membership| membership.user == id);
    }

    pub(super) fn remove_group(&mut self, now: Timestamp, id: u64) {
        self.groups.remove(now, &id);
        self.end_memberships(now, |membership| membership.group == id);
    }

    fn end_memberships(&mut self, now: Timestamp, ends: impl Fn(&Membership) -> bool) {
        let rows = self.memberships.rows().values().filter(|row| ends(row));
        for id in rows.map(|row| row.id).collect::<Vec<_>>() {
            self.memberships.remove(now, &id);
        }
    }
}

impl State for BoxEnterprise {
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
        let own: [&dyn Saved; 3] = [&self.users, &self.groups, &self.memberships];
        own.into_iter().chain(self.oauth.tables())
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved> {
        let own: [&mut dyn Saved; 3] = [&mut self.users, &mut self.groups, &mut self.memberships];
        own.into_iter().chain(self.oauth.tables_mut())
    }

    fn rows_came(&mut self) {
        let users = self.users.rows().values();
        self.by_login = users.map(|user| (user.login.to_lowercase(), user.id)).collect();
    }
}
