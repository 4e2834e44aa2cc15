use crate::error::ScimType;
use crate::filter::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, Filter};
use crate::path::AttributePath;

/// Parses, and prints in a form that shows how the terms are grouped.
#[test]
fn filters() {
    let check = |text: &str, expected: &str| {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(tree(&filter), expected, "{text}");
    };
    check("userName eq \"bjensen\"", "userName eq \"bjensen\"");
    check("  USERNAME  Eq  \"x\"  ", "USERNAME eq \"x\"");
    check("title pr", "title pr");
    check("pr pr", "pr pr");
    check("not pr", "not pr");
    check("a pr or b pr and c pr", "{a pr or {b pr and c pr}}");
    check("a pr AND b pr Or c pr", "{{a pr and b pr} or c pr}");
    check("(a pr or b pr) and c pr", "{{a pr or b pr} and c pr}");
    check("not (a pr) and b pr", "{!a pr and b pr}");
    check("NOT(a pr and b pr)", "!{a pr and b pr}");
    check("((a pr))", "a pr");
    check("a pr and (b pr and c pr)", "{a pr and {b pr and c pr}}");
    check("not ( not ( a pr ) )", "!!a pr");
    check(
        "a eq 1 and b eq -2.5 and c eq 1e3",
        "{a eq 1 and b eq -2.5 and c eq 1000.0}",
    );
    check(
        "a eq true and b ne false and c eq null",
        "{a eq true and b ne false and c eq null}",
    );
    check(r#"a eq "\"\\\/\u00e9\n""#, r#"a eq "\"\\/é\n""#);
    check(r#"a eq ") and (""#, r#"a eq ") and (""#);
    check(
        "emails[type eq \"work\" and value co \"@x\"]",
        "emails[{type eq \"work\" and value co \"@x\"}]",
    );
    check("emails[ not (type pr) or value pr ]", "emails[{!type pr or value pr}]");
    check(
        "emails[type eq \"work\"].value eq \"x\"",
        "emails[type eq \"work\"].value eq \"x\"",
    );
    check(
        "emails[type eq \"work\"].value pr and a pr",
        "{emails[type eq \"work\"].value pr and a pr}",
    );
    check("members[$ref eq \"x\"]", "members[$ref eq \"x\"]");
    check("name.familyName co \"O'Malley\"", "name.familyName co \"O'Malley\"");
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
    check(
        &format!("{urn}:name.givenName sw \"J\""),
        &format!("<{urn}> name givenName sw \"J\""),
    );
    check(&format!("{urn}:emails[type pr]"), &format!("<{urn}> emails[type pr]"));
    check(&format!("{urn} pr"), &format!("<{urn}> pr"));
}

#[test]
fn faults() {
    let check = |text: &str, expected: &str| {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
        assert_eq!(error.detail, expected, "{text}");
    };
    check("", "characters 0..0: the filter is empty");
    check("   ", "characters 3..3: the filter is empty");
    check("userName", "characters 8..8: an operator is expected here");
    check("userName eq", "characters 11..11: a value is expected here");
    check("eq \"x\"", "characters 3..6: an operator is expected here");
    check("a pr and", "characters 8..8: an attribute name is expected here");
    check("a pr b pr", "characters 5..6: `and` or `or` is expected here");
    check("a pr \"x\"", "characters 5..8: `and` or `or` is expected here");
    check("(a pr", "characters 0..1: the bracket is never closed");
    check("a[b pr", "characters 1..2: the bracket is never closed");
    check("a pr)", "characters 4..5: `)` closes nothing");
    check(
        "(a pr]",
        "characters 0..1: the bracket is never closed; characters 5..6: `]` closes nothing",
    );
    check("()", "characters 1..2: an attribute name is expected here");
    check("a[]", "characters 2..3: an attribute name is expected here");
    check(
        "a regex \"x\"",
        "characters 2..7: `regex` is not one of the operators pr, eq, ne, co, sw, ew, gt, ge, lt, le",
    );
    check(
        "not a pr",
        "characters 4..5: `not` is followed by a filter in round brackets",
    );
    check(
        "a[b[c eq 1]]",
        "characters 3..4: a value filter cannot hold another value filter",
    );
    check("a.b[c eq 1]", "characters 0..3: `a.b` is not an attribute path");
    check("a.b.c pr", "characters 0..5: `a.b.c` is not an attribute path");
    check("é pr", "characters 0..1: `é` is not an attribute path");
    check(
        "a eq \"é\" and b eq \"x",
        "characters 18..20: the string has no closing quote",
    );
    check(
        "a eq \"\\d\"",
        "characters 5..9: the string is not JSON: an escape or a control character is wrong in it",
    );
    check("a eq\"x\"", "characters 4..7: there must be a blank before it");
    check("(a pr)and b pr", "characters 6..9: there must be a blank before it");
    check("a pr and(b pr)", "characters 8..9: there must be a blank before it");
    check("a [b pr]", "characters 2..3: there is a blank before it that must go");
    check("a[b pr].c", "characters 9..9: an operator is expected here");
    check("a[b pr] pr", "characters 8..10: `and` or `or` is expected here");
    let literal = "is not a JSON string (in double quotes), number, true, false or null";
    for wrong in ["bjensen", "'bjensen'", "{}", "1e999", "01", "True", "NULL"] {
        check(
            &format!("a eq {wrong}"),
            &format!("characters 5..{}: `{wrong}` {literal}", 5 + wrong.len()),
        );
    }
}

/// A fault ends its term only, so that one answer names all of them.
#[test]
fn every_fault_is_named() {
    let check = |text: &str, expected: usize| {
        let detail = Filter::parse(text).expect_err(text).detail;
        assert_eq!(detail.matches("characters").count(), expected, "{detail}");
    };
    check("a ba 1 and b eq x or (c pr and d zz 3) and e pr", 3);
    check("a[b ba 1 and c eq x] or d", 3);
    check("1a eq x", 2);
    check(&"x and ".repeat(50), 10);
}

/// Within brackets, a word too many before `and` or `or` was once never passed: its fault was noted until memory was
/// full.
#[test]
fn faults_in_brackets_end() {
    let check = |text: &str, expected: usize| {
        let detail = Filter::parse(text).expect_err(text).detail;
        assert_eq!(detail.matches("characters").count(), expected, "{detail}");
    };
    check("(a pr b and c pr)", 1);
    check("(a pr b or c pr d and e ba 1) and f pr", 3);
    check("not (a pr \"x\" or b pr)", 1);
    check("a[b pr c and d pr]", 1);
    check("(a pr b and (c pr d or e pr))", 2);
    check("(a pr b and", 3);
    let detail = Filter::parse(&"(a pr b or ".repeat(700)).expect_err("too deep").detail;
    // As many as brackets may be open, and one more.
    assert!(detail.ends_with("and 23 more faults"), "{detail}");
}

#[test]
fn bounds_hold_before_recursion() {
    let check = |text: &str, expected: &str| {
        let detail = Filter::parse(text).expect_err("too deep or too long").detail;
        assert!(detail.contains(expected), "{detail}");
    };
    let nested = |depth: usize, open: &str| format!("{}a pr{}", open.repeat(depth), ")".repeat(depth));
    for open in ["(", "not(", "not ("] {
        Filter::parse(&nested(FILTER_DEPTH_MAX, open)).expect("deep, but not too deep");
        check(&nested(FILTER_DEPTH_MAX + 1, open), "brackets within each other");
    }
    check(&nested(1_600, "not("), "brackets within each other");
    check(&"(".repeat(FILTER_LENGTH_MAX), "brackets within each other");
    check(&"a[".repeat(FILTER_LENGTH_MAX / 2), "and 23 more faults");
    check(&"(".repeat(FILTER_LENGTH_MAX + 1), "at most 8192 are read");
    check(&")".repeat(FILTER_LENGTH_MAX), "and 8183 more faults");
    Filter::parse(&vec!["a pr"; 900].join(" and ")).expect("long, but not deep");
}

#[test]
fn paths() {
    let check = |text: &str, expected: &str| {
        let path = AttributePath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(path_tree(&path), expected, "{text}");
        assert_eq!(path.to_string(), text);
    };
    check("userName", "userName");
    check("name.familyName", "name familyName");
    check("emails[type eq \"work\"]", "emails[type eq \"work\"]");
    check("emails[type eq \"work\"].value", "emails[type eq \"work\"] value");
    check("members[$ref pr].$ref", "members[$ref pr] $ref");
    check("urn:a:b:2.0:User", "<urn:a:b:2.0:User>");
    check("urn:a:b:2.0:User:name", "<urn:a:b:2.0:User> name");
    check("urn:a:b:2.0:User:name.first", "<urn:a:b:2.0:User> name first");
    check(
        "urn:a:b:2.0:User:list[value eq 1].kind",
        "<urn:a:b:2.0:User> list[value eq 1] kind",
    );
    check("urn:a:b:2.0", "<urn:a:b:2.0>");
    check("urn:a:b:2.0:name.first", "<urn:a:b:2.0> name first");
}

#[test]
fn path_faults() {
    let check = |text: &str| {
        let error = AttributePath::parse(text).expect_err(text);
        assert_eq!(error.scim_type, Some(ScimType::InvalidPath));
        assert!(error.detail.starts_with("characters "), "{}", error.detail);
    };
    let wrong = [
        "",
        " ",
        ".",
        "a.",
        ".a",
        "a.b.c",
        "a b",
        "a[",
        "a[]",
        "a[b]",
        "a[b eq]",
        "a[b eq 1",
        "a[b eq 1]c",
        "a[b eq 1].",
        "a[b eq 1].c.d",
        "a[b eq 1].c d",
        "a]",
        "(a)",
        "\"a\"",
        "1a",
        "a/b",
        "urn:",
        "urn:a",
        "urn:a:",
        "x:y",
        "urn::b:c",
        "a.b[c eq 1]",
        "a[b[c eq 1]]",
        "a [b eq 1]",
    ];
    wrong.into_iter().for_each(check);
}

/// The structure of a filter, with braces around lists and `!` for `not`.
fn tree(filter: &Filter) -> String {
    let list = |terms: &[Filter], join: &str| format!("{{{}}}", terms.iter().map(tree).collect::<Vec<_>>().join(join));
    match filter {
        Filter::And(terms) => list(terms, " and "),
        Filter::Or(terms) => list(terms, " or "),
        Filter::Not(filter) => format!("!{}", tree(filter)),
        Filter::ValuePath { path, filter } => format!("{}[{}]", path_tree(path), tree(filter)),
        Filter::Present(path) => format!("{} pr", plain(path)),
        Filter::Compare { path, op, value } => format!("{} {} {value}", plain(path), op.as_str()),
    }
}

fn plain(path: &AttributePath) -> String {
    if path.schema.is_some() {
        path_tree(path)
    } else {
        path.to_string()
    }
}

fn path_tree(path: &AttributePath) -> String {
    let schema = path.schema.as_ref().map(|schema| format!("<{schema}>"));
    let filter = path
        .filter
        .as_ref()
        .map(|filter| format!("[{}]", tree(filter)))
        .unwrap_or_default();
    let attribute = path.attribute.as_ref().map(|attribute| format!("{attribute}{filter}"));
    [schema, attribute, path.sub.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}
