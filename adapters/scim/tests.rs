//! Traps of dialects, each met by the calls that it takes.
mod members;

use std::fs;
use std::path::Path;

use serde_json::json;

use super::Manifest;
use crate::client::InProcess;
use crate::descriptor::{Kind, Misfit};
use crate::scripted::{self, Scripted, written};
use crate::{Account, Error, Fields, Spoken, Vendor};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0";

/// Everything is changed by PUT.
const BY_PUT: &str = "shows_members = true\nuser.update = 'put'\ngroup.update = 'put'";

/// The vendor `scim` in a dialect.
fn dialect(text: &str) -> Spoken {
    spoken("scim", text).unwrap_or_else(|misfits| panic!("{misfits:?}"))
}

fn spoken(vendor: &str, text: &str) -> Result<Spoken, Vec<Misfit>> {
    let own = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    crate::spoken(vendor, Some(&own))
}

/// A product where everything is changed by PUT.
fn by_put(script: &[(u16, &str)]) -> Scripted {
    Scripted::spoken(&dialect(BY_PUT), script)
}

fn vendors() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scim/vendors"))
}

fn vendor(name: &str) -> &'static Vendor {
    crate::vendor(name).unwrap()
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    pairs.collect()
}

fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?} {:?}", error.kind, error.retry),
    }
}

#[test]
fn every_file_is_a_vendor_that_fits_itself() {
    for entry in fs::read_dir(vendors()).unwrap() {
        let path = entry.unwrap().path();
        let manifest = Manifest::parse(&fs::read_to_string(&path).unwrap());
        let manifest = manifest.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = &manifest.descriptor.name;
        assert_eq!(path.file_stem().unwrap().to_str(), Some(name.as_str()));
        assert!(crate::vendor(name).is_some(), "{name} is not in the registry");
        let dialect = &manifest.dialect;
        assert_eq!(
            dialect.group.is_some(),
            manifest.descriptor.group.is_some(),
            "{name}: groups"
        );
        for (kind, resources) in [(Kind::User, Some(&dialect.user)), (Kind::Group, dialect.group.as_ref())] {
            let (Some(described), Some(resources)) = (manifest.descriptor.kind(kind), resources) else {
                continue;
            };
            let mut described: Vec<_> = described.fields.iter().map(|field| &field.name).collect();
            described.sort();
            assert!(
                described.into_iter().eq(resources.attributes.keys()),
                "{name}: fields of {kind:?}"
            );
            let stray = resources
                .new_values
                .keys()
                .find(|field| !resources.attributes.contains_key(*field));
            assert_eq!(stray, None, "{name}: new values of {kind:?}");
        }
    }
}

