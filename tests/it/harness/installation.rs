//! `usherd serve` as a process of its own over a folder: it can be killed and started again.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use usherd::auth::Key;

use super::binary::spawn;
use super::memory::measured;
use super::{Killer, Process, Scim, command, unheard, until};

/// Everything of our own in its finest detail.
const LOGGED: &str = "info,usherd=trace,adapters=trace,schemas=trace";

/// The folder; the process comes and goes.
pub(crate) struct Installation {
    folder: TempDir,
    process: Option<Process>,
}

impl Installation {
    /// Starts one with this declared, and waits until every target works.
    pub(crate) async fn start(declarations: &str) -> Self {
        Self::with(declarations, "").await
    }

    /// The same, with these lines of configuration besides.
    pub(crate) async fn with(declarations: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().display();
        let log = format!("[log]\nformat = \"json\"\nfilter = \"{LOGGED}\"\n");
        let config = format!("data = \"{data}\"\nkey = \"file:{data}/key\"\nlisten = \"127.0.0.1:0\"\n{more}{log}");
        let mut installation = Self { folder, process: None };
        installation.write("key", Key::draw().expect("random bytes").expose_secret());
        installation.write("usherd.toml", &config);
        installation.declare(declarations);
        installation.restart();
        installation.working().await;
        installation
    }

    /// Brings this file of directories and targets into the gateway, whether it runs or not; what is said to that.
    pub(crate) fn declare(&self, declarations: &str) -> String {
        let (code, stdout, stderr) = self.apply(declarations);
        assert_eq!(code, 0, "{stderr}");
        stdout
    }

    /// The same, which may fail: the code, and what is printed on stdout and stderr.
    pub(crate) fn apply(&self, declarations: &str) -> (i32, String, String) {
        self.write("directories.toml", declarations);
        let file = self.path("directories.toml");
        self.run(&["apply", file.to_str().expect("a path of text")])
    }

    /// Where everything is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A client of a directory, with this token, until the next restart.
    pub(crate) fn scim(&self, directory: &str, token: &str) -> Scim {
        Scim::new(format!("http://{}/scim/{directory}/v2", self.addr()), token)
    }

    /// Where the process listens.
    pub(crate) fn addr(&self) -> &str {
        &self.process.as_ref().expect("it runs").addr
    }

    /// A new token of a directory.
    pub(crate) fn token(&self, directory: &str) -> String {
        self.command(&["token", "create", directory]).trim().to_owned()
    }

    /// Starts the process anew over the same folder.
    pub(crate) fn restart(&mut self) {
        self.process = Some(Process::serve(&self.config()));
    }

    /// Kills the process at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Kills the process from elsewhere.
    pub(crate) fn killer(&self) -> Killer {
        self.process.as_ref().expect("it runs").killer()
    }

    /// The file of the store.
    pub(crate) fn store(&self) -> PathBuf {
        self.path("usherd.redb")
    }

    /// Ends the process as a service manager does; the code with which it ended.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        let (status, _) = self.process.take().expect("it runs").terminate().await;
        status.code()
    }

    /// Ends the process; all that it logged since it began to serve.
    pub(crate) async fn log(&mut self) -> String {
        self.process.take().expect("it runs").terminate().await.1
    }

    /// Where this file of the installation is, such as `usherd.redb`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path(name)
    }

    /// How the targets are, as `usherd status` says.
    pub(crate) fn status(&self) -> Vec<Value> {
        let status: Value = serde_json::from_str(&self.command(&["status", "--json"])).expect("a status");
        status["targets"].as_array().expect("a list of targets").clone()
    }

    /// Waits until calls to every target go through.
    pub(crate) async fn working(&self) {
        until("every target works", async || {
            let status = self.status();
            status.iter().all(works).then_some(())
        })
        .await;
    }

    /// Waits until nothing is pending.
    pub(crate) async fn settled(&self) {
        until("nothing is pending", async || {
            let status = self.status();
            let rests = |target: &Value| target["pending"] == 0 && works(target);
            status.iter().all(rests).then_some(())
        })
        .await;
    }

    /// The next line of the log that says this.
    pub(crate) fn logged(&mut self, message: &str) -> Value {
        self.process.as_mut().expect("it runs").logged(message)
    }

    /// Runs a command to its end: its code, and what it printed on stdout and stderr.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let config = self.config();
        let output = command(&[arguments, &["--config", config.to_str().expect("a path of text")]].concat());
        let text = |bytes| String::from_utf8(bytes).expect("commands answer text");
        let code = output.status.code().expect("it ends by itself");
        (code, text(output.stdout), text(output.stderr))
    }

    /// Starts a command on it, and does not wait for its end.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        let config = self.config();
        spawn(&[arguments, &["--config", config.to_str().expect("a path of text")]].concat())
    }

    /// Runs a command on it to its end with nobody to read it: its code, and what it printed on stderr.
    pub(crate) fn unheard(&self, arguments: &[&str]) -> (i32, String) {
        let config = self.config();
        let output = unheard(&[arguments, &["--config", config.to_str().expect("a path of text")]].concat());
        let code = output.status.code().expect("it ends by itself");
        (code, String::from_utf8(output.stderr).expect("commands answer text"))
    }

    /// Runs a command on it, which must succeed; what it prints.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stderr}");
        stdout
    }

    /// Runs a command on it, which must succeed; what it prints, and the most memory that command and server had, in
    /// KiB.
    pub(crate) fn measured(&self, arguments: &[&str]) -> (String, [u64; 2]) {
        let config = self.config();
        let (printed, command) =
            measured(&[arguments, &["--config", config.to_str().expect("a path of text")]].concat());
        (printed, [command, self.peak_kib()])
    }

    /// The most memory that the process had so far, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.process.as_ref().expect("it runs").peak_kib()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a folder of ours");
    }

    fn config(&self) -> PathBuf {
        self.path("usherd.toml")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Whether the target works, and the first look at its roles is over: it counts among no test's calls.
fn works(target: &Value) -> bool {
    target["state"] == "working" && (target["vendor"] != "pagerduty" || !target["roles"].is_null())
}
