use serde_json::{Value, json};

use super::{FORBIDDEN, NOT_FOUND, fields, invalid, rejected, told};
use crate::descriptor::Kind;
use crate::zendesk::fake::Fake;
use crate::{Account, ErrorKind, Fields, Retry};

const LIST: &str = "GET /groups?exclude_deleted=true&page%5Bsize%5D=100";
const JOIN: &str = r#"POST /group_memberships {"group_membership":{"group_id":5,"user_id":1}}"#;

fn group(id: i64, name: &str, deleted: bool) -> Value {
    json!({ "id": id, "name": name, "description": "", "is_public": true, "default": false, "deleted": deleted })
}

fn one(group: &Value) -> String {
    json!({ "group": group }).to_string()
}

fn page(groups: &[Value], next: Option<&str>) -> String {
    json!({ "groups": groups, "meta": { "has_more": next.is_some(), "after_cursor": next } }).to_string()
}

#[tokio::test]
async fn groups_are_read_changed_and_deleted() {
    let engine = one(&group(5, "Engine", false));
    let fake = Fake::play(&[(200, &engine), (200, &engine), (204, ""), (404, NOT_FOUND)]);
    let read = fake.adapter.get(Kind::Group, &Account::of("5")).await.unwrap().unwrap();
    assert_eq!(
        read.fields,
        fields(json!({ "name": "Engine", "description": null, "is_public": true }))
    );
    let changed = fields(json!({ "name": "Engines", "description": null }));
    fake.adapter.update(Kind::Group, &read, &changed).await.unwrap();
    for _ in 0..2 {
        fake.adapter.delete(Kind::Group, &read).await.unwrap();
    }
    assert_eq!(
        fake.seen(),
        [
            "GET /groups/5",
            r#"PUT /groups/5 {"group":{"description":"","name":"Engines"}}"#,
            "DELETE /groups/5",
            "DELETE /groups/5",
        ]
    );
}

#[tokio::test]
async fn a_deleted_group_is_still_answered_and_is_none() {
    let deleted = one(&group(5, "Engine", true));
    for answer in [(200, deleted.as_str()), (404, NOT_FOUND)] {
        let fake = Fake::play(&[answer, answer]);
        assert_eq!(fake.adapter.get(Kind::Group, &Account::of("5")).await.unwrap(), None);
        let name = fields(json!({ "name": "Engine" }));
        let error = fake
            .adapter
            .update(Kind::Group, &Account::of("5"), &name)
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_group_is_found_by_its_exact_name_and_not_made_twice() {
    let others = [group(4, "engine", false), group(3, "Engine", true)];
    let first = page(&others, Some("next"));
    let second = page(&[group(5, "Engine", false)], None);
    let fake = Fake::play(&[(200, &first), (200, &second), (200, &second)]);
    let found = fake.adapter.find(Kind::Group, "Engine").await.unwrap().unwrap();
    assert_eq!(found.id, "5");
    let name = fields(json!({ "name": "Engine", "description": null, "is_public": false }));
    let error = fake.adapter.create(Kind::Group, &name).await.unwrap_err();
    let id = Some("5".to_owned());
    assert_eq!(error.kind, ErrorKind::Exists { id });
    assert_eq!(fake.seen(), [LIST, &format!("{LIST}&page%5Bafter%5D=next"), LIST]);
    let fake = Fake::play(&[(200, &page(&others, None)), (201, &one(&group(5, "Engine", false)))]);
    fake.adapter.create(Kind::Group, &name).await.unwrap();
    assert_eq!(
        fake.seen()[1],
        r#"POST /groups {"group":{"is_public":false,"name":"Engine"}}"#
    );
    let taken = invalid("name", "DuplicateValue", "Name: has already been taken");
    let fake = Fake::play(&[(200, &page(&[], None)), (422, &taken)]);
    let error = fake.adapter.create(Kind::Group, &name).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists { id: None });
    for refused in [
        Fake::play(&[])
            .adapter
            .create(Kind::Group, &Fields::new())
            .await
            .unwrap_err(),
        Fake::play(&[])
            .adapter
            .update(Kind::Group, &Account::of("5"), &fields(json!({ "name": "" })))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(rejected(&refused), (Some("name"), Retry::Never));
    }
}

/// The first one of the listing was taken for the one that is meant.
#[tokio::test]
async fn of_two_groups_of_one_name_none_is_guessed() {
    let first = page(&[group(4, "Engine", false)], Some("next"));
    let second = page(&[group(5, "Engine", false), group(6, "Other", false)], None);
    let script = [(200, first.as_str()), (200, second.as_str())].repeat(2);
    let fake = Fake::play(&script);
    let name = fields(json!({ "name": "Engine" }));
    for refused in [
        fake.adapter.find(Kind::Group, "Engine").await.map(|_| ()),
        fake.adapter.create(Kind::Group, &name).await.map(|_| ()),
    ] {
        assert_eq!(rejected(&refused.unwrap_err()), (Some("name"), Retry::Backoff));
    }
    assert_eq!(fake.seen().len(), 4);
}

#[tokio::test]
async fn the_account_default_group_stays_and_is_told() {
    let refused = invalid("base", "InvalidValue", "the default group cannot be deleted");
    let fake = Fake::play(&[(422, &refused)]);
    let error = fake.adapter.delete(Kind::Group, &Account::of("5")).await.unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Backoff));
}

