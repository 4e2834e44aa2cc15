//! Users.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::body::{self, few};
use super::identities::IdentityInput;
use super::page::Page;
use super::records::{IdentityType, User};
use super::refusal::{Faults, Refusal, Reply};
use super::roles::{Role, Standing};
use super::routes::Call;
use super::user_input::UserInput;
use super::user_json::time;
use crate::twins::{Answer, Request};

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    twin.limit_deep_pages(call.now, page.number())?;
    let filter = Filter::read(call.request)?;
    let rows = twin.users.rows_before(call.now, twin.lag);
    let users = rows.range(page.start()..).filter(|(_, user)| filter.matches(user));
    let users = users.map(|(id, user)| (*id, user));
    Ok(page.of(users).answer(twin, "users", |user| twin.user_json(user)))
}

pub(super) fn count(twin: &mut Zendesk, call: &Call) -> Reply {
    let filter = Filter::read(call.request)?;
    let value = twin.users.rows().values().filter(|user| filter.matches(user)).count();
    let count = json!({ "refreshed_at": time(call.now), "value": value });
    Ok(Answer::json(200, &json!({ "count": count })))
}

/// Those who were deleted are not among them.
pub(super) fn show_many(twin: &mut Zendesk, call: &Call) -> Reply {
    let mut ids: Vec<u64> = named(twin, call.request)?.into_iter().flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let users = ids.into_iter().filter_map(|id| twin.user(id).ok());
    let page = Page::read(call)?;
    let users = page.of(users.map(|user| (user.id, user)));
    Ok(users.answer(twin, "users", |user| twin.user_json(user)))
}

/// Who was deleted is shown as well, as one that is not active, until the last trace is gone. That is not documented.
pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = twin.users.rows().get(&call.id()?).ok_or_else(Refusal::not_found)?;
    Ok(twin.user_answer(200, user))
}

/// Whatever token it is, it is the owner's.
pub(super) fn me(twin: &mut Zendesk, _: &Call) -> Reply {
    let owner = twin.users.rows().values().find(|user| user.is_owner);
    let mut user = twin.user_json(owner.ok_or_else(Refusal::not_found)?);
    user["authenticity_token"] = Value::from(format!("authenticity-of-{}", twin.account.subdomain));
    Ok(Answer::json(200, &json!({ "user": user })))
}

pub(super) fn of_group(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let group = twin.group(call.id()?)?.id;
    let mut ids: Vec<u64> = twin.group_memberships.within(group).map(|member| member.user).collect();
    ids.sort_unstable();
    let users = ids.into_iter().filter_map(|id| twin.user(id).ok());
    let users = page.of(users.map(|user| (user.id, user)));
    Ok(users.answer(twin, "users", |user| twin.user_json(user)))
}

/// A twin has no tickets.
pub(super) fn related(twin: &mut Zendesk, call: &Call) -> Reply {
    twin.user(call.id()?)?;
    let related = json!({
        "assigned_tickets": 0, "requested_tickets": 0, "ccd_tickets": 0, "organization_subscriptions": 0,
    });
    Ok(Answer::json(200, &json!({ "user_related": related })))
}

pub(super) fn create(twin: &mut Zendesk, call: &Call) -> Reply {
    let fields = body::object(call.request, "user")?;
    let user = twin.create_user(call.now, &fields)?;
    Ok(twin
        .user_answer(201, &user)
        .with_header("location", twin.url(&format!("users/{}", user.id))))
}

pub(super) fn update(twin: &mut Zendesk, call: &Call) -> Reply {
    let id = twin.user(call.id()?)?.id;
    twin.limit_updates(call.now, id)?;
    let fields = body::object(call.request, "user")?;
    let user = twin.update_user(call.now, id, &fields)?;
    Ok(twin.user_answer(200, &user))
}

