//! Searches. They go to an index, which lags behind, and reach no further than ten thousand users.

use std::time::Duration;

use super::account::Zendesk;
use super::page::Page;
use super::records::User;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::users::only_user;

/// How far into what it finds a search reaches.
const REACH_MAX: usize = 10_000;

/// By `query` in the search syntax, or by `external_id` as it is. That one of them must be there is not documented.
pub(super) fn users(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::by_offset(call)?;
    if page.reach() > REACH_MAX {
        return Err(Refusal::search_limit());
    }
    let terms = match (call.request.parameter("query"), call.request.parameter("external_id")) {
        (Some(query), None) => terms(query),
        (None, Some(id)) => vec![Term::ExternalId(id.to_lowercase())],
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::parameter("Either query or external_id must be there"));
        }
    };
    let lag = twin.lag.max(Duration::from_secs(twin.account.search_lag_seconds));
    let rows = twin.users.rows_before(call.now, lag);
    let only = terms.iter().find_map(|term| term.only(twin));
    let range = match only.filter(|_| lag.is_zero()) {
        Some(id) => only_user(id),
        None => 0..=u64::MAX,
    };
    let found = rows
        .range(range)
        .filter(|(_, user)| user.active && terms.iter().all(|term| term.matches(user)));
    let found = found.take(REACH_MAX).map(|(id, user)| (*id, user));
    Ok(page.of(found).answer(twin, "users", |user| twin.user_json(user)))
}

/// A part of a query; all of them must match. Values are in lower case.
enum Term {
    Email(String),
    ExternalId(String),
    Name(String),
    Role(String),
    Phone(String),
    /// Anywhere in name, e-mails, phone or notes.
    Text(String),
}

impl Term {
    /// The id of the only user whom it can match, or that there is none; none if it does not tell.
    fn only(&self, twin: &Zendesk) -> Option<Option<u64>> {
        match self {
            Term::Email(email) => Some(twin.user_by_email(email)),
            Term::ExternalId(id) => Some(twin.user_by_external_id(id)),
            Term::Name(_) | Term::Role(_) | Term::Phone(_) | Term::Text(_) => None,
        }
    }

    /// An e-mail and an external id are compared as a whole, all else in parts.
    fn matches(&self, user: &User) -> bool {
        let has = |field: &str, text: &str| field.to_lowercase().contains(text);
        let phone = user.phone.as_deref().unwrap_or_default();
        match self {
            Term::Email(email) => user.emails().any(|identity| identity.value.to_lowercase() == *email),
            Term::ExternalId(id) => user.external_id.as_ref().is_some_and(|own| own.to_lowercase() == *id),
            Term::Name(name) => has(&user.name, name),
            Term::Role(role) => user.role.name() == role,
            Term::Phone(number) => has(phone, number),
            Term::Text(text) => {
                let mut emails = user.emails();
                has(&user.name, text)
                    || emails.any(|identity| has(&identity.value, text))
                    || has(phone, text)
                    || has(&user.notes, text)
            }
        }
    }
}

/// The terms of a query: words, or `property:value`; what stands in quotes stays together.
fn terms(query: &str) -> Vec<Term> {
    words(&query.to_lowercase())
        .iter()
        .filter_map(|word| term(word))
        .collect()
}

/// The type is known from the route, and says nothing more.
fn term(word: &str) -> Option<Term> {
    let term = match word.split_once(':') {
        Some(("type", "user")) => return None,
        Some(("email", value)) => Term::Email(value.to_owned()),
        Some(("external_id", value)) => Term::ExternalId(value.to_owned()),
        Some(("name", value)) => Term::Name(value.to_owned()),
        Some(("role", value)) => Term::Role(value.to_owned()),
        Some(("phone", value)) => Term::Phone(value.to_owned()),
        Some(_) | None => Term::Text(word.to_owned()),
    };
    Some(term)
}

fn words(query: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in query.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            _ if letter.is_whitespace() && !is_quoted => words.push(String::new()),
            _ => words.last_mut().into_iter().for_each(|word| word.push(letter)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
