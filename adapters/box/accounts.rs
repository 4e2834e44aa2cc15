//! Users and groups: Box treats them alike, but for their pages.
use serde_json::{Value, json};

use super::adapter::descriptor;
use super::api::{Api, PAGE_ENTRIES, decode, gone, number, offset, request, unavailable, with_body, with_query};
use super::error::{Call, parse_error};
use super::fields::{asked, changed, codes, created, has_codes};
use super::wire::{Entry, TrackingCode};
use crate::client::Request;
use crate::descriptor::{Field, Kind};
use crate::{Account, Error, ErrorKind, Fields, Page, Retry};

/// Pages of a search after which it counts as endless: more people than any enterprise has of one beginning.
const FOUND_PAGES_MAX: usize = 1_000;

/// A status that shuts a person out.
const INACTIVE: &str = "inactive";

/// The status of everybody else, but for those who may not do all.
const ACTIVE: &str = "active";

/// The paths of a kind, the second one with a placeholder.
struct Routes {
    all: &'static str,
    one: &'static str,
}

impl Api {
    pub(super) async fn account(&self, kind: Kind, id: &str) -> Result<Option<Account>, Error> {
        let Ok(id) = number(id) else { return Ok(None) };
        let found = self.entry(kind, id).await?;
        Ok(found.map(|entry| entry.account(kind)))
    }

    /// Box's filter finds beginnings, and those of other fields as well.
    pub(super) async fn account_by(&self, kind: Kind, value: &str) -> Result<Option<Account>, Error> {
        let unique = unique(kind);
        let has_it = |entry: &Entry| {
            let present = Value::from(entry.text(unique.map_or("", |field| &field.name)));
            !entry.is_app() && unique.is_some_and(|field| field.same(&present, &value.into()))
        };
        let mut after = None;
        for _ in 0..FOUND_PAGES_MAX {
            let (entries, next) = self.page(kind, Some(value), after.as_deref()).await?;
            if let Some(entry) = entries.into_iter().find(has_it) {
                return Ok(Some(entry.account(kind)));
            }
            after = next;
            if after.is_none() {
                return Ok(None);
            }
        }
        Err(unavailable("the search finds too much"))
    }

    /// A page of accounts.
    pub(super) async fn accounts(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        let (entries, next) = self.page(kind, None, after).await?;
        let people = entries.into_iter().filter(|entry| !entry.is_app());
        let accounts = people.map(|entry| entry.account(kind)).collect();
        Ok(Page { accounts, next })
    }

    pub(super) async fn create_account(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        let mut body = created(kind, fields)?;
        body.extend(codes(&[], fields).map(|codes| ("tracking_codes".to_owned(), codes)));
        let path = with_query(routes(kind).all, &[("fields", asked(kind))]);
        let request = with_body(request("POST", routes(kind).all, path), &body.into());
        let answer = self.send(request, &Call::create(fields)).await?;
        Ok(decode::<Entry>(&answer, ErrorKind::Ambiguous)?.account(kind))
    }

    pub(super) async fn update_account(&self, kind: Kind, id: &str, fields: &Fields) -> Result<(), Error> {
        let id = number(id)?;
        let mut body = changed(kind, fields)?;
        if has_codes(fields) {
            let codes = codes(&self.codes(id).await?, fields);
            body.extend(codes.map(|codes| ("tracking_codes".to_owned(), codes)));
        }
        let request = with_body(writing("PUT", kind, id), &body.into());
        self.write(request, (kind, id), &Call::update(kind, fields)).await
    }

    pub(super) async fn set_status(&self, id: &str, active: bool) -> Result<(), Error> {
        let id = number(id)?;
        let status = if active { ACTIVE } else { INACTIVE };
        let request = with_body(writing("PUT", Kind::User, id), &json!({ "status": status }));
        self.write(request, (Kind::User, id), &Call::STATUS).await
    }

