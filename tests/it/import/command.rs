//! `usherd import`, with a server and without one.
use serde_json::Value;

use super::site::{accounts, numbered};
use crate::harness::Server;

#[tokio::test]
async fn the_command_shows_confirms_and_says_what_was_refused() {
    let mut server = Server::start("", "call_deadline_ms = 1000\nread_lag_ms = 100").await;
    server.twin.seed(accounts("pagerduty", &numbered(3))).await;
    let (code, shown, progress) = server.run(&["import", "pagerduty"]);
    assert_eq!((code, progress.as_str()), (0, ""), "no bar where there is no terminal");
    assert!(
        shown.starts_with("new (at the vendor, not in the directory):\n  account "),
        "{shown}"
    );
    let row = shown.lines().find(|row| row.contains("person00000@example.com "));
    assert!(row.is_some_and(|row| row.ends_with("  new")), "{shown}");
    let mut fields = shown.lines().filter(|row| row.starts_with("      email "));
    assert!(
        fields.any(|row| row.ends_with("  \"person00000@example.com\"")),
        "{shown}"
    );
    assert!(
        shown.contains("  new; protected: only by --account\n"),
        "the owner: {shown}"
    );
    assert!(
        shown.contains("4 new, 0 update, 0 activate, 0 deactivate; 0 of 4 accounts are in step\n"),
        "{shown}"
    );

    ends_quietly_unheard(&server);
    let (_, shown, _) = server.run(&["import", "pagerduty", "--json"]);
    let preview: Value = serde_json::from_str(&shown).expect("an object");
    assert_eq!(preview["lines"].as_array().map(Vec::len), Some(4), "{preview}");
    let plan = preview["plan"].as_str().expect("a plan").to_owned();
    for (arguments, expected) in [
        (
            &["import", "pagerduty", "--confirm", plan.as_str()][..],
            "say what of the plan is applied",
        ),
        (
            &["import", "pagerduty", "--confirm", "0", "--list", "new"],
            "that is not the present plan",
        ),
        (&["import", "nowhere"], "there is no target `nowhere`"),
    ] {
        let (code, _, told) = server.run(arguments);
        assert!(code == 1 && told.starts_with(expected), "{arguments:?}: {code} {told}");
    }
    let confirm = [
        "import",
        "pagerduty",
        "--json",
        "--confirm",
        &plan,
        "--list",
        "new,update",
    ];
    let (code, shown, _) = server.run(&confirm);
    let applied: Value = serde_json::from_str(&shown).expect("an object");
    assert_eq!(
        (code, &applied["applied"], &applied["protected"]),
        (0, &3.into(), &1.into()),
        "{applied}"
    );
    assert_eq!(server.acme.get("/Users?count=0").await.body["totalResults"], 3);

    // The command sends by itself when no server does.
    assert_eq!(server.stop().await, Some(0));
    let (code, shown, told) = server.run(&["import", "pagerduty"]);
    assert_eq!(code, 0, "{told}");
    assert!(
        shown.contains("1 new, 0 update, 0 activate, 0 deactivate; 3 of 4 accounts are in step\n"),
        "{shown}"
    );
}

/// `usherd import … | head`.
fn ends_quietly_unheard(server: &Server) {
    for unheard in [
        &["import", "pagerduty"][..],
        &["import", "pagerduty", "--json"],
        &["status"],
    ] {
        assert_eq!(server.unheard(unheard), (0, String::new()), "{unheard:?}");
    }
}
