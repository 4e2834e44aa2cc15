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
        Ok(folder)
    }

    /// Writes the configuration for other commands, which know the same schemas and resource types as the demo.
    pub(super) fn configure(&self, schemas: &[PathBuf], resource_types: &[PathBuf]) -> anyhow::Result<()> {
        let config = format!(
            "data = {:?}\nkey = \"file:{}\"\nschemas = {:?}\nresource_types = {:?}\n",
            self.path,
            self.path.join(KEY).display(),
            absolute(schemas)?,
            absolute(resource_types)?,
        );
        Ok(fs::write(self.config_file(), config)?)
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

/// Other commands run elsewhere.
fn absolute(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let absolute = |file: &PathBuf| {
        let found = file.canonicalize();
        found.with_context(|| format!("cannot read {}", file.display()))
    };
    files.iter().map(absolute).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Server;

    #[test]
    fn other_commands_know_the_same_schemas() {
        let folder = Folder::open(None).expect("a folder");
        let (schema, kind) = (folder.path().join("schema \"x\".json"), folder.path().join("kind.json"));
        for file in [&schema, &kind] {
            fs::write(file, "{}").expect("it is written");
        }
        let configured = folder.configure(std::slice::from_ref(&schema), std::slice::from_ref(&kind));
        configured.expect("it is written");
        let text = fs::read_to_string(folder.config_file()).expect("it is there");
        let server = Server::parse(&text, "usherd.toml").expect("it is a configuration");
        assert_eq!((server.schemas, server.resource_types), (vec![schema], vec![kind]));
        assert!(folder.configure(&["nowhere.json".into()], &[]).is_err());
    }
}
