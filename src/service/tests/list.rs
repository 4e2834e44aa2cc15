//! Lists and searches.
use schemas::{Catalogue, Query};
use serde_json::{Value, json};

use super::world::{World, failure, group, user};
use crate::service::{Document, Error, Limits};

fn query(pairs: &[(&str, &str)]) -> Query {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Query::from_pairs(owned).expect("the parameters are readable")
}

async fn list(world: &World, resource_type: Option<&str>, query: Query) -> Result<Value, Error> {
    let resource_type = resource_type.map(|name| world.resource_type(name));
    let bytes = world
        .service
        .list(&world.context, resource_type.as_ref(), query)
        .await?;
    Ok(serde_json::from_slice(&bytes).expect("JSON"))
}

/// `userName` or `displayName` of each resource.
fn names(list: &Value) -> Vec<&str> {
    let resources = list["Resources"].as_array().unwrap();
    resources
        .iter()
        .map(|resource| {
            resource
                .get("userName")
                .or(resource.get("displayName"))
                .unwrap()
                .as_str()
                .unwrap()
        })
        .collect()
}

/// Ann, Bob, Cid, Dee and the teams X (Ann, Bob) and Y (Bob).
async fn people(limits: Limits) -> (World, Vec<Document>) {
    let world = World::of(0, limits, Catalogue::builtin());
    let mut made = Vec::new();
    for (name, more) in [
        ("ann", json!({ "externalId": "E1", "title": "b", "active": true })),
        ("bob", json!({ "externalId": "e1", "title": "A" })),
        ("cid", json!({ "displayName": "Cid C.", "active": false })),
        ("dee", json!({ "title": "c", "name": { "familyName": "Do" } })),
    ] {
        made.push(world.create("User", user(name, more)).await.unwrap());
        world.wait_a_second();
    }
    for (name, members) in [("X", 0..2), ("Y", 1..2)] {
        let members: Vec<_> = made[members].iter().collect();
        let team = world.create("Group", group(name, &members)).await.unwrap();
        world.wait_a_second();
        made.push(team);
    }
    (world, made)
}

#[tokio::test]
async fn pages() {
    let (world, _) = people(Limits {
        page_default: 3,
        page_max: 5,
        ..Limits::default()
    })
    .await;
    for filter in ["", "id pr"] {
        for (parameters, expected, start) in [
            (&[][..], &["ann", "bob", "cid"][..], 1),
            (&[("count", "2")], &["ann", "bob"], 1),
            (&[("startIndex", "4"), ("count", "2")], &["dee"], 4),
            (&[("startIndex", "-3"), ("count", "1")], &["ann"], 1),
            (&[("startIndex", "5")], &[], 5),
            (&[("startIndex", "9223372036854775807")], &[], i64::MAX),
            (&[("count", "0")], &[], 1),
            (&[("count", "-1")], &[], 1),
            (&[("count", "1000")], &["ann", "bob", "cid", "dee"], 1),
        ] {
            let mut parameters = parameters.to_vec();
            parameters.extend((!filter.is_empty()).then_some(("filter", filter)));
            let found = list(&world, Some("User"), query(&parameters)).await.unwrap();
            assert_eq!(names(&found), expected, "{parameters:?}");
            assert_eq!(
                (&found["totalResults"], &found["startIndex"]),
                (&json!(4), &json!(start)),
                "{parameters:?}"
            );
            assert_eq!(found["itemsPerPage"], json!(expected.len()), "{parameters:?}");
            assert_eq!(found.get("nextCursor"), None);
        }
    }
}

