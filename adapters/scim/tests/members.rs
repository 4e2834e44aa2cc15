//! Who is in groups, as products show it or not.
use serde_json::json;

use super::{BY_PUT, CORE, by_put, dialect, told, vendor};
use crate::scripted::{Scripted, written};

#[tokio::test]
async fn members_by_put_are_those_that_were_read() {
    let group = json!({ "id": "G", "displayName": "Ops", "members": [{ "value": "1" }, { "value": "2" }] }).to_string();
    let sent = |members| {
        let body = json!({ "schemas": [format!("{CORE}:Group")], "displayName": "Ops", "members": members });
        written("PUT /Groups/G", &body)
    };
    let fake = by_put(&[(200, &group), (200, "{}"), (200, &group), (200, "{}")]);
    fake.adapter.add_members("G", &["2", "3"]).await.unwrap();
    fake.adapter.remove_members("G", &["2", "9"]).await.unwrap();
    let read = "GET /Groups/G".to_owned();
    let (added, left) = (
        json!([{ "value": "1" }, { "value": "2" }, { "value": "3" }]),
        json!([{ "value": "1" }]),
    );
    assert_eq!(fake.seen(), [read.clone(), sent(added), read, sent(left)]);
}

/// A product that shows nobody in its groups, although its dialect says so: the next PUT would remove whom the one
/// before had added. Whether it shows them is not known before it had the time to.
#[tokio::test]
async fn members_are_not_put_where_nobody_is_shown() {
    let group = |members| json!({ "id": "G", "displayName": "Ops", "members": members }).to_string();
    let (hidden, shown, mute) = (
        group(json!([])),
        group(json!([{ "value": "1" }])),
        r#"{"id":"G"}"#.to_owned(),
    );
    let refused = "Rejected { field: None } Backoff";
    for (read, answer, again, expected) in [
        (&hidden, &shown, &hidden, "()"),
        (&hidden, &String::new(), &shown, "()"),
        (&mute, &mute, &shown, "()"),
        (&shown, &String::new(), &mute, "()"),
        (&hidden, &hidden, &hidden, refused),
        (&mute, &String::new(), &mute, refused),
    ] {
        let mut script = vec![(200, read.as_str()), (200, answer.as_str()), (200, again.as_str())];
        // Whether somebody is gone is asked after a refusal; else the second PUT is sent.
        let last = if expected == refused { r#"{"id":"2"}"# } else { "" };
        script.push((200, last));
        let fake = by_put(&script);
        assert_eq!(told(fake.adapter.add_members("G", &["1"]).await), "()", "{script:?}");
        assert_eq!(
            told(fake.adapter.add_members("G", &["2"]).await),
            expected,
            "{script:?}"
        );
        assert_eq!(fake.seen().len(), script.len());
    }
}

/// Nor are those removed whom nobody can see.
#[tokio::test]
async fn members_are_not_put_out_where_nobody_is_shown() {
    let mute = r#"{"id":"G"}"#;
    let script = [(200, mute), (204, ""), (200, mute), (200, mute)];
    let fake = by_put(&script);
    fake.adapter.add_members("G", &["1", "2"]).await.unwrap();
    let removed = told(fake.adapter.remove_members("G", &["1"]).await);
    assert_eq!(removed, "Rejected { field: None } Backoff");
    assert_eq!(
        fake.seen()[2..],
        ["GET /Groups/G", "GET /Groups/G"],
        "it is looked who is in"
    );
}

/// Reads lag: the group was sent back without whom the call before had added.
#[tokio::test]
async fn what_was_put_a_moment_ago_is_sent_again() {
    let group = json!({ "id": "G", "displayName": "Ops", "members": [{ "value": "1" }] }).to_string();
    let script = [(200, group.as_str()), (204, "")].repeat(3);
    let fake = Scripted::lagging(&dialect(BY_PUT), &script);
    fake.adapter.add_members("G", &["2"]).await.unwrap();
    fake.adapter.remove_members("G", &["1"]).await.unwrap();
    fake.adapter.add_members("G", &["3"]).await.unwrap();
    let sent = |members| {
        let body = json!({ "schemas": [format!("{CORE}:Group")], "displayName": "Ops", "members": members });
        written("PUT /Groups/G", &body)
    };
    let seen = fake.seen();
    assert_eq!(seen[1], sent(json!([{ "value": "1" }, { "value": "2" }])));
    assert_eq!(seen[3], sent(json!([{ "value": "2" }])));
    assert_eq!(seen[5], sent(json!([{ "value": "2" }, { "value": "3" }])));
}

/// A group without `members` was taken for empty, and everybody in it for missing.
#[tokio::test]
async fn a_group_that_does_not_tell_is_not_taken_for_empty() {
    let (mute, empty, shown) = (
        r#"{"id":"G"}"#,
        r#"{"id":"G","members":[]}"#,
        r#"{"id":"H","members":[{"value":"1"}]}"#,
    );
    for (other, group, expected) in [
        (None, mute, "Rejected { field: None } Backoff"),
        (Some(mute), mute, "Rejected { field: None } Backoff"),
        (None, empty, "([], None)"),
        (Some(shown), mute, "([], None)"),
    ] {
        let script: Vec<_> = other.into_iter().chain([group]).map(|body| (200, body)).collect();
        let fake = Scripted::new(vendor("scim"), &script);
        if other.is_some() {
            fake.adapter.members("H", None).await.ok();
        }
        assert_eq!(told(fake.adapter.members("G", None).await), expected, "{script:?}");
    }
    let fake = Scripted::spoken(&dialect("shows_members = true"), &[(200, mute)]);
    assert_eq!(told(fake.adapter.members("G", None).await), "([], None)");
}

#[tokio::test]
async fn an_addition_that_is_refused_tells_whether_somebody_is_gone() {
    let refused = "Rejected { field: None } Never";
    for (members, script, expected) in [
        (&["1"][..], vec![(204, "")], "()"),
        (&["1"], vec![(404, "")], "NotFound Never"),
        (&["1"], vec![(400, "{}"), (404, "")], "NotFound Never"),
        (&["1"], vec![(400, "{}"), (200, r#"{"id":"1"}"#)], refused),
        // They are tried one by one.
        (&["1", "2"], vec![(400, "{}")], refused),
    ] {
        let fake = Scripted::new(vendor("scim"), &script);
        assert_eq!(told(fake.adapter.add_members("G", members).await), expected);
        assert_eq!(fake.seen().len(), script.len());
    }
}

#[tokio::test]
async fn one_who_is_gone_is_not_all_who_were_to_be_removed() {
    let (read, members_read, user_read) = (
        "GET /Groups/G?excludedAttributes=members",
        "GET /Groups/G",
        "GET /Users/1",
    );
    let empty = r#"{"id":"G","members":[]}"#;
    let (there, in_it) = (r#"{"id":"G"}"#, r#"{"id":"G","members":[{"value":"1"}]}"#);
    let (no_target, no_path) = (r#"{"scimType":"noTarget"}"#, r#"{"scimType":"invalidPath"}"#);
    let refused = "Rejected { field: None } Never";
    for (members, script, expected, reads) in [
        // Whether it is the group, the member or the way to remove somebody that is not there.
        (&["1"][..], vec![(404, ""), (404, "")], "()", vec![members_read]),
        (&["1"], vec![(404, ""), (200, empty)], "()", vec![members_read]),
        (
            &["1"],
            vec![(404, ""), (200, there), (404, "")],
            "()",
            vec![members_read, user_read],
        ),
        (
            &["1"],
            vec![(404, ""), (200, in_it), (200, r#"{"id":"1"}"#)],
            "NotFound Backoff",
            vec![members_read, user_read],
        ),
        (&["1"], vec![(400, no_target)], "()", vec![]),
        (&["1"], vec![(400, no_path), (200, empty)], "()", vec![members_read]),
        (&["1"], vec![(400, no_path), (404, "")], "()", vec![members_read]),
        (&["1"], vec![(400, no_path), (200, in_it)], refused, vec![members_read]),
        // Shows nobody's members.
        (&["1"], vec![(400, no_path), (200, there)], refused, vec![members_read]),
        (&["1", "2"], vec![(400, no_path)], refused, vec![]),
        (
            &["1", "2"],
            vec![(400, no_target), (200, there)],
            "NotFound Never",
            vec![read],
        ),
        (&["1", "2"], vec![(404, ""), (404, "")], "()", vec![read]),
        (
            &["1", "2"],
            vec![(404, ""), (200, there)],
            "NotFound Backoff",
            vec![read],
        ),
        (
            &["1", "2"],
            vec![(404, ""), (503, "")],
            "Unavailable Backoff",
            vec![read],
        ),
        (&["1", "2"], vec![(204, "")], "()", vec![]),
    ] {
        let fake = Scripted::new(vendor("scim"), &script);
        assert_eq!(told(fake.adapter.remove_members("G", members).await), expected);
        assert_eq!(fake.seen()[1..], reads, "{script:?}");
    }
}

/// Who is in a group that does not show it is looked for among users, page by page.
#[tokio::test]
async fn whoever_cannot_be_removed_is_looked_for_on_every_page() {
    let page = |id: &str, next: &str| {
        json!({ "totalResults": 2, "Resources": [{ "id": id }], "nextCursor": next }).to_string()
    };
    let (first, last) = (page("1", "n"), page("2", ""));
    for (member, expected) in [("2", "Rejected { field: None } Never"), ("3", "()")] {
        let fake = Scripted::new(
            vendor("scim-aws"),
            &[(400, "{}"), (200, "{}"), (200, &first), (200, &last)],
        );
        assert_eq!(told(fake.adapter.remove_members("G", &[member]).await), expected);
        assert_eq!(fake.seen().len(), 4);
    }
}

#[tokio::test]
async fn members_that_a_group_does_not_show_are_found_among_users() {
    let users = json!({ "totalResults": 2, "Resources": [{ "id": "1" }], "nextCursor": "n=1" }).to_string();
    let rest = json!({ "totalResults": 2, "Resources": [{ "id": "2" }] }).to_string();
    let fake = Scripted::new(
        vendor("scim-aws"),
        &[(200, "{}"), (200, &users), (200, &rest), (404, "")],
    );
    let (ids, next) = fake.adapter.members("G", None).await.unwrap();
    let (more, end) = fake.adapter.members("G", next.as_deref()).await.unwrap();
    assert_eq!((ids, more, end), (vec!["1".to_owned()], vec!["2".to_owned()], None));
    assert_eq!(told(fake.adapter.members("G", None).await), "NotFound Never");
    let filter = "filter=groups.value%20eq%20%22G%22";
    assert_eq!(
        fake.seen(),
        [
            "GET /Groups/G",
            &format!("GET /Users?count=100&cursor=&{filter}"),
            &format!("GET /Users?count=100&cursor=n%3D1&{filter}"),
            "GET /Groups/G",
        ]
    );
}

#[tokio::test]
async fn nested_groups_are_no_members() {
    let members = json!([{ "value": "1", "type": "User" }, { "value": "H", "type": "Group" }, { "value": "2" }]);
    let group = json!({ "id": "G", "members": members }).to_string();
    let fake = Scripted::new(vendor("scim"), &[(200, &group)]);
    let (ids, next) = fake.adapter.members("G", None).await.unwrap();
    assert_eq!((ids, next), (vec!["1".to_owned(), "2".to_owned()], None));
}
