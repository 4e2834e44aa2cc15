//! Lists of users: filters, searches, pages, and how they lag.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, header, profile, profile_with, wrapped};
use crate::twins::Twin;

/// An org in which beside the usual ones there is Zoe, suspended, and Dan, who is deactivated.
fn org() -> Desk {
    let zoe = profile_with(
        "Zoe",
        json!({ "department": "IT", "skills": ["Rust", "SQL"], "floor": 3 }),
    );
    Desk::given(json!({
        "attributes": [{ "name": "skills", "type": "array" }, { "name": "floor", "type": "integer" }],
        "users": [
            { "profile": zoe, "status": "SUSPENDED" },
            { "profile": profile("Dan"), "status": "DEPROVISIONED" },
        ],
    }))
}

fn logins(users: &Value) -> Vec<&str> {
    let users = users.as_array().unwrap().iter();
    users
        .map(|user| user["profile"]["login"].as_str().unwrap().split('@').next().unwrap())
        .collect()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn check(parameter: &str, rows: &[(&str, &[&str])]) {
    for (text, expected) in rows {
        let mut desk = org();
        let text = text.replace("{sam}", desk.get("GET /users/{sam}")["id"].as_str().unwrap());
        let found = desk.get(&format!("GET /users?{parameter}={}", encoded(&text)));
        assert_eq!(&logins(&found), expected, "{parameter} {text}");
    }
}

fn check_refused(list: &str, parameter: &str, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let line = format!("GET {list}?{parameter}={}", encoded(text));
        org().check(&[(&line, Value::Null, json!(expected))]);
    }
}

const CRITERIA: &str = "400 E0000031 Invalid search criteria.";
const DATE: &str = "400 E0000030 Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, \
                    e.g. 2013-01-01T12:00:00.000-07:00.";

#[test]
fn a_plain_list_leaves_the_deactivated_out() {
    assert_eq!(logins(&org().get("GET /users")), ["owner", "ann", "bob", "sam", "zoe"]);
}

