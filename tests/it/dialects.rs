//! Products that speak SCIM in dialects of their own, as `docs/vendors/scim.md` declares them.
use std::fs;
use std::sync::LazyLock;

use adapters::descriptor::Kind;
use conformance::twins::{self, shell};
use schemas::Catalogue;
use serde_json::{Value, json};
use usherd::config::{Declarations, Target};
use usherd::mapping::Mapping;
use usherd::service::administration::{Apply, Credentialed, Declared, Whom};

use crate::contract::Entry;
use crate::harness::{
    AtTwin, Gateway, Installation, Options, Scim, TWIN_TOKEN, TWIN_TOKEN_REFERENCE, Twin, directory, group, token,
    twin_options, until, user,
};

const PAGE: &str = include_str!("../../docs/vendors/scim.md");

/// The twins that speak as the page's examples say, in their order.
const TWINS: [&str; 2] = ["scim-put", "scim-acme"];

/// Everything is changed by PUT.
const BY_PUT: &str = "dialect = { shows_members = true, user = { update = 'put' }, group = { update = 'put' } }";

/// The targets of the page's examples of dialects.
static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let blocks = PAGE.split("```toml\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let blocks = blocks.filter(|block| block.contains("[target.dialect]"));
    blocks.map(|block| read(block).targets.remove(0).0).collect()
});

/// The page's examples, each at a twin that speaks so.
pub(crate) fn entries() -> impl Iterator<Item = Entry> {
    assert_eq!(TARGETS.len(), TWINS.len(), "each example has its twin");
    TARGETS.iter().zip(TWINS).map(|(target, twin)| Entry {
        spoken: adapters::spoken(&target.vendor, target.dialect.as_ref()).expect("it was declared"),
        twin,
        dialect: target.dialect.as_ref(),
    })
}

/// A block of the page, within what it leaves out.
fn read(block: &str) -> Declarations {
    let head = "[[target]]\nname = \"p\"\ndirectory = \"staff\"\nvendor = \"scim\"\nbase_url = \"https://p.example\"\n\
                credential = \"env:ACME_TOKEN\"\n";
    let head = if block.starts_with("[[target]]") { "" } else { head };
    let text = format!("{}{head}{block}", directory("staff", "")).replace("env:ACME_TOKEN", TWIN_TOKEN_REFERENCE);
    let misfits = |target: &Target| {
        let spoken = adapters::spoken(&target.vendor, target.dialect.as_ref());
        let mapped = spoken.and_then(|spoken| Mapping::new(&Catalogue::builtin(), spoken.descriptor, target));
        let misfits = mapped.err().unwrap_or_default();
        misfits
            .into_iter()
            .map(|misfit| (misfit.place, misfit.message))
            .collect()
    };
    let read = Declarations::parse_with(&text, "the page", &misfits);
    read.unwrap_or_else(|faults| panic!("{text}\n{faults}"))
}

/// What a person and a group become in the page's whole example, at a twin that refuses everything else.
#[tokio::test]
async fn the_pages_example_does_what_it_says() {
    let (running, twin) = crate::contract::start("scim-acme").await;
    let gateway = Gateway::start().await;
    let mut example = TARGETS[1].clone();
    example.directory = "plain".to_owned();
    example.base_url = Some(twin.base_url.clone());
    example.allow_private = vec!["127.0.0.1".to_owned()];
    declare(&gateway, example, true).await.expect("it can be declared");
    let mut ann = user("ann");
    ann["ims"] = json!([{ "type": "xmpp", "value": "ann@chat.example" }]);
    ann["displayName"] = json!("Ann");
    ann["title"] = json!("Guide");
    let id = gateway.plain.create("/Users", &ann).await;
    gateway.plain.create("/Groups", &group("Guides", &[&id])).await;
    gateway.settled().await;
    let change = json!([{ "op": "replace", "path": "title", "value": "Chief" }]);
    twin.forget_calls().await;
    assert_eq!(gateway.plain.patch(&format!("/Users/{id}"), change).await.status, 200);
    gateway.settled().await;
    let calls = twin.calls().await["routes"].clone();
    assert_eq!(calls, json!({ "GET /Users/{id}": 1, "PUT /Users/{id}": 1 }));
    let made = twin.state().await["users"][0]["document"].clone();
    assert_eq!(
        (&made["title"], &made["ims"], &made["emails"]),
        (
            &json!("Chief"),
            &json!([{ "type": "chat", "value": "ann@chat.example" }]),
            &json!([{ "type": "work", "value": "ann@example.com", "primary": true }])
        ),
        "{made}"
    );
    gateway.stop().await;
    running.stop().await;
}