/// Whoever is deleted stays in the list of the deleted. That a second deletion finds nobody is not documented.
pub(super) fn delete(twin: &mut Zendesk, call: &Call) -> Reply {
    let user = twin.delete_user(call.now, call.id()?)?;
    Ok(twin.user_answer(200, &user))
}

/// The ids of the users that `ids` or `external_ids` name; none in place of those there are not.
pub(super) fn named(twin: &Zendesk, request: &Request) -> Result<Vec<Option<u64>>, Refusal> {
    let list = |name: &str| {
        let text = request.parameter(name)?;
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Some(items.map(str::to_owned).collect::<Vec<_>>())
    };
    match (list("ids"), list("external_ids")) {
        (Some(ids), None) => Ok(few(ids)?.iter().map(|id| id.parse().ok()).collect()),
        (None, Some(ids)) => Ok(few(ids)?.iter().map(|id| twin.user_by_external_id(id)).collect()),
        (Some(_), Some(_)) | (None, None) => Err(Refusal::parameter("Either ids or external_ids must be there")),
    }
}

impl Zendesk {
    /// A new user: an end user, if the request says nothing else.
    pub(super) fn create_user(&mut self, now: Timestamp, fields: &Map<String, Value>) -> Result<Arc<User>, Refusal> {
        let (input, mut faults) = UserInput::read_new(fields, &self.account.user_fields);
        let standing = self.check(None, &input, &mut faults);
        faults.finish()?;
        let mut user = self.blank_user(now);
        let first = input
            .email
            .iter()
            .map(|email| IdentityInput::email(email, input.verified));
        for identity in first.chain(input.identities.iter().cloned()) {
            self.add_identity(now, &mut user, identity);
        }
        if !input.skip_verify_email && user.emails().any(|identity| !identity.verified) {
            user.verification_mails += 1;
        }
        self.settle(now, (user, standing), input)
    }

    /// Changes the fields that are named. An e-mail that the user does not have yet becomes a further identity, and the
    /// primary one stays as it is.
    pub(super) fn update_user(
        &mut self,
        now: Timestamp,
        id: u64,
        fields: &Map<String, Value>,
    ) -> Result<Arc<User>, Refusal> {
        let mut user = self.user(id)?.as_ref().clone();
        let (input, mut faults) = UserInput::read(fields, &self.account.user_fields);
        let standing = self.check(Some(&user), &input, &mut faults);
        faults.finish()?;
        if let Some(verified) = input.verified {
            let primary = user.identities.iter_mut().find(|identity| identity.primary);
            primary.into_iter().for_each(|identity| identity.verified = verified);
        }
        if let Some(email) = &input.email {
            let lower = email.to_lowercase();
            if !user.emails().any(|identity| identity.value.to_lowercase() == lower) {
                self.add_identity(now, &mut user, IdentityInput::email(email, None));
                user.verification_mails += u64::from(!input.skip_verify_email);
            }
        }
        if user.role.is_team() && !standing.role.is_team() {
            self.group_memberships.leave_all(now, id);
            user.ticket_restriction = None;
        }
        self.settle(now, (user, standing), input)
    }

    /// The owner cannot be deleted; which status says so is not documented.
    pub(super) fn delete_user(&mut self, now: Timestamp, id: u64) -> Result<Arc<User>, Refusal> {
        let user = self.user(id)?.as_ref().clone();
        if user.is_owner {
            return Err(Refusal::forbidden("The account owner cannot be deleted"));
        }
        self.group_memberships.leave_all(now, id);
        // While the row still counts as active, its e-mails are given free.
        Ok(self.put_user(now, User { active: false, ..user }))
    }

