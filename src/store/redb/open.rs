//! Opening the file.
use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database, DatabaseError, ReadableDatabase, TableDefinition, TableError, WriteTransaction};

use super::backup::folder_of;
use super::migrate;
use super::tables::{Snapshot, Writing};
use crate::store::Error;

/// The format of the whole store: tables and keys. A greater one is refused.
pub(super) const FORMAT: u64 = migrate::FIRST + migrate::STEPS.len() as u64;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const META_FORMAT: &str = "format";
/// 1 while a process has the store open, so that the next one knows of an unclean stop.
const META_IN_USE: &str = "in use";

/// Pages kept in memory unless configured otherwise; redb's own default of 1 GiB is too much for a gateway beside other
/// services.
const CACHE_BYTES: usize = 64 << 20;

/// Room on the disk below which nothing is written any more: far more than one fold of commits, each page copied, can
/// take.
pub(super) const SPARE_BYTES: u64 = 64 << 20;

/// Room below which it is told that writes will be refused soon: time enough to make some.
pub(super) const LOW_BYTES: u64 = 4 * SPARE_BYTES;

/// What is said of a file that redb panics over. What the panic says may name people.
pub(super) const SENSELESS: &str = "its pages make no sense";

/// Tells how much room the disk has, in bytes.
pub type Room = std::sync::Arc<dyn Fn() -> io::Result<u64> + Send + Sync>;

/// Where the store is kept.
#[derive(Clone)]
pub enum Medium {
    /// In a file, made if it is not there.
    File(PathBuf),
    /// In memory, gone when closed: the test double.
    Memory,
    /// In what this makes at every opening, so that tests and simulation can let it fail.
    Backend(std::sync::Arc<dyn Fn() -> io::Result<Box<dyn redb::StorageBackend>> + Send + Sync>),
}

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// Where it is kept.
    pub medium: Medium,
    /// Pages kept in memory at most.
    pub cache_bytes: usize,
    /// Whether each commit runs on its caller's thread, alone, instead of being folded with others on the writer's. For
    /// simulation, where nothing may happen outside the caller's runtime.
    pub inline: bool,
    /// Whether reads of many rows run on their caller's thread as well. For simulation, which has one thread and must
    /// run the same way each time.
    pub reads_inline: bool,
    /// How much room there is, where that can be told. Writes are refused before it is used up.
    pub room: Option<Room>,
}

impl Options {
    /// A store in a file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            room: room_for(folder_of(&path).to_owned()),
            medium: Medium::File(path),
            cache_bytes: CACHE_BYTES,
            inline: false,
            reads_inline: false,
        }
    }

    /// The folder that it is in; `None` if it is in no file.
    pub fn folder(&self) -> Option<&Path> {
        match &self.medium {
            Medium::File(path) => path.parent(),
            Medium::Memory | Medium::Backend(_) => None,
        }
    }

    /// A store in memory that commits inline.
    pub fn in_memory() -> Self {
        Self {
            medium: Medium::Memory,
            cache_bytes: CACHE_BYTES,
            inline: true,
            reads_inline: false,
            room: None,
        }
    }

    /// A store on such a medium that does everything on its caller's thread.
    pub fn simulated(medium: Medium) -> Self {
        Self {
            medium,
            reads_inline: true,
            ..Self::in_memory()
        }
    }
}

#[cfg(unix)]
pub(super) fn room_for(folder: PathBuf) -> Option<Room> {
    Some(std::sync::Arc::new(move || {
        let disk = rustix::fs::statvfs(&folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }))
}

#[cfg(not(unix))]
pub(super) fn room_for(_: PathBuf) -> Option<Room> {
    None
}

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the file: a running server, mostly.
    #[error("another process has the store open")]
    Locked,
    /// A later version of the program wrote it.
    #[error(
        "the store has format {found}, and this version reads formats up to {FORMAT}: use the version that wrote it"
    )]
    Newer {
        /// The format found.
        found: u64,
    },
    /// The file is damaged, or is no store.
    #[error(
        "the store is damaged: {0}; nothing of it is served. Restore a backup with `usherd restore FILE --force`, which keeps \
         the damaged file beside the new one"
    )]
    Damaged(String),
    /// The file cannot be read or written.
    #[error("the store cannot be opened")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Damaged(what) => Self::Damaged(what),
            Error::Unavailable(source) | Error::Unexpected(source) => Self::Unavailable(source),
            Error::Conflict(_) => Self::Unavailable("a conflict without a batch".into()),
        }
    }
}

impl OpenError {
    /// Of a file that redb panics over.
    pub(super) fn senseless() -> Self {
        Self::Damaged(SENSELESS.to_owned())
    }
}

/// Opens the file, brings it to the present format, and makes what is missing in it. redb panics over some damaged
/// files.
pub(super) fn open(options: &Options) -> Result<Database, OpenError> {
    let opened = catch_unwind(AssertUnwindSafe(|| opened(options)));
    opened.unwrap_or_else(|_| Err(OpenError::senseless()))
}

/// Opens a store anew that was open before: one that is gone, as with a disk that was unmounted, is not made anew.
pub(super) fn reopen(options: &Options) -> Result<Database, OpenError> {
    match &options.medium {
        Medium::File(path) if !path.exists() => {
            let gone = format!("{} is gone", path.display());
            Err(OpenError::Unavailable(gone.into()))
        }
        Medium::File(_) | Medium::Memory | Medium::Backend(_) => open(options),
    }
}