/// Brings a target into a gateway, at the twin's credential.
async fn declare(gateway: &Gateway, config: Target, confirm: bool) -> Result<(), String> {
    let directories = ["acme", "plain"].map(|name| serde_json::from_value(json!({ "name": name })));
    let declared = Declared {
        directories: directories.into_iter().map(|read| read.expect("a directory")).collect(),
        targets: vec![Credentialed {
            config,
            credential: TWIN_TOKEN.into(),
        }],
    };
    let apply = Apply {
        confirm,
        ..Apply::default()
    };
    let applied = gateway.administration().apply(&declared, apply).await;
    applied.map(|_| ()).map_err(|error| error.to_string())
}

/// A declaration that makes everybody a guide.
fn guides(twin: &Twin, more: &str) -> Target {
    let at = AtTwin {
        name: "scim",
        directory: "acme",
        vendor: "scim",
        base_url: &twin.base_url,
    };
    let text = at.toml(&format!(
        "read_lag_ms = 100\nmapping.user.title = {{ value = 'Guide' }}\n{more}"
    ));
    let read = Declarations::parse(&format!("{}{text}", directory("acme", "")), "test");
    read.unwrap_or_else(|faults| panic!("{faults}")).targets.remove(0).0
}

/// An update by PUT was said to take one call.
#[tokio::test]
async fn what_is_tried_counts_the_calls_that_a_dialect_takes() {
    for (dialect, calls) in [("", 1), (BY_PUT, 2)] {
        let gateway = Gateway::with(Options {
            vendor: "scim",
            target: format!("read_lag_ms = 100\n{dialect}"),
            ..Options::default()
        })
        .await;
        let id = gateway.acme.create("/Users", &user("ann")).await;
        gateway.settled().await;
        let target = guides(&gateway.twin, dialect);
        let whom = Whom {
            kind: Kind::User,
            name: id,
        };
        let tried = gateway
            .administration()
            .try_mapping("scim", &whom, Some(target.clone()))
            .await;
        let tried = tried.expect("it can be tried").calls;
        let told: Vec<_> = tried.iter().map(|call| (call.verb.as_str(), call.calls)).collect();
        assert_eq!(told, [("update", calls)], "{dialect}");

        let refused = declare(&gateway, target.clone(), false).await.unwrap_err();
        assert!(refused.contains("1 changed"), "{refused}");
        gateway.twin.forget_calls().await;
        declare(&gateway, target, true).await.expect("it is confirmed");
        until("everybody is a guide", async || {
            let state = gateway.twin.state().await;
            (state["users"][0]["document"]["title"] == "Guide").then_some(())
        })
        .await;
        gateway.settled().await;
        let routes = gateway.twin.calls().await["routes"].clone();
        let of_one: u64 = routes
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(route, _)| route.ends_with("/Users/{id}"))
            .filter_map(|(_, calls)| calls.as_u64())
            .sum();
        assert_eq!(of_one, calls, "{dialect}: {routes}");
        gateway.stop().await;
    }
}

/// A field that was declared at the wrong attribute: everybody gets it at the right one, once the numbers are confirmed.
#[tokio::test]
async fn a_field_moves_with_what_everybody_has() {
    let gateway = Gateway::with(Options {
        vendor: "scim",
        target: "read_lag_ms = 100\nmapping.user.title = { value = 'Guide' }".into(),
        ..Options::default()
    })
    .await;
    gateway.acme.create("/Users", &user("ann")).await;
    let bob = gateway.acme.create("/Users", &user("bob")).await;
    gateway.settled().await;
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(gateway.acme.patch(&format!("/Users/{bob}"), off).await.status, 200);
    gateway.settled().await;
    for (attribute, more) in [
        ("profileUrl", "dialect.user.fields.title.attribute = 'profileUrl'"),
        ("title", ""),
    ] {
        let more = format!("mapping.user.user_type = {{ omit = true }}\n{more}");
        let target = guides(&gateway.twin, &more);
        let refused = declare(&gateway, target.clone(), false).await.unwrap_err();
        assert!(refused.contains("0 accounts made or adopted, 1 changed"), "{refused}");
        gateway.twin.forget_calls().await;
        declare(&gateway, target, true).await.expect("it is confirmed");
        let patched = async || gateway.twin.calls().await["routes"]["PATCH /Users/{id}"].as_u64();
        until("somebody is changed", patched).await;
        gateway.settled().await;
        assert_eq!(patched().await, Some(1), "who is out is left alone");
        let state = gateway.twin.state().await;
        assert_eq!(state["users"][0]["document"][attribute], "Guide", "{state}");
    }
    gateway.stop().await;
}

