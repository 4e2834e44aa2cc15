use serde_json::{Value, json};

use super::{NOT_FOUND, account, fields, invalid};
use crate::descriptor::Kind;
use crate::scripted::Scripted;
use crate::zendesk::fake::Fake;
use crate::{Account, Error, ErrorKind};

const LIST: &str = "GET /users/1/identities?type%5B%5D=email&page%5Bsize%5D=100";
const ADD: &str = concat!(
    "POST /users/1/identities ",
    r#"{"identity":{"primary":true,"skip_verify_email":true,"type":"email","value":"king@engine.example","verified":true}}"#
);
const MAKE_PRIMARY: &str = "PUT /users/1/identities/20/make_primary";
const DELETE: &str = "DELETE /users/1/identities/10";

fn identity(id: i64, value: &str, primary: bool) -> Value {
    json!({ "id": id, "user_id": 1, "type": "email", "value": value, "primary": primary, "verified": true })
}

fn list(identities: &[Value]) -> String {
    json!({ "identities": identities, "meta": { "has_more": false } }).to_string()
}

fn added(primary: bool) -> String {
    json!({ "identity": identity(20, "king@engine.example", primary) }).to_string()
}

/// Changes the address to `king@engine.example`.
async fn rename(fake: &Scripted, of: &Account) -> Result<(), Error> {
    let email = fields(json!({ "email": "king@engine.example" }));
    fake.adapter
        .update(Kind::User, of, &email)
        .await
        .map(|parts| assert!(parts.is_empty()))
}

fn ada() -> Account {
    account("1", json!({ "email": "Ada@engine.example" }))
}

#[tokio::test]
async fn the_new_address_takes_the_place_of_the_former_one() {
    let listed = list(&[
        identity(10, "ada@engine.example", true),
        identity(11, "ada@home.example", false),
        json!({ "id": 12, "user_id": 1, "type": "phone_number", "value": "+442079460000", "primary": true }),
    ]);
    for (script, calls) in [
        (
            &[(200, listed.as_str()), (201, &added(true)), (204, "")][..],
            &[LIST, ADD, DELETE][..],
        ),
        (
            &[(200, &listed), (201, &added(false)), (200, "{}"), (204, "")],
            &[LIST, ADD, MAKE_PRIMARY, DELETE],
        ),
    ] {
        let fake = Fake::play(script);
        rename(&fake, &ada()).await.unwrap();
        assert_eq!(fake.seen(), calls, "another address of the person's own stays");
    }
}

/// A change to another address was broken off, and nobody remembers which.
#[tokio::test]
async fn an_address_given_in_between_does_not_stay() {
    let listed = list(&[
        identity(10, "ada@engine.example", false),
        identity(11, "ada@home.example", false),
        identity(13, "byron@engine.example", true),
    ]);
    let fake = Fake::play(&[(200, &listed), (201, &added(true)), (204, ""), (204, "")]);
    rename(&fake, &ada()).await.unwrap();
    assert_eq!(fake.seen(), [LIST, ADD, DELETE, "DELETE /users/1/identities/13"]);
}

#[tokio::test]
async fn the_change_may_be_begun_again_wherever_it_was_left() {
    let (former, new) = (
        identity(10, "ada@engine.example", true),
        identity(20, "King@engine.example", false),
    );
    let (second, primary) = (
        identity(10, "ada@engine.example", false),
        identity(20, "king@engine.example", true),
    );
    let added = list(&[former, new]);
    let made_primary = list(&[second, primary.clone()]);
    let done = list(&[primary]);
    // Whether what was applied before is known, or in doubt after a lost answer.
    for of in [ada(), doubtful(&["ada@engine.example"])] {
        for (listed, calls) in [
            (&added, &[LIST, MAKE_PRIMARY, DELETE][..]),
            (&made_primary, &[LIST, DELETE]),
            (&done, &[LIST]),
        ] {
            let script: Vec<_> = std::iter::once((200, listed.as_str()))
                .chain([(200, "{}"), (204, "")])
                .collect();
            let fake = Fake::play(&script[..calls.len()]);
            rename(&fake, &of).await.unwrap();
            assert_eq!(fake.seen(), calls);
        }
    }
}

/// An account whose address was one of these.
fn doubtful(addresses: &[&str]) -> Account {
    let addresses = addresses.iter().map(|address| json!(address)).collect();
    Account {
        doubtful: [("email".to_owned(), addresses)].into(),
        ..Account::of("1")
    }
}

