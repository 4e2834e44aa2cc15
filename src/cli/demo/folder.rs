//! Where a demo keeps its things: the store, the twins' state, the key, and a configuration for other commands.
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use crate::auth::Key;
use crate::cli::setup;

/// The configuration in the folder: with it `usherd status` and other commands reach the demo.
const CONFIG: &str = "usherd.toml";

/// The key in the folder. A real one belongs elsewhere.
const KEY: &str = "key";

/// A demo's folder; a temporary one goes with it.
pub(super) struct Folder {
    path: PathBuf,
    _temporary: Option<TempDir>,
}

impl Folder {
    /// Opens the folder, making what is missing in it, or a temporary one.
    pub(super) fn open(data: Option<&Path>) -> anyhow::Result<Self> {
        let (path, temporary) = match data {
            Some(path) => (path.to_owned(), None),
            None => {
                let folder = tempfile::Builder::new().prefix("usherd-demo-").tempdir();
                let folder = folder.context("cannot make a temporary folder")?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        setup::make_folder(&path)?;
        let path = path.canonicalize()?;
        let folder = Self {
            path,
            _temporary: temporary,
        };
        folder.make_key()?;
        let config = format!(
            "data = {:?}\nkey = \"file:{}\"\n",
            folder.path,
            folder.path.join(KEY).display()
        );
        fs::write(folder.config_file(), config)?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration for other commands.
    pub(super) fn config_file(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// Where the twin of this name keeps its state.
    pub(super) fn twin(&self, name: &str) -> PathBuf {
        self.path.join("twins").join(name)
    }

    /// The key that seals the credentials of the twins.
    pub(super) fn key(&self) -> anyhow::Result<SecretString> {
        Ok(fs::read_to_string(self.path.join(KEY))?.into())
    }

    fn make_key(&self) -> anyhow::Result<()> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path.join(KEY));
        let mut file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let key = Key::draw().context("the operating system gave no random bytes")?;
        Ok(file.write_all(key.expose_secret().as_bytes())?)
    }
}
