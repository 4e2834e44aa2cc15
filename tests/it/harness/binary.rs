//! The real command, as a process of its own.
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::memory::peak_kib;
use super::{Scim, Twin, until};

/// Longer than a start takes on a busy machine after a kill.
const READY_MAX: Duration = Duration::from_secs(60);

/// Runs the command to its end.
pub(crate) fn command(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_usherd")).args(arguments).output();
    output.expect("the command runs")
}

/// Runs the command to its end, with nobody to read what it prints on stdout.
pub(crate) fn unheard(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_usherd"));
    command.args(arguments).stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().expect("the command runs");
    child.wait_with_output().expect("it ends")
}

/// Starts the command.
pub(crate) fn spawn(arguments: &[&str]) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_usherd"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.expect("the command runs")
}

/// A running command that says when it is ready; killed when dropped.
pub(crate) struct Process {
    /// The address of a server that has told it.
    pub(crate) addr: String,
    child: Killer,
    lines: mpsc::Receiver<String>,
    /// Lines from before it served, which nobody has waited for yet: what runs beside may be faster.
    early: VecDeque<String>,
}

/// Kills a process from anywhere, and only that one.
#[derive(Clone)]
pub(crate) struct Killer(Arc<Mutex<Child>>);

/// A running `usherd demo --json` on any free port.
pub(crate) struct Demo {
    pub(crate) acme: Scim,
    pub(crate) plain: Scim,
    pub(crate) twin: Twin,
    /// The line it printed when ready.
    pub(crate) ready: Value,
    process: Process,
}

impl Process {
    /// Starts `usherd serve`, which logs as JSON, and waits until it serves.
    pub(crate) fn serve(config: &Path) -> Self {
        Self::served_by(Command::new(env!("CARGO_BIN_EXE_usherd")), config)
    }

    /// The same, to be limited by [`Process::limit_files`]: it is told of a limit that it meets, and not killed.
    pub(crate) fn serve_limited(config: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_usherd")]);
        Self::served_by(command, config)
    }

    /// Lets no file of the process grow beyond so many bytes, as a full disk would; `None`: as they like.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let limited = Command::new("prlimit")
            .args([
                "--pid",
                &self.child.lock().id().to_string(),
                &format!("--fsize={limit}:"),
            ])
            .status();
        assert!(limited.expect("prlimit runs").success());
    }

    fn served_by(mut command: Command, config: &Path) -> Self {
        let mut child = command
            .args(["serve", "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let lines = lines(child.stderr.take().expect("it was asked for"));
        let mut process = Self {
            addr: String::new(),
            child: Killer::of(child),
            lines,
            early: VecDeque::new(),
        };
        let mut early = VecDeque::new();
        while process.addr.is_empty() {
            let text = process.line();
            let line: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            match line["message"] == "serving" {
                true => process.addr = line["addr"].as_str().expect("an address").to_owned(),
                false => early.push_back(text),
            }
        }
        process.early = early;
        process
    }

    /// The most memory that it had so far, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        peak_kib(self.child.lock().id()).expect("it runs")
    }

    /// The next line of its log that begins so.
    pub(crate) fn logged(&mut self, message: &str) -> Value {
        loop {
            let line = self.line();
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if line["message"].as_str().is_some_and(|text| text.starts_with(message)) {
                return line;
            }
        }
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        let early = self.early.pop_front();
        early.unwrap_or_else(|| self.lines.recv_timeout(READY_MAX).expect("it prints a line"))
    }

    /// Kills it from elsewhere, while this waits for something.
    pub(crate) fn killer(&self) -> Killer {
        self.child.clone()
    }

    /// Sends SIGTERM and waits for the end; what else was printed.
    pub(crate) async fn terminate(self) -> (ExitStatus, String) {
        let id = self.child.lock().id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(sent.success());
        let status = until("the process ends", async || {
            self.child.lock().try_wait().expect("it can be waited for")
        })
        .await;
        (status, self.lines.iter().collect())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill();
        self.child.lock().wait().ok();
    }
}

impl Killer {
    fn of(child: Child) -> Self {
        Self(Arc::new(Mutex::new(child)))
    }

    /// Sends SIGKILL, and does not wait for the end.
    pub(crate) fn kill(&self) {
        // Fails only if it has ended already.
        self.lock().kill().ok();
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let lines = lines(child.stdout.take().expect("it was asked for"));
        let mut process = Process {
            addr: String::new(),
            child: Killer::of(child),
            lines,
            early: VecDeque::new(),
        };
        let line = process.line();
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
            process,
        }
    }

    /// A client of a directory.
    pub(crate) fn directory(&self, name: &str) -> Scim {
        let all = self.ready["directories"].as_array().expect("a list").iter();
        let found = all.filter(|directory| directory["name"] == name);
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{}", self.ready);
        let text = |key: &str| found[0][key].as_str().expect("a text");
        Scim::new(text("base_url"), text("token"))
    }

    /// The twin of a vendor that a directory feeds.
    pub(crate) fn twin_of(&self, vendor: &str, directory: &str) -> Twin {
        let all = self.ready["twins"].as_array().expect("a list").iter();
        let found = all.filter(|twin| twin["vendor"] == vendor && twin["directory"] == directory);
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{}", self.ready);
        Twin::new(found[0]["base_url"].as_str().expect("a text"))
    }

    /// Sends SIGTERM and waits for the end; what else came on stdout.
    pub(crate) async fn terminate(self) -> (ExitStatus, String) {
        self.process.terminate().await
    }

    /// Kills it at once, as a power cut would.
    pub(crate) fn kill(self) {
        drop(self.process);
    }
}

/// The lines of a stream as they come, until it ends.
fn lines(stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            // Nobody listens any more once the test has ended.
            sender.send(line.expect("commands print text")).ok();
        }
    });
    lines
}