#[tokio::test]
async fn in_doubt_what_was_given_goes_and_nothing_else() {
    let listed = list(&[
        identity(20, "king@engine.example", true),
        identity(10, "Ada@engine.example", false),
        identity(11, "ada@home.example", false),
        identity(12, "byron@engine.example", false),
    ]);
    let fake = Fake::play(&[(200, &listed), (204, ""), (404, NOT_FOUND)]);
    let of = doubtful(&["ada@engine.example", "byron@engine.example"]);
    rename(&fake, &of).await.unwrap();
    assert_eq!(fake.seen(), [LIST, DELETE, "DELETE /users/1/identities/12"]);
}

#[tokio::test]
async fn all_addresses_are_listed() {
    let page = json!({
        "identities": [identity(11, "ada@home.example", false)], "meta": { "has_more": true, "after_cursor": "next" }
    });
    let rest = list(&[
        identity(10, "ada@engine.example", false),
        identity(20, "king@engine.example", true),
    ]);
    let fake = Fake::play(&[(200, &page.to_string()), (200, &rest), (204, "")]);
    rename(&fake, &ada()).await.unwrap();
    assert_eq!(
        fake.seen(),
        [
            LIST.to_owned(),
            format!("{LIST}&page%5Bafter%5D=next"),
            DELETE.to_owned()
        ]
    );
}

#[tokio::test]
async fn an_address_of_somebody_elses_changes_nothing() {
    let listed = list(&[identity(10, "ada@engine.example", true)]);
    let taken = invalid(
        "value",
        "DuplicateValue",
        "Value: king@engine.example is already being used by another user",
    );
    let fake = Fake::play(&[(200, &listed), (422, &taken)]);
    let error = rename(&fake, &ada()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists { id: None });
    assert!(!error.reason.contains("king@"), "{error}");
    assert_eq!(fake.seen(), [LIST, ADD]);
}

/// Nobody would remember an address that was added and never came into use.
#[tokio::test]
async fn an_address_that_is_refused_in_the_end_is_taken_away_again() {
    let former = identity(10, "ada@engine.example", true);
    let there = identity(20, "king@engine.example", false);
    let refusal = invalid("value", "InvalidValue", "Value: is not deliverable");
    let added = added(false);
    let fresh = (
        list(std::slice::from_ref(&former)),
        &[LIST, ADD, MAKE_PRIMARY, "DELETE /users/1/identities/20"][..],
    );
    // The person had it before.
    let before = (list(&[former, there]), &[LIST, MAKE_PRIMARY][..]);
    for (listed, calls) in [fresh, before] {
        let script = [(200, listed.as_str()), (201, &added), (422, &refusal), (204, "")];
        let script: Vec<_> = script
            .into_iter()
            .filter(|(status, _)| calls.contains(&ADD) || *status != 201)
            .collect();
        let fake = Fake::play(&script[..calls.len()]);
        let error = rename(&fake, &ada()).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Rejected { .. }), "{error:?}");
        assert_eq!(fake.seen(), calls);
    }
}

#[tokio::test]
async fn failures_on_the_way_are_told() {
    let listed = list(&[identity(10, "ada@engine.example", true)]);
    let refusal = invalid("value", "InvalidValue", "Value: is not deliverable");
    for (script, expected) in [
        (&[(404, NOT_FOUND)][..], ErrorKind::NotFound),
        (&[(0, "")], ErrorKind::Unavailable),
        (&[(200, &listed), (0, "")], ErrorKind::Ambiguous),
        (&[(200, &listed), (201, "<html>")], ErrorKind::Ambiguous),
        (&[(200, &listed), (201, &added(false)), (0, "")], ErrorKind::Ambiguous),
        (
            &[(200, &listed), (201, &added(false)), (200, "{}"), (0, "")],
            ErrorKind::Ambiguous,
        ),
        // Whatever the last call says: where one was carried out before it, the address is in doubt.
        (&[(200, &listed), (429, "")], ErrorKind::RateLimited),
        (&[(200, &listed), (201, &added(false)), (429, "")], ErrorKind::Ambiguous),
        (
            &[(200, &listed), (201, &added(false)), (200, "{}"), (429, "")],
            ErrorKind::Ambiguous,
        ),
        (
            &[(200, &listed), (201, &added(false)), (422, &refusal), (429, "")],
            ErrorKind::Ambiguous,
        ),
    ] {
        let fake = Fake::play(script);
        assert_eq!(rename(&fake, &ada()).await.unwrap_err().kind, expected, "{script:?}");
        assert_eq!(fake.seen().len(), script.len());
    }
}
