//! The people of the enterprise.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::account::BoxEnterprise;
use super::body::{self, CHANGED_USER, NEW_USER, Shape, UNCHANGED_USER};
use super::page::{Page, flag};
use super::records::User;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::shown::narrowed;
use crate::twins::Answer;

/// Whom a property that is cleared by empty text falls back to. Not documented.
const CLEARED_BY_BLANK: [&str; 2] = ["language", "timezone"];

/// What is written and not kept.
const ORDERS: [&str; 2] = ["notify", "is_password_reset_required"];

/// The filter finds names and logins by how they begin; not documented. There are no users of other enterprises.
pub(super) fn list(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let page = Page::of_users(call.request)?;
    let everybody = match call.request.parameter("user_type") {
        None | Some("all" | "managed") => true,
        Some("external") => false,
        Some(_) => return Err(Refusal::invalid("user_type", "must be all, managed or external")),
    };
    let term = call.request.parameter("filter_term").map(str::to_lowercase);
    let app_id = call.request.parameter("external_app_user_id");
    let is_wanted = |user: &User| {
        let begins = |term: &String| begins(&user.login, term) || begins(text(user, "name"), term);
        let is_app = |id: &str| text(user, "external_app_user_id") == id;
        everybody && term.as_ref().is_none_or(begins) && app_id.is_none_or(is_app)
    };
    let rows = twin.users.rows_before(call.now, twin.lag);
    let wanted = rows.iter().filter(|(_, user)| is_wanted(user));
    let wanted: Vec<_> = wanted.map(|(id, user)| (*id, Arc::clone(user))).collect();
    let answer = page.answer(&wanted, |user| narrowed(call.request, twin.user_json(user)));
    Ok(Answer::json(200, &answer))
}

/// The token acts for the administrator.
pub(super) fn me(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let admin = twin.users.rows().values().find(|user| user.is_admin);
    let admin = admin.ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &narrowed(call.request, twin.user_json(admin))))
}

pub(super) fn get(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let user = twin.user(call.id())?;
    Ok(Answer::json(200, &narrowed(call.request, twin.user_json(user))))
}

/// Whoever is more than an app's own account has a login.
pub(super) fn create(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let mut values = body::read(call.request, NEW_USER)?;
    body::required(&values, "name")?;
    let is_app = values.get("is_platform_access_only") == Some(&true.into());
    let login = match values.remove("login") {
        Some(Value::String(login)) => login,
        _ if is_app => format!("AppUser_{}@boxdevedition.com", twin.new_id()),
        _ => return Err(Refusal::invalid("login", "is missing")),
    };
    check_login(twin, &login)?;
    let user = twin.new_user(call.now, &login, kept(values));
    let user = twin.put_user(call.now, user);
    Ok(Answer::json(201, &narrowed(call.request, twin.user_json(&user))))
}

pub(super) fn update(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    let user = twin.user(call.id())?.clone();
    let mut changed = body::read(call.request, &changeable())?;
    if user.is_admin {
        return Err(Refusal::untouchable());
    }
    if changed.contains_key("name") {
        body::required(&changed, "name")?;
    }
    let mut user = user.as_ref().clone();
    if let Some(Value::String(login)) = changed.remove("login") {
        rename(twin, &mut user, login)?;
    }
    for name in changed.keys() {
        user.values.remove(name);
    }
    user.values.extend(kept(changed));
    user.modified_at = call.now;
    let user = twin.put_user(call.now, user);
    Ok(Answer::json(200, &narrowed(call.request, twin.user_json(&user))))
}

pub(super) fn delete(twin: &mut BoxEnterprise, call: &Call) -> Reply {
    flag(call.request, "notify")?;
    let by_force = flag(call.request, "force")?;
    let user = twin.user(call.id())?.clone();
    match (user.is_admin, user.is_held, user.owns && !by_force) {
        (true, ..) => Err(Refusal::untouchable()),
        (_, true, _) => Err(Refusal::held()),
        (.., true) => Err(Refusal::owns_content()),
        (false, false, false) => {
            twin.remove_user(call.now, user.id);
            Ok(Answer::empty(204))
        }
    }
}

/// A login that is the user's already may be written again.
fn rename(twin: &BoxEnterprise, user: &mut User, login: String) -> Result<(), Refusal> {
    if !login.eq_ignore_ascii_case(&user.login) {
        check_login(twin, &login)?;
        if !user.is_confirmed {
            return Err(Refusal::unconfirmed());
        }
    }
    user.login = login;
    Ok(())
}

fn check_login(twin: &BoxEnterprise, login: &str) -> Result<(), Refusal> {
    match (body::is_address(login), twin.is_taken(login)) {
        (false, _) => Err(Refusal::invalid("login", "is invalid")),
        (true, true) => Err(Refusal::login_taken()),
        (true, false) => Ok(()),
    }
}

fn changeable() -> Vec<(&'static str, Shape)> {
    let as_new = NEW_USER.iter().filter(|(name, _)| !UNCHANGED_USER.contains(name));
    as_new.chain(CHANGED_USER).copied().collect()
}

/// What is kept of what was written.
fn kept(mut values: Map<String, Value>) -> Map<String, Value> {
    values.retain(|name, value| {
        let is_default = CLEARED_BY_BLANK.contains(&name.as_str()) && value == "";
        !is_default && !ORDERS.contains(&name.as_str())
    });
    if let Some(Value::Object(address)) = values.get_mut("notification_email") {
        address.retain(|name, _| name == "email");
        address.insert("is_confirmed".into(), false.into());
    }
    values
}

fn text<'u>(user: &'u User, name: &str) -> &'u str {
    user.values.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a text begins so, whatever its case; the beginning is in lower case.
pub(super) fn begins(text: &str, beginning: &str) -> bool {
    text.to_lowercase().starts_with(beginning)
}
