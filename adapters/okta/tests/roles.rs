//! Administrator roles.
use super::*;

const ASSIGN: &str = r#"POST /api/v1/users/00u1ada/roles {"type":"ORG_ADMIN"}"#;
const ASSIGNED: &str = r#"{"id":"ra2org","type":"ORG_ADMIN","assignmentType":"USER"}"#;
const DUPLICATE: &str = r#"{"errorCode":"E0000090","errorSummary":"The role specified is already assigned"}"#;

fn unassign(id: &str) -> String {
    format!("DELETE /api/v1/users/00u1ada/roles/{id}")
}

/// Ada with the role as last applied: `Some(Null)` is known to be none, `None` is unknown.
fn ada(role: Option<Value>, part: Option<&str>) -> Account {
    let mut account = Account::of("00u1ada");
    account.fields.extend(role.map(|role| ("admin_role".to_owned(), role)));
    account
        .parts
        .extend(part.map(|id| ("admin_role".to_owned(), id.to_owned())));
    account
}

async fn set(account: &Account, role: Value, script: &[(u16, &str)]) -> (Option<String>, Vec<String>) {
    let fake = Fake::play(script);
    let changed = fields(json!({ "admin_role": role }));
    let parts = fake.adapter.update(Kind::User, account, &changed).await.unwrap();
    (parts.get("admin_role").cloned(), fake.seen())
}

#[tokio::test]
async fn a_role_that_is_known_is_given_replaced_and_taken_away_without_reading() {
    let held = ada(Some(json!("REPORT_ADMIN")), Some("ra1report"));
    let (id, seen) = set(
        &ada(Some(Value::Null), None),
        json!("Organization Administrator"),
        &[(201, ASSIGNED)],
    )
    .await;
    assert_eq!((id.as_deref(), seen), (Some("ra2org"), vec![ASSIGN.to_owned()]));
    let (id, seen) = set(&held, json!("ORG_ADMIN"), &[(201, ASSIGNED), (204, "")]).await;
    assert_eq!(
        (id.as_deref(), seen),
        (Some("ra2org"), vec![ASSIGN.into(), unassign("ra1report")])
    );
    for answer in [(204, ""), (404, NOT_FOUND)] {
        let (id, seen) = set(&held, Value::Null, &[answer]).await;
        assert_eq!((id, seen), (None, vec![unassign("ra1report")]));
    }
    let (id, seen) = set(&held, json!("REPORT_ADMIN"), &[]).await;
    assert_eq!((id.as_deref(), seen), (Some("ra1report"), Vec::new()));
    assert_eq!(
        set(&ada(Some(Value::Null), None), Value::Null, &[]).await,
        (None, Vec::new())
    );
}

#[tokio::test]
async fn a_role_that_is_unknown_is_read_and_others_are_left_alone() {
    // Neither the custom role nor the group's is ours; of the two others nothing tells which.
    for wanted in [json!("ORG_ADMIN"), Value::Null] {
        let fake = Fake::play(&[(200, ROLES)]);
        let changed = fields(json!({ "admin_role": wanted }));
        let error = fake
            .adapter
            .update(Kind::User, &ada(None, None), &changed)
            .await
            .unwrap_err();
        assert_eq!(rejected(&error), (Some("admin_role"), Retry::Backoff), "{wanted}");
        assert_eq!(fake.seen(), [READ_ROLES]);
    }
    let only = r#"[{"id":"ra1report","type":"REPORT_ADMIN","assignmentType":"USER"}]"#;
    let script = [(200, only), (201, ASSIGNED), (204, "")];
    let (id, seen) = set(&ada(None, None), json!("ORG_ADMIN"), &script).await;
    assert_eq!(id.as_deref(), Some("ra2org"));
    assert_eq!(seen, [READ_ROLES, ASSIGN, &unassign("ra1report")]);
    for known in [ada(None, Some("irb2flows")), ada(Some(json!("WORKFLOWS_ADMIN")), None)] {
        let (_, seen) = set(&known, Value::Null, &[(200, ROLES), (204, "")]).await;
        assert_eq!(seen, [READ_ROLES, &unassign("irb2flows")]);
    }
    // The wanted one is there already, as after a lost answer.
    let (id, seen) = set(&ada(None, None), json!("WORKFLOWS_ADMIN"), &[(200, ROLES)]).await;
    assert_eq!((id.as_deref(), seen), (Some("irb2flows"), vec![READ_ROLES.to_owned()]));
    let (id, _) = set(&ada(None, None), Value::Null, &[(200, NONE)]).await;
    assert_eq!(id, None);
}

