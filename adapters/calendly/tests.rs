//! Calendly's traps, each met by the calls that it takes.
use serde_json::json;

use super::VENDOR;
use crate::descriptor::Kind;
use crate::scripted::Scripted;
use crate::{Account, Error, ErrorKind, Fields, Retry};

const EMAIL: &str = "ann@x.example";
const ME: &str = r#"{"resource":{"current_organization":"https://api.calendly.com/organizations/ORG"}}"#;
const EMPTY: &str = r#"{"collection":[],"pagination":{"next_page_token":null}}"#;
const REFUSED: &str = r#"{"title":"Invalid Argument","message":"The supplied parameters are invalid.",
    "details":[{"parameter":"uuid","message":"is no longer pending"}]}"#;

const READ_ME: &str = "GET /users/me";
const READ_INVITATION: &str = "GET /organizations/ORG/invitations/I";
const REVOKE: &str = "DELETE /organizations/ORG/invitations/I";
const FIND_MEMBER: &str = "GET /organization_memberships?organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FORG\
    &email=ann%40x.example";
const FIND_USER: &str = "GET /organization_memberships?organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FORG\
    &user=https%3A%2F%2Fapi.calendly.com%2Fusers%2FU";
const FIND_INVITED: &str = "GET /organizations/ORG/invitations?email=ann%40x.example&status=pending";
const READ_MEMBER: &str = "GET /organization_memberships/M";
const REMOVE: &str = "DELETE /organization_memberships/M";

fn invitation(status: &str) -> String {
    let user = (status == "accepted").then_some("https://api.calendly.com/users/U");
    let uri = "https://api.calendly.com/organizations/ORG/invitations/I";
    json!({ "uri": uri, "email": EMAIL, "status": status, "user": user }).to_string()
}

fn member(role: &str) -> String {
    let uri = "https://api.calendly.com/organization_memberships/M";
    let user = json!({ "uri": "https://api.calendly.com/users/U", "email": "Ann@x.example", "name": "Ann" });
    json!({ "uri": uri, "role": role, "user": user }).to_string()
}

/// Whom nobody asked for.
fn stranger() -> String {
    let uri = "https://api.calendly.com/organization_memberships/OTHER";
    let user = json!({ "uri": "https://api.calendly.com/users/OTHER", "email": "cy@x.example", "name": "Cy" });
    json!({ "uri": uri, "role": "owner", "user": user }).to_string()
}

fn one(of: &str) -> String {
    format!(r#"{{"resource":{of}}}"#)
}

fn page(of: &str, next: Option<&str>) -> String {
    format!(
        r#"{{"collection":[{of}],"pagination":{{"next_page_token":{}}}}}"#,
        json!(next)
    )
}

fn fake(script: &[(u16, &str)]) -> Scripted {
    let script: Vec<_> = std::iter::once(&(200, ME)).chain(script).copied().collect();
    Scripted::new(&VENDOR, &script)
}

fn invited() -> Account {
    Account {
        fields: Fields::from([("email".to_owned(), EMAIL.into())]),
        ..Account::of("invitations/I")
    }
}

fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?} {:?}", error.kind, error.retry),
    }
}

