//! A mapping tried: what is said is what then happens, and nothing is sent for it.
use adapters::descriptor::Kind;
use serde_json::{Value, json};
use usherd::config::Declarations;
use usherd::service::administration::{Trial, Whom};

use crate::harness::{Gateway, Options, Server, directory, group, target, until, user};

const ON_CALL: &str = r#"
default_role = "observer"
[[target.role]]
role = "admin"
group = "Chiefs"
[[target.role]]
role = "limited_user"
entitlement = "on-call"
[target.mapping.user]
description = { value = "from the directory", on = "create" }
job_title = { expression = "size(groups) == 0 ? user.title : user.title + ' of ' + groups[0]" }
"#;

async fn attempt(gateway: &Gateway, whom: &str, declared: Option<&str>) -> Trial {
    let declared = declared.map(|text| {
        let read = Declarations::parse(text, "test").unwrap_or_else(|faults| panic!("{faults}"));
        read.targets.into_iter().next().expect("a target").0
    });
    let whom = Whom {
        kind: Kind::User,
        name: whom.to_owned(),
    };
    let tried = gateway.administration().try_mapping("pagerduty", &whom, declared).await;
    tried.expect("it can be tried")
}

fn field<'a>(trial: &'a Trial, name: &str) -> (&'a Value, &'a str) {
    let found = trial.fields.iter().find(|field| field.field == name);
    let found = found.unwrap_or_else(|| panic!("no {name} in {trial:?}"));
    (&found.value, &found.source)
}

/// The target works once it has the right credential; until then everything waits.
#[tokio::test]
async fn what_is_said_is_what_then_happens() {
    let gateway = Gateway::with(Options {
        credential: "wrong",
        state: "unauthorized",
        target: format!("read_lag_ms = 100\n{ON_CALL}"),
        ..Options::default()
    })
    .await;
    let mut ada = user("ada");
    ada["title"] = json!("Countess");
    ada["entitlements"] = json!([{ "value": "on-call" }]);
    ada["phoneNumbers"] = json!([{ "value": "+44 20 7946 0000", "type": "mobile" }]);
    let id = gateway.acme.create("/Users", &ada).await;
    gateway.acme.create("/Groups", &group("Engines", &[&id])).await;
    gateway.twin.forget_calls().await;

    let by_id = attempt(&gateway, &id, None).await;
    let trial = attempt(&gateway, "ADA@example.com", None).await;
    assert_eq!(trial, by_id, "a userName is no other person");
    assert_eq!((trial.assigned, trial.active, trial.pending), (true, true, true));
    assert_eq!((&trial.account, &trial.faults), (&None, &Vec::<String>::new()));
    let on_call = "rule 2 of `role`: entitlements has `on-call`";
    for (name, value, source) in [
        ("email", json!("ada@example.com"), "emails[primary eq true].value"),
        ("role", json!("limited_user"), on_call),
        (
            "job_title",
            json!("Countess of Engines"),
            "size(groups) == 0 ? user.title : user.title + ' of ' + groups[0]",
        ),
        ("description", json!("from the directory"), "a constant"),
        ("time_zone", Value::Null, "timezone"),
    ] {
        assert_eq!(field(&trial, name), (&value, source), "{name}");
    }
    let calls: Vec<_> = trial.calls.iter().map(|call| call.verb.as_str()).collect();
    assert_eq!(calls, ["create", "update", "update"]);

    let twin = &gateway.twin;
    let accounted = twin.writes().await;
    assert_eq!(accounted, json!({}), "nothing is sent for a trial");
    let right = [
        directory("acme", ""),
        target(
            "pagerduty",
            "acme",
            &twin.base_url,
            &format!("read_lag_ms = 100\n{ON_CALL}"),
        ),
    ];
    gateway.declare(&right.concat()).await;
    gateway.settled().await;
    let made = twin.user("ada@example.com").await.expect("she is there");
    for (name, value) in &trial.calls[0].fields {
        assert_eq!(made[name], *value, "{name}");
    }
    let writes = twin.writes().await;
    assert_eq!(
        (&writes["POST /users"], &writes["POST /users/{id}/contact_methods"]),
        (&json!(1), &json!(2)),
        "{writes}"
    );
    let settled = attempt(&gateway, &id, None).await;
    assert_eq!((settled.calls, settled.pending), (Vec::new(), false));
    assert_eq!(settled.account.as_deref(), made["id"].as_str());
    gateway.stop().await;
}

