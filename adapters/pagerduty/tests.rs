//! What each verb sends, and what it makes of the answers.
mod contact_methods;
mod licenses;
mod teams;

use serde_json::{Value, json};

use super::fake::Fake;
use crate::descriptor::Kind;
use crate::{Account, Error, ErrorKind, Fields, Retry};

const USER: &str = include_str!("fixtures/user.json");
const USER_CREATED: &str = include_str!("fixtures/user_created.json");
const OWNER: &str = include_str!("fixtures/owner.json");
const TEAM: &str = include_str!("fixtures/team.json");
const INCIDENTS_OPEN: &str = include_str!("fixtures/incidents_open.json");
const NOT_FOUND: &str = r#"{"error":{"message":"Not Found","code":2100}}"#;
const DENIED: &str = r#"{"error":{"message":"Access Denied","code":2010}}"#;
const METHODS: &str = include_str!("fixtures/contact_methods.json");
const READ_METHODS: &str = "GET /users/PUSER01/contact_methods";

fn fields(value: Value) -> Fields {
    value.as_object().unwrap().clone().into_iter().collect()
}

/// Ada as she was last applied, with those parts known.
fn ada(parts: &[(&str, &str)]) -> Account {
    Account {
        id: "PUSER01".into(),
        fields: fields(json!({ "email": "ada@engine.example", "phone": "+44 20 7946 0000", "role": "limited_user" })),
        parts: parts
            .iter()
            .map(|(field, id)| ((*field).into(), (*id).into()))
            .collect(),
        active: true,
        protected: false,
        ..Account::default()
    }
}

fn rejected(error: &Error) -> (Option<&str>, Retry) {
    match &error.kind {
        ErrorKind::Rejected { field } => (field.as_deref(), error.retry),
        kind => panic!("{kind:?}: {error}"),
    }
}

