//! An account at a service provider: its rows, and what is derived from them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::admission::Window;
use super::profile::Profile;
use super::profiles::PROFILES;
use super::records::{Account, Member, Resource};
use super::refusal::{Reason, Refusal};
use super::resource::{Document, Rules};
use super::schema::{GROUP_TYPE, USER_TYPE};
use crate::twins::state::{Head, State};
use crate::twins::table::{Saved, Table};

/// The twin of one account at one service provider.
pub struct Scim {
    pub(super) profile: &'static Profile,
    pub(super) token: String,
    pub(super) lag: Duration,
    pub(super) window: Option<Window>,
    pub(super) account: Account,
    pub(super) account_unsaved: bool,
    /// The number of the last id that was given out. Ids grow, so their order is that of creation.
    pub(super) last_id: u64,
    pub(super) users: Table<Resource>,
    pub(super) groups: Table<Resource>,
    pub(super) members: Table<Member>,
    /// The ids of users by user name in lower case, new ones that are not confirmed included.
    by_user_name: HashMap<String, String>,
    /// The ids of users by e-mail in lower case.
    by_email: HashMap<String, String>,
    /// The ids of groups by name in lower case.
    by_group_name: HashMap<String, String>,
    /// Of whom is a member of what: user first.
    groups_by_user: BTreeSet<(String, String)>,
    /// Whoever has a new user name that is not confirmed.
    pub(super) unconfirmed: BTreeSet<String>,
}

impl Scim {
    /// A fresh account, without anybody, at a vendor that speaks SCIM; none if the vendor is not known. Another number
    /// is another account.
    pub fn new(vendor: &str, number: u64) -> Option<Scim> {
        let profile = PROFILES.iter().find(|profile| profile.vendor == vendor)?;
        let number = u32::try_from(number % u64::from(u32::MAX)).unwrap_or_default();
        let account = Account {
            number,
            requests_per_minute: None,
            seats: None,
            token_expires_at: None,
            confirmed_after: None,
            lost: 0,
        };
        Some(Scim {
            profile,
            token: String::new(),
            lag: Duration::ZERO,
            window: None,
            account,
            account_unsaved: true,
            last_id: 0,
            users: Table::new("users"),
            groups: Table::new("groups"),
            members: Table::new("members"),
            by_user_name: HashMap::new(),
            by_email: HashMap::new(),
            by_group_name: HashMap::new(),
            groups_by_user: BTreeSet::new(),
            unconfirmed: BTreeSet::new(),
        })
    }

    pub(super) fn user_rules(&self) -> Rules {
        Rules {
            profile: self.profile,
            kind: &USER_TYPE,
        }
    }

    pub(super) fn group_rules(&self) -> Rules {
        Rules {
            profile: self.profile,
            kind: &GROUP_TYPE,
        }
    }

    /// The account, to be changed.
    pub(super) fn account_mut(&mut self) -> &mut Account {
        self.account_unsaved = true;
        &mut self.account
    }

    /// A resource with an id that nothing in the account ever had.
    pub(super) fn new_resource(&mut self, now: Timestamp, document: Document) -> Resource {
        self.last_id += 1;
        Resource {
            id: format!("{:08x}-0000-4000-8000-{:012x}", self.account.number, self.last_id),
            document,
            created_at: now,
            modified_at: now,
            pending: false,
            unconfirmed: None,
            data: 0,
        }
    }

    pub(super) fn user(&self, id: &str) -> Result<&Arc<Resource>, Refusal> {
        let user = self.users.rows().get(id);
        user.ok_or_else(|| Refusal::not_found(&USER_TYPE, id))
    }

    pub(super) fn group(&self, id: &str) -> Result<&Arc<Resource>, Refusal> {
        let group = self.groups.rows().get(id);
        group.ok_or_else(|| Refusal::not_found(&GROUP_TYPE, id))
    }

    pub(super) fn user_by_name(&self, user_name: &str) -> Option<&Arc<Resource>> {
        self.users.rows().get(self.by_user_name.get(&user_name.to_lowercase())?)
    }

    /// That nobody else has the user name or the e-mails.
    pub(super) fn check_user_is_unique(&self, id: &str, document: &Document) -> Result<(), Refusal> {
        let name = document.get("userName").and_then(Value::as_str).unwrap_or_default();
        let taken = |by: &HashMap<String, String>, text: &str| by.get(&text.to_lowercase()).is_some_and(|of| of != id);
        if taken(&self.by_user_name, name) {
            return Err(Refusal::new(Reason::Taken, format!("userName {name} is taken")));
        }
        let mut emails = emails(document);
        match self.profile.unique_emails && emails.any(|email| taken(&self.by_email, email)) {
            true => Err(Refusal::new(Reason::EmailTaken, "The e-mail is taken")),
            false => Ok(()),
        }
    }

    pub(super) fn check_group_is_unique(&self, id: &str, document: &Document) -> Result<(), Refusal> {
        let name = document.get("displayName").and_then(Value::as_str).unwrap_or_default();
        let of = self.by_group_name.get(&name.to_lowercase());
        match self.profile.groups.unique_name && of.is_some_and(|of| of != id) {
            true => Err(Refusal::new(Reason::Taken, format!("displayName {name} is taken"))),
            false => Ok(()),
        }
    }

