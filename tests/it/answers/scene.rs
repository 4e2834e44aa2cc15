//! A row being played: a directory with its targets, and the person who is written.
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::row::{Later, Row, Vendor};
use crate::harness::{Installation, Scim, Twin, directory, start_twin, target, until, user};

/// A look at the targets of every scene.
pub(super) type Status = [Value];

pub(super) struct Scene {
    vendor: Vendor,
    row: Row,
    /// The directory's name, with which its targets' names begin.
    name: String,
    twins: Vec<Twin>,
    token: String,
    acme: Scim,
    path: String,
    /// Requests under way, with their places among all of them.
    asked: JoinSet<(usize, Option<u16>)>,
    statuses: Vec<Option<u16>>,
}

impl Scene {
    /// Another number is another directory.
    pub(super) async fn new(number: usize, vendor: Vendor, (targets, row): (u64, Row)) -> Self {
        let mut twins = Vec::new();
        for account in 0..targets {
            twins.push(start_twin(account).await);
        }
        Self {
            vendor,
            row,
            name: format!("row-{number}"),
            twins,
            token: String::new(),
            acme: Scim::new("", ""),
            path: String::new(),
            asked: JoinSet::new(),
            statuses: Vec::new(),
        }
    }

    /// Its directory and targets.
    pub(super) fn declarations(&self, call_deadline_ms: u64) -> String {
        let within = format!("respond_within_ms = {}", self.vendor.respond_within_ms(self.row.0));
        let pace = format!("call_deadline_ms = {call_deadline_ms}\nread_lag_ms = 100");
        let targets = self.twins.iter().enumerate();
        let targets = targets.map(|(at, twin)| target(&self.target(at), &self.name, &twin.base_url, &pace));
        directory(&self.name, &within) + &targets.collect::<String>()
    }

    /// Lets the person come in.
    pub(super) async fn enter(&mut self, installation: &Installation) {
        self.token = installation.token(&self.name);
        self.find(installation);
        let mut ada = user("ada");
        ada["roles"] = json!([{ "value": "admin", "primary": true }]);
        self.path = format!("/Users/{}", self.acme.create("/Users", &ada).await);
    }

    /// A process that was started anew has another address.
    pub(super) fn find(&mut self, installation: &Installation) {
        self.acme = installation.scim(&self.name, &self.token);
    }

    /// Writes, and what else is written once the vendor is at work; the vendor's answers are held back from here on.
    pub(super) async fn write(&mut self) {
        for twin in &self.twins {
            if self.vendor.refuses() {
                let account = twin.user("ada@example.com").await.expect("it was created");
                twin.open_incident(&account).await;
            }
            twin.fail("*", "hold", None).await;
            twin.forget_calls().await;
        }
        let (write, later, _) = self.row;
        self.ask(write.operations(self.vendor));
        for twin in &self.twins {
            until("the vendor is asked", async || {
                (twin.calls().await["total"] == 1).then_some(())
            })
            .await;
        }
        if later == Later::Title {
            self.ask(json!([{ "op": "replace", "path": "title", "value": "later" }]));
            until("the later write is stored", async || {
                (self.acme.get(&self.path).await.body["title"] == "later").then_some(())
            })
            .await;
        }
        if !self.vendor.is_waited_for() {
            self.answered().await;
        }
    }

    /// Waits for the answers; none comes from a process that is gone.
    pub(super) async fn answered(&mut self) {
        let mut answers = std::mem::take(&mut self.asked).join_all().await;
        answers.sort_unstable();
        self.statuses.extend(answers.into_iter().map(|(_, status)| status));
    }

    /// Lets the vendor's answers go.
    pub(super) async fn release(&self) {
        for twin in &self.twins {
            twin.heal().await;
        }
    }

    /// Has another person brought to every target: what is due before her has been tried by then.
    pub(super) async fn follow(&self) {
        self.acme.create("/Users", &user("bob")).await;
        for twin in &self.twins {
            until("who comes later is there", async || twin.user("bob@example.com").await).await;
        }
    }