#[tokio::test]
async fn filters() {
    let (world, made) = people(Limits::default()).await;
    let id = |number: usize| made[number].id.to_string();
    let check = |resource_type: &'static str, filter: String, expected: &'static [&'static str]| {
        let world = world.clone();
        async move {
            let found = list(&world, Some(resource_type), query(&[("filter", &filter)]))
                .await
                .unwrap();
            assert_eq!(names(&found), expected, "{filter}");
            assert_eq!(found["totalResults"], json!(expected.len()), "{filter}");
        }
    };
    check("User", "userName eq \"ANN\"".to_owned(), &["ann"]).await;
    check("User", "userName eq \"nobody\"".to_owned(), &[]).await;
    check("User", "externalId eq \"e1\"".to_owned(), &["bob"]).await;
    check("User", "emails.value eq \"cid@EXAMPLE.com\"".to_owned(), &["cid"]).await;
    check(
        "User",
        "emails[value eq \"cid@example.com\" and primary eq true]".to_owned(),
        &["cid"],
    )
    .await;
    check("User", "userName eq \"ann\" and active eq false".to_owned(), &[]).await;
    check(
        "User",
        "userName eq \"ann\" or active eq false".to_owned(),
        &["ann", "cid"],
    )
    .await;
    check("User", "title sw \"a\"".to_owned(), &["bob"]).await;
    check("User", "not (title pr)".to_owned(), &["cid"]).await;
    check("User", format!("id eq \"{}\"", id(1)), &["bob"]).await;
    check("User", format!("id eq \"{}\"", id(1).to_uppercase()), &[]).await;
    check("User", format!("id eq \"{}\"", id(4)), &[]).await;
    check(
        "User",
        "meta.lastModified gt \"2027-01-15T08:00:01Z\"".to_owned(),
        &["cid", "dee"],
    )
    .await;
    check("User", "meta.version eq \"W/\\\"1\\\"\"".to_owned(), &["cid", "dee"]).await;
    check("User", format!("meta.location eq \"{}\"", made[2].location), &["cid"]).await;
    check("User", format!("groups.value eq \"{}\"", id(4)), &["ann", "bob"]).await;
    check("User", "groups.display eq \"y\"".to_owned(), &["bob"]).await;
    check("User", "not (groups pr)".to_owned(), &["cid", "dee"]).await;
    check("Group", format!("members.value eq \"{}\"", id(0)), &["X"]).await;
    check("Group", format!("members[value eq \"{}\"]", id(1)), &["X", "Y"]).await;
    check(
        "Group",
        format!("id eq \"{}\" and members.value eq \"{}\"", id(5), id(0)),
        &[],
    )
    .await;
    check("Group", format!("not (members.value eq \"{}\")", id(0)), &["Y"]).await;
    check("Group", format!("members.$ref eq \"{}\"", made[0].location), &["X"]).await;
    check("Group", "members.value eq \"x\"".to_owned(), &[]).await;
    check("Group", "displayName eq \"x\"".to_owned(), &["X"]).await;
}

#[tokio::test]
async fn orders() {
    let (world, _) = people(Limits::default()).await;
    for (parameters, expected) in [
        (
            &[("sortBy", "userName"), ("sortOrder", "descending")][..],
            &["dee", "cid", "bob", "ann"][..],
        ),
        (&[("sortBy", "title")], &["bob", "ann", "dee", "cid"]),
        (
            &[("sortBy", "title"), ("sortOrder", "descending")],
            &["cid", "dee", "ann", "bob"],
        ),
        (
            &[("sortBy", "title"), ("startIndex", "2"), ("count", "2")],
            &["ann", "dee"],
        ),
        (&[("sortBy", "active"), ("filter", "active pr")], &["cid", "ann"]),
        (
            &[("sortBy", "meta.created"), ("sortOrder", "descending"), ("count", "1")],
            &["dee"],
        ),
        (
            &[("sortBy", "groups.display"), ("sortOrder", "ascending"), ("count", "2")],
            &["ann", "bob"],
        ),
    ] {
        let found = list(&world, Some("User"), query(parameters)).await.unwrap();
        assert_eq!(names(&found), expected, "{parameters:?}");
    }
}

