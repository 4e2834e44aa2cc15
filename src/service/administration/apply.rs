//! Declarations brought into the store.
use secrecy::{ExposeSecret, SecretString};

use super::plan::{Change, Kind, Verdict, Wish, plan};
use super::queue::Queue;
use super::record::{DirectoryRecord, State, TargetRecord, bytes};
use super::{Administration, Error, credential_name, sweep};
use crate::config;
use crate::service::plan::removed_directory;
use crate::service::resettle::look_again;
use crate::store::{self, Backlog, Batch, Conflict, DirectoryId, Expect, Scope, SettingKind, TargetId, Write};

/// What is declared.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Directories.
    pub directories: Vec<config::Directory>,
    /// Targets with their credentials.
    pub targets: Vec<Credentialed>,
}

/// A target with the credential that its reference led to.
#[derive(Debug, Clone)]
pub struct Credentialed {
    /// As declared.
    pub config: config::Target,
    /// The vendor's credential.
    pub credential: SecretString,
}

/// How declarations are applied.
#[derive(Debug, Clone, Copy, Default)]
pub struct Apply {
    /// Whether directories and targets that are not declared go. A directory that still holds resources does not.
    pub remove: bool,
    /// Whether targets go that have not delivered everything, such as the removal of people who left, and whether
    /// settings apply that touch accounts.
    pub confirm: bool,
}

impl Administration {
    /// Brings the declarations into the store in one write, and into the registry.
    ///
    /// # Errors
    /// See [`Error`]; nothing is changed then.
    pub async fn apply(&self, declared: &Declared, apply: Apply) -> Result<Vec<Change>, Error> {
        let _changing = self.changing.lock().await;
        let state = State::read(&*self.parts.store).await?;
        let wish = Wish {
            directories: &declared.directories,
            targets: declared
                .targets
                .iter()
                .map(|each| (&each.config, self.is_other(&state, each)))
                .collect(),
            remove: apply.remove,
        };
        let mut changes = plan(&state, &wish).map_err(Error::Refused)?;
        self.check_rest(&state, &changes)?;
        if !apply.confirm {
            self.check_delivered(&state, &changes).await?;
            self.check_effects(&state, &changes, declared).await?;
        }
        let mut batch = Batch::default();
        for change in &mut changes {
            change.warnings = self.warnings(&state, change, declared);
            self.add(&mut batch, &state, (&*change, declared)).await?;
        }
        if !batch.writes.is_empty() {
            self.commit(batch).await?;
        }
        self.register().await?;
        self.sweep().await?;
        Ok(changes)
    }

    /// What stays as it is has to be understood as well: all of it is brought into the registry, or nothing.
    fn check_rest(&self, state: &State, changes: &[Change]) -> Result<(), Error> {
        let stays = |change: &&Change| {
            change.kind == Kind::Target && matches!(change.verdict, Verdict::Unchanged | Verdict::Undeclared)
        };
        for kept in changes
            .iter()
            .filter(stays)
            .filter_map(|change| state.target(&change.name))
        {
            self.target(state, &kept.record)?;
        }
        Ok(())
    }

