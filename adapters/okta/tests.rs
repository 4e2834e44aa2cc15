//! What each verb sends, and what it makes of the answers.
mod groups;
mod lifecycle;
mod roles;

use serde_json::{Value, json};

use super::fake::Fake;
use crate::descriptor::Kind;
use crate::scripted::answer;
use crate::{Account, Error, ErrorKind, Fields, Retry};

const USER: &str = include_str!("fixtures/user.json");
const ROLES: &str = include_str!("fixtures/roles.json");
const GROUP: &str = include_str!("fixtures/group.json");
const NONE: &str = "[]";
const NOT_FOUND: &str = r#"{"errorCode":"E0000007","errorSummary":"Not found: Resource not found"}"#;
const DENIED: &str = r#"{"errorCode":"E0000006","errorSummary":"You do not have permission"}"#;
const READ_USER: &str = "GET /api/v1/users/00u1ada";
const READ_ROLES: &str = "GET /api/v1/users/00u1ada/roles";

fn fields(value: Value) -> Fields {
    value.as_object().unwrap().clone().into_iter().collect()
}

/// The user with another value at a place.
fn user(place: &str, value: Value) -> String {
    let mut user: Value = serde_json::from_str(USER).unwrap();
    match user.pointer_mut(place) {
        Some(found) => *found = value,
        None => user[place] = value,
    }
    user.to_string()
}

fn rejected(error: &Error) -> (Option<&str>, Retry) {
    match &error.kind {
        ErrorKind::Rejected { field } => (field.as_deref(), error.retry),
        kind => panic!("{kind:?}: {error}"),
    }
}

/// In what way a verb failed.
fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind
}

