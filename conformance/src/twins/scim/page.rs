//! Lists: `filter`, pages, and which attributes are asked for.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::filter::{Filter, Scope};
use super::profile::{Filters, PagesBy, Paging};
use super::refusal::{Reason, Refusal, scim};
use super::resource::Rules;
use super::schema::{ENTERPRISE, LIST_RESPONSE};
use crate::twins::{Answer, Request};

/// What stands before the id in a cursor. The form of cursors is the provider's own.
const CURSOR_PREFIX: &str = "after:";

/// Which resources a request asks for.
pub(super) struct Query<'a> {
    pub(super) filter: Option<Filter>,
    start: Start<'a>,
    count: usize,
}

enum Start<'a> {
    /// The number of the first, from one on.
    Index(usize),
    /// The id after which the page begins; empty: the first page.
    Cursor(&'a str),
}

impl<'a> Query<'a> {
    pub(super) fn read(rules: &Rules, request: &'a Request) -> Result<Query<'a>, Refusal> {
        let filter = request.parameter("filter");
        let filter = filter.map(|text| rules.filter(text)).transpose()?;
        let paging = &rules.profile.paging;
        Ok(Query {
            filter,
            start: start(paging, request)?,
            count: count(paging, request)?,
        })
    }

    /// The page of all these, which come by id.
    pub(super) fn answer<'t, T: 't>(
        &self,
        matching: impl Iterator<Item = (&'t String, T)>,
        json: impl Fn(T) -> Value,
    ) -> Answer {
        let matching: Vec<_> = matching.collect();
        let total = matching.len();
        let skipped = match self.start {
            Start::Index(first) => first - 1,
            Start::Cursor(after) => matching.partition_point(|(id, _)| id.as_str() <= after),
        };
        let mut rest = matching.into_iter().skip(skipped);
        let page: Vec<_> = rest.by_ref().take(self.count).collect();
        let last = page.last().map(|(id, _)| format!("{CURSOR_PREFIX}{id}"));
        let mut body = json!({ "schemas": [LIST_RESPONSE], "totalResults": total, "itemsPerPage": page.len() });
        match self.start {
            Start::Index(first) => body["startIndex"] = first.into(),
            Start::Cursor(_) if rest.next().is_some() => body["nextCursor"] = last.into(),
            Start::Cursor(_) => {}
        }
        body["Resources"] = page.into_iter().map(|(_, item)| json(item)).collect();
        scim(200, &body)
    }
}

impl Rules {
    /// A filter that the vendor takes.
    pub(super) fn filter(&self, text: &str) -> Result<Filter, Refusal> {
        let shape = self.shape();
        let filter = Filter::parse(Scope::Resource(self.kind, shape.aliases), text)?;
        let Filters::Sets(sets) = shape.filters else {
            return Ok(filter);
        };
        let names: BTreeSet<_> = filter
            .equalities()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        let fits = |set: &&[&str]| names.iter().eq(BTreeSet::from_iter(set.iter()));
        match sets.iter().any(fits) {
            true => Ok(filter),
            false => Err(Refusal::new(Reason::Filter, "The filter is not supported")),
        }
    }
}

/// That a request has no parameters that the vendor does not know, or that exclude each other.
pub(super) fn check_parameters(paging: &Paging, request: &Request) -> Result<(), Refusal> {
    let unsupported: &[_] = match paging.by {
        PagesBy::Index => &[],
        PagesBy::Cursor => &["startIndex", "attributes", "excludedAttributes"],
    };
    if let Some(name) = unsupported.iter().find(|name| request.parameter(name).is_some()) {
        return Err(Refusal::value(name, "is not supported"));
    }
    let both = ["attributes", "excludedAttributes"];
    match both.iter().all(|name| request.parameter(name).is_some()) {
        true => Err(Refusal::value(
            "attributes",
            "and excludedAttributes exclude each other",
        )),
        false => Ok(()),
    }
}

/// What a request asks to see of its resources. RFC 7644 section 3.9.
pub(super) struct View {
    /// None: all.
    attributes: Option<Vec<String>>,
    excluded: Vec<String>,
}

impl View {
    pub(super) fn read(rules: &Rules, request: &Request) -> View {
        View {
            attributes: names(rules, request, "attributes"),
            excluded: names(rules, request, "excludedAttributes").unwrap_or_default(),
        }
    }

    /// Whether it may have to be known what is in this attribute.
    pub(super) fn wants(&self, name: &str) -> bool {
        !self.excluded.iter().any(|other| other.eq_ignore_ascii_case(name))
    }

    pub(super) fn of(&self, mut resource: Map<String, Value>) -> Value {
        if let Some(names) = &self.attributes {
            resource = chosen(&resource, names);
        }
        for name in &self.excluded {
            exclude(&mut resource, name);
        }
        resource.into()
    }
}

/// The names in all parameters of this name, without the URN of the core schema.
fn names(rules: &Rules, request: &Request, parameter: &str) -> Option<Vec<String>> {
    let lists: Vec<_> = request.parameters(parameter).collect();
    let each = lists.iter().flat_map(|list| list.split(',')).map(str::trim);
    let names = each.map(|name| rules.kind.without_urn(name).to_owned());
    (!lists.is_empty()).then(|| names.collect())
}

/// The named attributes, and those that are always there.
fn chosen(resource: &Map<String, Value>, names: &[String]) -> Map<String, Value> {
    let mut chosen = Map::new();
    for (name, value) in resource {
        let is_always = matches!(name.as_str(), "id" | "schemas");
        let is_whole = names.iter().any(|other| other.eq_ignore_ascii_case(name));
        if is_always || is_whole {
            chosen.insert(name.clone(), value.clone());
            continue;
        }
        let subs: Vec<_> = names.iter().filter_map(|other| sub_of(name, other)).collect();
        if !subs.is_empty() {
            chosen.insert(name.clone(), parts(value, &subs));
        }
    }
    chosen
}

fn parts(value: &Value, subs: &[&str]) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| parts(value, subs)).collect(),
        Value::Object(all) => {
            let is_named = |name: &str| subs.iter().any(|sub| sub.eq_ignore_ascii_case(name));
            let named = all.iter().filter(|(name, _)| is_named(name));
            Value::Object(named.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        value => value.clone(),
    }
}

fn exclude(resource: &mut Map<String, Value>, excluded: &str) {
    resource.retain(|name, _| matches!(name.as_str(), "id" | "schemas") || !name.eq_ignore_ascii_case(excluded));
    for (name, value) in resource.iter_mut() {
        let Some(sub) = sub_of(name, excluded) else { continue };
        let objects = match value {
            Value::Array(values) => values.iter_mut().filter_map(Value::as_object_mut).collect(),
            value => Vec::from_iter(value.as_object_mut()),
        };
        for object in objects {
            object.retain(|name, _| !name.eq_ignore_ascii_case(sub));
        }
    }
}

/// What is named of an attribute or of an extension, if it is this one.
fn sub_of<'n>(name: &str, path: &'n str) -> Option<&'n str> {
    let (head, rest) = path.split_at_checked(name.len())?;
    let separator = if name == ENTERPRISE { ':' } else { '.' };
    rest.strip_prefix(separator).filter(|_| head.eq_ignore_ascii_case(name))
}

