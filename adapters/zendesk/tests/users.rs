use serde_json::{Value, json};

use super::{FORBIDDEN, NO_SCOPE, NOT_FOUND, account, fields, invalid, rejected, told, user};
use crate::descriptor::Kind;
use crate::scripted::Scripted;
use crate::zendesk::fake::Fake;
use crate::{Account, Error, ErrorKind, Fields, Retry};

#[tokio::test]
async fn a_user_is_read_in_our_terms() {
    let fake = Fake::play(&[(200, &told(1, json!({})))]);
    let read = fake.adapter.get(Kind::User, &Account::of("1")).await.unwrap().unwrap();
    assert_eq!(fake.seen(), ["GET /users/1"]);
    let expected = json!({
        "name": "Ada Lovelace", "email": "ada@engine.example", "role": "agent", "external_id": "a-1",
        "phone": "+442079460000", "time_zone": "Europe/London", "locale": "en-GB", "alias": null, "details": null,
        "notes": null, "signature": null, "tags": ["math"], "organization_id": null, "default_group_id": 7,
        "ticket_restriction": null, "user_fields.office": "Ockham", "user_fields.desk": null,
    });
    assert_eq!(read.fields, fields(expected));
    assert_eq!((read.id.as_str(), read.active, read.protected), ("1", true, false));
}

#[tokio::test]
async fn who_is_suspended_deleted_or_an_administrator_is_seen() {
    for (changed, expected) in [
        (json!({ "suspended": true }), Some((false, false))),
        (
            json!({ "role": "admin", "role_type": 4, "custom_role_id": 9 }),
            Some((true, true)),
        ),
        (json!({ "active": false }), None),
    ] {
        let fake = Fake::play(&[(200, &told(1, changed.clone()))]);
        let read = fake.adapter.get(Kind::User, &Account::of("1")).await.unwrap();
        assert_eq!(read.map(|read| (read.active, read.protected)), expected, "{changed}");
    }
    let fake = Fake::play(&[(404, NOT_FOUND)]);
    assert_eq!(fake.adapter.get(Kind::User, &Account::of("1")).await.unwrap(), None);
    for id in ["", "..", "me", "1/identities", "-1", "+1"] {
        let fake = Fake::play(&[]);
        assert_eq!(
            fake.adapter.get(Kind::User, &Account::of(id)).await.unwrap(),
            None,
            "{id}"
        );
        fake.adapter.delete(Kind::User, &Account::of(id)).await.unwrap();
    }
}

#[tokio::test]
async fn a_user_is_created_in_one_call_without_mail() {
    let fake = Fake::play(&[(201, &told(1, json!({})))]);
    let given = fields(json!({
        "name": "Ada Lovelace", "email": "ada@engine.example", "role": "Administrator", "time_zone": "America/New_York",
        "phone": "tel:+44-20-7946-0000", "tags": ["math"], "notes": "", "alias": null, "organization_id": "12",
        "user_fields.office": "Ockham",
    }));
    let made = fake.adapter.create(Kind::User, &given).await.unwrap();
    assert_eq!(made.id, "1");
    let body = json!({
        "email": "ada@engine.example", "name": "Ada Lovelace", "organization_id": 12, "phone": "+442079460000",
        "role": "admin", "tags": ["math"], "time_zone": "Eastern Time (US & Canada)",
        "user_fields": { "office": "Ockham" }, "verified": true, "skip_verify_email": true,
    });
    assert_eq!(fake.seen().len(), 1);
    assert_eq!(sent(&fake, "POST /users "), json!({ "user": body }));
    let fake = Fake::with(&[("verify_email", "true")], &[(201, &told(1, json!({})))]);
    let given = fields(json!({ "name": "Ada", "email": "ada@engine.example" }));
    fake.adapter.create(Kind::User, &given).await.unwrap();
    let body = json!({ "name": "Ada", "email": "ada@engine.example" });
    assert_eq!(sent(&fake, "POST /users "), json!({ "user": body }));
}