#[tokio::test]
async fn the_root_has_all_types() {
    let (world, made) = people(Limits::default()).await;
    for (parameters, expected, total) in [
        (&[("count", "3"), ("startIndex", "4")][..], &["dee", "X", "Y"][..], 6),
        (&[("filter", "displayName pr")], &["cid", "X", "Y"], 3),
        (&[("filter", "userName eq \"ann\"")], &["ann"], 1),
        (&[("filter", "nonsense eq \"ann\"")], &[], 0),
        (&[("filter", "meta.resourceType eq \"Group\"")], &["X", "Y"], 2),
        (
            &[("sortBy", "displayName"), ("filter", "displayName pr")],
            &["cid", "X", "Y"],
            3,
        ),
        (
            &[("sortBy", "meta.created"), ("sortOrder", "descending"), ("count", "3")],
            &["Y", "X", "dee"],
            6,
        ),
    ] {
        let found = list(&world, None, query(parameters)).await.unwrap();
        assert_eq!(names(&found), expected, "{parameters:?}");
        assert_eq!(found["totalResults"], json!(total), "{parameters:?}");
    }
    let found = list(&world, None, query(&[("filter", &format!("id eq \"{}\"", made[5].id))]))
        .await
        .unwrap();
    assert_eq!(names(&found), ["Y"]);
}

#[tokio::test]
async fn cursors_walk_through_everything_once() {
    let (world, _) = people(Limits::default()).await;
    let users = &["ann", "bob", "cid", "dee"][..];
    for (resource_type, parameters, expected) in [
        (Some("User"), &[][..], users),
        (Some("User"), &[("filter", "userName pr")], users),
        (Some("User"), &[("filter", "userName eq \"bob\"")], &["bob"]),
        (Some("User"), &[("sortBy", "title")], &["bob", "ann", "dee", "cid"]),
        (None, &[], &["ann", "bob", "cid", "dee", "X", "Y"]),
        (None, &[("filter", "id pr")], &["ann", "bob", "cid", "dee", "X", "Y"]),
    ] {
        for count in ["1", "2", "3", "10"] {
            let mut cursor = String::new();
            let mut walked: Vec<String> = Vec::new();
            loop {
                let mut parameters = parameters.to_vec();
                parameters.extend([("cursor", cursor.as_str()), ("count", count)]);
                let found = list(&world, resource_type, query(&parameters)).await.unwrap();
                assert_eq!(found["startIndex"], json!(walked.len() + 1));
                assert_eq!(found["totalResults"], json!(expected.len()));
                walked.extend(names(&found).into_iter().map(str::to_owned));
                match found.get("nextCursor") {
                    Some(next) => cursor = next.as_str().unwrap().to_owned(),
                    None => break,
                }
            }
            assert_eq!(walked, expected, "{parameters:?} {count}");
        }
    }
}

