//! `usherd serve` as a process of its own, with its twin in this one: so that it can be killed without the twin.
use std::fs;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use usherd::auth::Key;

use super::second::declaration;
use super::{Process, Scim, Twin, command, start_twin, until};

/// The folder and the twin of a gateway; the process comes and goes.
pub(crate) struct Server {
    pub(crate) acme: Scim,
    pub(crate) twin: Twin,
    folder: TempDir,
    token: String,
    process: Option<Process>,
}

impl Server {
    /// Starts one whose directory and target have these further TOML lines, and waits until the target works.
    pub(crate) async fn start(acme: &str, target: &str) -> Self {
        let (folder, twin) = (tempfile::tempdir().expect("a temporary folder"), start_twin(1).await);
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a folder of ours");
        write("key", Key::draw().expect("random bytes").expose_secret());
        let data = folder.path().display();
        write(
            "usherd.toml",
            &format!(
                "data = \"{data}\"\nkey = \"file:{data}/key\"\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n"
            ),
        );
        write("acme.toml", &declaration("pagerduty", &twin, (acme, target)));
        let declarations = folder.path().join("acme.toml");
        let mut server = Self {
            acme: Scim::new("", ""),
            twin,
            folder,
            token: String::new(),
            process: None,
        };
        server.command(&["apply", declarations.to_str().expect("a path of text")]);
        server.token = server.command(&["token", "create", "acme"]).trim().to_owned();
        server.restart();
        until("the target works", async || {
            (server.status()["state"] == "working").then_some(())
        })
        .await;
        server.twin.forget_calls().await;
        server
    }

    /// Starts the process anew over the same folder.
    pub(crate) fn restart(&mut self) {
        let process = Process::serve(&self.config());
        self.acme = Scim::new(format!("http://{}/scim/acme/v2", process.addr), self.token.clone());
        self.process = Some(process);
    }

    /// Kills the process at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// How the target is, as `usherd status` says.
    pub(crate) fn status(&self) -> Value {
        let status: Value = serde_json::from_str(&self.command(&["status", "--json"])).expect("a status");
        status["targets"][0].clone()
    }

    /// Waits until nothing is pending.
    pub(crate) async fn settled(&self) {
        until("nothing is pending", async || {
            (self.status()["pending"] == 0).then_some(())
        })
        .await;
    }

    fn command(&self, arguments: &[&str]) -> String {
        let config = self.config();
        let output = command(&[arguments, &["--config", config.to_str().expect("a path of text")]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("commands answer text")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("usherd.toml")
    }
}
