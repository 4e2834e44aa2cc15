//! Users, groups and memberships with what is derived from them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::account::Okta;
use super::records::{Assignment, Group, GroupKind, Member, User};
use super::refusal::Refusal;

/// What is derived from the rows.
#[derive(Default)]
pub(super) struct Index {
    /// The ids of users by login in lower case.
    by_login: HashMap<String, String>,
    /// The ids of users by what their logins have before the `@`.
    by_short_login: HashMap<String, BTreeSet<String>>,
    /// The ids of groups that are not an application's, by name in lower case.
    by_group_name: HashMap<String, String>,
    /// Of whom is a member of what: user first.
    groups_by_user: BTreeSet<(String, String)>,
}

impl Okta {
    /// The user of this id, login, or unambiguous short login. A login with a slash or a question mark is never found.
    pub(super) fn user(&self, key: &str) -> Result<&Arc<User>, Refusal> {
        let rows = self.users.rows();
        let by_name = || {
            let name = key.to_lowercase();
            let short = self.index.by_short_login.get(&name).filter(|ids| ids.len() == 1);
            let id = self
                .index
                .by_login
                .get(&name)
                .or_else(|| short.and_then(|ids| ids.first()))?;
            rows.get(id).filter(|_| !key.contains(['/', '?']))
        };
        rows.get(key)
            .or_else(by_name)
            .ok_or_else(|| Refusal::not_found(key, "User"))
    }

    pub(super) fn user_by_id(&self, id: &str) -> Result<&Arc<User>, Refusal> {
        self.users.rows().get(id).ok_or_else(|| Refusal::not_found(id, "User"))
    }

    pub(super) fn login_is_taken(&self, login: &str, own_id: Option<&str>) -> bool {
        let holder = self.index.by_login.get(&login.to_lowercase());
        holder.is_some_and(|id| Some(id.as_str()) != own_id)
    }

    pub(super) fn put_user(&mut self, now: Timestamp, mut user: User) -> Arc<User> {
        if let Some(former) = self.users.rows().get(&user.id).cloned() {
            self.forget_user(&former);
        }
        user.version += 1;
        let user = self.users.put(now, user);
        self.note_user(&user);
        user
    }

    pub(super) fn remove_user(&mut self, now: Timestamp, id: &str) {
        for group in self.group_ids_of(id) {
            self.remove_member(now, &group, id);
        }
        self.unassign_all(now, id);
        if let Some(user) = self.users.remove(now, &id.to_owned()) {
            self.forget_user(&user);
        }
    }

    pub(super) fn group(&self, id: &str) -> Result<&Arc<Group>, Refusal> {
        self.groups
            .rows()
            .get(id)
            .ok_or_else(|| Refusal::not_found(id, "UserGroup"))
    }

    /// Whether another group that is not an application's has this name. That case makes no difference is not
    /// documented.
    pub(super) fn group_name_is_taken(&self, name: &str, own_id: Option<&str>) -> bool {
        let holder = self.index.by_group_name.get(&name.to_lowercase());
        holder.is_some_and(|id| Some(id.as_str()) != own_id)
    }

    pub(super) fn put_group(&mut self, now: Timestamp, group: Group) -> Arc<Group> {
        if let Some(former) = self.groups.rows().get(&group.id).cloned() {
            self.forget_group(&former);
        }
        let group = self.groups.put(now, group);
        self.note_group(&group);
        group
    }

    pub(super) fn remove_group(&mut self, now: Timestamp, id: &str) {
        for user in self.member_ids_of(id) {
            self.remove_member(now, id, &user);
        }
        self.unassign_all(now, id);
        if let Some(group) = self.groups.remove(now, &id.to_owned()) {
            self.forget_group(&group);
        }
    }

    pub(super) fn put_member(&mut self, now: Timestamp, member: Member) {
        self.index
            .groups_by_user
            .insert((member.user.clone(), member.group.clone()));
        self.members.put(now, member);
    }

    /// Whether there was such a member.
    pub(super) fn remove_member(&mut self, now: Timestamp, group: &str, user: &str) -> bool {
        self.index.groups_by_user.remove(&(user.to_owned(), group.to_owned()));
        self.members.remove(now, &(group.to_owned(), user.to_owned())).is_some()
    }

    /// The groups that the user was put into: all but `Everyone`.
    pub(super) fn group_ids_of(&self, user: &str) -> Vec<String> {
        let from = (user.to_owned(), String::new());
        let pairs = self.index.groups_by_user.range(from..).take_while(|(of, _)| of == user);
        pairs.map(|(_, group)| group.clone()).collect()
    }

    pub(super) fn member_ids_of(&self, group: &str) -> Vec<String> {
        let from = (group.to_owned(), String::new());
        let members = self.members.rows().range(from..).take_while(|((of, _), _)| of == group);
        members.map(|((_, user), _)| user.clone()).collect()
    }

    /// The administrator roles that a user or a group holds itself.
    pub(super) fn assignments_of(&self, holder: &str) -> impl Iterator<Item = &Arc<Assignment>> {
        let from = (holder.to_owned(), String::new());
        self.assignments
            .rows()
            .range(from..)
            .map(|(_, assignment)| assignment)
            .take_while(move |assignment| assignment.holder == holder)
    }

    fn unassign_all(&mut self, now: Timestamp, holder: &str) {
        let ids: Vec<_> = self.assignments_of(holder).map(|role| role.id.clone()).collect();
        for id in ids {
            self.assignments.remove(now, &(holder.to_owned(), id));
        }
    }

    /// Derives anew what is derived from the rows.
    pub(super) fn derive(&mut self) {
        self.index = Index::default();
        for user in self.users.rows().values().cloned().collect::<Vec<_>>() {
            self.note_user(&user);
        }
        for group in self.groups.rows().values().cloned().collect::<Vec<_>>() {
            self.note_group(&group);
        }
        let pairs = self.members.rows().keys();
        self.index.groups_by_user = pairs.map(|(group, user)| (user.clone(), group.clone())).collect();
    }

    fn note_user(&mut self, user: &User) {
        let login = user.login().to_lowercase();
        if let Some((short, _)) = login.split_once('@') {
            let ids = self.index.by_short_login.entry(short.to_owned()).or_default();
            ids.insert(user.id.clone());
        }
        self.index.by_login.insert(login, user.id.clone());
    }

    fn forget_user(&mut self, user: &User) {
        let login = user.login().to_lowercase();
        self.index.by_login.remove(&login);
        if let Some(ids) = login
            .split_once('@')
            .and_then(|(short, _)| self.index.by_short_login.get_mut(short))
        {
            ids.remove(&user.id);
        }
    }

    fn note_group(&mut self, group: &Group) {
        if group.kind != GroupKind::AppGroup {
            self.index
                .by_group_name
                .insert(group.name.to_lowercase(), group.id.clone());
        }
    }

    fn forget_group(&mut self, group: &Group) {
        if group.kind != GroupKind::AppGroup {
            self.index.by_group_name.remove(&group.name.to_lowercase());
        }
    }
}