/// Changes fields of user 1, of whom nothing is known.
async fn change(fake: &Scripted, changed: Value) -> Result<(), Error> {
    let (account, changed) = (Account::of("1"), fields(changed));
    let update = fake.adapter.update(Kind::User, &account, &changed);
    update.await.map(|parts| assert!(parts.is_empty()))
}

/// The body of the last call, which begins so.
fn sent(fake: &Scripted, start: &str) -> Value {
    let seen = fake.seen();
    let body = seen
        .last()
        .unwrap()
        .strip_prefix(start)
        .unwrap_or_else(|| panic!("{seen:?}"));
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn what_zendesk_would_refuse_is_refused_without_a_call() {
    for (given, field) in [
        (json!({ "name": "Ada" }), "email"),
        (json!({ "email": "ada@engine.example", "name": "" }), "name"),
        (
            json!({ "email": "ada@engine.example", "name": "A", "organization_id": "Works" }),
            "organization_id",
        ),
    ] {
        let fake = Fake::play(&[]);
        let error = fake
            .adapter
            .create(Kind::User, &fields(given.clone()))
            .await
            .unwrap_err();
        assert_eq!(rejected(&error), (Some(field), Retry::Never), "{given}");
    }
    for (changed, field) in [
        (json!({ "name": null }), Some("name")),
        (json!({ "email": "" }), Some("email")),
        (json!({ "email": "a@b.example", "name": "A" }), None),
    ] {
        let fake = Fake::play(&[]);
        let error = change(&fake, changed.clone()).await.unwrap_err();
        assert_eq!(rejected(&error), (field, Retry::Never), "{changed}");
    }
}

#[tokio::test]
async fn who_exists_is_left_alone() {
    let given = fields(json!({ "name": "Ada", "email": "ada@engine.example", "external_id": "a-1" }));
    let taken = invalid(
        "email",
        "DuplicateValue",
        "Email: ada@engine.example is already being used by another user",
    );
    let fake = Fake::play(&[(422, &taken)]);
    let error = fake.adapter.create(Kind::User, &given).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists { id: None });
    assert!(!error.reason.contains("ada@"), "{error}");
    assert_eq!(fake.seen().len(), 1, "and never create_or_update");
    let taken = invalid("external_id", "DuplicateValue", "External has already been taken");
    let fake = Fake::play(&[(422, &taken)]);
    let error = fake.adapter.create(Kind::User, &given).await.unwrap_err();
    assert_eq!(
        rejected(&error),
        (Some("external_id"), Retry::Never),
        "the address is free: no adoption by it"
    );
}

#[tokio::test]
async fn a_created_user_whose_answer_cannot_be_read_may_be_there() {
    for answer in [(201, "<html>"), (0, ""), (500, "")] {
        let fake = Fake::play(&[answer]);
        let given = fields(json!({ "name": "Ada", "email": "ada@engine.example" }));
        let error = fake.adapter.create(Kind::User, &given).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Ambiguous, "{answer:?}");
    }
}

#[tokio::test]
async fn only_changed_fields_are_sent_and_empty_ones_are_cleared() {
    for (changed, expected) in [
        (json!({ "name": "Ada King" }), json!({ "name": "Ada King" })),
        (
            json!({ "alias": null, "notes": "", "phone": null, "tags": null, "time_zone": null, "organization": null }),
            json!({ "alias": null, "notes": null, "phone": null, "tags": [], "time_zone": null, "organization_id": null }),
        ),
        (json!({ "phone": "ext. 7" }), json!({ "phone": "ext. 7" })),
        (
            json!({ "time_zone": "Europe/Oslo" }),
            json!({ "time_zone": "Europe/Oslo" }),
        ),
        (
            json!({ "user_fields.desk": "3", "user_fields.office": null }),
            json!({ "user_fields": { "desk": "3", "office": null } }),
        ),
        (
            json!({ "organization": null, "organization_id": 5 }),
            json!({ "organization_id": 5 }),
        ),
    ] {
        let fake = Fake::play(&[(200, &told(1, json!({})))]);
        change(&fake, changed).await.unwrap();
        assert_eq!(sent(&fake, "PUT /users/1 "), json!({ "user": expected }));
    }
    let fake = Fake::play(&[]);
    change(&fake, json!({})).await.unwrap();
}

