//! `usherd guard`: who is held is listed, and goes or stays as a person says.
use serde_json::{Value, json};

use crate::harness::{Server, until, user};

/// Whom the directory switches off: one may go, the others are held.
const LEAVERS: [&str; 5] = ["ann", "bob", "cid", "dan", "eve"];

/// The resource and its account, of each who is held or withheld, and the list's name.
fn listed(server: &Server) -> (Vec<(String, String)>, String) {
    let report: Value = serde_json::from_str(&server.command(&["guard", "list", "pagerduty", "--json"])).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let held = report["held"].as_array().expect("a list").iter();
    let held: Vec<_> = held.map(|one| (text(&one["account"]), text(&one["kind"]))).collect();
    assert_eq!(report["count"], held.len(), "{report}");
    (held, text(&report["list"]))
}

/// Decides with a command; its code and what it prints.
fn decide(server: &Server, what: &str, arguments: &[&str]) -> (i32, String) {
    let (code, shown, told) = server.run(&[&["guard", what, "pagerduty", "--list"], arguments].concat());
    (code, shown + &told)
}

fn rests(names: &[(&str, &str)]) -> Vec<(String, String)> {
    let rest = |(name, kind): &(&str, &str)| (format!("{name}@example.com"), (*kind).to_owned());
    names.iter().map(rest).collect()
}

/// Waits until those alone have an account.
async fn there(server: &Server, names: &[&str]) {
    let expected: Vec<_> = names.iter().map(|name| format!("{name}@example.com")).collect();
    until(&format!("there are {names:?}"), async || {
        let people = server.twin.people("pagerduty").await;
        people.keys().eq(&expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_is_held_goes_or_stays_as_a_person_decides() {
    let server = Server::start("", "call_deadline_ms = 1000\nread_lag_ms = 100\nguard = { people = 1 }").await;
    assert_eq!(server.command(&["guard", "list", "pagerduty"]), "nobody is held\n");
    let account = |name: &&str| json!({ "name": name, "email": format!("{name}@example.com"), "role": "limited_user" });
    // Who was there before is counted; who was made just now is not.
    server
        .twin
        .seed(json!({ "users": LEAVERS.iter().map(account).collect::<Vec<_>>() }))
        .await;
    let mut ids = Vec::new();
    for name in LEAVERS {
        let mut person = user(name);
        person["roles"] = json!([{ "value": "limited_user", "primary": true }]);
        ids.push(server.acme.create("/Users", &person).await);
    }
    server.settled().await;
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    for id in &ids {
        let answer = server.acme.patch(&format!("/Users/{id}"), off.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        server.settled().await;
    }
    there(&server, &LEAVERS[1..]).await;

    let held = [("bob", "held"), ("cid", "held"), ("dan", "held"), ("eve", "held")];
    let (rest, list) = listed(&server);
    assert_eq!(rest, rests(&held));
    let shown = server.command(&["guard", "list", "pagerduty"]);
    let bob = format!("{} bob@example.com held since ", ids[1]);
    assert!(
        shown.starts_with(&bob) && shown.ends_with(&format!("\n4 in list {list}\n")),
        "{shown}"
    );

    for (arguments, told) in [
        (
            &["none"][..],
            "the list `none` is out of date: look at the present one, ",
        ),
        (
            &[&list, "--resource", &ids[0]],
            "the list has not got all of the resources that are named",
        ),
    ] {
        for what in ["approve", "reject"] {
            let (code, shown) = decide(&server, what, arguments);
            assert!(code == 1 && shown.starts_with(told), "{what} {arguments:?}: {shown}");
        }
    }
    assert_eq!(listed(&server), (rests(&held), list.clone()), "nothing was decided");

    let some = [&list, "--resource", &ids[1], "--resource", &ids[2]].map(AsRef::as_ref);
    assert_eq!(decide(&server, "approve", &some), (0, "2 let go\n".to_owned()));
    there(&server, &LEAVERS[3..]).await;
    server.settled().await;
    let (code, shown) = decide(&server, "reject", &[&list]);
    assert!(
        code == 1 && shown.contains("is out of date"),
        "the list is another one: {shown}"
    );

    let (_, list) = listed(&server);
    let dan = [&list, "--resource", &ids[3]].map(AsRef::as_ref);
    assert_eq!(decide(&server, "reject", &dan), (0, "1 kept\n".to_owned()));
    let (rest, list) = listed(&server);
    assert_eq!(rest, rests(&[("dan", "withheld"), ("eve", "held")]));
    let eve = [&list, "--resource", &ids[4]].map(AsRef::as_ref);
    assert_eq!(decide(&server, "approve", &eve), (0, "1 let go\n".to_owned()));
    there(&server, &["dan"]).await;
    server.settled().await;
    assert_eq!(listed(&server).0, rests(&[("dan", "withheld")]));
}
