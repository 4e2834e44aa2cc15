//! What a client asks for: the parameters of a GET, or the body of a POST to `.search`
//! (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).
use serde_json::Value;

use crate::body::{check_schemas, member};
use crate::error::Error;
use crate::urn;

/// A query. Nothing in it has been checked against a resource type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The filter as text.
    pub filter: Option<String>,
    /// The attribute to sort by.
    pub sort_by: Option<String>,
    /// The order, as the client wrote it.
    pub sort_order: Option<String>,
    /// The index of the first resource, from 1.
    pub start_index: Option<i64>,
    /// Resources in a page at most, from 0.
    pub count: Option<i64>,
    /// The cursor; an empty one asks for the first page with cursors (RFC 9865).
    pub cursor: Option<String>,
    /// What is to be returned.
    pub attributes: Vec<String>,
    /// What is not to be returned.
    pub excluded_attributes: Vec<String>,
}

/// A parameter's value, as text from a URI or as JSON from a body.
trait Parameter {
    fn text(&self) -> Option<String>;
    fn integer(&self) -> Option<i64>;
    fn names(&self) -> Option<Vec<String>>;
}

impl Query {
    /// Reads the parameters of a URI, already decoded. Their names are read in any case, so that a
    /// misspelt `Filter` does not silently return everything. Unknown ones are ignored; lists may be
    /// repeated.
    ///
    /// # Errors
    /// `invalidValue` for a number that is none or does not fit, and for a parameter that is given
    /// twice; `invalidCount` for such a count beside a cursor; `invalidCursor` for a cursor beside
    /// `startIndex`.
    pub fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Result<Query, Error> {
        read(pairs, Error::invalid_value)
    }

    /// Reads the body of a POST to `.search`, names in any case.
    ///
    /// # Errors
    /// `invalidSyntax` for a body that is no SearchRequest or whose members are of a wrong type; else as
    /// [`Query::from_pairs`].
    pub fn from_search(body: &Value) -> Result<Query, Error> {
        let members = body
            .as_object()
            .ok_or_else(|| Error::invalid_syntax("the body is not an object"))?;
        check_schemas(member(members, "schemas")?, urn::SEARCH_REQUEST)?;
        let given = members.iter().filter(|(_, value)| !value.is_null());
        read(given.map(|(name, value)| (name.clone(), value)), Error::invalid_syntax)
    }
}

fn read<P: Parameter>(
    parameters: impl Iterator<Item = (String, P)>,
    refuse: fn(String) -> Error,
) -> Result<Query, Error> {
    let mut query = Query::default();
    let mut numbers: [Option<P>; 2] = [None, None];
    let [start_index, count] = &mut numbers;
    for (name, value) in parameters {
        let once = |place: &mut Option<String>| set(place, value.text(), (&name, refuse));
        match name.to_ascii_lowercase().as_str() {
            "filter" => once(&mut query.filter)?,
            "sortby" => once(&mut query.sort_by)?,
            "sortorder" => once(&mut query.sort_order)?,
            "cursor" => once(&mut query.cursor)?,
            "startindex" => set(start_index, Some(value), (&name, refuse))?,
            "count" => set(count, Some(value), (&name, refuse))?,
            "attributes" => extend(&mut query.attributes, value.names(), (&name, refuse))?,
            "excludedattributes" => extend(&mut query.excluded_attributes, value.names(), (&name, refuse))?,
            _ => {}
        }
    }
    if query.cursor.is_some() && start_index.is_some() {
        return Err(Error::invalid_cursor("cursor and startIndex cannot be used together"));
    }
    let invalid_count = if query.cursor.is_some() {
        Error::invalid_count
    } else {
        refuse
    };
    query.start_index = integer(start_index.as_ref(), ("startIndex", refuse))?.map(|index| index.max(1));
    query.count = integer(count.as_ref(), ("count", invalid_count))?.map(|count| count.max(0));
    Ok(query)
}

/// A parameter's name, and the error if its value is wrong.
type Context<'a> = (&'a str, fn(String) -> Error);

fn set<T>(place: &mut Option<T>, value: Option<T>, (name, refuse): Context<'_>) -> Result<(), Error> {
    let value = value.ok_or_else(|| refuse(format!("{name} is not a string")))?;
    match place.replace(value) {
        Some(_) => Err(refuse(format!("{name} is given twice"))),
        None => Ok(()),
    }
}

fn extend(place: &mut Vec<String>, names: Option<Vec<String>>, (name, refuse): Context<'_>) -> Result<(), Error> {
    place.extend(names.ok_or_else(|| refuse(format!("{name} is not a list of attribute names")))?);
    Ok(())
}

fn integer<P: Parameter>(value: Option<&P>, (name, refuse): Context<'_>) -> Result<Option<i64>, Error> {
    let read = |value: &P| {
        value
            .integer()
            .ok_or_else(|| refuse(format!("{name} is not an integer of 64 bits")))
    };
    value.map(read).transpose()
}

impl Parameter for String {
    fn text(&self) -> Option<String> {
        Some(self.clone())
    }

    fn integer(&self) -> Option<i64> {
        self.trim().parse().ok()
    }

