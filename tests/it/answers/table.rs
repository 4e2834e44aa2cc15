//! What a write is answered and what becomes of it, whatever the vendor does and whatever else is written meanwhile.
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Gateway, Options, Twin, second_target, until, user};

/// How long a write waits for the vendor.
const RESPOND_WITHIN: Duration = Duration::from_millis(1500);

/// How long a vendor takes that answers in time: long enough for another write to come between.
const IN_TIME: Duration = Duration::from_millis(700);

/// How long a vendor takes that answers too late.
const TOO_LATE: Duration = Duration::from_millis(2500);

/// What the vendor does with the first call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    Settles,
    Refuses,
    Slow,
    RefusesLate,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    /// A time zone is set.
    Grant,
    /// The person is switched off.
    Removal,
    /// A role is taken away and a time zone is set.
    Both,
}

/// Whether the title is changed before the vendor has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Later {
    Nothing,
    Title,
}

use Later::{Nothing, Title};
use Write::{Both, Grant, Removal};

impl Vendor {
    fn takes(self) -> Duration {
        match self {
            Vendor::Settles | Vendor::Refuses => IN_TIME,
            Vendor::Slow | Vendor::RefusesLate => TOO_LATE,
        }
    }

    fn refuses(self) -> bool {
        match self {
            Vendor::Settles | Vendor::Slow => false,
            Vendor::Refuses | Vendor::RefusesLate => true,
        }
    }

    /// A time zone that the vendor knows or does not; of both the description says nothing.
    fn time_zone(self) -> &'static str {
        match self.refuses() {
            false => "Europe/Berlin",
            true => "Mars/Olympus",
        }
    }
}

impl Write {
    fn operations(self, vendor: Vendor) -> Value {
        let time_zone = json!({ "op": "replace", "path": "timezone", "value": vendor.time_zone() });
        match self {
            Grant => json!([time_zone]),
            Removal => json!([{ "op": "replace", "path": "active", "value": false }]),
            Both => json!([time_zone, { "op": "remove", "path": "roles" }]),
        }
    }
}

/// One gateway, and the person who is written.
struct Scene {
    gateway: Gateway,
    twins: Vec<Twin>,
    path: String,
}

impl Scene {
    async fn new(targets: usize) -> Self {
        let options = Options {
            acme: format!("respond_within_ms = {}", RESPOND_WITHIN.as_millis()),
            target: "call_deadline_ms = 6000\nread_lag_ms = 100".into(),
            ..Options::default()
        };
        let gateway = Gateway::with(Options {
            acme: options.acme.clone(),
            target: options.target.clone(),
            ..Options::default()
        })
        .await;
        let mut twins = vec![gateway.twin.clone()];
        for _ in 1..targets {
            twins.push(second_target(&gateway, &options).await);
        }
        let mut ada = user("ada");
        ada["roles"] = json!([{ "value": "admin", "primary": true }]);
        let path = format!("/Users/{}", gateway.acme.create("/Users", &ada).await);
        gateway.settled().await;
        Self { gateway, twins, path }
    }

    async fn prepare(&self, vendor: Vendor) {
        for twin in &self.twins {
            if vendor.refuses() {
                let account = twin.user("ada@example.com").await.expect("created");
                twin.open_incident(&account).await;
            }
            for route in ["PUT /users/{id}", "DELETE /users/{id}"] {
                twin.delay(route, "slow", vendor.takes()).await;
            }
            twin.forget_calls().await;
        }
    }

    /// Changes the title once the vendors are at work on the first write.
    async fn write_later(&self, later: Later) -> Option<u16> {
        if later == Nothing {
            return None;
        }
        for twin in &self.twins {
            until("the vendor is asked", async || {
                (twin.calls().await["total"].as_u64() > Some(0)).then_some(())
            })
            .await;
        }
        let title = json!([{ "op": "replace", "path": "title", "value": "later" }]);
        Some(self.gateway.acme.patch(&self.path, title).await.status)
    }

    /// What is stored of what was written.
    async fn stored(&self) -> String {
        let body = self.gateway.acme.get(&self.path).await.body;
        let told = |name: &str, value: &Value| match value {
            Value::Null => String::new(),
            value => format!(" {name}={}", value.to_string().trim_matches('"')),
        };
        let parts = [
            told("tz", &body["timezone"]),
            told("active", &body["active"]),
            told("role", &body["roles"][0]["value"]),
            told("title", &body["title"]),
        ];
        parts.concat().trim().to_owned()
    }

    /// How the person's link is at each target.
    async fn links(&self) -> String {
        let status = self.gateway.administration().status().await.expect("a status");
        let link = |target: &usherd::service::administration::TargetReport| match target.problems.first() {
            Some(problem) => format!("{} {}", problem.kind, problem.field.as_deref().unwrap_or("-")),
            None if target.pending == 0 => "settled".to_owned(),
            None => "pending".to_owned(),
        };
        let links: Vec<_> = status.iter().map(link).collect();
        links.join(", ")
    }

