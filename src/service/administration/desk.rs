//! What administration needs, and the declared state brought into the registry.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use adapters::descriptor::{Descriptor, Misfit};
use schemas::Catalogue;
use secrecy::SecretString;

use super::record::{State, TargetRecord};
use super::{Error, credential_name};
use crate::auth::{Issued, NewToken, Sealer, Token, Tokens};
use crate::authorize::{Callback, Consents, Opened};
use crate::clock::{Clock, Ids};
use crate::config;
use crate::mapping::Mapping;
use crate::service::{Deliveries, Directory, Registry, Target};
use crate::store::{Keeper, Store};

/// What administration needs.
pub struct Parts {
    /// Where settings are.
    pub store: Arc<dyn Store>,
    /// Looks after the same store.
    pub keeper: Arc<dyn Keeper>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// What is served: the resources that a directory may hold.
    pub catalogue: Arc<Catalogue>,
    /// Directories and targets as requests and deliveries see them.
    pub registry: Arc<Registry>,
    /// Delivery to targets.
    pub deliveries: Arc<dyn Deliveries>,
    /// Seals credentials; none if no key is configured.
    pub sealer: Option<Arc<Sealer>>,
    /// The folder for files that go with the command they are of.
    pub scratch: PathBuf,
    /// Consents of vendors under way.
    pub consents: Consents,
    /// A resource's content may have so many bytes.
    pub document_bytes: usize,
    /// The description of a target's vendor.
    pub describe: fn(&config::Target) -> Result<&'static Descriptor, Vec<Misfit>>,
}

/// What an administrator does. Cloning is cheap.
#[derive(Clone)]
pub struct Administration {
    pub(super) parts: Arc<Parts>,
    tokens: Tokens,
    /// Held while what is declared changes, until the registry has it: of two changes the later one stays.
    pub(super) changing: Arc<tokio::sync::Mutex<()>>,
}

impl Administration {
    /// Administration over these parts.
    pub fn new(parts: Parts) -> Self {
        let tokens = Tokens::new(Arc::clone(&parts.store), Arc::clone(&parts.clock));
        Self {
            parts: Arc::new(parts),
            tokens,
            changing: Arc::default(),
        }
    }