#[tokio::test]
async fn a_walk_survives_changes() {
    for sort in [None, Some(("sortBy", "userName"))] {
        let (world, made) = people(Limits::default()).await;
        let mut parameters = vec![("cursor", ""), ("count", "2")];
        parameters.extend(sort);
        let first = list(&world, Some("User"), query(&parameters)).await.unwrap();
        assert_eq!(names(&first), ["ann", "bob"]);
        world.delete("User", &made[0].id.to_string()).await.unwrap();
        let cursor = first["nextCursor"].as_str().unwrap();
        parameters[0] = ("cursor", cursor);
        let second = list(&world, Some("User"), query(&parameters)).await.unwrap();
        assert_eq!(names(&second), ["cid", "dee"], "{sort:?}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let (world, _) = people(Limits {
        page_max: 5,
        ..Limits::default()
    })
    .await;
    let first = list(&world, Some("User"), query(&[("cursor", ""), ("count", "1")]))
        .await
        .unwrap();
    let cursor = first["nextCursor"].as_str().unwrap();
    let check = |parameters: Vec<(&str, &str)>, expected: &'static str| {
        let (world, query) = (world.clone(), query(&parameters));
        async move {
            let failure = failure(list(&world, Some("User"), query).await);
            assert_eq!((failure.0, failure.1), (400, Some(expected)), "{}", failure.2);
        }
    };
    check(vec![("filter", "nonsense eq \"x\"")], "invalidFilter").await;
    check(vec![("filter", "userName eq")], "invalidFilter").await;
    check(vec![("filter", "password eq \"x\"")], "invalidFilter").await;
    check(vec![("sortBy", "nonsense")], "invalidPath").await;
    check(vec![("sortBy", "userName"), ("sortOrder", "up")], "invalidValue").await;
    check(
        vec![("attributes", "id"), ("excludedAttributes", "title")],
        "invalidValue",
    )
    .await;
    check(vec![("cursor", "x")], "invalidCursor").await;
    check(vec![("cursor", cursor)], "invalidCount").await;
    check(vec![("cursor", cursor), ("count", "2")], "invalidCount").await;
    check(vec![("cursor", ""), ("count", "6")], "invalidCount").await;
    check(
        vec![("cursor", cursor), ("count", "1"), ("filter", "id pr")],
        "invalidCursor",
    )
    .await;
    world.clock.advance(Limits::default().cursor_timeout * 2);
    check(vec![("cursor", cursor), ("count", "1")], "expiredCursor").await;
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_refused() {
    let (world, _) = people(Limits {
        scan_resources_max: 3,
        sort_matches_max: 1,
        ..Limits::default()
    })
    .await;
    let check = |resource_type: &'static str, parameters: Vec<(&'static str, &'static str)>, refused: bool| {
        let world = world.clone();
        async move {
            let answer = list(&world, Some(resource_type), query(&parameters)).await;
            assert_eq!(answer.is_err(), refused, "{parameters:?}");
            if refused {
                assert_eq!(failure(answer).1, Some("tooMany"));
            }
        }
    };
    check("User", vec![("filter", "title pr")], true).await;
    check("User", vec![("filter", "userName eq \"ann\"")], false).await;
    check("User", vec![], false).await;
    check("Group", vec![("filter", "displayName sw \"x\"")], false).await;
    check("Group", vec![("sortBy", "displayName")], true).await;
    // Two groups and three memberships.
    check("Group", vec![("filter", "members.display co \"x\"")], true).await;
    check("Group", vec![("sortBy", "meta.version")], true).await;
    // A filter of many comparisons makes each resource count as several, also where an index finds them.
    let long = |terms| {
        format!(
            "userName eq \"ann\" and ({})",
            vec!["title co \"x\""; terms].join(" or ")
        )
    };
    let (short, long) = (long(50), long(70));
    for (filter, refused) in [(&short, false), (&long, true)] {
        let answer = list(&world, Some("User"), query(&[("filter", filter)])).await;
        assert_eq!(answer.is_err(), refused, "{filter}");
    }
    let groups = vec!["displayName sw \"x\""; 21].join(" or ");
    let answer = list(&world, Some("Group"), query(&[("filter", &groups)])).await;
    assert_eq!(failure(answer).1, Some("tooMany"));
}

#[tokio::test]
async fn pages_end_by_their_bytes() {
    let (world, _) = people(Limits {
        page_bytes: 1_700,
        ..Limits::default()
    })
    .await;
    let first = list(&world, Some("User"), query(&[("cursor", "")])).await.unwrap();
    assert_eq!((names(&first), &first["itemsPerPage"]), (vec!["ann", "bob"], &json!(2)));
    assert_eq!(first["totalResults"], 4);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = list(&world, Some("User"), query(&[("cursor", cursor)])).await.unwrap();
    assert_eq!((names(&second), second.get("nextCursor")), (vec!["cid", "dee"], None));
    let (world, _) = people(Limits {
        page_bytes: 1,
        ..Limits::default()
    })
    .await;
    let one = list(&world, Some("Group"), query(&[("startIndex", "2")]))
        .await
        .unwrap();
    assert_eq!((names(&one), &one["itemsPerPage"]), (vec!["Y"], &json!(1)));
}

#[tokio::test]
async fn lists_show_what_a_get_shows() {
    let (world, made) = people(Limits::default()).await;
    for (resource_type, numbers) in [("User", 0..4), ("Group", 4..6)] {
        let found = list(&world, Some(resource_type), query(&[])).await.unwrap();
        for (place, number) in numbers.enumerate() {
            let got = world.get(resource_type, &made[number].id.to_string()).await.unwrap();
            assert_eq!(found["Resources"][place], super::world::body(&got));
        }
    }
    let found = list(&world, Some("Group"), query(&[("excludedAttributes", "members,meta")]))
        .await
        .unwrap();
    assert_eq!(found["Resources"][0].as_object().unwrap().len(), 3);
}
