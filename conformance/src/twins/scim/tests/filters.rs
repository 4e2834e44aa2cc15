//! Filters of RFC 7644 section 3.4.2.2.

use serde_json::json;

use super::super::desk::{Desk, refusal};

fn desk() -> Desk {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    Desk::new(
        "scim",
        json!([
            {
                "userName": "Ann@x.example",
                "externalId": "A1",
                "displayName": "Ann \"The\" Ash",
                "title": "Guide",
                "active": true,
                "emails": [
                    { "value": "ann@work.example", "type": "work", "primary": true },
                    { "value": "ann@home.example", "type": "home" },
                ],
                enterprise: { "department": "Tours", "manager": { "value": "M1" } },
            },
            { "userName": "bob@x.example", "externalId": "a1", "active": false, "title": "" },
            { "userName": "cat@x.example", "title": "Usher", "emails": [{ "value": "cat@home.example", "type": "home" }] },
        ]),
    )
}

#[test]
fn filters_find_what_they_say() {
    for (filter, found) in [
        (r#"userName eq "ann@X.example""#, "Ann"),
        (r#"username EQ "ann@x.example""#, "Ann"),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bob@x.example""#,
            "bob",
        ),
        (r#"externalId eq "a1""#, "bob"),
        (r#"externalId eq "A1""#, "Ann"),
        (r#"displayName eq "ann \"the\" ash""#, "Ann"),
        (r#"id eq "{bob}""#, "bob"),
        (r#"userName co "T@""#, "cat"),
        (r#"userName sw "b""#, "bob"),
        (r#"emails.value ew "home.example""#, "Ann cat"),
        (r#"emails co "work""#, "Ann"),
        (r#"userName gt "bob""#, "bob cat"),
        (r#"userName ge "cat@x.example""#, "cat"),
        (r#"userName lt "b""#, "Ann"),
        (r#"userName le "bob@x.example""#, "Ann bob"),
        ("active eq true", "Ann cat"),
        ("active ne true", "bob"),
        ("title pr", "Ann cat"),
        ("externalId eq null", "cat"),
        ("externalId ne null", "Ann bob"),
        (r#"title ne "Guide""#, "bob cat"),
        (r#"externalId ne "A1""#, "bob cat"),
        (r#"not (title pr)"#, "bob"),
        (r#"not(active eq true) or title eq "usher""#, "bob cat"),
        (r#"title pr and active eq true and userName sw "a""#, "Ann"),
        (r#"userName sw "a" or userName sw "b" and active eq true"#, "Ann"),
        (r#"(userName sw "a" or userName sw "b") and active eq true"#, "Ann"),
        (r#"emails[type eq "home" and value co "ann"]"#, "Ann"),
        (r#"emails[type eq "work" and value co "home"]"#, ""),
        (r#"emails[not (type eq "home")]"#, "Ann"),
        ("emails[primary eq false]", "Ann cat"),
        (r#"emails[type eq "home"] and active eq true"#, "Ann cat"),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tours""#,
            "Ann",
        ),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "m1""#,
            "",
        ),
        (r#"meta.created ge "2027-01-15T09:00:00+01:00""#, "Ann bob cat"),
        (r#"meta.lastModified gt "2027-01-15T08:00:00Z""#, ""),
        (r#"meta.resourceType eq "User""#, "Ann bob cat"),
    ] {
        let mut desk = desk();
        let line = format!("GET /Users?filter={}", encoded(filter));
        let found_now: Vec<_> = desk
            .listed(&line, "userName")
            .iter()
            .map(|name| name.split('@').next().unwrap().to_owned())
            .collect();
        assert_eq!(found_now.join(" "), found, "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    let deep = format!("{}title pr{}", "(".repeat(40), ")".repeat(40));
    for (filter, at) in [
        ("", "0: `` cannot be read"),
        ("userName", "8: `` is not an operator"),
        ("userName eq", "11: a value is expected"),
        ("userName eq ann", "15: a value is expected"),
        (r#"userName eq "ann"#, "12: a value is expected"),
        (r#"userName is "ann""#, "11: `is` is not an operator"),
        (r#"shoeSize eq "9""#, "8: `shoeSize` cannot be read"),
        (r#"name.shoe eq "9""#, "9: `name.shoe` cannot be read"),
        (r#"password eq "x""#, "8: `password` cannot be read"),
        ("active gt true", "14: active cannot be compared so"),
        (r#"active eq "true""#, "16: active cannot be compared so"),
        ("userName eq 7", "13: userName cannot be compared so"),
        (r#"name eq "Ann""#, "13: name cannot be compared so"),
        ("title pr and", "12: `` cannot be read"),
        ("title pr title pr", "9: an end is expected"),
        ("not title pr", "4: `(` is expected"),
        ("(title pr", "9: `)` is expected"),
        (r#"emails[type eq "work""#, "21: `]` is expected"),
        (
            r#"title[type eq "work"]"#,
            "5: brackets stand behind multi-valued attributes",
        ),
        (r#"emails[emails[type pr]]"#, "13: `emails` cannot be read"),
        (deep.as_str(), "33: the parentheses are too deep"),
    ] {
        let line = format!("GET /Users?filter={}", encoded(filter));
        let said = refusal(&desk().call(&line, &json!(null)));
        assert_eq!(
            said,
            format!("400 invalidFilter The filter is invalid at {at}"),
            "{filter}"
        );
    }
    let long = format!("GET /Users?filter=title+eq+%22{}%22", "x".repeat(9000));
    let said = refusal(&desk().call(&long, &json!(null)));
    assert_eq!(said, "400 invalidFilter The filter is too long");
}

pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace("%7B", "{")
        .replace("%7D", "}")
}