    /// The row as it should be, for a comparison.
    pub(super) fn expected(&self) -> String {
        let (write, later, expected) = self.row;
        let (statuses, [stored, link, calls]) = match expected.split(" | ").collect::<Vec<_>>()[..] {
            [statuses, stored, link, calls] => (statuses, [stored, link, calls]),
            [stored, link, calls] => (self.usual_statuses(), [stored, link, calls]),
            _ => panic!("a row has four parts: {expected}"),
        };
        let each = |part: &str| vec![part; self.twins.len()].join(", ");
        let (links, calls) = (each(link), each(calls));
        format!("{write:?} {later:?}: {statuses} | {stored} | {links} | {calls}")
    }

    fn usual_statuses(&self) -> &'static str {
        match (self.vendor.is_waited_for(), self.row.1) {
            (true, Later::Nothing) => "-",
            (true, Later::Title) => "- -",
            (false, Later::Nothing) => "200",
            (false, Later::Title) => "200 200",
        }
    }

    /// The row as it is.
    pub(super) async fn found(&self, status: &Status) -> String {
        let (write, later, _) = self.row;
        let statuses = self.statuses.iter();
        let statuses: Vec<_> = statuses
            .map(|status| status.map_or("-".to_owned(), |status| status.to_string()))
            .collect();
        let links: Vec<_> = (0..self.twins.len()).map(|at| self.link(at, status)).collect();
        let mut calls = Vec::new();
        for twin in &self.twins {
            calls.push(calls_at(twin, self.vendor).await);
        }
        format!(
            "{write:?} {later:?}: {} | {} | {} | {}",
            statuses.join(" "),
            self.stored().await,
            links.join(", "),
            calls.join(", ")
        )
    }

    fn ask(&mut self, operations: Value) {
        let (acme, path) = (self.acme.clone(), self.path.clone());
        let place = self.asked.len();
        self.asked.spawn(async move {
            let answer = acme.try_patch(&path, operations).await;
            (place, answer.map(|answer| answer.status))
        });
    }

    fn target(&self, at: usize) -> String {
        format!("{}-{at}", self.name)
    }

    /// What is stored of what was written, and in which version.
    async fn stored(&self) -> String {
        let body = self.acme.get(&self.path).await.body;
        let version = body["meta"]["version"].as_str().expect("a version");
        let number = version.trim_start_matches("W/\"").split(['-', '"']).next();
        let told = |name: &str, value: &Value| match value {
            Value::Null => String::new(),
            value => format!(" {name}={}", value.to_string().trim_matches('"')),
        };
        [
            format!("v{}", number.expect("a number")),
            told("tz", &body["timezone"]),
            told("active", &body["active"]),
            told("role", &body["roles"][0]["value"]),
            told("title", &body["title"]),
        ]
        .concat()
    }

    /// How the person's link is at a target.
    fn link(&self, at: usize, status: &Status) -> String {
        let name = self.target(at);
        let target = status.iter().find(|target| target["name"] == *name);
        let target = target.expect("it is declared");
        match target["problems"].get(0) {
            Some(problem) => {
                let text = |key: &str| problem[key].as_str().unwrap_or("-").to_owned();
                format!("{} {}", text("kind"), text("field"))
            }
            None if target["pending"] == 0 => "settled".to_owned(),
            None => "pending".to_owned(),
        }
    }
}

/// The calls that change the person's account.
async fn calls_at(twin: &Twin, vendor: Vendor) -> String {
    let writes = twin.writes().await;
    let count = |route: &str| writes[route].as_u64().unwrap_or(0);
    let removal = match count("DELETE /users/{id}") {
        0 => String::new(),
        // It is repeated until it succeeds.
        2.. if vendor.refuses() => " DELETEs".to_owned(),
        times => format!(" {times} DELETE"),
    };
    format!("{} PUT{removal}", count("PUT /users/{id}"))
}
