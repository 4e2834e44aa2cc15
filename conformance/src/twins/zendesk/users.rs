//! Users.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::account::Zendesk;
use super::body::{self, few};
use super::page::Page;
use super::records::User;
use super::refusal::{Refusal, Reply};
use super::roles::Role;
use super::routes::Call;
use super::user_json::time;
use crate::twins::{Answer, Request};

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    twin.limit_deep_pages(call.now, page.number())?;
    let filter = Filter::read(call.request)?;
    let rows = twin.users.rows_before(call.now, twin.lag);
    let only = filter.external_id.as_ref().map(|id| twin.user_by_external_id(id));
    let range = match only.filter(|_| twin.lag.is_zero()) {
        Some(id) => only_user(id),
        None => page.start()..=u64::MAX,
    };
    let users = rows.range(range).filter(|(_, user)| filter.matches(user));
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

/// The part of the users that holds the one with this id, which spares the walk through all of them; nobody has 0.
pub(super) fn only_user(id: Option<u64>) -> RangeInclusive<u64> {
    let id = id.unwrap_or_default();
    id..=id
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
