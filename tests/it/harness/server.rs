//! One directory with one target, served by a process that can be killed without the twin.
use serde_json::Value;

use super::target::{directory, target};
use super::{Installation, Scim, Twin, start_twin};

/// The directory `acme` and its twin.
pub(crate) struct Server {
    pub(crate) acme: Scim,
    pub(crate) twin: Twin,
    token: String,
    installation: Installation,
}

impl Server {
    /// Starts one whose directory and target have these further TOML lines, and waits until the target works.
    pub(crate) async fn start(acme: &str, of_target: &str) -> Self {
        let twin = start_twin(1).await;
        let target = target("pagerduty", "acme", &twin.base_url, of_target);
        let installation = Installation::start(&format!("{}{target}", directory("acme", acme))).await;
        let token = installation.token("acme");
        twin.forget_calls().await;
        Self {
            acme: installation.scim("acme", &token),
            twin,
            token,
            installation,
        }
    }

    /// Starts the process anew over the same folder.
    pub(crate) fn restart(&mut self) {
        self.installation.restart();
        self.acme = self.installation.scim("acme", &self.token);
    }

    /// Kills the process at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.installation.kill();
    }

    /// Ends the process as a service manager does; the code with which it ended.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        self.installation.stop().await
    }

    /// Where the process listens.
    pub(crate) fn addr(&self) -> String {
        self.installation.addr().to_owned()
    }

    /// Runs a command to its end: its code, and what it printed on stdout and stderr.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        self.installation.run(arguments)
    }

    /// How the target is, as `usherd status` says.
    pub(crate) fn status(&self) -> Value {
        self.installation.status().swap_remove(0)
    }

    /// The same with nobody to read what it prints; its code, and what it printed on stderr.
    pub(crate) fn unheard(&self, arguments: &[&str]) -> (i32, String) {
        self.installation.unheard(arguments)
    }

    /// Runs a command beside the process; what it prints.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        self.installation.command(arguments)
    }

    /// Waits until calls to the target go through.
    pub(crate) async fn working(&self) {
        self.installation.working().await;
    }

    /// Waits until nothing is pending.
    pub(crate) async fn settled(&self) {
        self.installation.settled().await;
    }
}