    /// What only the account can tell of the fields: whether values are taken, and which role comes out.
    fn check(&self, before: Option<&User>, input: &UserInput, faults: &mut Faults) -> Standing {
        let own = before.map(|user| user.id);
        let is_taken = |by: Option<u64>| by.is_some() && by != own;
        let emails = input
            .identities
            .iter()
            .filter(|identity| identity.kind == IdentityType::Email);
        for email in input.email.iter().chain(emails.map(|identity| &identity.value)) {
            if is_taken(self.user_by_email(email)) {
                faults.duplicate("email", email);
            }
        }
        if let Some(id) = input
            .external_id
            .iter()
            .flatten()
            .find(|id| is_taken(self.user_by_external_id(id)))
        {
            faults.duplicate("external_id", id);
        }
        let standing = self.standing(before, input, faults);
        self.check_seat(before, standing, faults);
        if before.is_some_and(|user| user.is_owner) && input.suspends() {
            faults.add("suspended", "InvalidValue", "the account owner cannot be suspended");
        }
        self.check_places(standing.role, input, faults);
        standing
    }

    /// Groups and organizations must be there, and only the team has groups. That others are refused is not documented.
    fn check_places(&self, role: Role, input: &UserInput, faults: &mut Faults) {
        let known = |id: &u64| self.organizations.rows().contains_key(id);
        if input.organization_id.iter().flatten().any(|id| !known(id)) {
            faults.invalid("organization_id");
        }
        if input.organization_ids.iter().flatten().any(|id| !known(id)) {
            faults.invalid("organization_ids");
        }
        let named = input.organization.as_ref().map(|name| self.organization_by_name(name));
        if named.is_some_and(|found| found.is_none()) {
            faults.invalid("organization");
        }
        let group = input.default_group_id.flatten();
        if group.is_some_and(|id| !role.is_team() || self.live_group(id).is_none()) {
            faults.invalid("default_group_id");
        }
    }

    fn settle(
        &mut self,
        now: Timestamp,
        (user, standing): (User, Standing),
        input: UserInput,
    ) -> Result<Arc<User>, Refusal> {
        let id = user.id;
        let verifies = input.verified == Some(true) || input.identities.iter().any(|identity| identity.verified);
        let by_name = input
            .organization
            .as_ref()
            .and_then(|name| self.organization_by_name(name));
        let organization = input.organization_id.or(by_name.map(Some));
        let (organizations, group) = (input.organization_ids.clone(), input.default_group_id.flatten());
        let user = input.apply(now, user);
        let user = User {
            role: standing.role,
            custom_role_id: standing.custom_role,
            ..user
        };
        self.put_user(now, user);
        if let Some(all) = organizations {
            self.set_organizations(now, id, &all);
        }
        if let Some(one) = organization {
            self.set_organization(now, id, one);
        }
        if let Some(group) = group {
            let membership = self.join_group(now, id, group);
            self.group_memberships.make_default(now, membership);
        }
        if verifies {
            self.map_domain(now, id);
        }
        Ok(self.user(id)?.clone())
    }
}

/// Which users a list shows.
struct Filter {
    roles: Vec<Role>,
    custom_role: Option<u64>,
    external_id: Option<String>,
}

impl Filter {
    fn read(request: &Request) -> Result<Filter, Refusal> {
        let roles = request.parameters("role").chain(request.parameters("role[]"));
        let role = |name| Role::named(name).ok_or_else(|| Refusal::parameter("There is no such role"));
        let number = request.parameter("permission_set").map(str::parse).transpose();
        Ok(Filter {
            roles: roles.map(role).collect::<Result<_, _>>()?,
            custom_role: number.map_err(|_| Refusal::parameter("permission_set must be a number"))?,
            external_id: request.parameter("external_id").map(str::to_lowercase),
        })
    }

    fn matches(&self, user: &User) -> bool {
        let has_external_id = |id: &String| user.external_id.as_ref().is_some_and(|own| own.to_lowercase() == *id);
        user.active
            && (self.roles.is_empty() || self.roles.contains(&user.role))
            && self.custom_role.is_none_or(|id| user.custom_role_id == Some(id))
            && self.external_id.as_ref().is_none_or(has_external_id)
    }
}
