//! The command `demo` as a newcomer runs it.
use std::collections::BTreeMap;
use std::fs;

use conformance::twins::pagerduty::PagerDuty;
use conformance::twins::shell;
use serde_json::json;

use crate::harness::{Demo, Installation, Scim, Twin, command, directory, target, twin_options, until, user};

/// Those that the demo has.
const VENDORS: [&str; 4] = ["pagerduty", "zendesk", "okta", "calendly"];

#[tokio::test]
async fn a_person_created_in_acme_appears_at_the_twin() {
    let temporary = tempfile::tempdir().unwrap();
    let demo = Demo::start(&[], &[("TMPDIR", temporary.path().to_str().unwrap())]);
    assert_eq!(demo.ready["ready"], true);
    let names = |list: &str, key: &str| -> Vec<_> {
        let list = demo.ready[list].as_array().unwrap().iter();
        list.map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("directories", "name")[..2], ["acme", "plain"]);
    assert_eq!(names("directories", "name")[2..], VENDORS);
    assert_eq!(names("twins", "vendor"), [VENDORS, VENDORS].concat());
    assert_eq!(
        names("twins", "directory")[..4],
        ["acme"; 4],
        "whoever looks for a vendor finds acme's twin first"
    );

    let config = demo.acme.get("/ServiceProviderConfig").await;
    assert_eq!((config.status, &config.body["patch"]["supported"]), (200, &json!(true)));

    let id = demo.acme.create("/Users", &user("ada")).await;
    let account = demo
        .twin
        .user("ada@example.com")
        .await
        .expect("the account is there once the answer is");
    assert_eq!(account["name"], "ada");
    assert_eq!(
        demo.plain.get(&format!("/Users/{id}")).await.status,
        404,
        "directories are apart"
    );

    let (status, rest) = demo.terminate().await;
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    assert_eq!(
        fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "the temporary folder is gone"
    );
}

#[tokio::test]
async fn acme_feeds_all_four_and_each_of_the_others_its_own() {
    let demo = Demo::start(&[], &[]);
    demo.acme.create("/Users", &user("ada")).await;
    for vendor in VENDORS {
        demo.directory(vendor).create("/Users", &user(vendor)).await;
    }
    for vendor in VENDORS {
        let stands = if vendor == "calendly" { "invited" } else { "in" };
        for (directory, name) in [("acme", "ada"), (vendor, vendor)] {
            let people = demo.twin_of(vendor, directory).people(vendor).await;
            let expected = BTreeMap::from([(format!("{name}@example.com"), stands.to_owned())]);
            assert_eq!(people, expected, "{vendor} of {directory}");
        }
    }
    let (status, _) = demo.terminate().await;
    assert_eq!(status.code(), Some(0));
}

/// The demo once had one target, `pagerduty` of `acme`, whose twin keeps its state in `twins/pagerduty`.
#[tokio::test]
async fn a_folder_of_the_demo_with_one_vendor_is_continued() {
    let state = tempfile::tempdir().unwrap();
    let options = shell::Options {
        data: Some(state.path().join("pagerduty")),
        ..twin_options()
    };
    let twin = shell::start(Box::new(PagerDuty::new(7)), options).await.unwrap();
    let declared = [
        directory("acme", ""),
        directory("plain", ""),
        target("pagerduty", "acme", &twin.base_url(), ""),
    ];
    let mut former = Installation::start(&declared.concat()).await;
    let acme = former.scim("acme", &former.token("acme"));
    let id = acme.create("/Users", &user("ada")).await;
    let account = Twin::new(twin.base_url()).user("ada@example.com").await.unwrap()["id"].clone();
    assert_eq!(former.stop().await, Some(0));
    twin.stop().await;
    fs::rename(state.path(), former.folder().join("twins")).unwrap();

    let demo = Demo::start(&["--data", former.folder().to_str().unwrap()], &[]);
    let change = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    let changed = demo.acme.patch(&format!("/Users/{id}"), change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let ada = demo.twin.user("ada@example.com").await.unwrap();
    assert_eq!((&ada["id"], &ada["job_title"]), (&account, &json!("Countess")));
    demo.acme.create("/Users", &user("bob")).await;
    for vendor in VENDORS {
        let people = demo.twin_of(vendor, "acme").people(vendor).await;
        assert!(people.contains_key("bob@example.com"), "{vendor}: {people:?}");
    }
    demo.terminate().await;
}

#[tokio::test]
async fn a_killed_demo_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments = ["--data", data.to_str().unwrap()];
    let demo = Demo::start(&arguments, &[]);
    let id = demo.acme.create("/Users", &user("ada")).await;
    let path = format!("/Users/{id}");
    let account = demo.twin.user("ada@example.com").await.unwrap()["id"].clone();
    let old_token = demo.acme.token.clone();
    demo.kill();

    let demo = Demo::start(&arguments, &[]);
    let old = Scim::new(&demo.acme.base_url, old_token);
    assert_eq!(old.get(&path).await.status, 401, "tokens are fresh");
    let read = demo.acme.get(&path).await;
    assert_eq!((read.status, &read.body["userName"]), (200, &json!("ada@example.com")));
    assert_eq!(demo.twin.user("ada@example.com").await.unwrap()["id"], account);

    let changed = demo
        .acme
        .patch(
            &path,
            json!([{ "op": "replace", "path": "title", "value": "Countess" }]),
        )
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let titled = async || {
        demo.twin
            .user("ada@example.com")
            .await
            .filter(|account| account["job_title"] == "Countess")
    };
    assert_eq!(
        until("the change is at the twin", titled).await["id"],
        account,
        "the link outlived the kill"
    );
    assert_eq!(demo.twin.users().await.len(), 1);
}