fn opened(options: &Options) -> Result<Database, OpenError> {
    let database = opened_as_is(options)?;
    match catch_unwind(AssertUnwindSafe(|| check_format(&database))) {
        Ok(checked) => checked.map(|()| database),
        Err(panic) => {
            // Closing what makes no sense panics again, which would end the process without a word.
            std::mem::forget(database);
            resume_unwind(panic)
        }
    }
}

/// Opens the file, whatever its format is.
pub(super) fn opened_as_is(options: &Options) -> Result<Database, OpenError> {
    let mut builder = Database::builder();
    builder.set_cache_size(options.cache_bytes);
    match &options.medium {
        Medium::File(path) => in_file(&builder, path),
        Medium::Memory => builder.create_with_backend(InMemoryBackend::new()).map_err(refused),
        Medium::Backend(make) => {
            let backend = make().map_err(|error| OpenError::Unavailable(Box::new(error)))?;
            builder.create_with_backend(Boxed(backend)).map_err(refused)
        }
    }
}

/// A transaction whose commit is durable, and after which a killed store opens at once:
/// `docs/adr/0001-quick-repair.md`.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

/// Notes that the store is in use, or no longer; says what was noted before.
pub(super) fn set_in_use(database: &Database, in_use: bool) -> Result<bool, Error> {
    let transaction = begin(database)?;
    let mut meta = transaction.open_table(META)?;
    let before = meta
        .insert(META_IN_USE, u64::from(in_use))?
        .map(|before| before.value());
    drop(meta);
    transaction.commit()?;
    Ok(before == Some(1))
}

fn in_file(builder: &Builder, path: &Path) -> Result<Database, OpenError> {
    let unavailable = |error: io::Error| OpenError::Unavailable(Box::new(error));
    if !path.exists() {
        make(builder, path)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(unavailable)?;
    // redb would take it for a new one, and every identity provider would be turned away.
    if file.metadata().map_err(unavailable)?.len() == 0 {
        let empty = "it has 0 bytes, as after a disk that was full, and may be removed to begin anew";
        return Err(OpenError::Damaged(empty.to_owned()));
    }
    let backend = FileBackend::new(file).map_err(refused)?;
    builder.create_with_backend(backend).map_err(refused)
}

/// Makes an empty store, beside its place until it is whole: what a failure leaves in between is no store. It is its
/// owner's alone, since it holds people's data.
fn make(builder: &Builder, path: &Path) -> Result<(), OpenError> {
    let unavailable = |error: io::Error| OpenError::Unavailable(Box::new(error));
    let fresh = tempfile::Builder::new()
        .prefix(".usherd-new-")
        .tempfile_in(folder_of(path));
    let fresh = fresh.map_err(unavailable)?;
    let file = fresh.reopen().map_err(unavailable)?;
    let backend = FileBackend::new(file).map_err(refused)?;
    initialise(&builder.create_with_backend(backend).map_err(refused)?)?;
    match fresh.persist_noclobber(path) {
        // Another process was faster; its lock tells.
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => Err(unavailable(failed.error)),
        // A new file is durable once its folder is.
        _ => File::open(folder_of(path))
            .and_then(|folder| folder.sync_all())
            .map_err(unavailable),
    }
}

fn refused(error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::Locked,
        DatabaseError::Storage(redb::StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            OpenError::Damaged(error.to_string())
        }
        other => Error::from(other).into(),
    }
}

fn check_format(database: &Database) -> Result<(), OpenError> {
    match format(database)? {
        None => Ok(initialise(database)?),
        Some(FORMAT) => Ok(()),
        Some(found) if found > FORMAT => Err(OpenError::Newer { found }),
        Some(found) if found < migrate::FIRST => Err(OpenError::Damaged(format!("there is no format {found}"))),
        Some(found) => Ok(migrate::migrate(database, found, (migrate::FIRST, migrate::STEPS))?),
    }
}

/// Notes the format that the store has by now.
pub(super) fn set_format(database: &Database, format: u64) -> Result<(), Error> {
    let transaction = begin(database)?;
    transaction.open_table(META)?.insert(META_FORMAT, format)?;
    transaction.commit()?;
    Ok(())
}

/// The format that the store has; `None`: it is new.
pub(super) fn format(database: &Database) -> Result<Option<u64>, Error> {
    let meta = match database.begin_read()?.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(meta.get(META_FORMAT)?.map(|value| value.value()))
}

fn initialise(database: &Database) -> Result<(), Error> {
    let transaction = begin(database)?;
    transaction.open_table(META)?.insert(META_FORMAT, FORMAT)?;
    drop(Writing::of(&transaction)?);
    transaction.commit()?;
    Ok(())
}

/// The snapshot of what is committed.
pub(super) fn snapshot(database: &Database) -> Result<Snapshot, Error> {
    Ok(Snapshot::of(&database.begin_read()?)?)
}

#[derive(Debug)]
struct Boxed(Box<dyn redb::StorageBackend>);

impl redb::StorageBackend for Boxed {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
}