    pub(super) fn put_user(&mut self, now: Timestamp, user: Resource) -> Arc<Resource> {
        if let Some(former) = self.users.rows().get(&user.id).cloned() {
            self.forget_user(&former);
        }
        let user = self.users.put(now, user);
        self.note_user(&user);
        user
    }

    pub(super) fn remove_user(&mut self, now: Timestamp, id: &str) {
        for group in self.group_ids_of(id) {
            self.remove_member(now, &group, id);
        }
        if let Some(user) = self.users.remove(now, &id.to_owned()) {
            self.forget_user(&user);
            self.account_mut().lost += user.data;
        }
    }

    pub(super) fn put_group(&mut self, now: Timestamp, group: Resource) -> Arc<Resource> {
        self.forget_group(&group.id);
        let group = self.groups.put(now, group);
        self.note_group(&group);
        group
    }

    pub(super) fn remove_group(&mut self, now: Timestamp, id: &str) {
        for user in self.member_ids_of(id) {
            self.remove_member(now, id, &user);
        }
        self.forget_group(id);
        self.groups.remove(now, &id.to_owned());
    }

    /// Whether somebody became a member who was none.
    pub(super) fn put_member(&mut self, now: Timestamp, group: &str, user: &str) -> bool {
        let is_new = self.groups_by_user.insert((user.to_owned(), group.to_owned()));
        if is_new {
            let (group, user) = (group.to_owned(), user.to_owned());
            self.members.put(now, Member { group, user });
        }
        is_new
    }

    /// Whether there was such a member.
    pub(super) fn remove_member(&mut self, now: Timestamp, group: &str, user: &str) -> bool {
        self.groups_by_user.remove(&(user.to_owned(), group.to_owned()));
        self.members.remove(now, &(group.to_owned(), user.to_owned())).is_some()
    }

    pub(super) fn group_ids_of(&self, user: &str) -> Vec<String> {
        let from = (user.to_owned(), String::new());
        let pairs = self.groups_by_user.range(from..).take_while(|(of, _)| of == user);
        pairs.map(|(_, group)| group.clone()).collect()
    }

    pub(super) fn member_ids_of(&self, group: &str) -> Vec<String> {
        let from = (group.to_owned(), String::new());
        let members = self.members.rows().range(from..).take_while(|((of, _), _)| of == group);
        members.map(|((_, user), _)| user.clone()).collect()
    }

    /// How many people have a seat: all who accepted.
    pub(super) fn seated(&self) -> u64 {
        let seated = self.users.rows().values().filter(|user| !user.pending).count();
        u64::try_from(seated).unwrap_or(u64::MAX)
    }

    /// Derives anew what is derived from the rows.
    pub(super) fn derive(&mut self) {
        self.by_user_name.clear();
        self.by_email.clear();
        self.by_group_name.clear();
        self.unconfirmed.clear();
        for user in self.users.rows().values().cloned().collect::<Vec<_>>() {
            self.note_user(&user);
        }
        for group in self.groups.rows().values().cloned().collect::<Vec<_>>() {
            self.note_group(&group);
        }
        let pairs = self.members.rows().keys();
        self.groups_by_user = pairs.map(|(group, user)| (user.clone(), group.clone())).collect();
    }

    fn note_user(&mut self, user: &Resource) {
        for name in user_names(user) {
            self.by_user_name.insert(name, user.id.clone());
        }
        for email in emails(&user.document) {
            self.by_email.insert(email.to_lowercase(), user.id.clone());
        }
        if user.unconfirmed.is_some() {
            self.unconfirmed.insert(user.id.clone());
        }
    }

    fn forget_user(&mut self, user: &Resource) {
        for name in user_names(user) {
            self.by_user_name.remove(&name);
        }
        for email in emails(&user.document) {
            self.by_email.remove(&email.to_lowercase());
        }
        self.unconfirmed.remove(&user.id);
    }

    fn note_group(&mut self, group: &Resource) {
        let name = group.text("displayName").to_lowercase();
        self.by_group_name.insert(name, group.id.clone());
    }

    fn forget_group(&mut self, id: &str) {
        if let Some(group) = self.groups.rows().get(id) {
            self.by_group_name.remove(&group.text("displayName").to_lowercase());
        }
    }
}

impl State for Scim {
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
        let own: [&dyn Saved; 3] = [&self.users, &self.groups, &self.members];
        own.into_iter()
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved> {
        let own: [&mut dyn Saved; 3] = [&mut self.users, &mut self.groups, &mut self.members];
        own.into_iter()
    }

    fn rows_came(&mut self) {
        self.derive();
    }
}

fn user_names(user: &Resource) -> impl Iterator<Item = String> {
    let unconfirmed = user.unconfirmed.as_ref().map(|new| new.user_name.to_lowercase());
    std::iter::once(user.text("userName").to_lowercase()).chain(unconfirmed)
}

fn emails(document: &Document) -> impl Iterator<Item = &str> {
    let values = document.get("emails").and_then(Value::as_array).into_iter().flatten();
    values.filter_map(|value| value.get("value")?.as_str())
}