    /// Nobody is told by mail: what is to be said to a leaver is not Box's to say.
    pub(super) async fn delete_account(&self, kind: Kind, id: &str) -> Result<(), Error> {
        let Ok(id) = number(id) else { return Ok(()) };
        let mut request = writing("DELETE", kind, id);
        if kind == Kind::User {
            let force = self.choices.content_goes.to_string();
            request.path = with_query(&request.path, &[("notify", "false"), ("force", &force)]);
        }
        gone(self.send(request, &Call::delete(kind)).await.map(|_| ()))
    }

    /// Changes an account. A refusal is that of the one account, and not of the credential, where it is an
    /// administrator's: co-administrators may not touch those.
    async fn write(&self, request: Request, (kind, id): (Kind, &str), call: &Call<'_>) -> Result<(), Error> {
        let answer = self.connection.call(request).await?;
        if answer.is_success() {
            return Ok(());
        }
        let error = parse_error(call, &answer);
        let is_denied = kind == Kind::User && answer.status == 403 && error.kind == ErrorKind::Unauthorized;
        match is_denied && self.is_administrator(id).await? {
            true => Err(Error::rejected(None, error.reason)),
            false => Err(error),
        }
    }

    async fn is_administrator(&self, id: &str) -> Result<bool, Error> {
        let found = self.entry(Kind::User, id).await?;
        Ok(found.is_some_and(|entry| entry.is_administrator()))
    }

    async fn codes(&self, id: &str) -> Result<Vec<TrackingCode>, Error> {
        let found = self.entry(Kind::User, id).await?;
        let gone = || Error::new(ErrorKind::NotFound, Retry::Never, "the user is gone");
        Ok(found.ok_or_else(gone)?.codes())
    }

    async fn entry(&self, kind: Kind, id: &str) -> Result<Option<Entry>, Error> {
        let mut request = writing("GET", kind, id);
        request.path = with_query(&request.path, &[("fields", asked(kind))]);
        self.read(request).await
    }

    /// A page, and where the next begins: users go by marker, which misses nobody when others come and go meanwhile.
    async fn page(
        &self,
        kind: Kind,
        term: Option<&str>,
        after: Option<&str>,
    ) -> Result<(Vec<Entry>, Option<String>), Error> {
        let place = match kind {
            Kind::User => 0,
            Kind::Group => offset(after)?,
        };
        let start = place.to_string();
        let mut query = vec![("fields", asked(kind)), ("limit", PAGE_ENTRIES)];
        match kind {
            Kind::User => query.extend([("user_type", "managed"), ("usemarker", "true")]),
            Kind::Group => query.push(("offset", &start)),
        }
        query.extend(after.filter(|_| kind == Kind::User).map(|after| ("marker", after)));
        query.extend(term.map(|term| ("filter_term", term)));
        let all = routes(kind).all;
        let page = self.read_page::<Entry>(request("GET", all, with_query(all, &query)));
        let page = page.await.map_err(elsewhere)?;
        let next = match kind {
            Kind::User => page.next_marker.clone().filter(|marker| !marker.is_empty()),
            Kind::Group => page.next_offset(place).map(|next| next.to_string()),
        };
        Ok((page.entries, next))
    }
}

fn routes(kind: Kind) -> Routes {
    match kind {
        Kind::User => Routes {
            all: "/users",
            one: "/users/{user_id}",
        },
        Kind::Group => Routes {
            all: "/groups",
            one: "/groups/{group_id}",
        },
    }
}

/// A request to one account, whose id is a number.
fn writing(method: &'static str, kind: Kind, id: &str) -> Request {
    let Routes { all, one } = routes(kind);
    request(method, one, format!("{all}/{id}"))
}

fn unique(kind: Kind) -> Option<&'static Field> {
    let described = descriptor().kind(kind)?;
    described.field(&described.unique)
}

/// There always are these lists: it is the target that is not there.
fn elsewhere(error: Error) -> Error {
    match error.kind {
        ErrorKind::NotFound => unavailable("there is no Box API at the base URL"),
        _ => error,
    }
}
