//! The directories and targets of this gateway as they are at present, for every request and every delivery.
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use adapters::descriptor::{Deactivate, Descriptor};

use crate::config::{self, OnDelete};
use crate::mapping::Mapping;
use crate::store::{DirectoryId, LinkKey, ResourceId, TargetId};

/// A directory with the targets that it feeds.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Internal id.
    pub id: DirectoryId,
    /// As declared.
    pub config: config::Directory,
    /// In order of names.
    pub targets: Vec<Arc<Target>>,
}

/// A target.
#[derive(Debug, Clone)]
pub struct Target {
    /// Internal id.
    pub id: TargetId,
    /// The directory that feeds it.
    pub directory: DirectoryId,
    /// As declared.
    pub config: config::Target,
    /// Its vendor.
    pub descriptor: &'static Descriptor,
    /// How resources become its accounts.
    pub mapping: Arc<Mapping>,
    /// Counts the changes of its settings; links of an older one are due.
    pub generation: u64,
    /// The sealed credential; only the composition root opens it.
    pub credential: Vec<u8>,
}

#[cfg(test)]
impl Target {
    /// One of a directory, by its vendor's description and further lines of its declaration.
    pub(crate) fn example(descriptor: &'static Descriptor, keys: &str) -> Self {
        let name = &descriptor.name;
        let declared = format!("name = 't'\ndirectory = 'd'\nvendor = '{name}'\ncredential = 'env:X'\n{keys}");
        let config = toml::from_str(&declared).unwrap();
        Self {
            id: TargetId(uuid::Uuid::from_u128(2)),
            directory: DirectoryId(uuid::Uuid::from_u128(1)),
            mapping: Arc::new(Mapping::new(&schemas::Catalogue::builtin(), descriptor, &config).unwrap()),
            config,
            descriptor,
            generation: 1,
            credential: Vec::new(),
        }
    }
}

impl Target {
    /// The link of a resource of its directory.
    pub fn link(&self, resource: ResourceId) -> LinkKey {
        LinkKey {
            directory: self.directory,
            target: self.id,
            resource,
        }
    }

    /// At what pace the vendor may be called.
    pub fn calls_per_minute(&self) -> u32 {
        let own = self.config.calls_per_minute;
        own.unwrap_or(self.descriptor.calls_per_minute)
    }

    /// How long one call may take.
    pub fn call_deadline(&self) -> Duration {
        let own = self.config.call_deadline_ms.map(Duration::from_millis);
        own.unwrap_or_else(|| self.descriptor.call_deadline())
    }

    /// How long one bulk job may take.
    pub fn job_deadline(&self) -> Duration {
        let own = self.config.job_deadline_ms.map(Duration::from_millis);
        own.unwrap_or_else(|| self.descriptor.job_deadline())
    }

    /// Whether the deletion of a person takes the account away at the vendor, and its memberships with it.
    pub fn deletes_accounts(&self) -> bool {
        let by_deletion = match self.mapping.on_delete {
            OnDelete::Delete => true,
            OnDelete::Deactivate => self.descriptor.deactivate == Deactivate::Delete,
            OnDelete::Leave => false,
        };
        by_deletion && self.config.switches.delete
    }

    /// How long the vendor's reads may lag behind writes.
    pub fn read_lag(&self) -> Duration {
        let own = self.config.read_lag_ms.map(Duration::from_millis);
        own.unwrap_or_else(|| self.descriptor.read_lag())
    }
}

/// What is there at present. Cheap to read, replaced as a whole.
#[derive(Debug, Default)]
pub struct Registry {
    directories: RwLock<Arc<BTreeMap<String, Arc<Directory>>>>,
}

impl Registry {
    /// The directory of that name.
    pub fn directory(&self, name: &str) -> Option<Arc<Directory>> {
        self.all().get(name).cloned()
    }

    /// All directories by name.
    pub fn all(&self) -> Arc<BTreeMap<String, Arc<Directory>>> {
        self.directories.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The target of that id.
    pub fn target(&self, id: TargetId) -> Option<Arc<Target>> {
        self.all()
            .values()
            .flat_map(|directory| &directory.targets)
            .find(|target| target.id == id)
            .cloned()
    }

    /// Replaces everything.
    pub fn replace(&self, directories: BTreeMap<String, Arc<Directory>>) {
        *self.directories.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directories);
    }
}
