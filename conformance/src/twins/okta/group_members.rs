//! Who belongs to which group.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::account::Okta;
use super::groups::group_json;
use super::page::{self, Lengths, Page};
use super::records::{Group, GroupKind, Member, User};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

const LENGTHS: Lengths = Lengths {
    default: 1000,
    max: 1000,
};

/// Members whatever their status. Whoever was deleted meanwhile is no longer shown, even where the list lags.
pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let group = twin.group(call.id())?;
    let page = Page::read(call.request, LENGTHS)?;
    let users = twin.users.rows();
    let rows = twin.members.rows_before(call.now, twin.lag);
    let part = match group.kind {
        GroupKind::BuiltIn => page.by_key(users.values(), |user| user.id.as_str()),
        GroupKind::AppGroup | GroupKind::OktaGroup => {
            page.by_key(members(&rows, users, &group.id), |user| user.id.as_str())
        }
    };
    let items: Vec<Value> = part.items.into_iter().map(|user| twin.user_json(call, user)).collect();
    Ok(page::answer(call, items, part.next.as_deref()))
}

/// Adding someone twice is no error.
pub(super) fn put(twin: &mut Okta, call: &Call) -> Reply {
    let (group, user) = twin.membership(call)?;
    if !twin.members.rows().contains_key(&(group.clone(), user.clone())) {
        twin.put_member(
            call.now,
            Member {
                group: group.clone(),
                user,
            },
        );
        twin.note_membership_change(call.now, &group);
    }
    Ok(Answer::empty(204))
}

/// That removing someone who is no member is no error is not documented.
pub(super) fn delete(twin: &mut Okta, call: &Call) -> Reply {
    let (group, user) = twin.membership(call)?;
    if twin.remove_member(call.now, &group, &user) {
        twin.note_membership_change(call.now, &group);
    }
    Ok(Answer::empty(204))
}

/// `Everyone` first.
pub(super) fn groups_of_user(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.user(call.id())?;
    let everyone = twin
        .groups
        .rows()
        .values()
        .filter(|group| group.kind == GroupKind::BuiltIn);
    let ids = twin.group_ids_of(&user.id);
    let others = ids.iter().filter_map(|id| twin.groups.rows().get(id));
    let groups = everyone.chain(others).map(|group| group_json(call, group));
    Ok(Answer::json(200, &groups.collect()))
}

fn members<'a>(
    rows: &'a BTreeMap<(String, String), Arc<Member>>,
    users: &'a BTreeMap<String, Arc<User>>,
    group: &'a str,
) -> impl Iterator<Item = &'a Arc<User>> {
    rows.range((group.to_owned(), String::new())..)
        .map(|(_, member)| member)
        .take_while(move |member| member.group == group)
        .filter_map(|member| users.get(&member.user))
}

impl Okta {
    /// That members come and go only in groups of the org. Okta answers differently for the two others, which its
    /// reference does not say, but users of its API have met.
    pub(super) fn check_membership_writable(&self, group: &str) -> Result<(), Refusal> {
        match self.group(group)?.kind {
            GroupKind::OktaGroup => Ok(()),
            GroupKind::AppGroup => Err(Refusal::denied()),
            GroupKind::BuiltIn => Err(Refusal::unsupported()),
        }
    }

    /// The ids of group and user in the path.
    fn membership(&self, call: &Call) -> Result<(String, String), Refusal> {
        self.check_membership_writable(call.id())?;
        let user = self.user_by_id(call.inner_id())?;
        Ok((call.id().to_owned(), user.id.clone()))
    }

    fn note_membership_change(&mut self, now: Timestamp, group: &str) {
        if let Some(group) = self.groups.rows().get(group) {
            let group = Group {
                last_membership_updated: now,
                ..group.as_ref().clone()
            };
            self.put_group(now, group);
        }
    }
}
