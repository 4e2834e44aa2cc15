//! A server's folder: its configuration and a file of directories.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

use tempfile::TempDir;

use super::{Process, command, spawn};

/// A folder with a configuration and a file of directories.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    pub(crate) fn new(more: &str) -> Self {
        let site = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        let data = site.path("data");
        let log = "[log]\nformat = \"json\"\n";
        let config = format!(
            "listen = \"127.0.0.1:0\"\ndata = {data:?}\nkey = \"file:{}\"\n",
            site.path("key").display()
        );
        site.write("usherd.toml", &format!("{config}{more}\n{log}"));
        site.write("key", &"5a".repeat(32));
        site.write("credential", "no key of anything");
        site.write("directories.toml", "[[directory]]\nname = \"staff\"\n");
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a folder of ours");
    }

    /// Runs a command on this site: its code, stdout and stderr.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let config = self.path("usherd.toml");
        let output = command(&[arguments, &["--config", text(&config)]].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("commands print text");
        (
            output.status.code().expect("a code"),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Starts a command on this site.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let config = self.path("usherd.toml");
        spawn(&[arguments, &["--config", text(&config)]].concat())
    }

    /// The file of the store.
    pub(crate) fn store(&self) -> PathBuf {
        self.path("data").join("usherd.redb")
    }

    pub(crate) fn serve(&self) -> Process {
        Process::serve(&self.path("usherd.toml"))
    }

    /// The same, to be limited by [`Process::limit_files`].
    pub(crate) fn serve_limited(&self) -> Process {
        Process::serve_limited(&self.path("usherd.toml"))
    }

    pub(crate) fn declare(&self) -> (i32, String, String) {
        self.run(&["apply", text(&self.path("directories.toml"))])
    }

    /// Puts a text in the place of another.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).expect("a file of ours");
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replace(from, to));
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