#[tokio::test]
async fn an_accepted_invitation_leads_to_the_membership() {
    let (pending, accepted, declined) = (
        one(&invitation("pending")),
        one(&invitation("accepted")),
        one(&invitation("declined")),
    );
    let there = page(&member("user"), None);
    let bare = Account::of("invitations/I");
    let asked = page(&invitation("pending"), None);
    for (account, script, id, calls) in [
        (
            &invited(),
            vec![(200, asked.as_str())],
            Some("invitations/I"),
            vec![FIND_INVITED],
        ),
        (
            &invited(),
            vec![(200, EMPTY), (200, there.as_str())],
            Some("organization_memberships/M"),
            vec![FIND_INVITED, FIND_MEMBER],
        ),
        (
            &invited(),
            vec![(200, EMPTY), (200, EMPTY), (404, "")],
            None,
            vec![FIND_INVITED, FIND_MEMBER, READ_INVITATION],
        ),
        // The member has another address than was invited.
        (
            &invited(),
            vec![
                (200, EMPTY),
                (200, EMPTY),
                (200, accepted.as_str()),
                (200, there.as_str()),
            ],
            Some("organization_memberships/M"),
            vec![FIND_INVITED, FIND_MEMBER, READ_INVITATION, FIND_USER],
        ),
        (
            &bare,
            vec![(200, pending.as_str())],
            Some("invitations/I"),
            vec![READ_INVITATION],
        ),
        (
            &bare,
            vec![(200, accepted.as_str()), (200, there.as_str())],
            Some("organization_memberships/M"),
            vec![READ_INVITATION, FIND_USER],
        ),
        (
            &bare,
            vec![(200, accepted.as_str()), (200, EMPTY)],
            None,
            vec![READ_INVITATION, FIND_USER],
        ),
        (&bare, vec![(200, declined.as_str())], None, vec![READ_INVITATION]),
        (&bare, vec![(404, "")], None, vec![READ_INVITATION]),
    ] {
        let fake = fake(&script);
        let found = fake.adapter.get(Kind::User, account).await.unwrap();
        assert_eq!(found.map(|found| found.id).as_deref(), id, "{script:?}");
        assert_eq!(fake.seen(), [&[READ_ME], calls.as_slice()].concat());
    }
}

#[tokio::test]
async fn whoever_accepted_meanwhile_is_removed_as_a_member() {
    let (pending, accepted) = (one(&invitation("pending")), one(&invitation("accepted")));
    let (there, others) = (page(&member("user"), None), page(&stranger(), None));
    for (script, expected, calls) in [
        (vec![(204, "")], "()", vec![REVOKE]),
        (vec![(404, ""), (404, "")], "()", vec![REVOKE, READ_INVITATION]),
        (
            vec![(404, ""), (200, accepted.as_str()), (200, there.as_str()), (204, "")],
            "()",
            vec![REVOKE, READ_INVITATION, FIND_USER, REMOVE],
        ),
        (
            vec![(404, ""), (200, pending.as_str())],
            "Rejected { field: None } Backoff",
            vec![REVOKE, READ_INVITATION],
        ),
        (vec![(403, "")], "Unauthorized Backoff", vec![REVOKE]),
        (
            vec![
                (400, REFUSED),
                (200, accepted.as_str()),
                (200, there.as_str()),
                (204, ""),
            ],
            "()",
            vec![REVOKE, READ_INVITATION, FIND_USER, REMOVE],
        ),
        (
            vec![(400, REFUSED), (200, accepted.as_str()), (200, EMPTY)],
            "Ambiguous Backoff",
            vec![REVOKE, READ_INVITATION, FIND_USER],
        ),
        // The filter is not heeded.
        (
            vec![(400, REFUSED), (200, accepted.as_str()), (200, others.as_str())],
            "Ambiguous Backoff",
            vec![REVOKE, READ_INVITATION, FIND_USER],
        ),
        (
            vec![(400, REFUSED), (200, pending.as_str())],
            "Rejected { field: None } Backoff",
            vec![REVOKE, READ_INVITATION],
        ),
    ] {
        let fake = fake(&script);
        assert_eq!(told(fake.adapter.delete(Kind::User, &invited()).await), expected);
        assert_eq!(fake.seen(), [&[READ_ME], calls.as_slice()].concat());
    }
}

#[tokio::test]
async fn the_owner_stays_and_a_weak_credential_is_told_from_that() {
    let (owner, user) = (one(&member("owner")), one(&member("user")));
    for (script, expected) in [
        (&[(204, "")][..], "()"),
        (&[(404, "")], "()"),
        (&[(403, ""), (200, owner.as_str())], "Rejected { field: None } Never"),
        (&[(403, ""), (200, user.as_str())], "Unauthorized Backoff"),
    ] {
        // No call of this kind names the organization.
        let fake = Scripted::new(&VENDOR, script);
        let account = Account::of("organization_memberships/M");
        assert_eq!(told(fake.adapter.delete(Kind::User, &account).await), expected);
        let calls = [REMOVE, READ_MEMBER];
        assert_eq!(fake.seen(), calls[..script.len()]);
    }
}

