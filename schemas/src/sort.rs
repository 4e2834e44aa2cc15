//! The order of a list: `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3).
use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use crate::Object;
use crate::error::Error;
use crate::path::{AttributePath, split_word};
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Returned, Type};
use crate::value::{elements, instant};

/// An order of resources by one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// The attribute, as the client named it.
    pub path: AttributePath,
    /// True for the order `descending`.
    pub descending: bool,
    extension: Option<String>,
    attribute: String,
    sub: Option<String>,
    /// The attribute whose type and case rule count.
    leaf: Attribute,
}

impl Sort {
    /// Reads the two parameters; none if there is no `sortBy`. For a complex attribute `value` is meant.
    ///
    /// # Errors
    /// `invalidPath` for an attribute that the type does not have, that is complex without `value`, or
    /// that is never returned; `invalidValue` for an order other than `ascending` and `descending`.
    pub fn parse(kind: &ResourceType, by: Option<&str>, order: Option<&str>) -> Result<Option<Sort>, Error> {
        let descending = match order.map(str::trim) {
            None | Some("") => false,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(_) => return Err(Error::invalid_value("sortOrder is neither ascending nor descending")),
        };
        let Some(by) = by.map(str::trim).filter(|by| !by.is_empty()) else {
            return Ok(None);
        };
        let path = split_word(by).ok_or_else(|| Error::invalid_path("sortBy is not the path of an attribute"))?;
        let unknown = || Error::invalid_path(format!("sortBy: {} has no such attribute", kind.name));
        let resolved = kind.resolve(&path).ok_or_else(unknown)?;
        let implied = resolved.leaf().sub_attribute("value");
        let sub = resolved.sub.or(implied);
        let leaf = sub.unwrap_or(resolved.attribute);
        if leaf.kind == Type::Complex {
            return Err(Error::invalid_path(
                "sortBy: the attribute is complex, so one of its sub-attributes must be named",
            ));
        }
        if [leaf, resolved.attribute]
            .iter()
            .any(|attribute| attribute.returned == Returned::Never)
        {
            return Err(Error::invalid_path(
                "sortBy: the attribute is never returned, so it gives no order",
            ));
        }
        Ok(Some(Sort {
            extension: resolved.extension.map(|schema| schema.id.clone()),
            attribute: resolved.attribute.name.clone(),
            sub: sub.map(|sub| sub.name.clone()),
            leaf: leaf.clone(),
            path,
            descending,
        }))
    }

    /// What the resource is ordered by; the resources stand in the order of their keys. A
    /// multi-valued attribute counts with its primary value, or else its first one. The resource has
    /// canonical names.
    pub fn key(&self, resource: &Object) -> SortKey {
        SortKey {
            descending: self.descending,
            value: self.value(resource).and_then(|value| Comparable::of(&self.leaf, value)),
        }
    }

    fn value<'a>(&self, resource: &'a Object) -> Option<&'a Value> {
        let container = match &self.extension {
            None => resource,
            Some(urn) => resource.get(urn)?.as_object()?,
        };
        let value = representative(container.get(&self.attribute)?)?;
        match &self.sub {
            None => Some(value),
            Some(sub) => representative(value.get(sub)?),
        }
    }
}

/// The place of a resource in an order.
#[derive(Clone, Debug)]
pub struct SortKey {
    descending: bool,
    value: Option<Comparable>,
}

impl Ord for SortKey {
    /// Resources without a value come last, in descending order first.
    fn cmp(&self, other: &SortKey) -> Ordering {
        let ascending = match (&self.value, &other.value) {
            (Some(left), Some(right)) => left.cmp(right),
            (left, right) => left.is_none().cmp(&right.is_none()),
        };
        if self.descending {
            ascending.reverse()
        } else {
            ascending
        }
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &SortKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &SortKey) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for SortKey {}

/// A value in the form its type is ordered by; of one attribute they are all of one variant.
#[derive(Clone, Debug)]
enum Comparable {
    Boolean(bool),
    /// Numbers over 2^53 that differ by less than the precision count as equal.
    Number(f64),
    Instant(Timestamp),
    Text(String),
}

impl Comparable {
    fn of(attribute: &Attribute, value: &Value) -> Option<Comparable> {
        match attribute.kind {
            Type::String | Type::Reference | Type::Binary => {
                let text = value.as_str()?;
                Some(Comparable::Text(attribute.fold(text).into_owned()))
            }
            Type::Boolean => value.as_bool().map(Comparable::Boolean),
            Type::Integer | Type::Decimal => value.as_f64().map(Comparable::Number),
            Type::DateTime => instant(value.as_str()?).map(Comparable::Instant),
            Type::Complex => None,
        }
    }