    /// A target goes once it has nothing to deliver: nobody would end the access of those who left.
    async fn check_delivered(&self, state: &State, changes: &[Change]) -> Result<(), Error> {
        let removed = |change: &&Change| (change.kind, change.verdict) == (Kind::Target, Verdict::Removed);
        let mut faults = Vec::new();
        for name in changes.iter().filter(removed).map(|change| &change.name) {
            let Some(kept) = state.target(name) else { continue };
            let backlog = self.parts.store.backlog(kept.record.id).await?;
            if backlog.pending + backlog.parked > 0 {
                let queue = self.queue(kept.record.id).await?;
                faults.push(undelivered(name, &backlog, &queue));
            }
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Error::Refused(faults)),
        }
    }

    /// What is known against a target as it is declared; of another vendor account than before nothing is.
    fn warnings(&self, state: &State, change: &Change, declared: &Declared) -> Vec<String> {
        let kept = state.target(&change.name).filter(|_| change.kind == Kind::Target);
        let target = declared.targets.iter().find(|each| each.config.name == change.name);
        let is_same = |kept: &TargetRecord, each: &Credentialed| {
            let (former, now) = (&kept.config, &each.config);
            (&former.base_url, &former.settings) == (&now.base_url, &now.settings) && !self.is_other(state, each)
        };
        let found = kept.zip(target).filter(|(kept, each)| is_same(&kept.record, each));
        found.map_or_else(Vec::new, |(kept, target)| {
            self.role_warnings(kept.record.id, &target.config)
        })
    }

    async fn commit(&self, batch: Batch) -> Result<(), Error> {
        match self.parts.store.commit(batch).await {
            Ok(_) => Ok(()),
            Err(store::Error::Conflict(Conflict::Populated(resource_type))) => {
                let fault = format!("a {resource_type} was created meanwhile in a directory that is to go");
                Err(Error::Refused(vec![fault]))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the credential differs from the one that is kept.
    fn is_other(&self, state: &State, declared: &Credentialed) -> bool {
        let Some((kept, sealer)) = state.target(&declared.config.name).zip(self.parts.sealer.as_ref()) else {
            return true;
        };
        let name = credential_name(kept.record.id);
        let opened = sealer.open(&name, &kept.record.credential);
        !opened.is_ok_and(|opened| opened.expose_secret() == declared.credential.expose_secret())
    }

    async fn add(
        &self,
        batch: &mut Batch,
        state: &State,
        (change, declared): (&Change, &Declared),
    ) -> Result<(), Error> {
        match (change.verdict, change.kind) {
            (Verdict::Unchanged | Verdict::Undeclared, _) => {}
            (Verdict::Added | Verdict::Changed, Kind::Directory) => {
                let config = declared.directories.iter().find(|each| each.name == change.name);
                self.put_directory(batch, state, config.expect("the plan names what is declared"));
            }
            (Verdict::Added | Verdict::Changed, Kind::Target) => {
                let target = declared.targets.iter().find(|each| each.config.name == change.name);
                self.put_target(batch, state, target.expect("the plan names what is declared"))?;
            }
            (Verdict::Removed, Kind::Directory) => self.remove_directory(batch, state, &change.name).await?,
            (Verdict::Removed, Kind::Target) => {
                let kept = state.target(&change.name);
                delete(
                    batch,
                    (SettingKind::Target, &change.name),
                    kept.map(|kept| kept.version),
                );
                kept.into_iter().for_each(|kept| sweep::forget(batch, kept.record.id));
            }
        }
        Ok(())
    }

    fn put_directory(&self, batch: &mut Batch, state: &State, config: &config::Directory) {
        let kept = state.directory(&config.name);
        let id = kept.map_or_else(|| DirectoryId(self.new_id()), |kept| kept.record.id);
        let record = DirectoryRecord::new(id, config.clone());
        let place = (SettingKind::Directory, config.name.as_str());
        put(batch, place, (kept.map(|kept| kept.version), bytes(&record)));
    }

    fn put_target(&self, batch: &mut Batch, state: &State, target: &Credentialed) -> Result<(), Error> {
        let kept = state.target(&target.config.name);
        let mut record = match kept {
            None => TargetRecord::new(TargetId(self.new_id()), target.config.clone()),
            Some(kept) => kept.record.next(target.config.clone()),
        };
        self.mapping(&target.config)?;
        let sealer = self.parts.sealer.as_ref().ok_or(Error::NoKey)?;
        let sealed = sealer.seal(&credential_name(record.id), &target.credential);
        record.credential = sealed.ok_or(Error::NoRandomness)?;
        // The settings before may never have been looked at: who changes them back is to look all the same.
        if kept.is_some_and(|kept| kept.record.config.effective() != target.config.effective()) {
            batch.writes.push(look_again(record.id));
        }
        let place = (SettingKind::Target, target.config.name.as_str());
        put(batch, place, (kept.map(|kept| kept.version), bytes(&record)));
        Ok(())
    }

    /// A directory goes with its tokens. Its resources go first, by its IdP: so that their accounts go as well.
    async fn remove_directory(&self, batch: &mut Batch, state: &State, name: &str) -> Result<(), Error> {
        let Some(kept) = state.directory(name) else {
            return Ok(());
        };
        for resource_type in self.parts.catalogue.types() {
            let scope = Scope {
                directory: kept.record.id,
                resource_type: resource_type.name.clone(),
            };
            let count = self.parts.store.count(&scope).await?;
            batch.expect.push(Expect::Empty(scope));
            if count > 0 {
                let endpoint = &resource_type.endpoint;
                let fault = format!("the directory `{name}` still holds {count} {endpoint}: delete them first");
                return Err(Error::Refused(vec![fault]));
            }
        }
        for token in self.tokens().ids_of(kept.record.id).await? {
            batch.writes.push(Write::DeleteSetting(SettingKind::Token, token));
        }
        let trace = removed_directory(kept.record.id);
        batch
            .writes
            .push(Write::PutSetting(SettingKind::Other, trace, Vec::new()));
        delete(batch, (SettingKind::Directory, name), Some(kept.version));
        Ok(())
    }

    fn new_id(&self) -> uuid::Uuid {
        self.parts.ids.next(self.parts.clock.now())
    }
}

/// What would not be done any more. Those who leave and rest would keep their access as well.
fn undelivered(name: &str, backlog: &Backlog, queue: &Queue) -> String {
    let Queue { held, withheld, .. } = queue;
    let (pending, parked) = (backlog.pending, backlog.parked.saturating_sub(held + withheld));
    let leavers = backlog.leavers + queue.resting_leavers;
    format!(
        "the target `{name}` has not delivered everything ({pending} pending, {parked} parked, {held} held, {withheld} \
         withheld; {leavers} of these are leaving): removed, it delivers none of it; --confirm removes it all the same"
    )
}

fn put(batch: &mut Batch, (kind, name): (SettingKind, &str), (version, bytes): (Option<u64>, Vec<u8>)) {
    batch.expect.push(Expect::Setting(kind, name.to_owned(), version));
    batch.writes.push(Write::PutSetting(kind, name.to_owned(), bytes));
}

fn delete(batch: &mut Batch, (kind, name): (SettingKind, &str), version: Option<u64>) {
    batch.expect.push(Expect::Setting(kind, name.to_owned(), version));
    batch.writes.push(Write::DeleteSetting(kind, name.to_owned()));
}