#[tokio::test]
async fn people_are_found_by_their_address_as_invited_and_as_members() {
    let (there, owner, asked) = (
        page(&member("user"), None),
        page(&member("owner"), None),
        page(&invitation("pending"), None),
    );
    let odd = r#"{"title":"Invalid Argument","message":"","details":[{"parameter":"email","message":"is invalid"}]}"#;
    for (script, expected) in [
        (vec![(200, asked.as_str())], Some(("invitations/I", false))),
        (
            vec![(200, EMPTY), (200, there.as_str())],
            Some(("organization_memberships/M", false)),
        ),
        (
            vec![(200, EMPTY), (200, owner.as_str())],
            Some(("organization_memberships/M", true)),
        ),
        (vec![(200, EMPTY), (200, EMPTY)], None),
        (vec![(400, odd)], None),
    ] {
        let fake = fake(&script);
        let found = fake.adapter.find(Kind::User, EMAIL).await.unwrap();
        let found = found.as_ref().map(|found| (found.id.as_str(), found.protected));
        assert_eq!(found, expected);
        let calls = [READ_ME, FIND_INVITED, FIND_MEMBER];
        assert_eq!(fake.seen(), calls[..=script.len()]);
    }
}

#[tokio::test]
async fn an_invitation_names_its_field_and_is_in_doubt_when_unreadable() {
    let made = one(&invitation("pending"));
    let already =
        r#"{"title":"Invalid Argument","message":"","details":[{"parameter":"email","message":"already invited"}]}"#;
    for (answer, expected) in [
        ((201, made.as_str()), Ok("invitations/I".to_owned())),
        ((201, "{}"), Err((ErrorKind::Ambiguous, Retry::Backoff))),
        ((400, already), Err((ErrorKind::Exists { id: None }, Retry::Never))),
    ] {
        let fake = fake(&[answer]);
        let created = fake.adapter.create(Kind::User, &invited().fields).await;
        let created = created
            .map(|created| created.id)
            .map_err(|error| (error.kind, error.retry));
        assert_eq!(created, expected);
        let call = format!(r#"POST /organizations/ORG/invitations {{"email":"{EMAIL}"}}"#);
        assert_eq!(fake.seen(), [READ_ME, &call]);
    }
}

#[tokio::test]
async fn invitations_are_listed_before_members_and_the_organization_is_asked_for_once() {
    // An empty token would begin anew.
    let (asked, there) = (
        page(&invitation("pending"), Some("t 1")),
        page(&member("admin"), Some("")),
    );
    let fake = fake(&[(200, &asked), (200, EMPTY), (200, &there)]);
    let (mut after, mut listed) = (None, Vec::new());
    loop {
        let page = fake.adapter.list(Kind::User, after.as_deref()).await.unwrap();
        listed.extend(page.accounts.into_iter().map(|account| account.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, ["invitations/I", "organization_memberships/M"]);
    let organization = "organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FORG";
    assert_eq!(
        fake.seen(),
        [
            READ_ME,
            "GET /organizations/ORG/invitations?status=pending&count=100",
            "GET /organizations/ORG/invitations?status=pending&count=100&page_token=t%201",
            &format!("GET /organization_memberships?{organization}&count=100"),
        ]
    );
}

#[tokio::test]
async fn nobody_is_changed_and_foreign_ids_are_nobody() {
    let fake = Scripted::new(&VENDOR, &[]);
    let updated = fake.adapter.update(Kind::User, &invited(), &invited().fields).await;
    assert_eq!(told(updated), "Rejected { field: Some(\"email\") } Never");
    for id in [
        "",
        "..",
        "X",
        "invitations/",
        "invitations/a/b",
        "organization_memberships/../x",
    ] {
        let account = Account::of(id);
        assert_eq!(fake.adapter.get(Kind::User, &account).await.unwrap(), None, "{id}");
        fake.adapter.delete(Kind::User, &account).await.unwrap();
    }
    assert!(fake.seen().is_empty());
}
