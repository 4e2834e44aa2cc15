//! The gateway with its twins, as `usherd demo` starts them, and the load on the noisy directory.
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// The directory whose vendor is in trouble.
const NOISY: &str = "okta";

/// A running gateway; it is killed when dropped.
pub(crate) struct Gateway {
    process: Child,
    ready: Value,
    client: reqwest::Client,
    rounds: usize,
}

/// One directory.
#[derive(Clone)]
pub(crate) struct Directory {
    client: reqwest::Client,
    base_url: String,
    token: String,
}

/// Joiners who come until told to stop.
pub(crate) struct Noise {
    stop: watch::Sender<bool>,
    coming: JoinHandle<()>,
}

impl Gateway {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_usherd"))
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().context("its output")?;
        let mut gateway = Self {
            process,
            ready: Value::Null,
            client: reqwest::Client::new(),
            rounds: 0,
        };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        gateway.ready = serde_json::from_str(&line).context("it did not start")?;
        Ok(gateway)
    }

    pub(crate) fn directory(&self, name: &str) -> anyhow::Result<Directory> {
        let found = self.entry("directories", "name", name)?;
        let text = |key: &str| found.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Directory {
            client: self.client.clone(),
            base_url: text("base_url").context("a base URL")?,
            token: text("token").context("a token")?,
        })
    }

    /// From now on the noisy vendor's twin meets this fault.
    pub(crate) async fn noisy_vendor(&mut self, fault: Option<Value>) -> anyhow::Result<()> {
        self.rounds += 1;
        let twin = self.entry("twins", "directory", NOISY)?;
        let url = twin.get("base_url").and_then(Value::as_str).context("a base URL")?;
        let faults = format!("{url}/__twin/faults");
        self.client.delete(&faults).send().await?.error_for_status()?;
        if let Some(fault) = fault {
            let request = self.client.post(&faults).header("content-type", "application/json");
            request.body(fault.to_string()).send().await?.error_for_status()?;
        }
        Ok(())
    }

    /// Lets this many joiners a second come to the noisy directory, whether or not earlier ones are answered.
    pub(crate) fn noise(&self, per_second: u32) -> Noise {
        let (stop, mut stopped) = watch::channel(false);
        let (directory, round) = (self.directory(NOISY), self.rounds);
        let coming = tokio::spawn(async move {
            let Ok(directory) = directory else { return };
            let mut ticks = interval(Duration::from_secs(1) / per_second);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut requests = JoinSet::new();
            for number in 0_u64.. {
                tokio::select! {
                    _ = stopped.changed() => break,
                    _ = ticks.tick() => {}
                }
                let directory = directory.clone();
                requests.spawn(async move { directory.create(&format!("noise-{round}-{number}")).await });
                while requests.try_join_next().is_some() {}
            }
        });
        Noise { stop, coming }
    }

    fn entry(&self, list: &str, key: &str, value: &str) -> anyhow::Result<&Value> {
        let entries = self.ready.get(list).and_then(Value::as_array).context("a list")?;
        let found = entries.iter().find(|entry| entry.get(key) == Some(&json!(value)));
        found.with_context(|| format!("no {value} in {list}"))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("the gateway stays: {error}");
        }
    }
}

impl Noise {
    /// Those who were not answered yet hang up.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.coming.await;
    }
}

impl Directory {
    /// Creates a person; the id.
    pub(crate) async fn create(&self, name: &str) -> anyhow::Result<String> {
        let person = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{name}@example.com"),
            "externalId": name,
            "displayName": name,
            "name": { "givenName": name, "familyName": "Jensen" },
            "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
            "active": true,
        });
        let answer = self.send(reqwest::Method::POST, "/Users", Some(person)).await?;
        Ok(answer.get("id").and_then(Value::as_str).context("an id")?.to_owned())
    }

    /// Gives a person another title.
    pub(crate) async fn retitle(&self, id: &str, title: &str) -> anyhow::Result<()> {
        let patch = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "title", "value": title }],
        });
        let path = format!("/Users/{id}?attributes=id");
        self.send(reqwest::Method::PATCH, &path, Some(patch)).await.map(drop)
    }

    pub(crate) async fn get(&self, id: &str) -> anyhow::Result<()> {
        self.send(reqwest::Method::GET, &format!("/Users/{id}"), None)
            .await
            .map(drop)
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let request = self.client.request(method, format!("{}{path}", self.base_url));
        let mut request = request
            .bearer_auth(&self.token)
            .header("content-type", "application/scim+json");
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let answer = request.send().await?;
        let (status, bytes) = (answer.status(), answer.bytes().await?);
        ensure!(status.is_success(), "{status} {}", String::from_utf8_lossy(&bytes));
        Ok(serde_json::from_slice(&bytes)?)
    }
}
