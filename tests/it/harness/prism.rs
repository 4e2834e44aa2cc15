//! Prism between an adapter and the vendor's twin, where the environment has it and the vendor's contract.
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use adapters::client::{Answer, HttpTransport, Lost, Request, Transport};
use async_trait::async_trait;

use super::{Twin, until};

/// Names the folder that has the contracts, `VENDOR.json`, and gets what Prism says. Without it there is no Prism.
const CONTRACTS: &str = "PRISM_CONTRACTS";

/// Names Prism's command.
const COMMAND: &str = "PRISM";

/// What Prism prints before its address.
const LISTENING: &str = "Prism is listening on ";

/// Longer than Prism takes for a call on a busy machine: its first one waits for the schemas.
const DEADLINE: Duration = Duration::from_secs(30);

/// Prism as a proxy to a twin; ended when dropped. It lets everything pass and says in its log what the contract
/// forbids: with `--errors` it would take the answers away that the exceptions allow. `conformance/prism/judge.py`
/// reads the logs.
#[derive(Debug)]
pub(crate) struct Prism {
    base_url: String,
    child: Child,
}

impl Prism {
    /// Prism before the twin at this base URL, if the environment has a contract of the vendor.
    pub(crate) async fn before(vendor: &str, twin: &str) -> Option<Self> {
        let contracts = PathBuf::from(variable(CONTRACTS)?);
        let contract = contracts.join(format!("{vendor}.json"));
        if !contract.exists() {
            return None;
        }
        let port = twin.rsplit(':').next().expect("a port");
        let log = contracts.join(format!("{vendor}.adapter.{port}.log"));
        let child = start(&contract, twin, &log);
        let base_url = until("Prism listens", async || listening(&log)).await;
        Some(Self { base_url, child })
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Takes calls through Prism, but for those that may meet a scripted fault: no contract has faults.
pub(crate) struct ThroughPrism {
    pub(crate) twin: Twin,
    pub(crate) transport: HttpTransport,
}

#[async_trait]
impl Transport for ThroughPrism {
    async fn send(&self, base_url: &str, request: Request, deadline: Duration) -> Result<Answer, Lost> {
        match &self.twin.prism {
            Some(prism) if !self.twin.awaits_fault().await => {
                self.transport.send(&prism.base_url, request, DEADLINE).await
            }
            _ => self.transport.send(base_url, request, deadline).await,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a machine has for tests is in its environment"
)]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn start(contract: &Path, twin: &str, log: &Path) -> Child {
    let log = fs::File::create(log).expect("the folder can be written");
    let command = variable(COMMAND).unwrap_or_else(|| "prism".to_owned());
    Command::new(command)
        .args(["proxy", "--host", "127.0.0.1", "--port", "0"])
        .arg(contract)
        .arg(twin)
        .stdout(log)
        .stderr(Stdio::null())
        .spawn()
        .expect("Prism runs")
}

/// Where Prism listens, as soon as it has said so.
fn listening(log: &Path) -> Option<String> {
    let log = fs::read_to_string(log).expect("it was made");
    let (_, after) = log.split_once(LISTENING)?;
    let (line, _) = after.split_once('\n')?;
    let (url, _) = line.split_once('\u{1b}').unwrap_or((line, ""));
    Some(url.to_owned())
}