    fn names(&self) -> Option<Vec<String>> {
        let names = self.split(',').map(str::trim);
        Some(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }
}

impl Parameter for &Value {
    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn integer(&self) -> Option<i64> {
        self.as_i64()
    }

    /// An array of names; some clients send the comma list of a GET instead.
    fn names(&self) -> Option<Vec<String>> {
        match self {
            Value::String(list) => list.names(),
            Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::ScimType;

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn parameters_of_a_uri() {
        let check = |pairs: &[(&str, &str)], expected: Result<Query, ScimType>| {
            let owned = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let found = Query::from_pairs(owned).map_err(|error| error.scim_type);
            assert_eq!(found, expected.map_err(Some), "{pairs:?}");
        };
        let none = Query::default;
        check(&[], Ok(none()));
        check(&[("foo", "bar"), ("foo", "bar")], Ok(none()));
        check(
            &[("filter", "a pr"), ("sortBy", "a"), ("sortOrder", "x")],
            Ok(Query {
                filter: text("a pr"),
                sort_by: text("a"),
                sort_order: text("x"),
                ..none()
            }),
        );
        check(
            &[("FILTER", "")],
            Ok(Query {
                filter: text(""),
                ..none()
            }),
        );
        let page = |start_index, count| Query {
            start_index,
            count,
            ..none()
        };
        check(&[("startIndex", "3"), ("count", "10")], Ok(page(Some(3), Some(10))));
        check(&[("startIndex", "0"), ("count", "-1")], Ok(page(Some(1), Some(0))));
        check(&[("startIndex", " -5 ")], Ok(page(Some(1), None)));
        check(&[("count", "abc")], Err(ScimType::InvalidValue));
        check(&[("count", "")], Err(ScimType::InvalidValue));
        check(&[("count", "1.5")], Err(ScimType::InvalidValue));
        check(&[("startIndex", "9223372036854775808")], Err(ScimType::InvalidValue));
        check(&[("filter", "a pr"), ("Filter", "b pr")], Err(ScimType::InvalidValue));
        check(&[("count", "1"), ("count", "1")], Err(ScimType::InvalidValue));
        check(
            &[("cursor", "")],
            Ok(Query {
                cursor: text(""),
                ..none()
            }),
        );
        check(
            &[("count", "2"), ("cursor", "abc")],
            Ok(Query {
                cursor: text("abc"),
                count: Some(2),
                ..none()
            }),
        );
        check(&[("count", "x"), ("cursor", "abc")], Err(ScimType::InvalidCount));
        check(&[("startIndex", "1"), ("cursor", "")], Err(ScimType::InvalidCursor));
        check(
            &[
                ("attributes", "a, b,,"),
                ("attributes", "c"),
                ("excludedAttributes", ""),
            ],
            Ok(Query {
                attributes: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
                ..none()
            }),
        );
    }

    #[test]
    fn bodies_of_a_search() {
        let check = |mut body: Value, expected: Result<Query, ScimType>| {
            body["schemas"] = json!([urn::SEARCH_REQUEST]);
            let found = Query::from_search(&body).map_err(|error| error.scim_type);
            assert_eq!(found, expected.map_err(Some), "{body}");
        };
        let none = Query::default;
        check(json!({}), Ok(none()));
        check(
            json!({ "filter": "a pr", "startIndex": 0, "COUNT": -1, "sortBy": null, "x": 1 }),
            Ok(Query {
                filter: text("a pr"),
                start_index: Some(1),
                count: Some(0),
                ..none()
            }),
        );
        check(
            json!({ "attributes": ["a"], "excludedAttributes": "b, c" }),
            Ok(Query {
                attributes: vec!["a".to_owned()],
                excluded_attributes: vec!["b".to_owned(), "c".to_owned()],
                ..none()
            }),
        );
        check(
            json!({ "cursor": "" }),
            Ok(Query {
                cursor: text(""),
                ..none()
            }),
        );
        check(json!({ "cursor": "", "count": "2" }), Err(ScimType::InvalidCount));
        check(json!({ "cursor": "", "startIndex": 2 }), Err(ScimType::InvalidCursor));
        for wrong in [
            "filter",
            "sortBy",
            "sortOrder",
            "cursor",
            "startIndex",
            "count",
            "attributes",
            "excludedAttributes",
        ] {
            check(json!({ wrong: true }), Err(ScimType::InvalidSyntax));
            check(json!({ wrong: [1.5] }), Err(ScimType::InvalidSyntax));
        }
    }

    #[test]
    fn a_search_names_its_schema() {
        let check = |body: Value, expected: bool| assert_eq!(Query::from_search(&body).is_ok(), expected, "{body}");
        check(json!({ "schemas": [urn::SEARCH_REQUEST] }), true);
        check(json!({ "Schemas": [urn::SEARCH_REQUEST.to_uppercase()] }), true);
        check(json!({}), false);
        check(json!({ "schemas": [] }), false);
        check(json!({ "schemas": urn::SEARCH_REQUEST }), false);
        check(json!({ "schemas": [urn::LIST_RESPONSE] }), false);
        check(
            json!({ "schemas": [urn::SEARCH_REQUEST], "Schemas": [urn::SEARCH_REQUEST] }),
            false,
        );
        check(json!([]), false);
        check(json!(null), false);
    }
}
