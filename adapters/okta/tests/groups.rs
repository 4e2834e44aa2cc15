//! Groups and their members.
use super::*;

const READ: &str = "GET /api/v1/groups/00g1eng";

fn engine() -> Account {
    Account::of("00g1eng")
}

/// The group with another type.
fn of_type(kind: &str) -> String {
    GROUP.replace("OKTA_GROUP", kind)
}

#[tokio::test]
async fn groups_are_read_changed_as_a_whole_and_deleted() {
    let fake = Fake::play(&[(200, GROUP), (200, GROUP), (200, GROUP), (204, ""), (404, NOT_FOUND)]);
    let group = fake.adapter.get(Kind::Group, &engine()).await.unwrap().unwrap();
    assert_eq!(
        group.fields,
        fields(json!({ "name": "Engine", "description": "Builders" }))
    );
    let changed = fields(json!({ "name": "Machine", "description": null }));
    fake.adapter.update(Kind::Group, &group, &changed).await.unwrap();
    fake.adapter.delete(Kind::Group, &group).await.unwrap();
    fake.adapter.delete(Kind::Group, &group).await.unwrap();
    assert_eq!(
        fake.seen(),
        [
            READ,
            READ,
            r#"PUT /api/v1/groups/00g1eng {"profile":{"name":"Machine","building":"North"}}"#,
            "DELETE /api/v1/groups/00g1eng",
            "DELETE /api/v1/groups/00g1eng",
        ]
    );
}

