//! A gateway with four vendors, which survive it.
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;

use conformance::twins::shell::{self, Running};
use conformance::twins::{self, CLIENT_ID, CLIENT_SECRET};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::trace::Trace;
use super::trap::{Trap, Watched};
use crate::harness::{AtTwin, Installation, Scim, Site, TWIN_TOKEN_REFERENCE, Twin, directory, text, twin_options};

/// The vendors that the directory feeds.
pub(super) const VENDORS: [&str; 4] = ["pagerduty", "zendesk", "okta", "calendly"];

/// After a kill the next life waits so long before it sends. An account that exists already would be one that was made
/// twice, so none is adopted; and nobody asks before many leave.
const TARGET: &str = "call_deadline_ms = 300\nread_lag_ms = 0\non_existing = \"refuse\"\non_delete = \"delete\"
guard = { people = 10, percent = 100 }\ncalls_per_minute = ";

/// Calls a minute: so few at Zendesk that many changes at once are bulk jobs.
const PACE: u32 = 100_000;
const PACE_AT_ZENDESK: u32 = 1_200;

/// How long bulk jobs take, and after how long they are believed to be over.
const JOB_SECONDS: u64 = 1;
const JOB_DEADLINE_MS: u64 = 3_000;

/// More than anybody needs.
const PLENTY: u64 = 1_000_000;

/// The installation and its vendors' accounts.
pub(super) struct House {
    pub(super) installation: Installation,
    pub(super) traps: BTreeMap<&'static str, Arc<Trap>>,
    twins: BTreeMap<&'static str, Twin>,
    scim: Scim,
    running: Vec<Running>,
    _secrets: TempDir,
}

impl House {
    /// Starts it with this further line of the directory.
    pub(super) async fn start(of_directory: &str, trace: &Trace) -> Self {
        let secrets = tempfile::tempdir().expect("a temporary folder");
        let secret = secrets.path().join("secret");
        fs::write(&secret, CLIENT_SECRET).expect("a folder of ours");
        let (mut twins, mut traps, mut running) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut declared = directory("acme", of_directory);
        for vendor in VENDORS {
            let (trap, shell) = watched(vendor, trace).await;
            let twin = Twin::new(shell.base_url());
            twin.seed(seed(vendor)).await;
            let oauth = format!("auth = {{ method = \"client_credentials\", client_id = \"{CLIENT_ID}\" }}\n");
            // Only agents can be members of groups.
            let more = match vendor {
                "zendesk" => format!(
                    "{oauth}default_role = \"agent\"\njob_deadline_ms = {JOB_DEADLINE_MS}\n{TARGET}{PACE_AT_ZENDESK}"
                ),
                _ => format!("{TARGET}{PACE}"),
            };
            let target = AtTwin {
                name: vendor,
                directory: "acme",
                vendor,
                base_url: &twin.base_url,
            };
            let target = target.toml(&more);
            declared += &match vendor {
                "zendesk" => target.replace(TWIN_TOKEN_REFERENCE, &format!("file:{}", secret.display())),
                _ => target,
            };
            traps.insert(vendor, trap);
            twins.insert(vendor, twin);
            running.push(shell);
        }
        let installation = Installation::start(&declared).await;
        let token = installation.token("acme");
        Self {
            scim: installation.scim("acme", &token),
            installation,
            traps,
            twins,
            running,
            _secrets: secrets,
        }
    }

    /// A client of the process that runs.
    pub(super) fn scim(&self) -> Scim {
        let mut scim = self.scim.clone();
        scim.base_url = format!("http://{}/scim/acme/v2", self.installation.addr());
        scim
    }

    /// What each vendor holds.
    pub(super) async fn states(&self) -> BTreeMap<&'static str, Value> {
        let mut states = BTreeMap::new();
        for (vendor, twin) in &self.twins {
            states.insert(*vendor, twin.state().await);
        }
        states
    }

    /// Kills the process, if it is not dead yet, and starts it again once vendors have got all that it had sent.
    pub(super) async fn revive(&mut self) {
        for trap in self.traps.values() {
            trap.disarm();
        }
        self.installation.kill();
        self.states().await;
        self.installation.restart();
    }

    /// Where backups are written.
    pub(super) fn backup(&self) -> Backup {
        Backup {
            file: self.installation.file("backup"),
        }
    }

    /// Asks the process for a backup.
    pub(super) fn ask_for_backup(&self) -> Child {
        self.installation
            .begin(&["backup", "--force", text(&self.backup().file)])
    }

    pub(super) async fn stop(self) {
        for running in self.running {
            running.stop().await;
        }
    }
}

/// A backup that may have been cut off.
pub(super) struct Backup {
    pub(super) file: PathBuf,
}

impl Backup {
    /// Whether it is being written, or what was written of it is still there.
    pub(super) fn begun(&self) -> bool {
        self.halves().next().is_some()
    }

    fn halves(&self) -> impl Iterator<Item = PathBuf> {
        let folder = fs::read_dir(self.file.parent().expect("it is in a folder")).expect("a folder of ours");
        let files = folder.map(|file| file.expect("a folder of ours").path());
        files.filter(|file| text(file).contains("/.usherd-backup-"))
    }

    /// What is wrong with what was left of it: under its name is a whole one or none. Nothing of it is there then.
    pub(super) fn clear(&self) -> Option<String> {
        self.halves()
            .for_each(|half| fs::remove_file(half).expect("a file of ours"));
        if !self.file.exists() {
            return None;
        }
        let site = Site::new("");
        let (code, _, told) = site.run(&["restore", text(&self.file)]);
        fs::remove_file(&self.file).expect("a file of ours");
        (code != 0).then_some(told)
    }
}

async fn watched(vendor: &str, trace: &Trace) -> (Arc<Trap>, Running) {
    let trap = Arc::new(Trap::default());
    let watched = Watched {
        twin: twins::by_vendor(vendor, 1).expect("the vendor has a twin"),
        trap: Arc::clone(&trap),
        trace: trace.clone(),
    };
    let running = shell::start(Box::new(watched), twin_options()).await;
    (trap, running.expect("the twin starts"))
}

fn seed(vendor: &str) -> Value {
    match vendor {
        "zendesk" => json!({
            "per_minute": PLENTY, "agent_seats": PLENTY,
            "bulk_import": true, "job_seconds": JOB_SECONDS, "job_polls": PLENTY,
        }),
        _ => json!({ "per_minute": PLENTY }),
    }
}