fn start<'a>(paging: &Paging, request: &'a Request) -> Result<Start<'a>, Refusal> {
    match (paging.by, request.parameter("cursor")) {
        (PagesBy::Index, _) => {
            let index = number(request, "startIndex")?.unwrap_or(1);
            Ok(Start::Index(usize::try_from(index.max(1)).unwrap_or(usize::MAX)))
        }
        (PagesBy::Cursor, None) => Ok(Start::Index(1)),
        (PagesBy::Cursor, Some("")) => Ok(Start::Cursor("")),
        (PagesBy::Cursor, Some(cursor)) => {
            let after = cursor.strip_prefix(CURSOR_PREFIX).map(Start::Cursor);
            after.ok_or_else(|| Refusal::new(Reason::Cursor, "The cursor is unknown"))
        }
    }
}

/// Beyond the bounds a count is brought to them (RFC 7644 section 3.4.2.4), or refused.
fn count(paging: &Paging, request: &Request) -> Result<usize, Refusal> {
    let Some(count) = number(request, "count")? else {
        return Ok(paging.count_default);
    };
    let within = usize::try_from(count).unwrap_or_default().min(paging.count_max);
    let is_within = i64::try_from(within) == Ok(count) && within > 0;
    match paging.by {
        PagesBy::Cursor if !is_within => Err(Refusal::value("count", "is out of bounds")),
        PagesBy::Cursor | PagesBy::Index => Ok(within),
    }
}

fn number(request: &Request, name: &'static str) -> Result<Option<i64>, Refusal> {
    let number = request.parameter(name).map(str::parse).transpose();
    number.map_err(|_| Refusal::value(name, "must be a whole number"))
}