#[tokio::test]
async fn groups_of_applications_and_of_everyone_are_not_ours() {
    for (kind, told_of) in [("APP_GROUP", "of an application"), ("BUILT_IN", "Okta's own")] {
        let group = of_type(kind);
        let fake = Fake::play(&[(200, &group), (200, &group)]);
        assert_eq!(fake.adapter.get(Kind::Group, &engine()).await.unwrap(), None, "{kind}");
        let name = fields(json!({ "name": "x" }));
        let updated = fake.adapter.update(Kind::Group, &engine(), &name).await;
        assert_eq!(told(updated), ErrorKind::NotFound, "{kind}");
        assert_eq!(fake.seen(), [READ, READ]);
        let page = format!("[{group}]");
        let fake = Fake::play(&[(200, &page), (200, &page)]);
        let found = fake.adapter.find(Kind::Group, "engine").await.unwrap_err();
        let name = Some("name".to_owned());
        assert_eq!(found.kind, ErrorKind::Rejected { field: name }, "{kind}");
        assert!(found.reason.contains(told_of), "{found:?}");
        assert!(
            fake.adapter.list(Kind::Group, None).await.unwrap().accounts.is_empty(),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn groups_are_found_by_their_exact_name_and_listed_by_links() {
    let next = r#"<https://acme.okta.com/api/v1/groups?after=2&limit=200>; rel="next""#;
    let other = GROUP.replace("\"Engine\"", "\"engine\"");
    let script = || {
        [
            answer(200, &format!("[{other}]"), &[("link", next)]),
            answer(200, &format!("[{GROUP}]"), &[]),
        ]
    };
    let fake = Fake::answering(&[], script());
    let group = fake.adapter.find(Kind::Group, "Engine").await.unwrap();
    assert_eq!(group.unwrap().fields["name"], "Engine");
    let search = "search=profile.name+eq+%22Engine%22&limit=200";
    let second = "GET /api/v1/groups?after=2&limit=200";
    assert_eq!(fake.seen(), [&format!("GET /api/v1/groups?{search}"), second]);
    // A name that another group has in another case is taken, and found.
    let fake = Fake::play(&[(200, &format!("[{other}]"))]);
    let group = fake.adapter.find(Kind::Group, "Engine").await.unwrap();
    assert_eq!(group.unwrap().fields["name"], "engine");
    fake.seen();
    let fake = Fake::answering(&[], script());
    let first = fake.adapter.list(Kind::Group, None).await.unwrap();
    let last = fake.adapter.list(Kind::Group, first.next.as_deref()).await.unwrap();
    assert_eq!((first.accounts.len(), last.accounts.len(), last.next), (1, 1, None));
    assert_eq!(
        fake.seen(),
        ["GET /api/v1/groups?filter=type+eq+%22OKTA_GROUP%22&limit=200", second]
    );
}

#[tokio::test]
async fn a_group_of_a_name_that_is_taken_exists() {
    let taken = json!({ "errorCode": "E0000001", "errorSummary": "Api validation failed: name", "errorCauses": [
        { "errorSummary": "name: An object with this field already exists in the current organization" },
    ] });
    let given = fields(json!({ "name": "Engine", "description": null }));
    let fake = Fake::play(&[(200, GROUP), (400, &taken.to_string())]);
    assert_eq!(fake.adapter.create(Kind::Group, &given).await.unwrap().id, "00g1eng");
    assert_eq!(
        told(fake.adapter.create(Kind::Group, &given).await),
        ErrorKind::Exists { id: None }
    );
    let call = r#"POST /api/v1/groups {"profile":{"name":"Engine"}}"#;
    assert_eq!(fake.seen(), [call, call]);
    let fake = Fake::play(&[]);
    let error = fake.adapter.create(Kind::Group, &Fields::new()).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("name"), Retry::Never));
}

#[tokio::test]
async fn members_come_and_go_once() {
    let fake = Fake::play(&[(204, ""), (204, ""), (404, NOT_FOUND), (404, NOT_FOUND)]);
    fake.adapter.add_members("00g1eng", &["00u1ada"]).await.unwrap();
    fake.adapter.remove_members("00g1eng", &["00u1ada"]).await.unwrap();
    fake.adapter
        .remove_members("00g1eng", &["00u1ada", "no such"])
        .await
        .unwrap();
    assert_eq!(
        told(fake.adapter.add_members("00g1eng", &["00u9"]).await),
        ErrorKind::NotFound
    );
    assert_eq!(
        fake.seen(),
        [
            "PUT /api/v1/groups/00g1eng/users/00u1ada",
            "DELETE /api/v1/groups/00g1eng/users/00u1ada",
            "DELETE /api/v1/groups/00g1eng/users/00u1ada",
            "PUT /api/v1/groups/00g1eng/users/00u9",
        ]
    );
}

#[tokio::test]
async fn members_are_listed_by_links() {
    let next = r#"<https://acme.okta.com/api/v1/groups/00g1eng/users?after=00u1&limit=200>; rel="next""#;
    let script = [
        answer(200, &format!("[{USER}]"), &[("link", next)]),
        answer(404, NOT_FOUND, &[]),
    ];
    let fake = Fake::answering(&[], script);
    let (ids, after) = fake.adapter.members("00g1eng", None).await.unwrap();
    assert_eq!(ids, ["00u1ada"]);
    let gone = fake.adapter.members("00g1eng", after.as_deref()).await;
    assert_eq!(told(gone), ErrorKind::NotFound);
    let places = ["limit=200", "after=00u1&limit=200"].map(|query| format!("{READ}/users?{query}"));
    assert_eq!(fake.seen(), places);
    let elsewhere = Fake::play(&[])
        .adapter
        .members("00g1eng", Some("/api/v1/groups/00g2/users?x"))
        .await;
    assert_eq!(told(elsewhere), ErrorKind::Rejected { field: None });
}

#[tokio::test]
async fn a_denial_is_the_groups_if_it_holds_roles() {
    for (roles, expected) in [
        (ROLES, ErrorKind::Rejected { field: None }),
        (NONE, ErrorKind::Unauthorized),
    ] {
        let fake = Fake::play(&[(403, DENIED), (200, roles)]);
        assert_eq!(told(fake.adapter.add_members("00g1eng", &["00u1ada"]).await), expected);
        assert_eq!(fake.seen()[1], format!("{READ}/roles"));
    }
}
