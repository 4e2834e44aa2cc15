//! The real command, as a process of its own.
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Scim, Twin, until};

/// Longer than a start takes on a busy machine after a kill.
const READY_MAX: Duration = Duration::from_secs(60);

/// Runs the command to its end.
pub(crate) fn command(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_usherd")).args(arguments).output();
    output.expect("the command runs")
}

/// A running `usherd demo --json` on any free port; killed when dropped.
pub(crate) struct Demo {
    pub(crate) acme: Scim,
    pub(crate) plain: Scim,
    pub(crate) twin: Twin,
    /// The line it printed when ready.
    pub(crate) ready: Value,
    child: Child,
    rest: mpsc::Receiver<String>,
}

impl Demo {
    /// Starts it with further arguments and environment variables, and waits until it is ready.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_usherd"))
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("it was asked for"));
        let (sender, rest) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("stdout is text");
            sender.send(line).ok();
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).expect("stdout is text");
            sender.send(rest).ok();
        });
        let line = rest.recv_timeout(READY_MAX).expect("it gets ready");
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let scim = |index: usize| {
            let directory = &ready["directories"][index];
            Scim::new(text(&directory["base_url"]), text(&directory["token"]))
        };
        Self {
            acme: scim(0),
            plain: scim(1),
            twin: Twin::new(text(&ready["twins"][0]["base_url"])),
            ready,
            child,
            rest,
        }
    }

    /// Sends SIGTERM and waits for the end; what else came on stdout.
    pub(crate) async fn terminate(mut self) -> (ExitStatus, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(sent.success());
        let status = until("the demo ends", async || {
            self.child.try_wait().expect("it can be waited for")
        })
        .await;
        let rest = self.rest.recv_timeout(READY_MAX).expect("stdout ends with the process");
        (status, rest)
    }

    /// Kills it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