#[tokio::test]
async fn an_account_is_read_with_its_contact_methods() {
    let fake = Fake::play(&[(200, USER), (200, METHODS)]);
    let account = fake
        .adapter
        .get(Kind::User, &Account::of("PUSER01"))
        .await
        .unwrap()
        .unwrap();
    let expected = json!({
        "contact_email": "ada@engine.example", "description": null, "email": "ada@engine.example",
        "job_title": "Countess", "name": "Ada Lovelace", "phone": "+442079460000", "role": "limited_user",
        "sms": null, "time_zone": "Europe/London",
    });
    assert_eq!(account.fields, fields(expected));
    assert_eq!(
        account.parts,
        ada(&[("contact_email", "PMAIL01"), ("phone", "PPHONE1")]).parts
    );
    assert!(account.active && !account.protected);
    assert_eq!(fake.seen(), ["GET /users/PUSER01", READ_METHODS]);
    // It goes between the two calls.
    let fake = Fake::play(&[(200, USER), (404, NOT_FOUND)]);
    assert_eq!(
        fake.adapter.get(Kind::User, &Account::of("PUSER01")).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn owners_and_administrators_are_protected() {
    for (role, expected) in [
        ("owner", true),
        ("admin", true),
        ("user", false),
        ("limited_user", false),
    ] {
        let user = USER.replace("\"limited_user\"", &format!("{role:?}"));
        let fake = Fake::play(&[(200, &user), (200, METHODS)]);
        let account = fake
            .adapter
            .get(Kind::User, &Account::of("PUSER01"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(account.protected, expected, "{role}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_none_and_what_cannot_be_an_id_is_not_asked_for() {
    for kind in [Kind::User, Kind::Group] {
        let fake = Fake::play(&[(404, NOT_FOUND)]);
        assert_eq!(fake.adapter.get(kind, &Account::of("PGONE")).await.unwrap(), None);
        assert_eq!(fake.seen().len(), 1);
        for id in ["", "..", "a/b", "a?b", "ä", "%2e"] {
            let fake = Fake::play(&[]);
            assert_eq!(fake.adapter.get(kind, &Account::of(id)).await.unwrap(), None, "{id}");
            fake.adapter.delete(kind, &Account::of(id)).await.unwrap();
            assert!(fake.seen().is_empty(), "{id}");
        }
    }
}

#[tokio::test]
async fn a_user_is_created_in_one_call() {
    let fake = Fake::play(&[(201, USER_CREATED)]);
    let given = fields(json!({
        "name": "Ada Lovelace", "email": "ada@engine.example", "role": "Responder", "job_title": null,
        "time_zone": "Europe/London", "description": "",
    }));
    let account = fake.adapter.create(Kind::User, &given).await.unwrap();
    assert_eq!(account.id, "PUSER01");
    assert_eq!(account.parts, ada(&[("contact_email", "PMAIL01")]).parts);
    assert_eq!(account.fields.get("phone"), Some(&Value::Null));
    assert_eq!(
        account.fields.get("contact_email"),
        None,
        "a reference does not tell the address"
    );
    assert_eq!(
        fake.seen(),
        [
            "POST /users From: boss@engine.example {\"user\":{\"email\":\"ada@engine.example\",\
          \"name\":\"Ada Lovelace\",\"role\":\"limited_user\",\"time_zone\":\"Europe/London\",\"type\":\"user\"}}"
        ]
    );
}

#[tokio::test]
async fn a_value_that_pagerduty_would_refuse_is_refused_without_a_call() {
    for (given, field) in [
        (json!({ "name": "Ada" }), "email"),
        (json!({ "email": "ada@engine.example", "name": null }), "name"),
        (json!({ "email": "a@b.example", "name": "A", "role": "owner" }), "role"),
        (json!({ "email": "a@b.example", "name": "A", "role": "king" }), "role"),
        (json!({ "email": "a@b.example", "name": "A", "role": 7 }), "role"),
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
        (json!({ "email": null }), "email"),
        (json!({ "name": "" }), "name"),
        (json!({ "phone": "555" }), "phone"),
        (json!({ "sms": "+1 800 FLOWERS" }), "sms"),
        (json!({ "role": "owner" }), "role"),
    ] {
        let fake = Fake::play(&[]);
        let error = fake
            .adapter
            .update(Kind::User, &ada(&[]), &fields(changed.clone()))
            .await
            .unwrap_err();
        assert_eq!(rejected(&error), (Some(field), Retry::Never), "{changed}");
    }
}

#[tokio::test]
async fn a_created_user_whose_answer_cannot_be_read_may_be_there() {
    let fake = Fake::play(&[(201, "<html>")]);
    let given = fields(json!({ "name": "Ada", "email": "ada@engine.example" }));
    let error = fake.adapter.create(Kind::User, &given).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous);
}

#[tokio::test]
async fn only_changed_fields_are_sent_and_empty_ones_are_cleared() {
    for (changed, sent) in [
        (json!({ "name": "Ada King" }), r#"{"name":"Ada King","type":"user"}"#),
        (json!({ "role": "manager" }), r#"{"role":"user","type":"user"}"#),
        (json!({ "role": null }), r#"{"role":"limited_user","type":"user"}"#),
        (
            json!({ "job_title": null, "time_zone": null, "description": "" }),
            r#"{"description":null,"job_title":"","time_zone":null,"type":"user"}"#,
        ),
    ] {
        let fake = Fake::play(&[(200, USER)]);
        fake.adapter
            .update(Kind::User, &ada(&[]), &fields(changed))
            .await
            .unwrap();
        assert_eq!(fake.seen(), [format!("PUT /users/PUSER01 {{\"user\":{sent}}}")]);
    }
    let fake = Fake::play(&[]);
    fake.adapter
        .update(Kind::User, &ada(&[]), &Fields::new())
        .await
        .unwrap();
    assert!(fake.seen().is_empty(), "nothing changed, nothing sent");
}

#[tokio::test]
async fn the_owners_role_is_not_the_credentials_fault() {
    let owner = Account {
        id: "POWNER1".into(),
        ..Account::default()
    };
    let role = fields(json!({ "role": "user" }));
    // Known to be the owner: no call at all.
    let known = Account {
        fields: fields(json!({ "role": "owner" })),
        ..owner.clone()
    };
    let fake = Fake::play(&[]);
    let error = fake.adapter.update(Kind::User, &known, &role).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("role"), Retry::Never));
    // Not known: PagerDuty's 403 makes the adapter look.
    let fake = Fake::play(&[(403, DENIED), (200, OWNER)]);
    let error = fake.adapter.update(Kind::User, &owner, &role).await.unwrap_err();
    assert_eq!(rejected(&error), (Some("role"), Retry::Never));
    // Another user's 403, or one without a role, is the credential's.
    let fake = Fake::play(&[(403, DENIED), (200, USER)]);
    let error = fake.adapter.update(Kind::User, &ada(&[]), &role).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    let fake = Fake::play(&[(403, DENIED)]);
    let name = fields(json!({ "name": "A" }));
    let error = fake.adapter.update(Kind::User, &owner, &name).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    // So it is with deletion.
    let fake = Fake::play(&[(403, DENIED), (200, OWNER)]);
    let error = fake
        .adapter
        .delete(Kind::User, &Account::of("POWNER1"))
        .await
        .unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Never));
    let fake = Fake::play(&[(403, DENIED), (200, USER)]);
    let error = fake
        .adapter
        .delete(Kind::User, &Account::of("PUSER01"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
}

#[tokio::test]
async fn deleting_is_done_when_the_user_is_gone_and_waits_for_incidents() {
    for status in [204, 404] {
        let fake = Fake::play(&[(status, NOT_FOUND)]);
        fake.adapter.delete(Kind::User, &Account::of("PUSER01")).await.unwrap();
        assert_eq!(fake.seen(), ["DELETE /users/PUSER01"]);
    }
    let fake = Fake::play(&[(400, INCIDENTS_OPEN)]);
    let error = fake
        .adapter
        .delete(Kind::User, &Account::of("PUSER01"))
        .await
        .unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Backoff));
    assert!(error.reason.contains("2 incident(s)"), "{error}");
}

fn page(kind: &str, entries: &[Value], more: bool) -> String {
    json!({ kind: entries, "more": more, "limit": 100, "offset": 0, "total": null }).to_string()
}

fn user(id: &str, email: &str) -> Value {
    json!({ "id": id, "name": "N", "email": email, "html_url": format!("https://engine.eu.pagerduty.com/users/{id}") })
}

#[tokio::test]
async fn the_fuzzy_search_gives_exact_answers() {
    let like = user("PLIKE", "ada@engine.example.net");
    let same = user("PSAME", "ADA@engine.example");
    let query = "GET /users?query=ada%2B1%40engine.example&limit=100&offset=";
    for (pages, expected) in [
        (&[page("users", &[], false)][..], None),
        (&[page("users", std::slice::from_ref(&like), false)], None),
        (&[page("users", &[like.clone(), same.clone()], false)], Some("PSAME")),
        (
            &[
                page("users", std::slice::from_ref(&like), true),
                page("users", &[same], false),
            ],
            Some("PSAME"),
        ),
    ] {
        let pages: Vec<_> = pages.iter().map(|page| page.replace("ADA@", "ADA+1@")).collect();
        let mut script: Vec<_> = pages.iter().map(|page| (200, page.as_str())).collect();
        let mut calls: Vec<_> = (0..pages.len()).map(|page| format!("{query}{}", page * 100)).collect();
        if expected.is_some() {
            script.push((200, METHODS));
            calls.push("GET /users/PSAME/contact_methods".into());
        }
        let fake = Fake::play(&script);
        let found = fake.adapter.find(Kind::User, "ada+1@engine.example").await.unwrap();
        assert_eq!(found.as_ref().map(|account| account.id.as_str()), expected);
        assert_eq!(fake.seen(), calls);
    }
}

#[tokio::test]
async fn a_search_that_finds_too_much_is_no_answer() {
    let full = page("users", &[user("PLIKE", "like@engine.example")], true);
    let script = vec![(200, full.as_str()); 100];
    let fake = Fake::play(&script);
    let error = fake.adapter.find(Kind::User, "ada@engine.example").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!(fake.seen().len(), 100);
}

#[tokio::test]
async fn a_team_is_found_by_its_exact_name_and_not_made_twice() {
    let lower = json!({ "id": "PLOWER", "name": "engine" });
    let exact = json!({ "id": "PEXACT", "name": "Engine" });
    let name = fields(json!({ "name": "Engine" }));
    let search = "GET /teams?query=Engine&limit=100&offset=0";
    let script = page("teams", &[lower.clone(), exact], false);
    let fake = Fake::play(&[(200, &script), (200, &script)]);
    let found = fake.adapter.find(Kind::Group, "Engine").await.unwrap().unwrap();
    assert_eq!(found.id, "PEXACT");
    let error = fake.adapter.create(Kind::Group, &name).await.unwrap_err();
    let id = Some("PEXACT".to_owned());
    assert_eq!(error.kind, ErrorKind::Exists { id });
    assert_eq!(fake.seen(), [search, search]);
    let fake = Fake::play(&[(200, &page("teams", &[lower], false)), (201, TEAM)]);
    fake.adapter.create(Kind::Group, &name).await.unwrap();
    assert_eq!(
        fake.seen(),
        [search, r#"POST /teams {"team":{"name":"Engine","type":"team"}}"#]
    );
    let error = Fake::play(&[])
        .adapter
        .create(Kind::Group, &Fields::new())
        .await
        .unwrap_err();
    assert_eq!(rejected(&error), (Some("name"), Retry::Never));
}

#[tokio::test]
async fn a_listing_goes_on_until_the_vendors_bound() {
    let users = page("users", &[user("P1", "a@b.example")], true);
    let fake = Fake::play(&[(200, &users)]);
    let first = fake.adapter.list(Kind::User, None).await.unwrap();
    assert_eq!((first.accounts.len(), first.next.as_deref()), (1, Some("100")));
    let query = "/users?include%5B%5D=contact_methods&limit=100&offset=";
    assert_eq!(fake.seen(), [format!("GET {query}0")]);
    let fake = Fake::play(&[(200, &users)]);
    let last = fake.adapter.list(Kind::User, Some("9900")).await.unwrap();
    assert_eq!(last.next.as_deref(), Some("10000"));
    assert_eq!(fake.seen(), [format!("GET {query}9900")]);
    for after in ["10000", "9901", "4294967295", "-1", "x"] {
        let error = Fake::play(&[]).adapter.list(Kind::User, Some(after)).await.unwrap_err();
        assert_eq!(rejected(&error), (None, Retry::Never), "{after}");
    }
    let fake = Fake::play(&[(200, &page("teams", &[], false))]);
    assert_eq!(fake.adapter.list(Kind::Group, None).await.unwrap().next, None);
}

#[tokio::test]
async fn a_listed_user_may_have_whole_contact_methods_or_references() {
    let whole: Value = serde_json::from_str(METHODS).unwrap();
    let mut listed = user("PUSER01", "ada@engine.example");
    for (methods, phone, parts) in [
        (
            whole["contact_methods"].clone(),
            Some(json!("+442079460000")),
            &[("contact_email", "PMAIL01"), ("phone", "PPHONE1")][..],
        ),
        (json!([]), Some(Value::Null), &[]),
        (json!(null), None, &[]),
        // Of references the only one of its type is known to be the field's.
        (
            json!([
                { "id": "PMAIL01", "type": "email_contact_method_reference" },
                { "id": "PPHONE1", "type": "phone_contact_method_reference" },
                { "id": "PPHONE2", "type": "phone_contact_method_reference" },
            ]),
            None,
            &[("contact_email", "PMAIL01")],
        ),
    ] {
        listed["contact_methods"] = methods;
        let fake = Fake::play(&[(200, &page("users", std::slice::from_ref(&listed), false))]);
        let list = fake.adapter.list(Kind::User, None).await.unwrap();
        assert_eq!(list.accounts[0].fields.get("phone"), phone.as_ref(), "{listed}");
        assert_eq!(list.accounts[0].parts, ada(parts).parts, "{listed}");
    }
}

#[tokio::test]
async fn the_account_is_known_by_its_host() {
    let fake = Fake::with(&[], &[(200, &page("users", &[user("P1", "a@b.example")], true))]);
    let identity = fake.adapter.check().await.unwrap();
    assert_eq!(
        (identity.id.as_str(), identity.name.as_str()),
        ("engine.eu.pagerduty.com", "engine")
    );
    assert_eq!(fake.seen(), ["GET /users?limit=1"]);
    for (status, body, expected) in [
        (401, "", ErrorKind::Unauthorized),
        (403, DENIED, ErrorKind::Unauthorized),
        (404, "<html>", ErrorKind::Unavailable),
        (200, "<html>", ErrorKind::Unavailable),
        (200, r#"{"users":[]}"#, ErrorKind::Unavailable),
    ] {
        let error = Fake::play(&[(status, body)]).adapter.check().await.unwrap_err();
        assert_eq!(error.kind, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn teams_are_read_renamed_and_deleted() {
    let name = fields(json!({ "name": "Engine" }));
    let fake = Fake::play(&[(200, TEAM), (200, TEAM), (204, ""), (404, NOT_FOUND)]);
    let team = fake
        .adapter
        .get(Kind::Group, &Account::of("PTEAM01"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((team.id.as_str(), &team.fields), ("PTEAM01", &name));
    fake.adapter.update(Kind::Group, &team, &name).await.unwrap();
    fake.adapter.delete(Kind::Group, &team).await.unwrap();
    fake.adapter.delete(Kind::Group, &team).await.unwrap();
    assert_eq!(
        fake.seen(),
        [
            "GET /teams/PTEAM01",
            r#"PUT /teams/PTEAM01 {"team":{"name":"Engine","type":"team"}}"#,
            "DELETE /teams/PTEAM01",
            "DELETE /teams/PTEAM01",
        ]
    );
}

#[tokio::test]
async fn members_join_in_the_chosen_role_and_leave_once() {
    let fake = Fake::with(
        &[("team_role", "manager")],
        &[(204, ""), (204, ""), (404, NOT_FOUND), (404, NOT_FOUND)],
    );
    fake.adapter.add_members("PTEAM01", &["PUSER01"]).await.unwrap();
    fake.adapter.remove_members("PTEAM01", &["PUSER01"]).await.unwrap();
    fake.adapter.remove_members("PTEAM01", &["PUSER01"]).await.unwrap();
    let error = fake.adapter.add_members("PTEAM01", &["PGONE"]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(
        fake.seen(),
        [
            r#"PUT /teams/PTEAM01/users/PUSER01 {"role":"manager"}"#,
            "DELETE /teams/PTEAM01/users/PUSER01",
            "DELETE /teams/PTEAM01/users/PUSER01",
            r#"PUT /teams/PTEAM01/users/PGONE {"role":"manager"}"#,
        ]
    );
    let members = json!({ "user": { "id": "PUSER01", "type": "user_reference" }, "role": "manager" });
    let fake = Fake::play(&[(200, &page("members", &[members], true))]);
    let (ids, next) = fake.adapter.members("PTEAM01", None).await.unwrap();
    assert_eq!((ids, next.as_deref()), (vec!["PUSER01".to_owned()], Some("100")));
    assert_eq!(fake.seen(), ["GET /teams/PTEAM01/members?limit=100&offset=0"]);
}