/// It finds the deactivated as well, and other cases are other values.
#[test]
fn a_filter_tests_a_few_attributes_for_equality() {
    check(
        "filter",
        &[
            (r#"status eq "DEPROVISIONED""#, &["dan"]),
            (r#"status eq "deprovisioned""#, &[]),
            (r#"profile.login eq "dan@x.example""#, &["dan"]),
            (r#"profile.login EQ "Dan@x.example""#, &[]),
            (r#"profile.email eq "ann@x.example""#, &["ann"]),
            (
                r#"profile.firstName eq "Bob" or profile.lastName eq "Owner""#,
                &["owner", "bob"],
            ),
            (r#"id eq "{sam}""#, &["sam"]),
            (
                r#"status eq "ACTIVE" and (profile.firstName eq "Ann" or profile.firstName eq "Sam")"#,
                &["ann"],
            ),
            (
                r#"profile.firstName eq "Zoe" or status eq "STAGED" and profile.firstName eq "Sam""#,
                &["sam", "zoe"],
            ),
            (
                r#"lastUpdated gt "2027-01-15T07:59:59.000Z" and status eq "STAGED""#,
                &["sam"],
            ),
            (r#"lastUpdated lt "2027-01-15T08:00:00.000Z""#, &["owner"]),
            (r#"lastUpdated le "1970-01-01T00:00:00.000Z""#, &["owner"]),
            (
                r#"lastUpdated ge "2027-01-15T08:00:00.000Z" and profile.firstName eq "Ann""#,
                &["ann"],
            ),
            (r#"lastUpdated eq "1970-01-01T00:00:00Z""#, &["owner"]),
        ],
    );
    check_refused(
        "/users",
        "filter",
        &[
            (r#"profile.department eq "IT""#, CRITERIA),
            (r#"profile.login sw "ann""#, CRITERIA),
            (r#"profile.login co "ann""#, CRITERIA),
            (r#"status ne "ACTIVE""#, CRITERIA),
            (r#"Status eq "ACTIVE""#, CRITERIA),
            (r#"created gt "2027-01-15T07:59:59.000Z""#, CRITERIA),
            (r#"not (status eq "ACTIVE")"#, CRITERIA),
            (r#"lastUpdated gt "yesterday""#, DATE),
            (r#"lastUpdated sw "2027""#, CRITERIA),
            (r#"status eq"#, CRITERIA),
            (r#"status "#, CRITERIA),
            (r#"status eq "ACTIVE"#, CRITERIA),
            (r#"(status eq "ACTIVE""#, CRITERIA),
            (r#"status eq "ACTIVE") "#, CRITERIA),
            (r#"status eq "ACTIVE" status eq "STAGED""#, CRITERIA),
            (r#"status eq "ACTIVE" and"#, CRITERIA),
            ("", CRITERIA),
        ],
    );
}

/// It finds the deactivated as well, and case makes no difference.
#[test]
fn a_search_tests_any_attribute() {
    check(
        "search",
        &[
            (r#"profile.department eq "it""#, &["zoe"]),
            (r#"profile.login sw "AN""#, &["ann"]),
            (r#"profile.email co "AN@X""#, &["dan"]),
            (r#"profile.firstName co "o""#, &["owner", "bob", "zoe"]),
            (r#"status eq "Deprovisioned""#, &["dan"]),
            (
                r#"status lt "STAGED" or status gt "STAGED""#,
                &["owner", "ann", "bob", "zoe", "dan"],
            ),
            (r#"profile.skills eq "rust""#, &["zoe"]),
            (r#"profile.floor eq 3"#, &["zoe"]),
            (r#"profile.skills pr"#, &["zoe"]),
            (r#"id eq "{sam}""#, &["sam"]),
            (r#"created lt "2000-01-01T00:00:00.000Z""#, &["owner"]),
            (
                r#"statusChanged gt "2000-01-01T00:00:00.000Z" and profile.lastName sw "ex""#,
                &["ann", "bob", "zoe", "dan"],
            ),
        ],
    );
    check_refused(
        "/users",
        "search",
        &[
            (r#"status ne "STAGED""#, CRITERIA),
            (r#"profile.department co "I""#, CRITERIA),
            (r#"department eq "IT""#, CRITERIA),
            (r#"created pr and manager pr"#, CRITERIA),
            (r#"created gt "soon""#, DATE),
            (r#"created sw "20""#, CRITERIA),
        ],
    );
}

/// Names and address begin so, whatever the case.
#[test]
fn q_finds_a_few_that_begin_so() {
    check(
        "q",
        &[
            ("AN", &["ann"]),
            ("ann@x", &["ann"]),
            ("exa", &["ann", "bob", "sam", "zoe"]),
            ("nn", &[]),
            ("dan", &[]),
        ],
    );
    let crowd: Vec<_> = (0..30).map(|n| wrapped(profile(&format!("P{n}")))).collect();
    let mut desk = Desk::given(json!({ "users": crowd }));
    for (query, count) in [("?q=p", 10), ("?q=p&limit=20", 20)] {
        let answer = desk.call(&format!("GET /users{query}"), &Value::Null);
        let found: Value = serde_json::from_slice(&answer.body).unwrap();
        let links = answer.headers.iter().filter(|(name, _)| name == "link").count();
        assert_eq!((found.as_array().unwrap().len(), links), (count, 1), "{query}");
    }
}

#[test]
fn ways_to_ask_exclude_each_other() {
    let expected = json!("400 E0000033 Bad request. Can't specify a search query and filter in the same request.");
    for list in ["users", "groups"] {
        for query in ["filter=x&q=y", "search=x&filter=y", "search=x&q=y"] {
            Desk::new().check(&[(&format!("GET /{list}?{query}"), Value::Null, expected.clone())]);
        }
    }
}

#[test]
fn a_search_can_be_sorted() {
    for (query, expected) in [
        ("", ["ann", "bob", "sam"]),
        ("&sortBy=profile.firstName&sortOrder=desc", ["sam", "bob", "ann"]),
        ("&sortBy=status", ["ann", "bob", "sam"]),
        ("&sortBy=status&sortOrder=desc", ["sam", "bob", "ann"]),
        ("&sortBy=created", ["ann", "bob", "sam"]),
    ] {
        let line = format!(
            "GET /users?search={}{query}",
            encoded(r#"profile.lastName eq "Example""#)
        );
        assert_eq!(logins(&Desk::new().get(&line)), expected, "{query}");
    }
}

/// What a client gets that follows the links.
fn pages(desk: &mut Desk, line: &str) -> Vec<Vec<String>> {
    let (mut pages, mut line) = (Vec::new(), Some(line.to_owned()));
    while let Some(next) = line {
        let answer = desk.call(&next, &Value::Null);
        let found: Value = serde_json::from_slice(&answer.body).unwrap();
        pages.push(logins(&found).into_iter().map(str::to_owned).collect());
        let links = answer.headers.iter().filter(|(name, _)| name == "link");
        let links: Vec<_> = links.map(|(_, link)| link.split_once(">; rel=").unwrap()).collect();
        let own = next.replace("GET ", "<http://okta.test/api/v1");
        assert_eq!(links.first(), Some(&(own.as_str(), "\"self\"")));
        let next = links.iter().find(|(_, rel)| *rel == "\"next\"");
        line = next.map(|(link, _)| link.replace("<http://okta.test/api/v1", "GET "));
        assert!(pages.len() < 100);
    }
    pages
}

#[test]
fn lists_come_in_pages() {
    let crowd: Vec<_> = (0..400)
        .map(|n| json!({ "profile": profile(&format!("P{n}")), "groups": ["Ops"] }))
        .collect();
    let mut desk = Desk::given(json!({ "users": crowd }));
    let search = format!("search={}", encoded(r#"profile.firstName sw "P""#)).replace('+', "%20");
    for (line, lengths) in [
        ("GET /users".to_owned(), vec![200, 200, 4]),
        ("GET /users?limit=500".to_owned(), vec![200, 200, 4]),
        ("GET /users?limit=150".to_owned(), vec![150, 150, 104]),
        (format!("GET /users?{search}&limit=200"), vec![200, 200]),
        (format!("GET /users?{search}&sortBy=profile.firstName"), vec![200, 200]),
        ("GET /groups/{ops}/users".to_owned(), vec![400]),
        ("GET /groups/{ops}/users?limit=200".to_owned(), vec![200, 200]),
        ("GET /groups/{everyone}/users?limit=300".to_owned(), vec![300, 104]),
    ] {
        let line = desk.named(&line);
        let pages = pages(&mut desk, &line);
        let found: Vec<_> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, lengths, "{line}");
        let mut all = pages.concat();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "{line}");
    }
}

/// Nobody is passed over who comes or goes between two pages.
#[test]
fn pages_go_on_where_the_last_one_ended() {
    let mut desk = Desk::new();
    let answer = desk.call("GET /users?limit=2", &Value::Null);
    let (_, next) = answer.headers.iter().rfind(|(name, _)| name == "link").unwrap();
    let next = next.strip_prefix("<http://okta.test/api/v1").unwrap();
    let next = next.strip_suffix(">; rel=\"next\"").unwrap();
    for _ in 0..2 {
        desk.check(&[("DELETE /users/{ann}", Value::Null, json!(204))]);
    }
    let line = format!("GET {next}");
    assert_eq!(logins(&desk.get(&line)), ["bob", "sam"]);
}

#[test]
fn a_page_has_a_length() {
    for (limit, expected) in [
        ("0", "400 E0000029 Invalid paging request."),
        ("-1", "400 E0000029 Invalid paging request."),
        ("ten", "400 E0000037 Type mismatch exception.  limit"),
    ] {
        for list in [
            "/users",
            "/groups",
            "/groups/{ops}/users",
            "/groups/rules",
            "/iam/assignees/users",
        ] {
            Desk::new().check(&[(&format!("GET {list}?limit={limit}"), Value::Null, json!(expected))]);
        }
    }
}

#[test]
fn lagging_lists_miss_recent_changes() {
    let mut desk = Desk::new();
    desk.pass(10_000);
    desk.check(&[
        ("POST /users", wrapped(profile("Abe")), json!(200)),
        ("POST /users/{ann}", wrapped(json!({ "lastName": "Other" })), json!(200)),
        ("DELETE /users/{bob}", Value::Null, json!(204)),
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("POST /groups", json!({ "profile": { "name": "New" } }), json!(200)),
    ]);
    desk.pass(2000);
    let (filter, search) = (
        format!(
            "GET /users?filter={}",
            encoded(r#"profile.lastName eq "Example" and status eq "ACTIVE""#)
        ),
        format!("GET /users?search={}", encoded(r#"profile.lastName eq "Other""#)),
    );
    for (lag, plain, filtered, searched, members, groups) in [
        (3, vec!["owner", "ann", "bob", "sam"], vec!["ann", "bob"], vec![], 0, 3),
        (2, vec!["owner", "ann", "sam", "abe"], vec![], vec!["ann"], 1, 4),
    ] {
        desk.twin.set_lag(Duration::from_secs(lag));
        assert_eq!(logins(&desk.get("GET /users")), plain);
        assert_eq!(logins(&desk.get(&filter)), filtered);
        assert_eq!(logins(&desk.get(&search)), searched);
        assert_eq!(desk.get("GET /groups/{ops}/users").as_array().unwrap().len(), members);
        assert_eq!(desk.get("GET /groups").as_array().unwrap().len(), groups);
        // A look-up is always as it is, and so is what is taken.
        desk.check(&[
            (
                "GET /users/abe",
                Value::Null,
                json!({ "profile": { "firstName": "Abe" } }),
            ),
            ("GET /users/{bob}", Value::Null, json!({ "status": "DEPROVISIONED" })),
            ("POST /users", wrapped(profile("Abe")), json!(400)),
        ]);
    }
}

#[test]
fn a_date_is_told_with_every_answer() {
    let answer = Desk::new().call("GET /users", &Value::Null);
    assert_eq!(header(&answer, "date"), Some("Fri, 15 Jan 2027 08:00:00 GMT"));
}