#[tokio::test]
async fn who_is_in_already_has_joined() {
    let taken = invalid("user_id", "DuplicateValue", "User has already been taken");
    let joined = json!({ "group_membership": { "id": 50, "user_id": 1, "group_id": 5 } }).to_string();
    for answer in [(201, joined.as_str()), (422, &taken)] {
        let fake = Fake::play(&[answer]);
        fake.adapter.add_members("5", &["1"]).await.unwrap();
        assert_eq!(fake.seen(), [JOIN]);
    }
}

#[tokio::test]
async fn who_cannot_join_is_told_apart_from_what_is_gone() {
    let refused = invalid("user_id", "InvalidValue", "User: is invalid");
    let (there, gone) = (one(&group(5, "Engine", false)), one(&group(5, "Engine", true)));
    let (user, deleted) = (
        told(1, json!({ "role": "end-user" })),
        told(1, json!({ "active": false })),
    );
    let refusal = ErrorKind::Rejected { field: None };
    for (script, expected) in [
        (&[(422, refused.as_str()), (200, &gone)][..], ErrorKind::NotFound),
        (&[(422, &refused), (200, &there), (200, &deleted)], ErrorKind::NotFound),
        (&[(422, &refused), (200, &there), (200, &user)], refusal),
        (&[(404, NOT_FOUND)], ErrorKind::NotFound),
        (&[(403, FORBIDDEN)], ErrorKind::Unauthorized),
        (&[(0, "")], ErrorKind::Ambiguous),
    ] {
        let fake = Fake::play(script);
        let error = fake.adapter.add_members("5", &["1"]).await.unwrap_err();
        assert_eq!(error.kind, expected, "{script:?}");
        assert_eq!(fake.seen().len(), script.len());
    }
}

#[tokio::test]
async fn a_membership_ends_by_its_own_id() {
    let memberships = |next: Option<&str>, groups: &[i64]| {
        let list: Vec<_> = groups
            .iter()
            .map(|group| json!({ "id": group * 10, "user_id": 1, "group_id": group }))
            .collect();
        json!({ "group_memberships": list, "meta": { "has_more": next.is_some(), "after_cursor": next } }).to_string()
    };
    let list = "GET /users/1/group_memberships?page%5Bsize%5D=100";
    let next = &format!("{list}&page%5Bafter%5D=n");
    let delete = "DELETE /group_memberships/50";
    let (first, here, nowhere) = (
        memberships(Some("n"), &[4]),
        memberships(None, &[4, 5]),
        memberships(None, &[4]),
    );
    for (script, calls) in [
        (&[(200, here.as_str()), (204, "")][..], &[list, delete][..]),
        (&[(200, &here), (404, NOT_FOUND)], &[list, delete]),
        (&[(200, &first), (200, &here), (204, "")], &[list, next, delete]),
        (&[(200, &nowhere)], &[list]),
        (&[(404, NOT_FOUND)], &[list]),
    ] {
        let fake = Fake::play(script);
        fake.adapter.remove_members("5", &["1"]).await.unwrap();
        assert_eq!(fake.seen(), calls);
    }
    let refused = invalid("base", "InvalidValue", "an agent needs a group");
    let fake = Fake::play(&[(200, &here), (422, &refused)]);
    let error = fake.adapter.remove_members("5", &["1"]).await.unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Backoff));
    let fake = Fake::play(&[(200, &here)]);
    let (ids, next) = fake.adapter.members("5", Some("c")).await.unwrap();
    assert_eq!((ids, next), (vec!["1".to_owned(), "1".to_owned()], None));
    assert_eq!(
        fake.seen(),
        ["GET /groups/5/memberships?page%5Bsize%5D=100&page%5Bafter%5D=c"]
    );
}
