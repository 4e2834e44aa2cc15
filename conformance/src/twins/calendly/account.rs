//! The organization as a whole: its rows, and what is derived from them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::admission::Limiter;
use super::oauth::OAUTH;
use super::records::{Account, Group, Invitation, Membership, Relationship, Role, Status, User};
use super::refusal::Refusal;
use crate::twins::oauth::Server;
use crate::twins::state::{Head, State};
use crate::twins::table::{Saved, Table};

/// How many different letters and digits an id is made of.
const ID_BASE: u64 = 36;

/// How many of them there are in an id.
const ID_DIGITS: u32 = 16;

/// How far apart the first ids of two accounts are: far more than one account ever gives out.
const ID_STRIDE: u64 = 1 << 32;

/// The documented limit of requests for one user of a paid plan.
const REQUESTS_PER_MINUTE: u64 = 500;

/// The twin of one Calendly organization.
pub struct Calendly {
    pub(super) token: String,
    pub(super) lag: Duration,
    pub(super) limiter: Limiter,
    pub(super) oauth: Server,
    pub(super) account: Account,
    pub(super) account_unsaved: bool,
    /// The number of the last id that was given out. Ids grow, so their order is that of creation.
    pub(super) last_id: u64,
    pub(super) users: Table<User>,
    pub(super) memberships: Table<Membership>,
    pub(super) invitations: Table<Invitation>,
    pub(super) groups: Table<Group>,
    pub(super) relationships: Table<Relationship>,
    /// The ids of users by e-mail in lower case.
    by_email: HashMap<String, String>,
    /// The ids of memberships by that of the user.
    by_user: HashMap<String, String>,
    /// The ids of pending invitations by e-mail in lower case.
    pending: HashMap<String, String>,
}

impl Calendly {
    /// The vendor's name.
    pub const VENDOR: &'static str = "calendly";

    /// The e-mail of the one member of a fresh organization, its owner.
    pub const OWNER_EMAIL: &'static str = "owner@calendly.example";

    /// A fresh organization. Another number is another organization: its id and all others are others.
    pub fn new(number: u64) -> Calendly {
        let account = Account {
            organization: String::new(),
            requests_per_minute: REQUESTS_PER_MINUTE,
            seats: None,
            trial: false,
            scim_enabled: false,
            answered_is_gone: false,
            tokens: Default::default(),
        };
        let mut fresh = Calendly {
            token: String::new(),
            lag: Duration::ZERO,
            limiter: Limiter::default(),
            oauth: Server::new(&OAUTH, &format!("calendly {number}")),
            account,
            account_unsaved: true,
            last_id: (number % u64::from(u32::MAX)) * ID_STRIDE,
            users: Table::new("users"),
            memberships: Table::new("memberships"),
            invitations: Table::new("invitations"),
            groups: Table::new("groups"),
            relationships: Table::new("relationships"),
            by_email: HashMap::new(),
            by_user: HashMap::new(),
            pending: HashMap::new(),
        };
        fresh.account.organization = fresh.new_id();
        fresh.join(Timestamp::UNIX_EPOCH, Self::OWNER_EMAIL, "Organization Owner");
        fresh.change_role(Timestamp::UNIX_EPOCH, Self::OWNER_EMAIL, Role::Owner);
        fresh
    }

    /// The organization, to be changed.
    pub(super) fn account_mut(&mut self) -> &mut Account {
        self.account_unsaved = true;
        &mut self.account
    }