#[tokio::test]
async fn an_organization_is_looked_up_by_its_exact_name_once() {
    let listed =
        json!({ "organizations": [{ "id": 8, "name": "Engine Works Ltd" }, { "id": 9, "name": "engine works" }] });
    let (listed, saved) = (listed.to_string(), told(1, json!({})));
    let fake = Fake::play(&[(200, &listed), (200, &saved), (200, &saved)]);
    let changed = json!({ "organization": "Engine Works", "organization_id": 5 });
    for _ in 0..2 {
        change(&fake, changed.clone()).await.unwrap();
    }
    let put = r#"PUT /users/1 {"user":{"organization_id":9}}"#;
    assert_eq!(fake.seen(), ["GET /organizations/search?name=Engine+Works", put, put]);
    // A refusal may come of what was remembered.
    let refused = invalid("organization_id", "InvalidValue", "Organization: is invalid");
    let fake = Fake::play(&[(200, &listed), (422, &refused), (200, &listed), (200, &saved)]);
    let error = change(&fake, changed.clone()).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("organization"), Retry::Never));
    change(&fake, changed.clone()).await.unwrap();
    assert_eq!(fake.seen().len(), 4);
    let fake = Fake::play(&[(200, r#"{"organizations":[{"id":8,"name":"Engine Works Ltd"}]}"#)]);
    let error = change(&fake, changed.clone()).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("organization"), Retry::Never));
}

#[tokio::test]
async fn who_is_gone_is_not_found() {
    let deleted = told(1, json!({ "active": false }));
    for answer in [(404, NOT_FOUND), (200, deleted.as_str())] {
        let fake = Fake::play(&[answer]);
        let error = change(&fake, json!({ "name": "A" })).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{answer:?}");
        let fake = Fake::play(&[answer]);
        let error = fake.adapter.set_active(&Account::of("1"), false).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{answer:?}");
    }
}

#[tokio::test]
async fn a_403_is_the_tokens_unless_the_user_may_not_be_touched() {
    let (agent, admin) = (told(1, json!({})), told(1, json!({ "role": "admin" })));
    for (script, expected) in [
        (&[(403, NO_SCOPE)][..], "Unauthorized"),
        (&[(403, FORBIDDEN), (200, &agent)], "Unauthorized"),
        (&[(403, FORBIDDEN), (404, NOT_FOUND)], "Unauthorized"),
        (&[(403, FORBIDDEN), (200, &admin)], "Rejected { field: None }"),
    ] {
        let fake = Fake::play(script);
        let error = fake.adapter.delete(Kind::User, &Account::of("1")).await.unwrap_err();
        assert_eq!(format!("{:?}", error.kind), expected, "{script:?}");
        let fake = Fake::play(script);
        let error = change(&fake, json!({ "name": "A" })).await.unwrap_err();
        assert_eq!(format!("{:?}", error.kind), expected, "{script:?}");
        assert_eq!(fake.seen().len(), script.len());
    }
    let fake = Fake::play(&[(403, NO_SCOPE)]);
    let error = fake.adapter.list(Kind::User, None).await.unwrap_err();
    assert!(error.reason.contains("scopes: users:write"), "{error}");
}

