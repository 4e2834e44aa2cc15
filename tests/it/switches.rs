//! Switches that are turned off for a while: what they keep is shown, counted before they are on again, and then done.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use usherd::config::Declarations;
use usherd::service::administration::{Apply, Credentialed, Declared, TargetReport};

use crate::harness::{AtTwin, Gateway, Options, TWIN_TOKEN, agree, directory, user};

const VENDOR: &str = "okta";

const OFF: &str = "switches = { create = false, update = false, activate = false, delete = false }";

/// Who matches no more is left.
const LEFT: &str = "read_lag_ms = 100\ncalls_per_minute = 100000\nassignment = 'userType eq \"Employee\"'";

struct House {
    gateway: Gateway,
    people: BTreeMap<&'static str, String>,
}

impl House {
    /// A target with these people, all settled.
    async fn with(people: &[&'static str]) -> Self {
        let gateway = Gateway::with(Options {
            vendor: VENDOR,
            target: format!("{LEFT}\non_unassign = 'leave'"),
            ..Options::default()
        })
        .await;
        let mut house = Self {
            gateway,
            people: BTreeMap::new(),
        };
        for name in people {
            house.come(name).await;
        }
        house.gateway.settled().await;
        house
    }

    async fn come(&mut self, name: &'static str) {
        let mut person = user(name);
        person["userType"] = json!("Employee");
        let id = self.gateway.acme.create("/Users", &person).await;
        self.people.insert(name, format!("/Users/{id}"));
    }

    async fn change(&self, name: &str, path: &str, value: Value) {
        let change = json!([{ "op": "replace", "path": path, "value": value }]);
        let answer = self.gateway.acme.patch(&self.people[name], change).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn apply(&self, more: &str, confirm: bool) -> Result<(), String> {
        let at = AtTwin {
            name: VENDOR,
            directory: "acme",
            vendor: VENDOR,
            base_url: &self.gateway.twin.base_url,
        };
        let text = directory("acme", "") + &directory("plain", "") + &at.toml(&format!("{LEFT}\n{more}"));
        let read = Declarations::parse(&text, "test").unwrap_or_else(|faults| panic!("{faults}"));
        let targets = read.targets.into_iter().map(|(config, _)| Credentialed {
            config,
            credential: TWIN_TOKEN.into(),
        });
        let declared = Declared {
            directories: read.directories,
            targets: targets.collect(),
        };
        let apply = Apply {
            confirm,
            ..Apply::default()
        };
        let applied = self.gateway.administration().apply(&declared, apply).await;
        applied.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Applies what touches nobody.
    async fn settle(&self, more: &str) {
        self.apply(more, false).await.expect("it touches nobody");
        self.gateway.settled().await;
    }

    async fn report(&self) -> TargetReport {
        self.gateway.report(VENDOR).await
    }

    async fn stand(&self, expected: &[(&str, &str)]) {
        let row = |(name, how): &(&str, &str)| (format!("{name}@example.com"), (*how).to_owned());
        let expected: BTreeMap<_, _> = expected.iter().map(row).collect();
        agree(&expected, async || self.gateway.twin.people(VENDOR).await).await;
    }
}

/// With everything off somebody comes, is switched off, is changed, is deleted and matches no more.
#[tokio::test]
async fn what_switches_keep_is_counted_and_done_when_they_are_on_again() {
    let mut house = House::with(&["ann", "bob", "cid", "dan"]).await;
    let all = [("ann", "in"), ("bob", "in"), ("cid", "in"), ("dan", "in")];
    house.settle(&format!("{OFF}\non_unassign = 'leave'")).await;
    house.gateway.twin.forget_calls().await;
    house.come("eve").await;
    house.change("ann", "active", json!(false)).await;
    house.change("bob", "title", json!("Dr")).await;
    house.change("dan", "userType", json!("Contractor")).await;
    assert_eq!(house.gateway.acme.delete(&house.people["cid"]).await.status, 204);
    house.gateway.settled().await;
    assert_eq!(house.gateway.twin.writes().await, json!({}));
    house.stand(&all).await;
    let report = house.report().await;
    let mut reasons: Vec<_> = report.problems.iter().map(|problem| problem.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(report.parked, 2, "{report:?}");
    assert!(reasons[0].contains("`activate` is off"), "{reasons:?}");
    assert!(reasons[1].contains("`delete` is off"), "{reasons:?}");

    for (more, expected) in [
        (
            "on_unassign = 'leave'",
            "1 account made or adopted, 1 changed, and access taken from 2 (1 account deleted)",
        ),
        (
            "on_unassign = 'delete'",
            "1 account made or adopted, 1 changed, and access taken from 3 (2 accounts deleted)",
        ),
        (
            "on_unassign = 'deactivate'",
            "1 account made or adopted, 1 changed, and access taken from 3 (1 account deleted)",
        ),
        (
            "on_unassign = 'leave'\nswitches = { update = false, delete = false }",
            "1 account made or adopted, 0 changed, and access taken from 1:",
        ),
        (
            "on_unassign = 'leave'\non_delete = 'deactivate'\nswitches = { create = false }",
            "0 accounts made or adopted, 1 changed, and access taken from 2:",
        ),
    ] {
        let refused = house.apply(more, false).await.unwrap_err();
        assert!(refused.contains(expected), "{more}: {refused}");
    }
    house.settle(&format!("{OFF}\non_unassign = 'delete'")).await;
    assert_eq!(house.gateway.twin.writes().await, json!({}));

    house
        .apply("on_unassign = 'delete'", true)
        .await
        .expect("it is confirmed");
    house.stand(&[("ann", "out"), ("bob", "in"), ("eve", "in")]).await;
    house.gateway.settled().await;
    assert_eq!(house.report().await.parked, 0);
    // The same again touches nobody, and neither does what concerns none of them.
    house.settle("on_unassign = 'delete'").await;
    house
        .settle("on_unassign = 'delete'\non_existing = 'refuse'\nprotected = ['nobody']")
        .await;
    house.gateway.stop().await;
}

/// While the vendor is away somebody is deleted and somebody is switched off; then the settings change.
#[tokio::test]
async fn who_is_leaving_is_counted_however_the_settings_change() {
    let house = House::with(&["ann", "bob", "cid"]).await;
    house.gateway.twin.fail("*", "503", None).await;
    house.change("ann", "active", json!(false)).await;
    assert_eq!(house.gateway.acme.delete(&house.people["cid"]).await.status, 204);
    for (more, expected) in [
        (
            "on_delete = 'leave'",
            "access taken from 0; 1 account may stay open whose access is to end",
        ),
        ("on_delete = 'deactivate'", "access taken from 1:"),
        (
            "switches = { delete = false }",
            "access taken from 0; 1 account may stay open whose access is to end",
        ),
        (
            "switches = { delete = false, activate = false }",
            "access taken from 0; 2 accounts may stay open whose access is to end",
        ),
    ] {
        let refused = house.apply(&format!("on_unassign = 'leave'\n{more}"), false).await;
        let refused = refused.expect_err(more);
        assert!(refused.contains(expected), "{more}: {refused}");
    }
    let same = "on_unassign = 'leave'\non_existing = 'refuse'";
    house.apply(same, false).await.expect("it touches nobody");
    house.gateway.twin.heal().await;
    house.gateway.settled().await;
    house.stand(&[("ann", "out"), ("bob", "in")]).await;
    house.gateway.stop().await;
}