    /// The tokens of directories.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Brings what the store declares into the registry, and lets delivery know.
    ///
    /// # Errors
    /// The store failed, or a target is of an unknown vendor.
    pub async fn load(&self) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        self.sweep().await?;
        self.register().await
    }

    /// As [`Administration::load`], for who holds `changing`.
    pub(super) async fn register(&self) -> Result<(), Error> {
        let state = State::read(&*self.parts.store).await?;
        let mut directories = BTreeMap::new();
        for kept in &state.directories {
            let directory = Directory {
                id: kept.record.id,
                config: kept.record.config.clone(),
                targets: self.targets(&state, &kept.name)?,
            };
            directories.insert(kept.name.clone(), Arc::new(directory));
        }
        self.parts.registry.replace(directories);
        self.parts.deliveries.reload().await;
        Ok(())
    }

    /// Checks that the credential of every target opens, so that a server with a wrong key says so when it starts.
    ///
    /// # Errors
    /// There is no key, or it is another one than they were sealed under; the store failed.
    pub async fn check_credentials(&self) -> Result<(), Error> {
        for kept in State::read(&*self.parts.store).await?.targets {
            let sealer = self.parts.sealer.as_ref().ok_or(Error::NoKey)?;
            let opened = sealer.open(&credential_name(kept.record.id), &kept.record.credential);
            opened.map_err(|_| Error::WrongKey(kept.name))?;
        }
        Ok(())
    }

    fn targets(&self, state: &State, directory: &str) -> Result<Vec<Arc<Target>>, Error> {
        let of_directory = state
            .targets
            .iter()
            .filter(|kept| kept.record.config.directory == directory);
        of_directory.map(|kept| self.target(state, &kept.record)).collect()
    }

    /// The target that a record declares.
    ///
    /// # Errors
    /// Its vendor is not known, its mapping does not fit the vendor, or there is no such directory.
    pub(super) fn target(&self, state: &State, record: &TargetRecord) -> Result<Arc<Target>, Error> {
        let descriptor = self.described(&record.config)?;
        let directory = state.directory(&record.config.directory);
        let directory = directory.ok_or_else(|| Error::NoDirectory(record.config.directory.clone()))?;
        let mapping = Mapping::declared(&self.parts.catalogue, descriptor, &record.config);
        let mapping = mapping.map_err(|misfits| misfit(&record.config, misfits))?;
        Ok(Arc::new(Target {
            id: record.id,
            directory: directory.record.id,
            config: record.config.clone(),
            descriptor,
            mapping: Arc::new(mapping),
            generation: record.generation,
            credential: record.credential.clone(),
        }))
    }

    /// The mapping of a declared target.
    ///
    /// # Errors
    /// Its vendor is not known, or the mapping does not fit the vendor.
    pub(super) fn mapping(&self, config: &config::Target) -> Result<Mapping, Error> {
        let mapping = Mapping::new(&self.parts.catalogue, self.described(config)?, config);
        mapping.map_err(|misfits| misfit(config, misfits))
    }

    /// The vendor of a declared target.
    ///
    /// # Errors
    /// It is not known, or the target's dialect does not fit it.
    pub(super) fn described(&self, config: &config::Target) -> Result<&'static Descriptor, Error> {
        (self.parts.describe)(config).map_err(|misfits| misfit(config, misfits))
    }

    /// What is declared at present, as the files said it: credentials are the references.
    ///
    /// # Errors
    /// The store failed.
    pub async fn export(&self) -> Result<(Vec<config::Directory>, Vec<config::Target>), Error> {
        let state = State::read(&*self.parts.store).await?;
        let directories = state.directories.into_iter().map(|kept| kept.record.config).collect();
        let targets = state.targets.into_iter().map(|kept| kept.record.config).collect();
        Ok((directories, targets))
    }

    /// Issues a token of the directory.
    ///
    /// # Errors
    /// There is no such directory, or see [`crate::auth::Error`].
    pub async fn create_token(&self, directory: &str, new: NewToken) -> Result<Issued, Error> {
        let state = State::read(&*self.parts.store).await?;
        let kept = state
            .directory(directory)
            .ok_or_else(|| Error::NoDirectory(directory.to_owned()))?;
        Ok(self.tokens.create((directory, kept.record.id), new).await?)
    }

    /// The target of that name, as it is at present.
    pub(super) fn named(&self, name: &str) -> Result<Arc<Target>, Error> {
        let directories = self.parts.registry.all();
        let mut targets = directories.values().flat_map(|directory| &directory.targets);
        let found = targets.find(|target| target.config.name == name).cloned();
        found.ok_or_else(|| Error::NoTarget(name.to_owned()))
    }

    /// Begins the consent of a target's vendor: the link to open.
    ///
    /// # Errors
    /// See [`crate::authorize::Error`].
    pub fn authorize(&self, target: &str) -> Result<String, Error> {
        Ok(self.parts.consents.begin(target)?)
    }

    /// Opens that link in a browser: on to the vendor.
    ///
    /// # Errors
    /// See [`crate::authorize::Error`].
    pub fn open(&self, state: &str, browser: Option<&SecretString>) -> Result<Opened, Error> {
        Ok(self.parts.consents.open(state, browser)?)
    }

    /// Ends it, and begins anew with the target: whose account the consent opens is asked first. Answers the target's
    /// name.
    ///
    /// # Errors
    /// See [`crate::authorize::Error`].
    pub async fn authorized(&self, callback: Callback) -> Result<String, Error> {
        let target = self.parts.consents.end(callback).await?;
        self.parts.deliveries.reopen(target.id).await;
        Ok(target.config.name.clone())
    }

    /// All tokens, without their texts.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list_tokens(&self) -> Result<Vec<Token>, Error> {
        Ok(self.tokens.list().await?)
    }

    /// Revokes a token; `false` if there is none of that id.
    ///
    /// # Errors
    /// The store failed.
    pub async fn revoke_token(&self, id: &str) -> Result<bool, Error> {
        Ok(self.tokens.revoke(id).await?)
    }
}

fn misfit(config: &config::Target, misfits: Vec<Misfit>) -> Error {
    let name = config.name.clone();
    Error::Misfit { name, misfits }
}