#[tokio::test]
async fn deactivation_suspends_and_frees_the_seat_if_told_to() {
    let saved = told(1, json!({}));
    let (suspend, downgrade) = (
        r#"PUT /users/1 {"user":{"suspended":true}}"#,
        r#"PUT /users/1 {"user":{"role":"end-user"}}"#,
    );
    let (agent, end_user) = (
        account("1", json!({ "role": "agent" })),
        account("1", json!({ "role": "end-user" })),
    );
    let role = fields(json!({ "role": "end-user" }));
    let downgrading = [("deactivate", "downgrade_and_suspend")];
    for (settings, who, calls, answered) in [
        (&[][..], &agent, &[suspend][..], Fields::new()),
        (&downgrading, &agent, &[downgrade, suspend], role.clone()),
        (&downgrading, &Account::of("1"), &[downgrade, suspend], role.clone()),
        (&downgrading, &end_user, &[suspend], Fields::new()),
    ] {
        let fake = Fake::with(settings, &vec![(200, saved.as_str()); calls.len()]);
        assert_eq!(fake.adapter.set_active(who, false).await.unwrap(), answered);
        assert_eq!(fake.seen(), calls);
        let fake = Fake::with(settings, &[(200, &saved)]);
        assert_eq!(fake.adapter.set_active(who, true).await.unwrap(), Fields::new());
        assert_eq!(fake.seen(), [r#"PUT /users/1 {"user":{"suspended":false}}"#]);
    }
}

#[tokio::test]
async fn who_cannot_be_downgraded_is_shut_out_all_the_same() {
    let (refused, saved) = (
        invalid("role", "InvalidValue", "Role: cannot be changed"),
        told(1, json!({})),
    );
    let downgrading = [("deactivate", "downgrade_and_suspend")];
    let fake = Fake::with(&downgrading, &[(422, &refused), (200, &saved)]);
    let changed = fake.adapter.set_active(&Account::of("1"), false).await.unwrap();
    assert!(changed.is_empty(), "the role is what it was");
    assert_eq!(
        fake.seen().last().unwrap(),
        r#"PUT /users/1 {"user":{"suspended":true}}"#
    );
    for script in [&[(0, "")][..], &[(200, &saved), (0, "")], &[(422, &refused), (0, "")]] {
        let fake = Fake::with(&downgrading, script);
        let error = fake.adapter.set_active(&Account::of("1"), false).await.unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::Unavailable,
            "a read would not tell the role that was taken"
        );
        assert_eq!(fake.seen().len(), script.len(), "nothing more is sent");
    }
    let fake = Fake::play(&[(0, "")]);
    let error = fake.adapter.set_active(&Account::of("1"), false).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous);
}

#[tokio::test]
async fn deletion_is_soft_and_permanent_if_told_to() {
    let gone = told(1, json!({ "active": false }));
    for answer in [(200, gone.as_str()), (404, NOT_FOUND)] {
        let fake = Fake::play(&[answer]);
        fake.adapter.delete(Kind::User, &Account::of("1")).await.unwrap();
        assert_eq!(fake.seen(), ["DELETE /users/1"]);
        for second in [(200, gone.as_str()), (404, NOT_FOUND)] {
            let fake = Fake::with(&[("delete", "permanent")], &[answer, second]);
            fake.adapter.delete(Kind::User, &Account::of("1")).await.unwrap();
            assert_eq!(fake.seen(), ["DELETE /users/1", "DELETE /deleted_users/1"]);
        }
    }
    for script in [&[(0, "")][..], &[(200, &gone), (0, "")]] {
        let fake = Fake::with(&[("delete", "permanent")], script);
        let error = fake.adapter.delete(Kind::User, &Account::of("1")).await.unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::Unavailable,
            "a read would not tell whether both were done"
        );
    }
    let refused = invalid("base", "InvalidValue", "The account owner cannot be deleted");
    let fake = Fake::with(&[("delete", "permanent")], &[(422, &refused)]);
    let error = fake.adapter.delete(Kind::User, &Account::of("1")).await.unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Backoff));
}

fn found(users: &[Value], next_page: Option<&str>) -> String {
    json!({ "users": users, "next_page": next_page, "count": 1 }).to_string()
}

