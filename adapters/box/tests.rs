//! Box's traps, each met by the calls that it takes.
use serde_json::{Value, json};

use super::VENDOR;
use crate::descriptor::Kind;
use crate::scripted::{Scripted, Stage};
use crate::{Account, Error, Fields};

const USER_FIELDS: &str = "fields=login%2Cname%2Crole%2Cjob_title%2Cphone%2Caddress%2Clanguage%2Ctimezone%2Cspace_amount\
    %2Ccan_see_managed_users%2Cis_sync_enabled%2Cis_external_collab_restricted%2Cis_exempt_from_device_limits\
    %2Cis_exempt_from_login_verification%2Cnotification_email%2Cstatus%2Ctracking_codes%2Cis_platform_access_only";
const GROUP_FIELDS: &str = "fields=name%2Cdescription%2Cprovenance%2Cexternal_sync_identifier%2Cinvitability_level\
    %2Cmember_viewability_level%2Cgroup_type";
const CONFLICT: &str = r#"{"type":"error","status":409,"code":"conflict","message":"Taken"}"#;
const FORBIDDEN: &str = r#"{"type":"error","status":403,"code":"forbidden","message":"No"}"#;

fn fake(script: &[(u16, &str)]) -> Scripted {
    Scripted::new(&VENDOR, script)
}

fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?} {:?}", error.kind, error.retry),
    }
}

fn users(rest: &str) -> String {
    format!("GET /users?{USER_FIELDS}&limit=100&user_type=managed&usemarker=true{rest}")
}

fn groups(rest: &str) -> String {
    format!("GET /groups?{GROUP_FIELDS}&limit=100&offset={rest}")
}

fn read_user() -> String {
    format!("GET /users/7?{USER_FIELDS}")
}