    /// The calls at each vendor; those that are repeated until they succeed are not counted.
    async fn calls(&self) -> String {
        let mut told = Vec::new();
        for twin in &self.twins {
            let writes = twin.writes().await;
            let removal = match writes["DELETE /users/{id}"].as_u64() {
                None => "",
                Some(1) => " 1 DELETE",
                Some(_) => " DELETEs",
            };
            let updates = writes["PUT /users/{id}"].as_u64().unwrap_or(0);
            told.push(format!("{updates} PUT{removal}"));
        }
        told.join(", ")
    }
}

/// A row: what is written, what else, and what is answered, stored, left at the links and called, with `|` between.
type Row = (Write, Later, &'static str);

/// Rows share nothing, so they are played at the same time once everything has started.
async fn check(vendor: Vendor, targets: usize, rows: &[Row]) {
    let scenes = join_all(rows.iter().map(|_| Scene::new(targets))).await;
    let played = rows.iter().zip(scenes).map(|(row, scene)| play(vendor, scene, row));
    join_all(played).await;
}

async fn play(vendor: Vendor, scene: Scene, (write, later, expected): &Row) {
    let targets = scene.twins.len();
    scene.prepare(vendor).await;
    let first = scene.gateway.acme.patch(&scene.path, write.operations(vendor));
    let (first, second) = tokio::join!(first, scene.write_later(*later));
    let [.., link, call] = expected.split(" | ").collect::<Vec<_>>()[..] else {
        panic!("a row has four parts: {expected}");
    };
    let (links, calls) = (vec![link; targets].join(", "), vec![call; targets].join(", "));
    let story = format!("{vendor:?} {targets} {write:?} {later:?}");
    let repeated = call.ends_with("DELETEs");
    until(&story, async || {
        let reached = scene.links().await == links && (!repeated || scene.calls().await == calls);
        reached.then_some(())
    })
    .await;
    let statuses = second.map_or(first.status.to_string(), |second| format!("{} {second}", first.status));
    let found = [statuses, scene.stored().await, scene.links().await, scene.calls().await];
    let expected = expected.replace(link, &links).replace(call, &calls);
    assert_eq!(found.join(" | "), expected, "{story}");
    scene.gateway.stop().await;
}

/// Nothing is in the way.
const SETTLED: &[Row] = &[
    (
        Grant,
        Nothing,
        "200 | tz=Europe/Berlin active=true role=admin | settled | 1 PUT",
    ),
    (
        Grant,
        Title,
        "200 200 | tz=Europe/Berlin active=true role=admin title=later | settled | 2 PUT",
    ),
    (
        Removal,
        Nothing,
        "200 | active=false role=admin | settled | 0 PUT 1 DELETE",
    ),
    (
        Removal,
        Title,
        "200 200 | active=false role=admin title=later | settled | 0 PUT 1 DELETE",
    ),
    (Both, Nothing, "200 | tz=Europe/Berlin active=true | settled | 2 PUT"),
    (
        Both,
        Title,
        "200 200 | tz=Europe/Berlin active=true title=later | settled | 3 PUT",
    ),
];

/// The vendor refuses, and nobody waits for it any more, or another target or a later write stands against the undo.
const PARKED: &[Row] = &[
    (
        Grant,
        Nothing,
        "200 | tz=Mars/Olympus active=true role=admin | parked time_zone | 1 PUT",
    ),
    (
        Grant,
        Title,
        "200 200 | tz=Mars/Olympus active=true role=admin title=later | parked time_zone | 2 PUT",
    ),
    (
        Removal,
        Nothing,
        "200 | active=false role=admin | retrying - | 0 PUT DELETEs",
    ),
    (
        Removal,
        Title,
        "200 200 | active=false role=admin title=later | retrying - | 0 PUT DELETEs",
    ),
    (
        Both,
        Nothing,
        "200 | tz=Mars/Olympus active=true | parked time_zone | 2 PUT",
    ),
    (
        Both,
        Title,
        "200 200 | tz=Mars/Olympus active=true title=later | parked time_zone | 3 PUT",
    ),
];

/// The vendor refuses in time at the only target: what may be undone is.
const REFUSED: &[Row] = &[
    (Grant, Nothing, "400 | active=true role=admin | settled | 1 PUT"),
    PARKED[1],
    PARKED[2],
    PARKED[3],
    PARKED[4],
    PARKED[5],
];

#[tokio::test]
async fn one_target_settles() {
    check(Vendor::Settles, 1, SETTLED).await;
}

#[tokio::test]
async fn two_targets_settle() {
    check(Vendor::Settles, 2, SETTLED).await;
}

#[tokio::test]
async fn one_target_refuses() {
    check(Vendor::Refuses, 1, REFUSED).await;
}

#[tokio::test]
async fn two_targets_refuse() {
    check(Vendor::Refuses, 2, PARKED).await;
}

#[tokio::test]
async fn one_target_is_slow() {
    check(Vendor::Slow, 1, SETTLED).await;
}

#[tokio::test]
async fn two_targets_are_slow() {
    check(Vendor::Slow, 2, SETTLED).await;
}

#[tokio::test]
async fn one_target_refuses_late() {
    check(Vendor::RefusesLate, 1, PARKED).await;
}

#[tokio::test]
async fn two_targets_refuse_late() {
    check(Vendor::RefusesLate, 2, PARKED).await;
}