#[test]
fn an_endpoint_must_be_named() {
    let nobody = || InProcess::new(|_, _| unreachable!());
    for name in ["scim", "scim-aws", "scim-blogin", "scim-planmyleave", "calendly-scim"] {
        let base_url = &(vendor(name).descriptor)().base_url;
        let connected = scripted::connect(vendor(name), base_url, nobody()).map(|_| ());
        assert_eq!(
            told(connected),
            "Rejected { field: Some(\"base_url\") } Never",
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_identity_is_the_address_and_the_credential_is_tried() {
    for (status, body, expected) in [
        (
            200,
            r#"{"totalResults":0}"#,
            "https://vendor.example/base vendor.example",
        ),
        (404, "", "Unavailable Backoff"),
        (403, "", "Unauthorized Backoff"),
    ] {
        let fake = Scripted::new(vendor("scim"), &[(status, body)]);
        let identity = fake.adapter.check().await;
        let identity = identity.map(|identity| format!("{} {}", identity.id, identity.name));
        assert_eq!(identity.unwrap_or_else(|error| told::<()>(Err(error))), expected);
        assert_eq!(fake.seen(), ["GET /Users?count=1"]);
    }
}

#[tokio::test]
async fn only_who_has_the_name_is_found() {
    let user = |id: &str, name: &str| json!({ "id": id, "userName": name });
    let list = |total: u64, users| json!({ "totalResults": total, "Resources": users }).to_string();
    for (body, expected) in [
        (list(1, json!([user("1", "ann \"A\"")])), "Some(\"1\")"),
        (list(1, json!([user("1", "ANN \"a\"")])), "Some(\"1\")"),
        (list(0, json!([])), "None"),
        (json!({ "totalResults": 0 }).to_string(), "None"),
        (json!({ "Resources": [] }).to_string(), "Unavailable Backoff"),
        // The filter is not heeded.
        (
            list(2, json!([user("1", "bob"), user("2", "ann \"a\"")])),
            "Some(\"2\")",
        ),
        (list(2, json!([user("1", "bob"), user("2", "cy")])), "None"),
        (
            list(2, json!([user("1", "ann \"A\""), user("2", "ANN \"a\"")])),
            "Rejected { field: Some(\"user_name\") } Backoff",
        ),
        (list(900, json!([user("1", "bob")])), "Unavailable Backoff"),
    ] {
        let fake = Scripted::new(vendor("scim"), &[(200, &body)]);
        let found = fake.adapter.find(Kind::User, "ann \"a\"").await;
        assert_eq!(told(found.map(|found| found.map(|found| found.id))), expected, "{body}");
        assert_eq!(
            fake.seen(),
            ["GET /Users?filter=userName%20eq%20%22ann%20%5C%22a%5C%22%22"]
        );
    }
}

#[tokio::test]
async fn of_several_values_it_is_known_which_are_there() {
    let patch = |operation| {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
        written("PATCH /Users/7", &body)
    };
    let set = patch(json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x" }));
    let add =
        patch(json!({ "op": "add", "path": "emails", "value": [{ "primary": true, "type": "work", "value": "a@x" }] }));
    let (there, empty) = (
        json!({ "id": "7", "emails": [{ "type": "work", "value": "b@x" }] }).to_string(),
        json!({ "id": "7" }).to_string(),
    );
    let known = |value| Account {
        fields: Fields::from([("email".to_owned(), value)]),
        ..Account::of("7")
    };
    let read = "GET /Users/7";
    for (account, script, calls) in [
        (known(json!("b@x")), vec![(204, "")], vec![set.as_str()]),
        (known(json!(null)), vec![(204, "")], vec![add.as_str()]),
        (
            Account::of("7"),
            vec![(200, there.as_str()), (204, "")],
            vec![read, set.as_str()],
        ),
        // Somebody has taken it away at the product.
        (
            known(json!("b@x")),
            vec![(400, r#"{"scimType":"noTarget"}"#), (200, empty.as_str()), (204, "")],
            vec![set.as_str(), read, add.as_str()],
        ),
        (
            Account::of("7"),
            vec![(200, empty.as_str()), (204, "")],
            vec![read, add.as_str()],
        ),
    ] {
        let fake = Scripted::new(vendor("scim"), &script);
        let changed = fields(&[("email", "a@x")]);
        fake.adapter.update(Kind::User, &account, &changed).await.unwrap();
        assert_eq!(fake.seen(), calls);
    }
}

#[tokio::test]
async fn one_value_is_replaced_as_a_whole() {
    let fake = Scripted::new(vendor("scim-aws"), &[(200, "{}")]);
    let changed = fields(&[("email", "a@x"), ("phone", "")]);
    fake.adapter
        .update(Kind::User, &Account::of("7"), &changed)
        .await
        .unwrap();
    let operations = json!([
        { "op": "replace", "path": "emails", "value": [{ "primary": true, "type": "work", "value": "a@x" }] },
        { "op": "remove", "path": "phoneNumbers" },
    ]);
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    assert_eq!(fake.seen(), [written("PATCH /Users/7", &body)]);
}

#[tokio::test]
async fn a_put_sends_back_what_was_read_without_what_is_the_providers_own() {
    let user = json!({
        "schemas": ["x"], "id": "7", "meta": {}, "groups": [], "userName": "ann", "nickName": "A", "active": true,
        "urn:example:other": { "kept": 1 },
    });
    let fake = by_put(&[(200, &user.to_string()), (200, "{}")]);
    let changed = fields(&[("title", "Guide"), ("nick_name", ""), ("department", "Tours")]);
    fake.adapter
        .update(Kind::User, &Account::of("7"), &changed)
        .await
        .unwrap();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let sent = json!({
        "schemas": [format!("{CORE}:User"), enterprise], "userName": "ann", "active": true, "title": "Guide",
        enterprise: { "department": "Tours" }, "urn:example:other": { "kept": 1 },
    });
    assert_eq!(fake.seen(), ["GET /Users/7".to_owned(), written("PUT /Users/7", &sent)]);
}

#[tokio::test]
async fn a_creation_is_whole_and_in_doubt_when_unreadable() {
    let given = fields(&[
        ("user_name", "ann@x.example"),
        ("display_name", "Ann"),
        ("external_id", ""),
    ]);
    let body = json!({
        "schemas": [format!("{CORE}:User")], "userName": "ann@x.example", "displayName": "Ann", "active": true,
    });
    for (answer, expected) in [
        ((201, r#"{"id":"7","userName":"ann@x.example"}"#), "\"7\""),
        ((201, "{}"), "Ambiguous Backoff"),
        ((201, "<html>"), "Ambiguous Backoff"),
        ((409, "{}"), "Exists { id: None } Never"),
    ] {
        let fake = Scripted::new(vendor("calendly-scim"), &[answer]);
        let created = fake.adapter.create(Kind::User, &given).await;
        assert_eq!(told(created.map(|created| created.id)), expected);
        assert_eq!(fake.seen(), [written("POST /Users", &body)]);
    }
    let fake = Scripted::new(vendor("calendly-scim"), &[]);
    let created = fake
        .adapter
        .create(Kind::User, &fields(&[("user_name", "ann@x.example")]))
        .await;
    assert_eq!(told(created), "Rejected { field: Some(\"display_name\") } Never");
    let updated = fake
        .adapter
        .update(Kind::User, &Account::of("7"), &fields(&[("display_name", "")]))
        .await;
    assert_eq!(told(updated), "Rejected { field: Some(\"display_name\") } Never");
}

#[tokio::test]
async fn lists_go_on_where_the_last_page_ended() {
    let page = |total: u64, ids: &[&str]| {
        let users: Vec<_> = ids.iter().map(|id| json!({ "id": id, "active": "False" })).collect();
        json!({ "totalResults": total, "Resources": users }).to_string()
    };
    let fake = Scripted::new(
        vendor("scim"),
        &[
            (200, &page(3, &["1", "2"])),
            (200, &page(3, &["3"])),
            (200, &page(3, &[])),
        ],
    );
    let first = fake.adapter.list(Kind::User, None).await.unwrap();
    assert!(!first.accounts[0].active);
    assert_eq!(first.next.as_deref(), Some("3"));
    assert_eq!(fake.adapter.list(Kind::User, Some("3")).await.unwrap().next, None);
    // The total says more than there is.
    assert_eq!(fake.adapter.list(Kind::User, Some("2")).await.unwrap().next, None);
    let wrong = fake.adapter.list(Kind::User, Some("x")).await;
    assert_eq!(told(wrong.map(|_| ())), "Rejected { field: None } Never");
    assert_eq!(fake.seen()[1], "GET /Users?startIndex=3&count=100");
}

/// A list that was cut off was taken for whole, and everybody beyond it for gone.
#[tokio::test]
async fn a_list_that_is_shorter_than_it_says_is_none() {
    let page = |total, users| json!({ "totalResults": total, "Resources": users }).to_string();
    let one = || json!([{ "id": "1" }]);
    for (after, body, expected) in [
        (None, page(json!(1), one()), "None"),
        (None, page(json!(2), one()), "Some(\"2\")"),
        (None, page(json!(0), json!([])), "None"),
        // Everybody is missing.
        (None, page(json!(1), json!([])), "Unavailable Backoff"),
        (None, page(json!(null), one()), "Unavailable Backoff"),
        // A few were deleted meanwhile, or are counted and not shown.
        (Some("201"), page(json!(210), json!([])), "None"),
        (Some("201"), page(json!(211), json!([])), "Unavailable Backoff"),
        (Some("201"), page(json!(200), json!([])), "None"),
    ] {
        let fake = Scripted::new(vendor("scim"), &[(200, &body)]);
        let listed = fake.adapter.list(Kind::User, after).await;
        assert_eq!(told(listed.map(|page| page.next)), expected, "{after:?} {body}");
    }
}