/// The pages of a listing, all accounts' ids together.
async fn listed(fake: &Scripted, kind: Kind) -> Vec<String> {
    let (mut after, mut ids) = (None, Vec::new());
    loop {
        let page = fake.adapter.list(kind, after.as_deref()).await.unwrap();
        ids.extend(page.accounts.into_iter().map(|account| account.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

#[tokio::test]
async fn users_go_by_marker_and_accounts_of_apps_are_nobody() {
    let first = r#"{"limit":100,"next_marker":"m 1","entries":[{"id":"7"},{"id":"8","is_platform_access_only":true}]}"#;
    for last in [r#"null"#, r#""""#] {
        let last = format!(r#"{{"next_marker":{last},"entries":[{{"id":"9"}}]}}"#);
        let fake = fake(&[(200, first), (200, &last)]);
        assert_eq!(listed(&fake, Kind::User).await, ["7", "9"]);
        assert_eq!(fake.seen(), [users(""), users("&marker=m%201")]);
    }
}

#[tokio::test]
async fn groups_go_by_offset_as_far_as_entries_came() {
    let fake = fake(&[
        (200, r#"{"total_count":3,"entries":[{"id":"1"},{"id":"2"}]}"#),
        (200, r#"{"total_count":3,"entries":[{"id":"3"}]}"#),
    ]);
    assert_eq!(listed(&fake, Kind::Group).await, ["1", "2", "3"]);
    assert_eq!(fake.seen(), [groups("0"), groups("2")]);
    let fake = self::fake(&[(200, r#"{"total_count":3,"entries":[]}"#)]);
    assert!(listed(&fake, Kind::Group).await.is_empty(), "an empty page is the last");
    assert_eq!(fake.seen().len(), 1);
    // The contract promises no total.
    let fake = self::fake(&[
        (200, r#"{"entries":[{"id":"1"},{"id":"2"}]}"#),
        (200, r#"{"entries":[{"id":"3"}]}"#),
        (200, r#"{"entries":[]}"#),
    ]);
    assert_eq!(listed(&fake, Kind::Group).await, ["1", "2", "3"]);
    assert_eq!(fake.seen(), [groups("0"), groups("2"), groups("3")]);
    let fake = self::fake(&[(404, "")]);
    let nowhere = fake.adapter.list(Kind::Group, None).await;
    assert_eq!(told(nowhere.map(|_| ())), "Unavailable Backoff");
    let foreign = fake.adapter.list(Kind::Group, Some("x")).await;
    assert_eq!(told(foreign.map(|_| ())), "Rejected { field: None } Never");
}

#[tokio::test]
async fn a_search_finds_beginnings_and_only_the_whole_is_taken() {
    let like = r#"{"next_marker":"m","entries":[{"id":"1","login":"ann@x.example.org"},{"id":"2","login":"b@x.example","name":"ann@x.example"}]}"#;
    let there = r#"{"entries":[{"id":"3","login":"Ann@X.example"}]}"#;
    let app = r#"{"entries":[{"id":"4","login":"ann@x.example","is_platform_access_only":true}]}"#;
    for (last, expected) in [(there, Some("3")), (app, None)] {
        let fake = fake(&[(200, like), (200, last)]);
        let found = fake.adapter.find(Kind::User, "ann@x.example").await.unwrap();
        assert_eq!(found.map(|found| found.id).as_deref(), expected);
        let term = "&filter_term=ann%40x.example";
        assert_eq!(fake.seen(), [users(term), users(&format!("&marker=m{term}"))]);
    }
}

#[tokio::test]
async fn what_is_cleared_is_what_the_contract_takes_for_nothing() {
    for (kind, name, expected) in [
        (Kind::User, "role", json!("user")),
        (Kind::User, "phone", json!("")),
        (Kind::User, "timezone", json!("")),
        (Kind::User, "space_amount", json!(-1)),
        (Kind::User, "is_sync_enabled", json!(false)),
        (Kind::User, "notification_email", json!(null)),
        (Kind::Group, "description", json!("")),
        (Kind::Group, "invitability_level", json!("admins_only")),
    ] {
        let fake = fake(&[(200, "{}")]);
        let changed = fields(json!({ name: null }));
        fake.adapter.update(kind, &Account::of("7"), &changed).await.unwrap();
        let path = if kind == Kind::User { "users" } else { "groups" };
        assert_eq!(fake.seen(), [format!("PUT /{path}/7 {}", json!({ name: expected }))]);
    }
    let fake = fake(&[]);
    for (kind, name) in [(Kind::User, "login"), (Kind::User, "name"), (Kind::Group, "name")] {
        let updated = fake
            .adapter
            .update(kind, &Account::of("7"), &fields(json!({ name: "" })))
            .await;
        assert_eq!(told(updated), format!("Rejected {{ field: Some({name:?}) }} Never"));
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn tracking_codes_of_others_stay() {
    let present = r#"{"id":"7","tracking_codes":[
        {"type":"tracking_code","name":"Site","value":"Ulm"},
        {"type":"tracking_code","name":"Cost","value":"1"}]}"#;
    let code = |name: &str, value: &str| json!({ "type": "tracking_code", "name": name, "value": value });
    for (changed, expected) in [
        (
            json!({ "tracking_codes.Cost": "2" }),
            vec![code("Site", "Ulm"), code("Cost", "2")],
        ),
        (json!({ "tracking_codes.Cost": null }), vec![code("Site", "Ulm")]),
        (
            json!({ "tracking_codes.Unit": "R" }),
            vec![code("Site", "Ulm"), code("Cost", "1"), code("Unit", "R")],
        ),
    ] {
        let fake = fake(&[(200, present), (200, "{}")]);
        let updated = fake
            .adapter
            .update(Kind::User, &Account::of("7"), &fields(changed))
            .await;
        updated.unwrap();
        let put = crate::scripted::written("PUT /users/7", &json!({ "tracking_codes": expected }));
        assert_eq!(fake.seen(), [read_user(), put]);
    }
    let fake = fake(&[(200, present)]);
    let read = fake.adapter.get(Kind::User, &Account::of("7")).await.unwrap().unwrap();
    assert_eq!(read.fields["tracking_codes.Site"], "Ulm");
    let fake = self::fake(&[(201, r#"{"id":"7"}"#)]);
    let made = fields(json!({ "login": "a@x.example", "name": "Ann", "phone": "", "tracking_codes.Cost": "2" }));
    fake.adapter.create(Kind::User, &made).await.unwrap();
    let body = json!({ "login": "a@x.example", "name": "Ann", "tracking_codes": [code("Cost", "2")] });
    let post = crate::scripted::written(&format!("POST /users?{USER_FIELDS}"), &body);
    assert_eq!(fake.seen(), [post]);
}

#[tokio::test]
async fn an_account_is_read_as_its_fields_say() {
    for (user, active, protected) in [
        (json!({ "id": "7", "status": "active", "role": "user" }), true, false),
        (
            json!({ "id": "7", "status": "inactive", "role": "coadmin" }),
            false,
            true,
        ),
        (
            json!({ "id": "7", "status": "cannot_delete_edit", "role": "admin" }),
            true,
            true,
        ),
        (json!({ "id": "7", "group_type": "all_users_group" }), true, true),
    ] {
        let fake = fake(&[(200, &user.to_string())]);
        let read = fake.adapter.get(Kind::User, &Account::of("7")).await.unwrap().unwrap();
        assert_eq!((read.active, read.protected), (active, protected), "{user}");
    }
    let shown = json!({
        "id": "7", "phone": "", "space_amount": 5, "notification_email": { "email": "n@x.example", "is_confirmed": false },
    });
    let fake = fake(&[(200, &shown.to_string())]);
    let read = fake.adapter.get(Kind::User, &Account::of("7")).await.unwrap().unwrap();
    let expected = json!({ "phone": null, "space_amount": 5, "notification_email": "n@x.example" });
    assert_eq!(read.fields, fields(expected), "what is not told is absent");
}

#[tokio::test]
async fn nobody_is_written_to_and_content_stays_unless_the_target_says_otherwise() {
    let stage = |settings: &[(&str, &str)], script: &[(u16, &str)]| STAGE.play(settings, script);
    for (settings, force) in [(&[][..], "false"), (&[("owned_content", "delete")], "true")] {
        for (answer, expected) in [
            ((204, ""), "()"),
            ((404, ""), "()"),
            ((409, CONFLICT), "Rejected { field: None } Backoff"),
            ((403, FORBIDDEN), "Rejected { field: None } Backoff"),
        ] {
            let fake = stage(settings, &[answer]);
            assert_eq!(told(fake.adapter.delete(Kind::User, &Account::of("7")).await), expected);
            assert_eq!(fake.seen(), [format!("DELETE /users/7?notify=false&force={force}")]);
        }
    }
    let fake = stage(&[], &[(204, "")]);
    fake.adapter.delete(Kind::Group, &Account::of("7")).await.unwrap();
    assert_eq!(fake.seen(), ["DELETE /groups/7"]);
}

const STAGE: Stage = Stage {
    vendor: &VENDOR,
    base_url: "https://api.box.com/2.0",
    prefix: "Bearer ",
    settings: &[],
    line: |request| format!("{} {}", request.method, request.path),
};

#[tokio::test]
async fn a_refused_administrator_is_told_from_a_weak_credential() {
    let put = |body: &Value| format!("PUT /users/7 {body}");
    for (role, expected) in [
        ("admin", "Rejected { field: None } Never"),
        ("coadmin", "Rejected { field: None } Never"),
        ("user", "Unauthorized Backoff"),
    ] {
        let user = json!({ "id": "7", "role": role }).to_string();
        let fake = fake(&[(403, FORBIDDEN), (200, &user), (403, FORBIDDEN), (200, &user)]);
        let phone = json!({ "phone": "1" });
        let updated = fake
            .adapter
            .update(Kind::User, &Account::of("7"), &fields(phone.clone()))
            .await;
        assert_eq!(told(updated), expected);
        let status = json!({ "status": "inactive" });
        assert_eq!(told(fake.adapter.set_active(&Account::of("7"), false).await), expected);
        assert_eq!(fake.seen(), [put(&phone), read_user(), put(&status), read_user()]);
    }
    // Not the credential's fault, so there is nothing to tell apart.
    let fake = fake(&[(403, FORBIDDEN)]);
    let login = fields(json!({ "login": "b@x.example" }));
    let renamed = fake.adapter.update(Kind::User, &Account::of("7"), &login).await;
    assert_eq!(told(renamed), "Rejected { field: Some(\"login\") } Never");
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_membership_is_found_before_it_is_ended() {
    let page = |total: Option<u64>, id: &str, group: &str| {
        json!({ "total_count": total, "entries": [{ "id": id, "group": { "id": group } }] }).to_string()
    };
    let (other, theirs, last) = (
        page(Some(2), "30", "4"),
        page(Some(2), "31", "5"),
        page(Some(1), "30", "4"),
    );
    let uncounted = page(None, "30", "4");
    let read = |offset: u32| format!("GET /users/7/memberships?limit=1000&offset={offset}");
    let end = "DELETE /group_memberships/31".to_owned();
    for (script, expected, calls) in [
        (
            vec![(200, theirs.as_str()), (204, "")],
            "()",
            vec![read(0), end.clone()],
        ),
        (
            vec![(200, &other), (200, &theirs), (204, "")],
            "()",
            vec![read(0), read(1), end.clone()],
        ),
        // The contract promises no total.
        (
            vec![(200, &uncounted), (200, &theirs), (204, "")],
            "()",
            vec![read(0), read(1), end.clone()],
        ),
        (
            vec![(200, &uncounted), (200, r#"{"entries":[]}"#)],
            "()",
            vec![read(0), read(1)],
        ),
        (vec![(200, &theirs), (404, "")], "()", vec![read(0), end.clone()]),
        (vec![(200, &last)], "()", vec![read(0)]),
        (vec![(404, "")], "()", vec![read(0)]),
        (
            vec![(200, &theirs), (403, FORBIDDEN)],
            "Unauthorized Backoff",
            vec![read(0), end],
        ),
    ] {
        let fake = fake(&script);
        assert_eq!(
            told(fake.adapter.remove_members("5", &["7"]).await),
            expected,
            "{script:?}"
        );
        assert_eq!(fake.seen(), calls);
    }
}

#[tokio::test]
async fn who_is_in_already_has_joined() {
    for (answer, expected) in [
        ((201, "{}"), "()"),
        ((409, CONFLICT), "()"),
        ((404, ""), "NotFound Never"),
        (
            (403, r#"{"code":"forbidden_by_policy","message":"A barrier"}"#),
            "Rejected { field: None } Never",
        ),
    ] {
        let fake = fake(&[answer]);
        assert_eq!(told(fake.adapter.add_members("5", &["7"]).await), expected);
        let body = json!({ "group": { "id": "5" }, "user": { "id": "7" } });
        assert_eq!(fake.seen(), [format!("POST /group_memberships {body}")]);
    }
}

#[tokio::test]
async fn a_creation_that_cannot_be_read_is_in_doubt() {
    let ann = fields(json!({ "login": "a@x.example", "name": "Ann", "role": "Co-admin" }));
    for (answer, expected) in [
        ((201, r#"{"type":"user"}"#), "Ambiguous Backoff"),
        ((409, CONFLICT), "Exists { id: None } Never"),
    ] {
        let fake = fake(&[answer]);
        assert_eq!(told(fake.adapter.create(Kind::User, &ann).await), expected);
        assert!(fake.seen()[0].contains(r#""role":"coadmin""#));
    }
    let fake = fake(&[]);
    for (wrong, field) in [
        (
            json!({ "login": "a@x.example", "name": "Ann", "role": "admin" }),
            "role",
        ),
        (json!({ "login": "a@x.example", "name": "Ann", "role": "boss" }), "role"),
        (json!({ "login": "a@x.example", "name": "" }), "name"),
        (json!({ "name": "Ann" }), "login"),
    ] {
        let made = fake.adapter.create(Kind::User, &fields(wrong)).await;
        assert_eq!(told(made), format!("Rejected {{ field: Some({field:?}) }} Never"));
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_enterprise_is_the_identity() {
    for (me, expected) in [
        (
            json!({ "id": "1", "enterprise": { "id": "42", "name": "Acme" } }),
            r#"Identity { id: "42", name: "Acme" }"#,
        ),
        (
            json!({ "id": "1", "enterprise": { "id": "42" } }),
            r#"Identity { id: "42", name: "enterprise 42" }"#,
        ),
        (json!({ "id": "1", "enterprise": null }), "Unauthorized Backoff"),
        (json!({ "id": "1" }), "Unauthorized Backoff"),
    ] {
        let fake = fake(&[(200, &me.to_string())]);
        assert_eq!(told(fake.adapter.check().await), expected);
        assert_eq!(fake.seen(), ["GET /users/me?fields=enterprise"]);
    }
}

#[tokio::test]
async fn foreign_ids_are_nobody() {
    let fake = fake(&[]);
    for id in ["", "..", "X7", "7/8", "7?fields=id"] {
        let account = Account::of(id);
        assert_eq!(fake.adapter.get(Kind::User, &account).await.unwrap(), None, "{id}");
        fake.adapter.delete(Kind::User, &account).await.unwrap();
        fake.adapter.remove_members("5", &[id]).await.unwrap();
        let phone = fields(json!({ "phone": "1" }));
        let updated = fake.adapter.update(Kind::User, &account, &phone).await;
        assert_eq!(told(updated), "NotFound Never");
        assert_eq!(told(fake.adapter.add_members("5", &[id]).await), "NotFound Never");
    }
    assert!(fake.seen().is_empty());
}