#[tokio::test]
async fn an_account_is_read_with_its_role_and_the_orgs_own_attributes() {
    let fake = Fake::play(&[(200, USER), (200, ROLES)]);
    let known = Account {
        fields: fields(json!({ "profile.badge": "B-0", "profile.desk": "7" })),
        parts: [("admin_role".to_owned(), "ra1report".to_owned())].into(),
        ..Account::of("00u1ada")
    };
    let account = fake.adapter.get(Kind::User, &known).await.unwrap().unwrap();
    let told: Vec<_> = account.fields.iter().filter(|(_, value)| !value.is_null()).collect();
    assert_eq!(
        serde_json::to_value(told).unwrap(),
        json!([
            ["admin_role", "REPORT_ADMIN"],
            ["email", "ada@engine.example"],
            ["firstName", "Ada"],
            ["lastName", "Lovelace"],
            ["login", "Ada@engine.example"],
            ["profile.badge", "B-1"],
            ["profile.languages", ["en", "fr"]],
            ["title", "Countess"],
        ])
    );
    for name in ["mobilePhone", "secondEmail", "department", "profile.desk"] {
        assert_eq!(account.fields.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(account.parts.get("admin_role").map(String::as_str), Some("ra1report"));
    assert!(account.active && account.protected);
    assert_eq!(fake.seen(), [READ_USER, READ_ROLES]);
    // Nothing tells which of two roles the directory gave.
    let fake = Fake::play(&[(200, USER), (200, ROLES)]);
    let account = fake.adapter.get(Kind::User, &Account::of("00u1ada")).await.unwrap();
    let account = account.unwrap();
    assert!(account.protected && account.parts.is_empty() && !account.fields.contains_key("admin_role"));
    fake.seen();
    // It goes between the two calls.
    let fake = Fake::play(&[(200, USER), (404, NOT_FOUND)]);
    assert_eq!(fake.adapter.get(Kind::User, &known).await.unwrap(), None);
}

#[tokio::test]
async fn only_those_without_any_administrator_role_are_unprotected() {
    let held = |kind: &str, by: &str| json!([{ "id": "ra1", "type": kind, "assignmentType": by }]).to_string();
    for (roles, expected) in [
        (NONE.to_owned(), false),
        (held("SUPER_ADMIN", "USER"), true),
        (held("SUPER_ADMIN", "GROUP"), true),
        (held("CUSTOM", "USER"), true),
    ] {
        let fake = Fake::play(&[(200, USER), (200, &roles)]);
        let account = fake.adapter.get(Kind::User, &Account::of("00u1ada")).await.unwrap();
        assert_eq!(account.unwrap().protected, expected, "{roles}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_none_and_what_cannot_be_an_id_is_not_asked_for() {
    for kind in [Kind::User, Kind::Group] {
        let fake = Fake::play(&[(404, NOT_FOUND)]);
        assert_eq!(fake.adapter.get(kind, &Account::of("00x")).await.unwrap(), None);
        assert_eq!(fake.seen().len(), 1);
        for id in ["", "..", "a/b", "a?b", "ä", "%2e", "ada@engine.example"] {
            let fake = Fake::play(&[]);
            assert_eq!(fake.adapter.get(kind, &Account::of(id)).await.unwrap(), None, "{id}");
            fake.adapter.delete(kind, &Account::of(id)).await.unwrap();
            assert!(fake.seen().is_empty(), "{id}");
        }
        // A path that is not Okta's says nothing of the account.
        for body in ["<html>", r#"{"errorCode":"E0000008","errorSummary":"no path"}"#] {
            let fake = Fake::play(&[(404, body)]);
            let read = fake.adapter.get(kind, &Account::of("00x")).await;
            assert_eq!(told(read), ErrorKind::Unavailable, "{body}");
        }
    }
    // The short form of a login is no id.
    let fake = Fake::play(&[(200, USER)]);
    assert_eq!(fake.adapter.get(Kind::User, &Account::of("ada")).await.unwrap(), None);
}

#[tokio::test]
async fn logins_are_found_exactly_whatever_their_case() {
    let found = async |login: &str, answers: &[(u16, &str)]| {
        let fake = Fake::play(answers);
        let account = fake.adapter.find(Kind::User, login).await.unwrap();
        (account.map(|account| account.id), fake.seen())
    };
    let (id, seen) = found("ADA@engine.example", &[(200, USER), (200, NONE)]).await;
    assert_eq!(id.as_deref(), Some("00u1ada"));
    assert_eq!(seen, ["GET /api/v1/users/ADA%40engine.example", READ_ROLES]);
    let (id, seen) = found("a+%#da@engine.example", &[(404, NOT_FOUND)]).await;
    assert_eq!(
        (id, seen),
        (None, vec!["GET /api/v1/users/a%2B%25%23da%40engine.example".into()])
    );
    // Okta finds logins that differ by diacritical marks. They are other people's.
    let (id, _) = found("adá@engine.example", &[(200, USER)]).await;
    assert_eq!(id, None);
}

#[tokio::test]
async fn logins_that_okta_cannot_read_by_are_searched_for() {
    let slashed = format!("[{USER},{}]", user("/profile/login", json!("Eng/ada@engine.example")));
    let fake = Fake::play(&[(200, &slashed), (200, NONE)]);
    let account = fake.adapter.find(Kind::User, "eng/ada@engine.example").await.unwrap();
    assert_eq!(account.unwrap().fields["login"], "Eng/ada@engine.example");
    let query = "search=profile.login+eq+%22eng%2Fada%40engine.example%22&limit=200";
    assert_eq!(fake.seen(), [&format!("GET /api/v1/users?{query}"), READ_ROLES]);
    // The short form of a login is another one, and quotes end no expression.
    for (login, query) in [
        ("ada", "search=profile.login+eq+%22ada%22&limit=200"),
        (r#"a"\da"#, "search=profile.login+eq+%22a%5C%22%5C%5Cda%22&limit=200"),
    ] {
        let fake = Fake::play(&[(200, &format!("[{USER}]"))]);
        assert_eq!(fake.adapter.find(Kind::User, login).await.unwrap(), None, "{login}");
        assert_eq!(fake.seen(), [format!("GET /api/v1/users?{query}")]);
    }
}

#[tokio::test]
async fn a_person_whose_login_is_a_deactivated_ones_is_told_so() {
    // Okta keeps the login of who was deactivated. Creating finds it taken, looking finds an account that is not
    // active: whether it is taken over and activated is the target's policy.
    let taken = json!({ "errorCode": "E0000001", "errorSummary": "Api validation failed: login", "errorCauses": [
        { "errorSummary": "login: An object with this field already exists in the current organization" },
    ] });
    let deactivated = user("/status", json!("DEPROVISIONED"));
    let fake = Fake::play(&[
        (400, &taken.to_string()),
        (200, &deactivated),
        (200, NONE),
        (200, &deactivated),
        (200, "{}"),
    ]);
    let given = json!({ "login": "ada@engine.example", "email": "a@b.example", "firstName": "A", "lastName": "L" });
    let created = fake.adapter.create(Kind::User, &fields(given)).await;
    assert_eq!(told(created), ErrorKind::Exists { id: None });
    let found = fake
        .adapter
        .find(Kind::User, "ada@engine.example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id.as_str(), found.active), ("00u1ada", false));
    fake.adapter.set_active(&found, true).await.unwrap();
    assert_eq!(
        fake.seen().last().unwrap(),
        "POST /api/v1/users/00u1ada/lifecycle/activate"
    );
}

#[tokio::test]
async fn a_user_is_created_in_one_call() {
    let staged = user("/status", json!("STAGED"));
    let given = fields(json!({
        "login": "ada@engine.example", "email": "ada@engine.example", "firstName": "Ada", "lastName": "Lovelace",
        "title": null, "department": "", "profile.badge": 7,
    }));
    let profile = r#"{"email":"ada@engine.example","firstName":"Ada","lastName":"Lovelace","login":"ada@engine.example","badge":7}"#;
    for (settings, path, groups, active) in [
        (&[][..], "/api/v1/users?activate=true", "", false),
        (
            &[("activation", "off"), ("groups", "00g1, 00g2")],
            "/api/v1/users?activate=false",
            r#","groupIds":["00g1","00g2"]"#,
            true,
        ),
    ] {
        let fake = Fake::with(settings, &[(200, &staged)]);
        let account = fake.adapter.create(Kind::User, &given).await.unwrap();
        assert_eq!(account.id, "00u1ada");
        assert_eq!(account.fields.get("admin_role"), Some(&Value::Null));
        assert_eq!((account.active, account.protected), (active, false));
        assert_eq!(fake.seen(), [format!(r#"POST {path} {{"profile":{profile}{groups}}}"#)]);
    }
    // Activation goes on in the background: what the user is about to be counts.
    let activating = user("transitioningToStatus", json!("PROVISIONED")).replace("\"ACTIVE\"", "\"STAGED\"");
    let fake = Fake::play(&[(200, &activating)]);
    assert!(fake.adapter.create(Kind::User, &given).await.unwrap().active);
    let fake = Fake::play(&[(200, "{}")]);
    assert_eq!(
        told(fake.adapter.create(Kind::User, &given).await),
        ErrorKind::Ambiguous
    );
}

#[tokio::test]
async fn a_value_that_okta_would_refuse_is_refused_without_a_call() {
    let whole = json!({ "login": "ada@engine.example", "email": "a@b.example", "firstName": "A", "lastName": "L" });
    for (name, value) in [
        ("login", json!(null)),
        ("email", json!("")),
        ("lastName", json!(null)),
        ("admin_role", json!("CUSTOM")),
        ("admin_role", json!("Badge printer")),
        ("admin_role", json!(7)),
        ("admin_role", json!("REPORT_ADMIN")),
        ("profile.login", json!("x")),
        ("badge", json!("x")),
    ] {
        let mut given = whole.clone();
        given[name] = value;
        let fake = Fake::play(&[]);
        let error = fake.adapter.create(Kind::User, &fields(given)).await.unwrap_err();
        assert_eq!(rejected(&error), (Some(name), Retry::Never));
    }
    for (changed, field) in [
        (json!({ "email": null }), Some("email")),
        (json!({ "admin_role": "king" }), Some("admin_role")),
        (json!({ "profile.email": "x" }), Some("profile.email")),
        (json!({ "title": "x", "admin_role": "ORG_ADMIN" }), None),
    ] {
        let fake = Fake::play(&[]);
        let changed = fields(changed);
        let error = fake
            .adapter
            .update(Kind::User, &Account::of("00u1ada"), &changed)
            .await
            .unwrap_err();
        assert_eq!(rejected(&error), (field, Retry::Never), "{changed:?}");
    }
}

#[tokio::test]
async fn a_change_names_what_changes_and_clears_as_okta_does() {
    let fake = Fake::play(&[(200, USER)]);
    let changed = fields(json!({
        "title": "Countess", "nickName": null, "city": "", "department": null, "locale": null, "profile.badge": null,
    }));
    fake.adapter
        .update(Kind::User, &Account::of("00u1ada"), &changed)
        .await
        .unwrap();
    assert_eq!(
        fake.seen(),
        [
            "POST /api/v1/users/00u1ada {\"profile\":{\"city\":null,\"department\":\"\",\"locale\":\"\",\
             \"nickName\":null,\"badge\":null,\"title\":\"Countess\"}}"
        ]
    );
    let fake = Fake::play(&[]);
    fake.adapter
        .update(Kind::User, &Account::of("00u1ada"), &Fields::new())
        .await
        .unwrap();
    let activating = r#"{"errorCode":"E0000112","errorSummary":"still being activated"}"#;
    let fake = Fake::play(&[(409, activating)]);
    let error = fake
        .adapter
        .update(Kind::User, &Account::of("00u1ada"), &changed)
        .await
        .unwrap_err();
    assert!(matches!(rejected(&error), (None, Retry::After(_))), "{error:?}");
    assert!(!error.is_outage());
}

#[tokio::test]
async fn a_denial_is_the_records_if_it_is_an_administrators() {
    let title = fields(json!({ "title": "x" }));
    let ada = Account::of("00u1ada");
    for (roles, expected) in [
        ((200, ROLES), ErrorKind::Rejected { field: None }),
        ((200, NONE), ErrorKind::Unauthorized),
        ((404, NOT_FOUND), ErrorKind::Unauthorized),
        ((403, DENIED), ErrorKind::Unauthorized),
    ] {
        let fake = Fake::play(&[(403, DENIED), roles]);
        assert_eq!(told(fake.adapter.update(Kind::User, &ada, &title).await), expected);
        assert_eq!(fake.seen()[1], READ_ROLES);
        let fake = Fake::play(&[(403, DENIED), roles]);
        assert_eq!(told(fake.adapter.delete(Kind::User, &ada).await), expected);
    }
    // A scope that is missing is missing for everyone.
    let challenge = ("www-authenticate", r#"Bearer error="insufficient_scope""#);
    let fake = Fake::answering(&[], [answer(403, DENIED, &[challenge])]);
    assert_eq!(
        told(fake.adapter.update(Kind::User, &ada, &title).await),
        ErrorKind::Unauthorized
    );
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_user_is_deleted_by_two_calls() {
    let call = "DELETE /api/v1/users/00u1ada";
    for script in [
        &[(204, ""), (204, "")][..],
        &[(204, ""), (404, NOT_FOUND)],
        &[(404, NOT_FOUND)],
    ] {
        let fake = Fake::play(script);
        fake.adapter.delete(Kind::User, &Account::of("00u1ada")).await.unwrap();
        assert_eq!(fake.seen(), vec![call; script.len()]);
    }
    let busy = r#"{"errorCode":"E0000038","errorSummary":"not allowed in the user's current status"}"#;
    let fake = Fake::play(&[(204, ""), (403, busy)]);
    let error = fake
        .adapter
        .delete(Kind::User, &Account::of("00u1ada"))
        .await
        .unwrap_err();
    // The first call was done.
    assert_eq!((error.kind, error.retry), (ErrorKind::Ambiguous, Retry::Backoff));
}

#[tokio::test]
async fn users_are_listed_by_links_and_those_deactivated_last() {
    let other = user("/id", json!("00u2")).replace("\"ACTIVE\"", "\"DEPROVISIONED\"");
    let next = r#"<https://acme.okta.com/api/v1/users?after=00u1ada&limit=200>; rel="next""#;
    let assignees = json!({ "value": [{ "id": "00u1ada" }], "_links": { "next": {
        "href": "https://acme.okta.com/api/v1/iam/assignees/users?after=x"
    } } });
    let script = [
        answer(200, &format!("[{USER}]"), &[("link", next)]),
        answer(200, &assignees.to_string(), &[]),
        answer(200, r#"{"value":[]}"#, &[]),
        answer(200, NONE, &[]),
        answer(200, &format!("[{other}]"), &[]),
    ];
    let fake = Fake::answering(&[], script);
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = fake.adapter.list(Kind::User, after.as_deref()).await.unwrap();
        listed.extend(page.accounts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let told: Vec<_> = listed
        .iter()
        .map(|account| {
            (
                account.id.as_str(),
                account.active,
                account.protected,
                account.fields.get("admin_role"),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("00u1ada", true, true, None),
            ("00u2", false, false, Some(&Value::Null))
        ]
    );
    assert_eq!(
        fake.seen(),
        [
            "GET /api/v1/users?limit=200",
            "GET /api/v1/iam/assignees/users",
            "GET /api/v1/iam/assignees/users?after=x",
            "GET /api/v1/users?after=00u1ada&limit=200",
            "GET /api/v1/users?filter=status+eq+%22DEPROVISIONED%22&limit=200",
        ]
    );
    for after in ["", "2", "/api/v1/groups?after=2", "/api/v1/users/00u1ada"] {
        let error = Fake::play(&[]).adapter.list(Kind::User, Some(after)).await.unwrap_err();
        assert_eq!(rejected(&error), (None, Retry::Never), "{after}");
    }
}

#[tokio::test]
async fn the_org_is_known_by_its_group_of_everyone() {
    let built_in = |name: &str| json!({ "id": format!("00g{name}"), "type": "BUILT_IN", "profile": { "name": name } });
    let groups = json!([built_in("Okta Administrators"), built_in("Everyone")]).to_string();
    let fake = Fake::play(&[(200, &groups)]);
    let identity = fake.adapter.check().await.unwrap();
    assert_eq!(
        (identity.id.as_str(), identity.name.as_str()),
        ("00gEveryone", "acme.okta.com")
    );
    assert_eq!(
        fake.seen(),
        ["GET /api/v1/groups?filter=type+eq+%22BUILT_IN%22&limit=200"]
    );
    for (status, body, expected) in [
        (401, "", ErrorKind::Unauthorized),
        (403, DENIED, ErrorKind::Unauthorized),
        (404, "<html>", ErrorKind::Unavailable),
        (200, "<html>", ErrorKind::Unavailable),
        (200, NONE, ErrorKind::Unavailable),
    ] {
        assert_eq!(
            told(Fake::play(&[(status, body)]).adapter.check().await),
            expected,
            "{status} {body}"
        );
    }
}
