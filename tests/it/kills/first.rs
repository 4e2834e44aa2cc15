//! The process dies while it makes its store for the first time.
use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::{command, directory, spawn};

/// How often a process is killed, each time this much later after the first file is there.
const KILLS: u32 = 16;
const STEP: Duration = Duration::from_micros(500);

/// How often it is looked for a first file.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// What is left of it is no store that would be refused as damaged, and the next process makes one.
#[test]
fn a_store_that_was_not_finished_is_made_anew() {
    let mut unfinished = 0;
    for kill in 0..KILLS {
        let folder = declared();
        let (config, declarations) = (path(&folder, "usherd.toml"), path(&folder, "directories.toml"));
        let apply = ["apply", &declarations, "--config", &config];
        let mut child = spawn(&apply);
        while !has_file(folder.path()) && is_running(&mut child) {
            thread::sleep(LOOK_AGAIN);
        }
        thread::sleep(STEP * kill);
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        unfinished += u32::from(!folder.path().join("usherd.redb").exists());
        for words in [apply, ["store", "check", "--config", &config]] {
            let output = command(&words);
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{words:?} after {:?}: {told}", STEP * kill);
        }
    }
    assert!(unfinished > 0, "each was finished before it was killed");
}

/// A folder with what a first start needs.
fn declared() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().display();
    let files = [
        ("usherd.toml", format!("data = \"{data}\"\nlisten = \"127.0.0.1:0\"\n")),
        ("directories.toml", directory("acme", "")),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a folder of ours");
    }
    folder
}

/// Whether there is any file of a store, whole or not.
fn has_file(folder: &Path) -> bool {
    let files = fs::read_dir(folder).expect("a folder of ours");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    names
        .into_iter()
        .any(|name| name.contains("usherd-new-") || name.ends_with(".redb"))
}

fn is_running(child: &mut Child) -> bool {
    child.try_wait().expect("it is ours").is_none()
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}
