//! Directories and targets as they rest in the store.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config;
use crate::store::{self, DirectoryId, SettingKind, Store, TargetId};

/// The format of both records.
const FORMAT: u32 = 1;

/// A directory, under its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DirectoryRecord {
    format: u32,
    pub(super) id: DirectoryId,
    pub(super) config: config::Directory,
}

/// A target, under its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TargetRecord {
    format: u32,
    pub(super) id: TargetId,
    pub(super) generation: u64,
    pub(super) config: config::Target,
    /// Sealed under [`credential_name`].
    pub(super) credential: Vec<u8>,
}

/// A record with its name and the version it was read at.
pub(super) struct Kept<R> {
    pub(super) name: String,
    pub(super) version: u64,
    pub(super) record: R,
}

/// All that is declared at present.
pub(super) struct State {
    pub(super) directories: Vec<Kept<DirectoryRecord>>,
    pub(super) targets: Vec<Kept<TargetRecord>>,
}

/// The name under which a target's credential is sealed: in another target's record it does not open.
pub fn credential_name(target: TargetId) -> String {
    format!("target/{}/credential", target.0)
}

impl DirectoryRecord {
    pub(super) fn new(id: DirectoryId, config: config::Directory) -> Self {
        Self {
            format: FORMAT,
            id,
            config,
        }
    }
}

impl TargetRecord {
    /// The first generation of a target; its credential is still missing.
    pub(super) fn new(id: TargetId, config: config::Target) -> Self {
        Self {
            format: FORMAT,
            id,
            generation: 1,
            config,
            credential: Vec::new(),
        }
    }

    /// The next generation of the same target.
    pub(super) fn next(&self, config: config::Target) -> Self {
        Self {
            generation: self.generation + 1,
            config,
            ..self.clone()
        }
    }
}

impl State {
    /// Reads everything.
    pub(super) async fn read(store: &dyn Store) -> Result<Self, store::Error> {
        Ok(Self {
            directories: read(store, SettingKind::Directory, |record: &DirectoryRecord| record.format).await?,
            targets: read(store, SettingKind::Target, |record: &TargetRecord| record.format).await?,
        })
    }

    pub(super) fn directory(&self, name: &str) -> Option<&Kept<DirectoryRecord>> {
        self.directories.iter().find(|kept| kept.name == name)
    }

    pub(super) fn target(&self, name: &str) -> Option<&Kept<TargetRecord>> {
        self.targets.iter().find(|kept| kept.name == name)
    }
}

async fn read<R: DeserializeOwned>(
    store: &dyn Store,
    kind: SettingKind,
    format: fn(&R) -> u32,
) -> Result<Vec<Kept<R>>, store::Error> {
    let parse = |(name, version, bytes): (String, u64, Vec<u8>)| {
        let record = serde_json::from_slice(&bytes)
            .ok()
            .filter(|record| format(record) == FORMAT);
        let record = record.ok_or_else(|| store::Error::Damaged(format!("the settings of `{name}`")))?;
        Ok(Kept { name, version, record })
    };
    store.settings(kind).await?.into_iter().map(parse).collect()
}

/// A record as bytes.
pub(super) fn bytes(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("a record of strings, numbers and maps with string keys is JSON")
}
