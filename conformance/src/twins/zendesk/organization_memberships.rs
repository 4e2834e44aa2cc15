//! Who belongs to which organizations.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Zendesk;
use super::body::{self, Fields};
use super::page::Page;
use super::records::{IdentityType, Membership};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let rows = twin.organization_memberships.table.rows_before(call.now, twin.lag);
    let memberships = rows.range(page.start()..).map(|(id, membership)| (*id, membership));
    Ok(page
        .of(memberships)
        .answer(twin, "organization_memberships", |membership| json(twin, membership)))
}

/// Who belongs to the organization already is refused.
pub(super) fn create(twin: &mut Zendesk, call: &Call) -> Reply {
    let said = body::object(call.request, "organization_membership")?;
    let mut fields = Fields::new(&said);
    let (user, of) = (fields.id("user_id").flatten(), fields.id("organization_id").flatten());
    let default = fields.boolean("default").unwrap_or_default();
    let mut faults = fields.faults;
    let user = user.and_then(|id| twin.user(id).ok()).map(|user| user.id);
    if user.is_none() {
        faults.invalid("user_id");
    }
    let of = of.filter(|id| twin.organizations.rows().contains_key(id));
    if of.is_none() {
        faults.invalid("organization_id");
    }
    let pair = user.zip(of);
    if pair.is_some_and(|(user, of)| twin.organization_memberships.find(user, of).is_some()) {
        faults.add("user_id", "DuplicateValue", "has already been taken");
    }
    faults.finish()?;
    let pair = pair.ok_or_else(Refusal::not_found)?;
    let id = twin.new_id();
    twin.organization_memberships.join(call.now, id, pair);
    if default {
        twin.organization_memberships.make_default(call.now, id);
    }
    let membership = twin.organization_memberships.get(id)?;
    let body = json!({ "organization_membership": json(twin, membership) });
    Ok(Answer::json(201, &body))
}

pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    let id = twin.organization_memberships.get(call.id()?)?.id;
    twin.organization_memberships.leave(call.now, id);
    Ok(Answer::empty(204))
}

fn json(twin: &Zendesk, membership: &Membership) -> Value {
    let organization = twin.organizations.rows().get(&membership.of);
    json!({
        "id": membership.id,
        "url": twin.url(&format!("organization_memberships/{}", membership.id)),
        "user_id": membership.user,
        "organization_id": membership.of,
        "organization_name": organization.map(|organization| organization.name.as_str()).unwrap_or_default(),
        "default": membership.default,
        "view_tickets": false,
        "created_at": time(membership.created_at),
        "updated_at": time(membership.updated_at),
    })
}

impl Zendesk {
    /// Puts another organization in place of the user's default one. What becomes of the former membership is not
    /// documented.
    pub(super) fn set_organization(&mut self, now: Timestamp, user: u64, organization: Option<u64>) {
        let former = self.organization_memberships.default_of(user);
        if former == organization {
            return;
        }
        if let Some(membership) = former.and_then(|of| self.organization_memberships.find(user, of)) {
            self.organization_memberships.leave(now, membership.id);
        }
        if let Some(organization) = organization {
            let id = self.join_organization(now, user, organization);
            self.organization_memberships.make_default(now, id);
        }
    }

    /// Makes these the user's organizations, the first one the default.
    pub(super) fn set_organizations(&mut self, now: Timestamp, user: u64, all: &[u64]) {
        let former: Vec<_> = self.organization_memberships.of_user(user).cloned().collect();
        for membership in former.iter().filter(|former| !all.contains(&former.of)) {
            self.organization_memberships.leave(now, membership.id);
        }
        for organization in all {
            self.join_organization(now, user, *organization);
        }
        let first = all.first().and_then(|of| self.organization_memberships.find(user, *of));
        if let Some(first) = first.map(|membership| membership.id) {
            self.organization_memberships.make_default(now, first);
        }
    }

    /// Who has a verified e-mail of an organization's domain, and belongs to none, belongs to that one by itself.
    pub(super) fn map_domain(&mut self, now: Timestamp, user: u64) {
        let Ok(row) = self.user(user) else {
            return;
        };
        if self.organization_memberships.default_of(user).is_some() {
            return;
        }
        let verified = row
            .identities
            .iter()
            .filter(|identity| identity.verified && identity.kind == IdentityType::Email);
        let domains: Vec<_> = verified
            .filter_map(|identity| identity.value.rsplit_once('@'))
            .collect();
        let is_own = |name: &String| domains.iter().any(|(_, domain)| domain.eq_ignore_ascii_case(name));
        let mut organizations = self.organizations.rows().values();
        let found = organizations.find(|organization| organization.domain_names.iter().any(is_own));
        if let Some(organization) = found.map(|organization| organization.id) {
            self.join_organization(now, user, organization);
        }
    }

    fn join_organization(&mut self, now: Timestamp, user: u64, organization: u64) -> u64 {
        if let Some(membership) = self.organization_memberships.find(user, organization) {
            return membership.id;
        }
        let id = self.new_id();
        self.organization_memberships.join(now, id, (user, organization)).id
    }
}