#[tokio::test]
async fn a_declaration_is_tried_before_it_is_applied() {
    let gateway = Gateway::start().await;
    let mut ada = user("ada");
    ada["title"] = json!("Countess");
    gateway.acme.create("/Users", &ada).await;
    gateway.settled().await;
    gateway.twin.forget_calls().await;
    let declared = |more: &str| {
        let target = target("pagerduty", "acme", &gateway.twin.base_url, more);
        format!("{}{target}", directory("acme", ""))
    };
    let described = declared("mapping.user.description = \"title\"");
    let trial = attempt(&gateway, "ada@example.com", Some(&described)).await;
    let calls: Vec<_> = trial
        .calls
        .iter()
        .map(|call| (call.verb.as_str(), &call.fields["description"]))
        .collect();
    assert_eq!(calls, [("update", &json!("Countess"))]);
    let nobody = declared("assignment = 'userName eq \"nobody\"'");
    let trial = attempt(&gateway, "ada@example.com", Some(&nobody)).await;
    let calls: Vec<_> = trial.calls.iter().map(|call| call.verb.as_str()).collect();
    assert_eq!((trial.assigned, calls), (false, vec!["delete", "read back"]));
    let wrong = declared("mapping.user.time_zone = \"userName\"");
    let trial = attempt(&gateway, "ada@example.com", Some(&wrong)).await;
    assert!(trial.calls.is_empty(), "{trial:?}");
    let told = "userName: PagerDuty's `time_zone` must be an IANA time zone";
    assert!(trial.faults[0].starts_with(told), "{trial:?}");
    assert_eq!(gateway.twin.calls().await["total"], 0);
    let whom = Whom {
        kind: Kind::Group,
        name: "Nobody's".to_owned(),
    };
    let absent = gateway.administration().try_mapping("pagerduty", &whom, None).await;
    assert_eq!(
        absent.expect_err("no such group").to_string(),
        "there is no Group `Nobody's`"
    );
    gateway.stop().await;
}

/// What stands in the way of the calls is said with them: licences that are gone, and a decision that only a person takes.
#[tokio::test]
async fn what_stands_in_the_way_is_noted() {
    let licence = |id: &str, role: &str, seats: u64| json!({ "id": id, "name": id, "valid_roles": ["owner", role], "role_group": "FullUser", "seats": seats });
    let protected = "call_deadline_ms = 1000\nread_lag_ms = 100\nprotected = [\"bob@example.com\", \"gräfin\"]";
    let gateway = Gateway::with(Options {
        target: protected.to_owned(),
        seed: json!({
            "licenses": [licence("PFULL", "limited_user", 10), licence("PADMIN", "admin", 0)],
            "users": [{ "name": "Bob", "email": "bob@example.com", "role": "limited_user" }],
        }),
        ..Options::default()
    })
    .await;
    for name in ["ada", "bob", "cid"] {
        let mut person = user(name);
        person["title"] = json!(if name == "cid" { "GrÄfin" } else { "Engineer" });
        person["roles"] = json!([{ "value": "limited_user", "primary": true }]);
        gateway.acme.create("/Users", &person).await;
    }
    until("bob is held", async || {
        let problems = gateway.report("pagerduty").await.problems;
        problems.iter().any(|problem| problem.kind == "held").then_some(())
    })
    .await;
    let twin = &gateway.twin.base_url;
    let declared = |role: &str| {
        let more = format!("{protected}\ndefault_role = \"{role}\"");
        directory("acme", "") + &target("pagerduty", "acme", twin, &more)
    };
    let refused = |role: &str| format!("PagerDuty would refuse the role `{role}`: as of ");
    for (whom, declared, expected) in [
        ("ada@example.com", None, None),
        (
            "ada@example.com",
            Some(declared("admin")),
            Some((refused("admin"), " no licence of it was left")),
        ),
        (
            "ada@example.com",
            Some(declared("observer")),
            Some((refused("observer"), " this account has owner, limited_user, admin")),
        ),
        (
            "cid@example.com",
            None,
            Some((
                "the account is protected: only a person may change or delete it".to_owned(),
                "",
            )),
        ),
        (
            "bob@example.com",
            None,
            Some(("it waits for a person, and no call is made before: ".to_owned(), "")),
        ),
    ] {
        let trial = attempt(&gateway, whom, declared.as_deref()).await;
        let note = trial.notes.first();
        let is_as_expected = match (note, &expected) {
            (Some(note), Some((start, end))) => note.starts_with(start) && note.ends_with(end),
            (note, expected) => note.is_none() && expected.is_none(),
        };
        assert!(is_as_expected, "{expected:?} {trial:?}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_command_says_it_in_lines_or_as_json() {
    let server = Server::start("", "read_lag_ms = 100").await;
    let ada = server.acme.create("/Users", &user("ada")).await;
    let team = server.acme.create("/Groups", &group("Engines", &[&ada])).await;
    server.settled().await;
    server.twin.forget_calls().await;
    let account = server.twin.user("ada@example.com").await.expect("she is there")["id"].clone();
    let told = server.command(&["mapping", "try", "pagerduty", "--user", "ada@example.com"]);
    let lines: Vec<_> = told.lines().collect();
    let account = account.as_str().expect("an id");
    assert_eq!(
        lines[0],
        format!("User {ada}: is to have an account, has the account {account}")
    );
    assert_eq!(
        lines[1],
        "  email         = \"ada@example.com\" <- emails[primary eq true].value"
    );
    assert_eq!(lines.last(), Some(&"no call would be made"), "{told}");
    let told = server.command(&["mapping", "try", "pagerduty", "--group", "Engines", "--json"]);
    let trial: Value = serde_json::from_str(&told).expect("JSON");
    let found = (&trial["resource"], &trial["fields"][0]["value"], &trial["calls"]);
    assert_eq!(found, (&json!(team), &json!("Engines"), &json!([])), "{trial}");
    assert_eq!(server.twin.calls().await["total"], 0);
}
