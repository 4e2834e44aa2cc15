//! Users: lists and look-ups.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::account::Okta;
use super::filter::{Expression, Field, Grammar, Kind, Operator};
use super::page::{self, Lengths, Page};
use super::records::{Status, User};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

const LENGTHS: Lengths = Lengths { default: 200, max: 200 };

/// `q` is meant for pickers: a few, and no second page.
const FOUND: Lengths = Lengths { default: 10, max: 200 };

/// Tests of a few attributes for equality alone, and of the time of the last change for order.
const FILTER: Grammar = Grammar {
    kind: |path, operator| match path {
        "lastUpdated" if operator == Operator::Equal || operator.compares() => Some(Kind::Time),
        "status" | "id" | "profile.login" | "profile.email" | "profile.firstName" | "profile.lastName"
            if operator == Operator::Equal =>
        {
            Some(Kind::Text)
        }
        _ => None,
    },
    is_case_sensitive: true,
};

/// Tests of any attribute. `co` is for names and addresses alone.
const SEARCH: Grammar = Grammar {
    kind: |path, operator| match path {
        "created" | "activated" | "statusChanged" | "lastUpdated" => {
            let is_text = matches!(operator, Operator::StartsWith | Operator::Contains);
            (!is_text).then_some(Kind::Time)
        }
        "profile.login" | "profile.email" | "profile.firstName" | "profile.lastName" => Some(Kind::Text),
        "id" | "status" | "type.id" => (operator != Operator::Contains).then_some(Kind::Text),
        _ => (path.starts_with("profile.") && operator != Operator::Contains).then_some(Kind::Text),
    },
    is_case_sensitive: false,
};

/// All lists lag; a look-up of one user never does.
pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let asked = |name| call.request.parameter(name);
    match (asked("search"), asked("filter"), asked("q")) {
        (None, None, None) => plain(twin, call),
        (None, None, Some(text)) => find(twin, call, text),
        (None, Some(text), None) => {
            let filter = Expression::read(text, FILTER)?;
            by_key(twin, call, |user| matches(&filter, user))
        }
        (Some(text), None, None) => search(twin, call, &Expression::read(text, SEARCH)?),
        // That `search` and `q` exclude each other as well is not documented.
        _ => Err(Refusal::search_and_filter()),
    }
}

pub(super) fn get(twin: &mut Okta, call: &Call) -> Reply {
    let user = match (call.id(), &call.credential.user) {
        ("me", Some(id)) => twin.user_by_id(id)?,
        (key, _) => twin.user(key)?,
    };
    let version = user.at(call.now).version;
    let answer = Answer::json(200, &twin.user_in_full(call, user));
    Ok(answer.with_header("etag", etag(version)))
}

/// What names this version of a user.
pub(super) fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// Nobody who is deactivated.
fn plain(twin: &Okta, call: &Call) -> Reply {
    by_key(twin, call, is_not_deprovisioned)
}

/// Whoever has a name or an address that begins so, and is not deactivated.
fn find(twin: &Okta, call: &Call, text: &str) -> Reply {
    let start = text.to_lowercase();
    let begins = |user: &User| {
        let mut names = ["firstName", "lastName", "email"].into_iter();
        names.any(|name| user.text(name).to_lowercase().starts_with(&start))
    };
    let page = Page::read(call.request, FOUND)?;
    let seen = seen(twin, call);
    let found = seen.iter().filter(|user| is_not_deprovisioned(user) && begins(user));
    let part = page.by_position(found)?;
    let items = part.items.into_iter().map(|user| twin.user_json(call, user));
    Ok(page::answer(call, items.collect(), None))
}

/// `sortBy` sorts by one attribute, whatever the case, and then by id; other lists do not heed it.
fn search(twin: &Okta, call: &Call, expression: &Expression) -> Reply {
    let Some(attribute) = call.request.parameter("sortBy") else {
        return by_key(twin, call, |user| matches(expression, user));
    };
    let page = Page::read(call.request, LENGTHS)?;
    let seen = seen(twin, call);
    let mut found: Vec<_> = seen.iter().filter(|user| matches(expression, user)).collect();
    found.sort_by_cached_key(|user| sort_key(user, attribute));
    if call.request.parameter("sortOrder") == Some("desc") {
        found.reverse();
    }
    let part = page.by_position(found.into_iter())?;
    let items = part.items.into_iter().map(|user| twin.user_json(call, user));
    Ok(page::answer(call, items.collect(), part.next.as_deref()))
}

fn by_key(twin: &Okta, call: &Call, wanted: impl Fn(&User) -> bool) -> Reply {
    let page = Page::read(call.request, LENGTHS)?;
    let rows = twin.users.rows_before(call.now, twin.lag);
    let found = rows.values().filter(|user| wanted(&user.at(call.now)));
    let part = page.by_key(found, |user| user.id.as_str());
    let items: Vec<Value> = part.items.into_iter().map(|user| twin.user_json(call, user)).collect();
    Ok(page::answer(call, items, part.next.as_deref()))
}

/// Everyone as lists see them now.
fn seen(twin: &Okta, call: &Call) -> Vec<User> {
    let rows = twin.users.rows_before(call.now, twin.lag);
    let users = rows.values().map(Arc::as_ref);
    users.map(|user| user.at(call.now)).map(Cow::into_owned).collect()
}

fn is_not_deprovisioned(user: &User) -> bool {
    user.status != Status::Deprovisioned
}

fn matches(expression: &Expression, user: &User) -> bool {
    expression.matches(&|path| field(user, path))
}

fn field<'a>(user: &'a User, path: &str) -> Field<'a> {
    match path {
        "id" => Field::Text(&user.id),
        "type.id" => Field::Text(&user.user_type),
        "status" => Field::Text(user.status.name()),
        "created" => Field::Time(Some(user.created)),
        "activated" => Field::Time(user.activated),
        "statusChanged" => Field::Time(user.status_changed),
        "lastUpdated" => Field::Time(Some(user.last_updated)),
        other => Field::Json(other.strip_prefix("profile.").and_then(|name| user.profile.get(name))),
    }
}

fn sort_key(user: &User, attribute: &str) -> String {
    match field(user, attribute) {
        Field::Text(text) => text.to_lowercase(),
        Field::Time(time) => time.map(super::user_json::time).unwrap_or_default(),
        Field::Json(Some(Value::String(text))) => text.to_lowercase(),
        Field::Json(value) => value.map(Value::to_string).unwrap_or_default(),
    }
}