/// Who is refused another role keeps the former one, and nothing is in doubt; who got it and could not be relieved of the
/// former one has both, which is.
#[tokio::test]
async fn a_role_that_is_refused_costs_nobody_the_former_one() {
    let held = ada(Some(json!("REPORT_ADMIN")), Some("ra1report"));
    let limited = r#"{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit"}"#;
    let feature = r#"{"errorCode":"E0000015","errorSummary":"You do not have permission to access the feature"}"#;
    for (script, calls, in_doubt) in [
        (&[(429, limited)][..], 1, false),
        (&[(403, feature), (200, ROLES)], 2, false),
        (&[(201, ASSIGNED), (429, limited)], 2, true),
        (&[(201, ASSIGNED), (400, feature)], 2, true),
    ] {
        let fake = Fake::play(script);
        let changed = fields(json!({ "admin_role": "ORG_ADMIN" }));
        let kind = told(fake.adapter.update(Kind::User, &held, &changed).await);
        assert_eq!(kind == ErrorKind::Ambiguous, in_doubt, "{script:?}: {kind:?}");
        assert_eq!(fake.seen().len(), calls, "{script:?}");
    }
}

#[tokio::test]
async fn a_role_that_is_there_already_is_taken_as_it_is() {
    let roles = format!("[{ASSIGNED}]");
    let (id, seen) = set(
        &ada(Some(Value::Null), None),
        json!("ORG_ADMIN"),
        &[(409, DUPLICATE), (200, &roles)],
    )
    .await;
    assert_eq!(
        (id.as_deref(), seen),
        (Some("ra2org"), vec![ASSIGN.to_owned(), READ_ROLES.to_owned()])
    );
}

#[tokio::test]
async fn who_is_gone_is_not_found_and_want_of_rights_is_the_credentials() {
    let changed = fields(json!({ "admin_role": "ORG_ADMIN" }));
    for (account, answer, expected) in [
        (ada(None, None), (404, NOT_FOUND), ErrorKind::NotFound),
        (ada(Some(Value::Null), None), (404, NOT_FOUND), ErrorKind::NotFound),
        (ada(None, None), (403, DENIED), ErrorKind::Unauthorized),
        (ada(Some(Value::Null), None), (201, "{}"), ErrorKind::Ambiguous),
    ] {
        let fake = Fake::play(&[answer]);
        assert_eq!(
            told(fake.adapter.update(Kind::User, &account, &changed).await),
            expected
        );
        fake.seen();
    }
}

/// As everywhere: what the credential may not do to an administrator is that record's refusal.
#[tokio::test]
async fn a_role_that_the_credential_may_not_take_is_the_records_matter() {
    let held = ada(Some(json!("REPORT_ADMIN")), Some("ra1report"));
    let nobody = ada(Some(Value::Null), None);
    let changed = |role: Value| fields(json!({ "admin_role": role }));
    for (account, role, roles, expected) in [
        (&held, Value::Null, ROLES, ErrorKind::Rejected { field: None }),
        (&nobody, json!("ORG_ADMIN"), ROLES, ErrorKind::Rejected { field: None }),
        (&nobody, json!("ORG_ADMIN"), NONE, ErrorKind::Unauthorized),
    ] {
        let fake = Fake::play(&[(403, DENIED), (200, roles)]);
        let outcome = fake.adapter.update(Kind::User, account, &changed(role)).await;
        assert_eq!(told(outcome), expected);
        fake.seen();
    }
}