#[tokio::test]
async fn the_search_gives_exact_answers() {
    let like = user(1, json!({ "email": "ada+1@engine.example.net" }));
    let secondary = user(2, json!({ "email": "king@engine.example" }));
    let deleted = user(3, json!({ "email": "ada+1@engine.example", "active": false }));
    let exact = user(4, json!({ "email": "ADA+1@engine.example" }));
    let others = [like, secondary, deleted];
    let query = "GET /users/search?query=email%3Aada%2B1%40engine.example&per_page=100&page=";
    let next = Some("https://engine.zendesk.com/next");
    for (pages, expected) in [
        (&[found(&[], None)][..], None),
        (&[found(&others, None)], None),
        (&[found(std::slice::from_ref(&exact), None)], Some("4")),
        (&[found(&others, next), found(&[exact], None)], Some("4")),
    ] {
        let script: Vec<_> = pages.iter().map(|page| (200, page.as_str())).collect();
        let fake = Fake::play(&script);
        let account = fake.adapter.find(Kind::User, "ada+1@engine.example").await.unwrap();
        assert_eq!(account.map(|account| account.id).as_deref(), expected);
        let calls: Vec<_> = (1..=pages.len()).map(|page| format!("{query}{page}")).collect();
        assert_eq!(fake.seen(), calls);
    }
}

#[tokio::test]
async fn a_search_that_finds_too_much_is_no_answer() {
    let page = found(&[], Some("more"));
    let fake = Fake::play(&vec![(200, page.as_str()); 100]);
    let error = fake.adapter.find(Kind::User, "ada@engine.example").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!(fake.seen().len(), 100);
}

#[tokio::test]
async fn a_listing_goes_by_cursors_and_leaves_out_the_deleted() {
    let page = |more| {
        let users = [user(1, json!({})), user(2, json!({ "active": false }))];
        json!({ "users": users, "meta": { "has_more": more, "after_cursor": "ab=" }, "links": {} }).to_string()
    };
    let fake = Fake::play(&[(200, &page(true)), (200, &page(false))]);
    let first = fake.adapter.list(Kind::User, None).await.unwrap();
    assert_eq!((first.accounts.len(), first.next.as_deref()), (1, Some("ab=")));
    let last = fake.adapter.list(Kind::User, first.next.as_deref()).await.unwrap();
    assert_eq!(last.next, None);
    assert_eq!(
        fake.seen(),
        [
            "GET /users?page%5Bsize%5D=100",
            "GET /users?page%5Bsize%5D=100&page%5Bafter%5D=ab%3D"
        ]
    );
}

#[tokio::test]
async fn the_account_is_known_by_its_host_and_strangers_are_nobody() {
    let fake = Fake::play(&[(200, &told(1, json!({ "role": "admin" })))]);
    let identity = fake.adapter.check().await.unwrap();
    assert_eq!(
        (identity.id.as_str(), identity.name.as_str()),
        ("engine.zendesk.com", "engine")
    );
    assert_eq!(fake.seen(), ["GET /users/me"]);
    let anonymous =
        json!({ "user": { "id": null, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user" } });
    for (status, body, expected) in [
        (200, anonymous.to_string(), ErrorKind::Unauthorized),
        (200, told(1, json!({ "role": "end-user" })), ErrorKind::Unauthorized),
        (200, told(1, json!({ "role": "agent" })), ErrorKind::Unauthorized),
        (401, String::new(), ErrorKind::Unauthorized),
        (403, NO_SCOPE.to_owned(), ErrorKind::Unauthorized),
        (404, NOT_FOUND.to_owned(), ErrorKind::Unavailable),
        (200, "<html>".to_owned(), ErrorKind::Unavailable),
    ] {
        let error = Fake::play(&[(status, &body)]).adapter.check().await.unwrap_err();
        assert_eq!(error.kind, expected, "{status} {body}");
    }
}