    /// An id that nothing in the organization ever had.
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
        digits.into_iter().rev().collect()
    }

    /// Makes a member, with a new membership; whoever has an account at Calendly already keeps the user's id.
    pub(super) fn join(&mut self, now: Timestamp, email: &str, name: &str) -> Arc<Membership> {
        let known = self.by_email.get(&email.to_lowercase()).cloned();
        let user = known.unwrap_or_else(|| self.new_user(now, email, name));
        let membership = Membership {
            id: self.new_id(),
            user,
            role: Role::User,
            created_at: now,
            updated_at: now,
        };
        self.put_membership(now, membership)
    }

    pub(super) fn change_role(&mut self, now: Timestamp, email: &str, role: Role) {
        if let Some(membership) = self.membership_by_email(email) {
            let changed = Membership {
                role,
                updated_at: now,
                ..membership.as_ref().clone()
            };
            self.put_membership(now, changed);
        }
    }

    pub(super) fn membership(&self, id: &str) -> Result<&Arc<Membership>, Refusal> {
        self.memberships.rows().get(id).ok_or_else(Refusal::not_found)
    }

    /// The id of the user with this e-mail.
    pub(super) fn user_id(&self, email: &str) -> Option<String> {
        self.by_email.get(&email.to_lowercase()).cloned()
    }

    pub(super) fn membership_by_email(&self, email: &str) -> Option<&Arc<Membership>> {
        let user = self.by_email.get(&email.to_lowercase())?;
        self.membership_of(user)
    }

    pub(super) fn membership_of(&self, user: &str) -> Option<&Arc<Membership>> {
        self.memberships.rows().get(self.by_user.get(user)?)
    }

    pub(super) fn pending_invitation(&self, email: &str) -> Option<&Arc<Invitation>> {
        self.invitations.rows().get(self.pending.get(&email.to_lowercase())?)
    }

    /// How many seats are taken, by members and by those who may still accept.
    pub(super) fn seated(&self) -> u64 {
        let seated = self.by_user.len() + self.pending.len();
        u64::try_from(seated).unwrap_or(u64::MAX)
    }

    /// Whoever leaves leaves the groups as well.
    pub(super) fn remove_membership(&mut self, now: Timestamp, id: &str) {
        let of_member = self.relationships.rows().values();
        let of_member = of_member.filter(|relationship| relationship.membership == id);
        for relationship in of_member.map(|row| row.id.clone()).collect::<Vec<_>>() {
            self.relationships.remove(now, &relationship);
        }
        if let Some(membership) = self.memberships.remove(now, &id.to_owned()) {
            self.by_user.remove(&membership.user);
        }
    }

    pub(super) fn put_invitation(&mut self, now: Timestamp, invitation: Invitation) -> Arc<Invitation> {
        self.forget(&invitation.email);
        let invitation = self.invitations.put(now, invitation);
        self.note(&invitation);
        invitation
    }

    pub(super) fn remove_invitation(&mut self, now: Timestamp, id: &str) {
        if let Some(invitation) = self.invitations.remove(now, &id.to_owned()) {
            self.forget(&invitation.email);
        }
    }

    /// Derives anew what is derived from the rows.
    pub(super) fn derive(&mut self) {
        let users = self.users.rows().values();
        self.by_email = users.map(|user| (user.email.to_lowercase(), user.id.clone())).collect();
        let memberships = self.memberships.rows().values();
        self.by_user = memberships.map(|row| (row.user.clone(), row.id.clone())).collect();
        self.pending.clear();
        for invitation in self.invitations.rows().values().cloned().collect::<Vec<_>>() {
            self.note(&invitation);
        }
    }

    fn new_user(&mut self, now: Timestamp, email: &str, name: &str) -> String {
        let user = User {
            id: self.new_id(),
            name: name.to_owned(),
            email: email.to_owned(),
            created_at: now,
            updated_at: now,
        };
        self.by_email.insert(email.to_lowercase(), user.id.clone());
        self.users.put(now, user).id.clone()
    }

    fn put_membership(&mut self, now: Timestamp, membership: Membership) -> Arc<Membership> {
        self.by_user.insert(membership.user.clone(), membership.id.clone());
        self.memberships.put(now, membership)
    }

    fn note(&mut self, invitation: &Invitation) {
        if invitation.status == Status::Pending {
            self.pending
                .insert(invitation.email.to_lowercase(), invitation.id.clone());
        }
    }

    fn forget(&mut self, email: &str) {
        self.pending.remove(&email.to_lowercase());
    }
}

impl State for Calendly {
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
        let own: [&dyn Saved; 5] = [
            &self.users,
            &self.memberships,
            &self.invitations,
            &self.groups,
            &self.relationships,
        ];
        own.into_iter().chain(self.oauth.tables())
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved> {
        let own: [&mut dyn Saved; 5] = [
            &mut self.users,
            &mut self.memberships,
            &mut self.invitations,
            &mut self.groups,
            &mut self.relationships,
        ];
        own.into_iter().chain(self.oauth.tables_mut())
    }

    fn rows_came(&mut self) {
        self.derive();
    }
}