/// A line of the status without the time since when it is so.
fn without_since(line: &str) -> String {
    let (head, rest) = line.split_once(" since ").unwrap_or_else(|| panic!("{line}"));
    let (_, rest) = rest.split_once(',').unwrap_or_else(|| panic!("{line}"));
    format!("{head},{rest}")
}

#[tokio::test]
async fn commands_reach_a_demo_and_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = data.join("usherd.toml");
    let run = |arguments: &[&str]| {
        let output = command(&[arguments, &["--config", config.to_str().unwrap()]].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let demo = Demo::start(&["--data", data.to_str().unwrap()], &[]);
    demo.acme.create("/Users", &user("ada")).await;

    let (code, status, _) = run(&["status"]);
    // What is known of a target's roles stands below its line, from soon after the start on.
    let told = status.lines().filter(|line| !line.starts_with(' '));
    let mut told: Vec<_> = told.map(without_since).collect();
    told.sort_unstable();
    let line = |name: &str, vendor: &str, of: &str| {
        format!("{name} ({vendor}, of {of}): working, 0 pending, 0 of them leaving, 0 parked")
    };
    let mut expected: Vec<_> = VENDORS
        .into_iter()
        .flat_map(|vendor| {
            [
                line(vendor, vendor, "acme"),
                line(&format!("{vendor}-alone"), vendor, vendor),
            ]
        })
        .collect();
    expected.sort_unstable();
    assert_eq!((code, told), (0, expected));
    let (code, secret, told) = run(&["token", "create", "plain", "--expires", "90d", "--note", "a test"]);
    assert_eq!(code, 0, "{told}");
    let issued = Scim::new(&demo.plain.base_url, secret.trim());
    assert_eq!(issued.get("/Users").await.status, 200);
    let (_, listed, _) = run(&["token", "list"]);
    let line = listed
        .lines()
        .find(|line| line.ends_with("a test"))
        .unwrap_or_else(|| panic!("{listed}"));
    let id = line.split(' ').next().unwrap();
    assert!(secret.contains(id) && !listed.contains(secret.trim()));
    assert_eq!(
        run(&["token", "revoke", id]),
        (0, format!("token {id}: revoked\n"), String::new())
    );
    assert_eq!(issued.get("/Users").await.status, 401);
    assert_eq!(
        run(&["token", "revoke", id]),
        (1, String::new(), format!("there is no token `{id}`\n"))
    );
    assert_eq!(
        run(&["token", "create", "nowhere"]).2,
        "there is no directory `nowhere`\n"
    );
    let (code, sound, told) = run(&["store", "check"]);
    assert!(code == 0 && sound.ends_with("nothing is wrong\n"), "{sound}{told}");

    let (status, _) = demo.terminate().await;
    assert_eq!(status.code(), Some(0));
    let (code, status, _) = run(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        (code, &status["targets"][0]["state"]),
        (0, &json!("idle")),
        "the store is opened by the command"
    );
    let (code, sound, told) = run(&["store", "check"]);
    assert!(code == 0 && sound.ends_with("nothing is wrong\n"), "{sound}{told}");
}

#[test]
fn wrong_command_lines_and_missing_files_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("usherd.toml");
    let data = folder.path().join("mistyped");
    std::fs::write(&config, format!("data = {data:?}")).expect("a file");
    let config = config.to_str().expect("a path of text");
    for (arguments, code, told) in [
        (&[][..], 2, "Usage"),
        (&["status", "--config", config], 1, "there is no store at"),
        (&["export", "--config", config], 1, "there is no store at"),
        (&["token", "list", "--config", config], 1, "there is no store at"),
        (&["nonsense"], 2, "nonsense"),
        (&["demo", "--listen", "nowhere"], 2, "invalid"),
        (
            &["token", "create", "acme", "--expires", "90"],
            2,
            "whole number above 0 with a unit",
        ),
        (
            &["serve", "--config", "/nonexistent/usherd.toml"],
            1,
            "cannot read /nonexistent/usherd.toml",
        ),
        (
            &["check", "/nonexistent/acme.toml"],
            1,
            "cannot read /nonexistent/acme.toml",
        ),
    ] {
        let output = command(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(told), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty());
    }
    assert!(!data.exists(), "nothing is made for a command that only asks");
}
