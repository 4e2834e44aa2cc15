//! What only Calendly has, over HTTP against its twin: people whose id is another one once they have accepted.
use adapters::descriptor::Kind;
use adapters::{Account, ErrorKind, Fields};
use serde_json::json;

use crate::contract::{Login, connect, start};

#[tokio::test]
async fn who_accepts_is_a_member_under_another_id_until_removed() {
    let (running, twin) = start("calendly").await;
    let vendor = adapters::vendor("calendly").expect("there is such a vendor");
    let adapter = connect(vendor, &twin, &Login::default());
    let email = "ada@engine.example";
    let person = Fields::from([("email".into(), json!(email))]);
    let invited = adapter.create(Kind::User, &person).await.expect("invited");
    twin.seed(json!({ "accept": { "email": email } })).await;
    let member = adapter.get(Kind::User, &invited).await.expect("it answers");
    let member = member.expect("the person is there");
    assert_ne!(member.id, invited.id);
    assert_eq!(member.fields["email"], email);
    let again = adapter.get(Kind::User, &Account::of(member.id.as_str())).await;
    assert_eq!(again.expect("it answers").expect("the member is there").id, member.id);
    for _ in 0..2 {
        adapter.delete(Kind::User, &member).await.expect("removed");
    }
    for account in [&invited, &member] {
        assert_eq!(adapter.get(Kind::User, account).await.expect("it answers"), None);
    }
    running.stop().await;
}

/// A leaver had accepted with another address than was invited, and Calendly answered the removal with 404: by the address
/// nobody was found, so the member stayed and was taken for gone.
#[tokio::test]
async fn who_accepts_with_another_address_is_removed_all_the_same() {
    for answered_is_gone in [false, true] {
        let (running, twin) = start("calendly").await;
        let vendor = adapters::vendor("calendly").expect("there is such a vendor");
        let adapter = connect(vendor, &twin, &Login::default());
        let (email, address) = ("ada@engine.example", "ada@home.example");
        let person = Fields::from([("email".into(), json!(email))]);
        let invited = adapter.create(Kind::User, &person).await.expect("invited");
        let accept = json!({ "email": email, "address": address });
        twin.seed(json!({ "accept": accept, "answered_is_gone": answered_is_gone }))
            .await;
        let member = adapter.get(Kind::User, &invited).await.expect("it answers");
        assert_eq!(member.expect("the member is there").fields["email"], address);
        adapter.delete(Kind::User, &invited).await.expect("removed");
        let found = adapter.find(Kind::User, address).await.expect("it answers");
        assert_eq!(found, None, "{answered_is_gone}");
        assert_eq!(adapter.get(Kind::User, &invited).await.expect("it answers"), None);
        running.stop().await;
    }
}

#[tokio::test]
async fn the_owner_stays_and_a_refusal_is_not_the_tokens() {
    let (running, twin) = start("calendly").await;
    let vendor = adapters::vendor("calendly").expect("there is such a vendor");
    let adapter = connect(vendor, &twin, &Login::default());
    let owner = adapter.find(Kind::User, "owner@calendly.example").await;
    let owner = owner.expect("it answers").expect("every organization has an owner");
    assert!(owner.protected);
    let error = adapter.delete(Kind::User, &owner).await.expect_err("the owner stays");
    assert_eq!(error.kind, ErrorKind::Rejected { field: None }, "{error}");
    running.stop().await;
}