/// The target goes on in its dialect when the process starts anew, whatever has become of the file.
#[tokio::test]
async fn a_dialect_is_kept_without_its_file() {
    let twin = twins::by_vendor("scim-put", 1).expect("it has a twin");
    let twin_running = shell::start(twin, twin_options()).await.expect("the twin starts");
    let twin = Twin::new(twin_running.base_url());
    let at = AtTwin {
        name: "product",
        directory: "staff",
        vendor: "scim",
        base_url: &twin.base_url,
    };
    let target = at.toml(&format!("call_deadline_ms = 2000\nread_lag_ms = 100\n{BY_PUT}"));
    let mut installation = Installation::start(&format!("{}{target}", directory("staff", ""))).await;
    let exported = installation.command(&["export"]);
    assert!(exported.contains("[target.dialect"), "{exported}");
    let token = installation.token("staff");
    fs::remove_file(installation.folder().join("directories.toml")).expect("it is there");
    installation.kill();
    installation.restart();
    let staff = installation.scim("staff", &token);
    let id = staff.create("/Users", &user("ann")).await;
    installation.settled().await;
    twin.forget_calls().await;
    let change = json!([{ "op": "replace", "path": "title", "value": "Chief" }]);
    assert_eq!(staff.patch(&format!("/Users/{id}"), change).await.status, 200);
    installation.settled().await;
    let routes = twin.calls().await["routes"].clone();
    assert_eq!(routes["PUT /Users/{id}"], 1, "{routes}");
    twin_running.stop().await;
}

/// A person as an identity provider finds them at a gateway.
async fn found(directory: &Scim, name: &str) -> Value {
    let path = format!("/Users?filter=userName%20eq%20%22{name}@example.com%22");
    directory.get(&path).await.body["Resources"][0].clone()
}

/// One gateway is the product of another: people and groups come, change, leave and go, by PATCH and by PUT.
#[tokio::test]
async fn a_gateway_feeds_another_one() {
    for dialect in ["", BY_PUT] {
        let (front, back) = (Gateway::start().await, Gateway::start().await);
        let text = format!(
            "[[target]]\nname = 'back'\ndirectory = 'plain'\nvendor = 'scim'\nbase_url = 'http://{}/scim/plain/v2'\n\
             allow_private = ['127.0.0.1']\nread_lag_ms = 0\ncredential = '{TWIN_TOKEN_REFERENCE}'\n{dialect}",
            back.addr()
        );
        let secret = token(back.administration(), "plain").await;
        front
            .declare_with(&format!("{}{text}", directory("plain", "")), &secret)
            .await;
        feed(&front, &back.plain).await;
        for gateway in [front, back] {
            gateway.stop().await;
        }
    }
}

async fn feed(front: &Gateway, back: &Scim) {
    let source = &front.plain;
    let (ann, bob) = (
        source.create("/Users", &user("ann")).await,
        source.create("/Users", &user("bob")).await,
    );
    let crew = source.create("/Groups", &group("Crew", &[&ann])).await;
    let crew = format!("/Groups/{crew}");
    let ann = format!("/Users/{ann}");
    front.settled().await;
    let rename = json!([
        { "op": "replace", "path": "title", "value": "Chief" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@example.com" },
    ]);
    assert_eq!(source.patch(&ann, rename).await.status, 200);
    let join = json!([{ "op": "add", "path": "members", "value": [{ "value": bob }] }]);
    assert_eq!(source.patch(&crew, join).await.status, 200);
    front.settled().await;
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(source.patch(&ann, off).await.status, 200);
    front.settled().await;
    let (fed, other) = (found(back, "ann").await, found(back, "bob").await);
    assert_eq!(
        (&fed["title"], &fed["active"], &fed["emails"][0]["value"]),
        (&json!("Chief"), &json!(false), &json!("a@example.com")),
        "{fed}"
    );
    for person in [&fed, &other] {
        assert_eq!(person["groups"][0]["display"], "Crew", "{person}");
    }
    let leave = json!([{ "op": "remove", "path": format!("members[value eq \"{bob}\"]") }]);
    assert_eq!(source.patch(&crew, leave).await.status, 200);
    assert_eq!(source.delete(&ann).await.status, 204);
    front.settled().await;
    assert_eq!(found(back, "ann").await, Value::Null);
    assert_eq!(found(back, "bob").await["groups"], Value::Null);
    assert_eq!(source.delete(&crew).await.status, 204);
    front.settled().await;
    assert_eq!(back.get("/Groups").await.body["totalResults"], 0);
    let status = front.administration().status().await.expect("a status");
    let fed = status
        .into_iter()
        .find(|target| target.name == "back")
        .expect("it is declared");
    assert_eq!((fed.parked, fed.problems.len()), (0, 0), "{fed:?}");
}