    fn cmp(&self, other: &Comparable) -> Ordering {
        match (self, other) {
            (Comparable::Boolean(left), Comparable::Boolean(right)) => left.cmp(right),
            (Comparable::Number(left), Comparable::Number(right)) => left.total_cmp(right),
            (Comparable::Instant(left), Comparable::Instant(right)) => left.cmp(right),
            (Comparable::Text(left), Comparable::Text(right)) => left.cmp(right),
            _ => Ordering::Equal,
        }
    }
}

/// The primary value, or else the first one.
fn representative(value: &Value) -> Option<&Value> {
    let values = elements(value);
    let primary = values
        .iter()
        .find(|value| value.get("primary") == Some(&Value::Bool(true)));
    primary.or_else(|| values.first())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Catalogue;
    use crate::error::ScimType;

    fn sort(by: Option<&str>, order: Option<&str>) -> Result<Option<Sort>, Option<ScimType>> {
        let catalogue = Catalogue::builtin();
        let user = catalogue.by_name("User").expect("it is built in");
        Sort::parse(user, by, order).map_err(|error| error.scim_type)
    }

    #[test]
    fn orders() {
        let resources = json!([
            {
                "id": "1", "userName": "B", "externalId": "a", "active": true, "meta": { "created": "2024-01-01T01:00:00+02:00" },
                "emails": [{ "value": "z@x", "type": "work" }, { "value": "a@x", "primary": true }],
            },
            {
                "id": "2", "userName": "a", "externalId": "B", "title": "X", "meta": { "created": "2024-01-01T00:00:00Z" },
                "emails": [{ "value": "c@x" }, { "value": "0@x" }],
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "employeeNumber": "7" },
            },
            {
                "id": "3", "userName": "c", "active": false, "title": "w", "meta": { "created": "2023-12-31T23:30:00Z" },
                "emails": [],
            },
        ]);
        let check = |by: &str, expected: [&str; 2]| {
            for (order, expected) in ["ascending", "Descending"].into_iter().zip(expected) {
                let sort = sort(Some(by), Some(order))
                    .expect("it is an order")
                    .expect("it has an attribute");
                let mut sorted = resources.as_array().expect("an array").clone();
                sorted.sort_by_cached_key(|resource| sort.key(resource.as_object().expect("an object")));
                let ids: String = sorted.iter().filter_map(|resource| resource["id"].as_str()).collect();
                assert_eq!(ids, expected, "{by} {order}");
            }
        };
        check("userName", ["213", "312"]);
        check("USERNAME", ["213", "312"]);
        check("externalId", ["213", "312"]);
        check("emails.value", ["123", "321"]);
        check("emails", ["123", "321"]);
        check("emails.type", ["123", "123"]);
        check("title", ["321", "123"]);
        check("active", ["312", "213"]);
        check("meta.created", ["132", "231"]);
        check("locale", ["123", "123"]);
        check(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
            ["213", "132"],
        );
    }

    #[test]
    fn parameters() {
        let check = |by, order, expected: Result<Option<bool>, ScimType>| {
            let found = sort(by, order).map(|sort| sort.map(|sort| sort.descending));
            assert_eq!(found, expected.map_err(Some), "{by:?} {order:?}");
        };
        check(None, None, Ok(None));
        check(Some(" "), None, Ok(None));
        check(None, Some("descending"), Ok(None));
        check(Some("title"), None, Ok(Some(false)));
        check(Some("title"), Some(""), Ok(Some(false)));
        check(Some("title"), Some("DESCENDING"), Ok(Some(true)));
        check(Some("title"), Some("down"), Err(ScimType::InvalidValue));
        check(Some("bogus"), None, Err(ScimType::InvalidPath));
        check(Some("name"), None, Err(ScimType::InvalidPath));
        check(Some("password"), None, Err(ScimType::InvalidPath));
        check(Some("emails[type pr]"), None, Err(ScimType::InvalidPath));
    }
}
