//! Filters and paths made at random.
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::filter::{Filter, Operator};
use crate::path::AttributePath;

proptest! {
    #[test]
    fn a_printed_filter_parses_to_itself(filter in filters(true)) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn a_printed_path_parses_to_itself(path in prop_oneof![paths(), selections()]) {
        let text = path.to_string();
        prop_assert_eq!(AttributePath::parse(&text), Ok(path), "{}", text);
    }

    /// Any text gets an answer, and what parses survives printing.
    #[test]
    fn any_text_is_answered(text in "[a-z(\\[\\])\" .:$1\\\\-]{0,60}|\\PC{0,40}") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
        if let Ok(path) = AttributePath::parse(&text) {
            prop_assert_eq!(AttributePath::parse(&path.to_string()), Ok(path));
        }
    }
}

/// Filters; with value filters at the outer level only.
fn filters(value_filters: bool) -> BoxedStrategy<Filter> {
    let mut leaf = prop_oneof![
        paths().prop_map(Filter::Present),
        (paths(), operators(), values()).prop_map(|(path, op, value)| Filter::Compare { path, op, value }),
    ]
    .boxed();
    if value_filters {
        let value_path = (attributes(), filters(false)).prop_map(|(path, filter)| Filter::ValuePath {
            path,
            filter: Box::new(filter),
        });
        let selected = (selections(), operators(), values())
            .prop_filter_map("it has a sub-attribute", |(path, op, value)| {
                path.sub.is_some().then_some(Filter::Compare { path, op, value })
            });
        leaf = prop_oneof![4 => leaf, 1 => value_path, 1 => selected].boxed();
    }
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
    .boxed()
}

fn paths() -> impl Strategy<Value = AttributePath> {
    let whole = Just(AttributePath {
        schema: Some("urn:example:2.0:Thing".to_owned()),
        attribute: None,
        filter: None,
        sub: None,
    });
    let sub = (attributes(), prop::option::of(names())).prop_map(|(path, sub)| AttributePath { sub, ..path });
    prop_oneof![9 => sub, 1 => whole]
}

/// Paths with a value filter.
fn selections() -> impl Strategy<Value = AttributePath> {
    (attributes(), filters(false), prop::option::of(names())).prop_map(|(path, filter, sub)| AttributePath {
        filter: Some(Box::new(filter)),
        sub,
        ..path
    })
}

fn attributes() -> impl Strategy<Value = AttributePath> {
    let schemas = prop_oneof![
        3 => Just(None),
        1 => Just(Some("urn:ietf:params:scim:schemas:core:2.0:User".to_owned())),
        1 => Just(Some("URN:example:a.b:c-d".to_owned())),
    ];
    (schemas, names()).prop_map(|(schema, attribute)| AttributePath {
        schema,
        ..AttributePath::of(attribute)
    })
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z][a-zA-Z0-9_$-]{0,8}",
        1 => prop::sample::select(vec!["$ref", "not", "and", "or", "pr", "eq", "true", "null"]).prop_map(str::to_owned),
    ]
}

fn operators() -> impl Strategy<Value = Operator> {
    prop::sample::select(Operator::ALL.to_vec())
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| json!(f64::from(number) / 4.0)),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}
