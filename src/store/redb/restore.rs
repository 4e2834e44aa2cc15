//! A store made from a backup.
//!
//! It is made beside its place and moved there at one stroke, once it is whole and verified: a kill leaves what was
//! there before.
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use redb::TableDefinition;

use super::archive::{Head, Reader, Unreadable};
use super::backup::folder_of;
use super::codec;
use super::fold::Work;
use super::migrate;
use super::open::{self, FORMAT, Options, begin};
use super::tables::Bytes;
use super::verify::verify;
use super::writer::Writer;
use crate::clock::SystemClock;
use crate::store::{Backup, BackupError, Batch, Error, Link, restoration};

/// The end of the name under which a store stays that is replaced.
const REPLACED: &str = ".replaced";

/// So many of them stay: who restores more often looks after them.
const REPLACED_MAX: u32 = 99;

/// Makes the store of this file from a backup. Every link in it is marked as restored, see [`Restored`]. What was there
/// is kept beside it if it is to be replaced, under the same name with `.replaced` at its end, or `.replaced-2` and so on.
///
/// # Errors
/// The backup is not as it was written, or of a later version; there is a store and it is not to be replaced, or a
/// server has it.
pub fn restore(from: &Path, to: &Path, restored: Restoring) -> Result<Backup, BackupError> {
    let mut reader = Reader::open(File::open(from)?)?;
    let head = reader.head();
    if head.format > FORMAT {
        return Err(BackupError::Newer(head.format));
    }
    // Held until the end, so that no server takes the store meanwhile.
    let locked = lock(to, restored.replace)?;
    let making = beside(to, ".restoring");
    // Another restore may be at it.
    drop(lock(&making, true)?);
    remove(&making)?;
    let placed = make(&making, (&mut reader, head), restored.at)
        .and_then(|records| put_in_place(&making, to, locked.is_some()).map(|()| records));
    let records = match placed {
        Ok(records) => records,
        Err(error) => {
            remove(&making)?;
            return Err(error);
        }
    };
    Ok(Backup {
        records,
        bytes: fs::metadata(to)?.len(),
        taken: head.taken,
    })
}

/// How a backup is restored.
#[derive(Debug, Clone, Copy)]
pub struct Restoring {
    /// When.
    pub at: Timestamp,
    /// Whether a store that is there is replaced.
    pub replace: bool,
}

/// Makes the store beside its place; answers how many records it has.
fn make(making: &Path, (reader, head): (&mut Reader<File>, Head), at: Timestamp) -> Result<u64, BackupError> {
    let options = Options::file(making);
    let records = load(&options, reader, head)?;
    mark(&options, at)?;
    let report = verify(&options)?;
    match report.faults {
        0 => Ok(records),
        _ => Err(BackupError::Unsound(report.first.join("; "))),
    }
}

/// What is there has its second name before the new store takes its place: at no moment there is none. Where there was
/// none, a server may have made one by now, which goes on in it.
fn put_in_place(made: &Path, to: &Path, replaces: bool) -> Result<(), BackupError> {
    match replaces {
        true => {
            let replaced = kept(to).ok_or_else(|| BackupError::Exists(beside(to, REPLACED)))?;
            // Not every file system has links.
            fs::hard_link(to, &replaced).or_else(|_| fs::copy(to, &replaced).map(drop))?;
            fs::rename(made, to)?;
        }
        false => match fs::hard_link(made, to) {
            Ok(()) => remove(made)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(to.to_owned()));
            }
            Err(_) if to.exists() => return Err(BackupError::Exists(to.to_owned())),
            Err(_) => fs::rename(made, to)?,
        },
    }
    Ok(File::open(folder_of(to))?.sync_all()?)
}

/// Where the store stays that is replaced. One that stays there already is not removed: it may be the last good one.
fn kept(to: &Path) -> Option<PathBuf> {
    let further = (2..=REPLACED_MAX).map(|number| format!("{REPLACED}-{number}"));
    let names = [REPLACED.to_owned()].into_iter().chain(further);
    names.map(|name| beside(to, &name)).find(|name| !name.exists())
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes the lock of the store that is there, if there is one.
fn lock(file: &Path, replace: bool) -> Result<Option<File>, BackupError> {
    let opened = match File::options().read(true).write(true).open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // The same lock as redb takes.
    match opened.try_lock() {
        Err(TryLockError::WouldBlock) => Err(BackupError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
        Ok(()) if !replace => Err(BackupError::Exists(file.to_owned())),
        Ok(()) => Ok(Some(opened)),
    }
}

/// Puts the rows into a new store, as they are.
fn load(options: &Options, reader: &mut Reader<File>, head: Head) -> Result<u64, BackupError> {
    let database = open::open(options)?;
    let mut records = 0;
    while let Some(chunk) = reader.chunk()? {
        let transaction = begin(&database)?;
        {
            let definition = TableDefinition::<Bytes, Bytes>::new(&chunk.table);
            let mut table = transaction.open_table(definition).map_err(Error::from)?;
            for (key, value) in &chunk.rows {
                table.insert(key.as_slice(), value.as_slice()).map_err(Error::from)?;
                records += 1;
            }
        }
        transaction.commit().map_err(Error::from)?;
    }
    open::set_format(&database, head.format)?;
    Ok(records)
}

/// Marks every link as restored, and the store; an older format was brought to the present one by the opening.
fn mark(options: &Options, at: Timestamp) -> Result<(), BackupError> {
    let database = open::open(options)?;
    migrate::walk(&database, "links", &|key, record| {
        let link: Link = codec::unseal("link", key, record)?;
        codec::seal(key, &link.held_back()).map(Some)
    })?;
    drop(database);
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![restoration::note(at)],
    };
    let mut writer = Writer::open(options.clone(), Arc::new(SystemClock))?;
    let done = writer.run(&[&Work::Commit(batch)]);
    done.into_iter().try_for_each(|done| done.map(drop))?;
    Ok(())
}

impl From<Unreadable> for BackupError {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Damaged(why) => Self::Unusable(why),
            Unreadable::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Unusable("it ends too early")
            }
            Unreadable::Io(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// While a backup was restored to where there was no store, a server has begun one.
    #[test]
    fn a_store_that_was_made_meanwhile_is_left_alone() {
        for replaces in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let [made, to] = ["made", "to"].map(|name| folder.path().join(name));
            fs::write(&made, "new").unwrap();
            fs::write(&to, "the server's").unwrap();
            let placed = put_in_place(&made, &to, replaces);
            let expected = if replaces { "new" } else { "the server's" };
            assert_eq!(placed.is_ok(), replaces, "{placed:?}");
            assert_eq!(fs::read_to_string(&to).unwrap(), expected);
        }
    }
}
