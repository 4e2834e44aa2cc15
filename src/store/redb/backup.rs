//! A backup of the whole store while it is in use: one snapshot, written beside the file and renamed.
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use redb::ReadableTable;

use super::archive::{Head, Writer, is_backup};
use super::codec;
use super::open::{FORMAT, Room, SPARE_BYTES, room_for};
use super::read::Row;
use super::tables::{INDEXES, Snapshot};
use crate::clock::Clock;
use crate::store::{Backup, BackupError, Error};

/// Bytes between two looks at how much room the disk has: little beside what the store keeps free ([`SPARE_BYTES`]), for
/// one row may have a document of a megabyte.
const BYTES_PER_LOOK: usize = 1 << 20;

/// Where a backup is written.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) file: PathBuf,
    /// Whether a file that is there is replaced.
    pub(super) replace: bool,
}

/// Writes the snapshot to the file; nothing is there, or what was, if it fails. A damaged store is not backed up: the
/// backup would take the place of a sound one. It is broken off once the store ends.
pub(super) fn back_up(
    snapshot: &Snapshot,
    clock: &dyn Clock,
    to: &Destination,
    ended: &AtomicBool,
) -> Result<Backup, BackupError> {
    check_replaced(to)?;
    let folder = folder_of(&to.file);
    // Readable and writable by its owner alone, and gone if anything below fails.
    let file = tempfile::Builder::new().prefix(".usherd-backup-").tempfile_in(folder)?;
    let taken = clock.now();
    let head = Head { format: FORMAT, taken };
    let writer = Writer::begin(BufWriter::new(file), head)?;
    let (file, records) = write(snapshot, writer, room_for(folder.to_owned()).as_ref(), ended)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    let bytes = file.as_file().metadata()?.len();
    let kept = match to.replace {
        true => file.persist(&to.file),
        false => file.persist_noclobber(&to.file),
    };
    kept.map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(to.file.clone()),
        _ => failed.error.into(),
    })?;
    File::open(folder)?.sync_all()?;
    Ok(Backup { records, bytes, taken })
}

/// Only a regular file that is a backup, or empty, gives way to one: a store, a key, a configuration or a device does
/// not. A pipe is not even opened, which would wait for who writes to it.
fn check_replaced(to: &Destination) -> Result<(), BackupError> {
    let former = match fs::symlink_metadata(&to.file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        _ if !to.replace => return Err(BackupError::Exists(to.file.clone())),
        former => former?,
    };
    let gives_way = former.is_file() && (former.len() == 0 || is_backup(File::open(&to.file)?)?);
    match gives_way {
        true => Ok(()),
        false => Err(BackupError::NoBackup(to.file.clone())),
    }
}

fn write<W: io::Write>(
    snapshot: &Snapshot,
    mut writer: Writer<W>,
    room: Option<&Room>,
    ended: &AtomicBool,
) -> Result<(W, u64), BackupError> {
    let mut unlooked = BYTES_PER_LOOK;
    for (name, table) in snapshot.all() {
        writer.table(name)?;
        let is_index = INDEXES.contains(&name);
        for row in table.iter().map_err(Error::from)? {
            let (key, value): Row<'_> = row.map_err(Error::from)?;
            if ended.load(Ordering::Relaxed) {
                return Err(BackupError::BrokenOff);
            }
            let (key, value) = (key.value(), value.value());
            let is_sound = match is_index {
                true => value.is_empty(),
                false => codec::is_sound(key, value),
            };
            if !is_sound {
                return Err(Error::Damaged(codec::named(name, key)).into());
            }
            unlooked += key.len() + value.len();
            if unlooked >= BYTES_PER_LOOK {
                unlooked = 0;
                check_room(room)?;
            }
            writer.row(key, value)?;
        }
    }
    Ok(writer.end()?)
}

/// Not where the disk is as full as the store lets it become.
fn check_room(room: Option<&Room>) -> Result<(), BackupError> {
    match room.is_some_and(|room| room().is_ok_and(|left| left < SPARE_BYTES)) {
        true => Err(BackupError::NoRoom),
        false => Ok(()),
    }
}

/// The folder of a file.
pub(super) fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::ManualClock;
    use crate::store::redb::fold::Work;
    use crate::store::redb::open::Options;
    use crate::store::redb::writer::Writer as StoreWriter;
    use crate::store::suite::{resource, user};
    use crate::store::{Batch, Resource, Write};

    /// A disk that has so much room beyond what is kept free.
    struct Filling(Arc<AtomicU64>);

    impl io::Write for Filling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const DOCUMENTS: u128 = 40;
    const DOCUMENT_BYTES: u64 = 200 << 10;

    fn of_large_documents() -> StoreWriter {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let mut store = StoreWriter::open(Options::in_memory(), clock).unwrap();
        let large = |number| Resource {
            body: vec![b'x'; usize::try_from(DOCUMENT_BYTES).unwrap()],
            ..resource(user(number), &[])
        };
        let batch = Batch {
            expect: Vec::new(),
            writes: (0..DOCUMENTS).map(|number| Write::PutResource(large(number))).collect(),
        };
        store.run(&[&Work::Commit(batch)]).remove(0).unwrap();
        store
    }

    /// Rows may be large: a backup onto the store's own disk would take what is kept free for the store.
    #[test]
    fn a_backup_leaves_the_store_its_room_whatever_the_size_of_rows() {
        let store = of_large_documents();
        let snapshot = store.current().read().unwrap().clone().unwrap();
        for (beyond, is_written) in [(0, false), (3 << 20, false), (64 << 20, true)] {
            let written = Arc::new(AtomicU64::new(0));
            let taken = Arc::clone(&written);
            let left = move || Ok((SPARE_BYTES + beyond).saturating_sub(taken.load(Ordering::Relaxed) + 1));
            let room: Room = Arc::new(left);
            let head = Head {
                format: FORMAT,
                taken: Timestamp::UNIX_EPOCH,
            };
            let writer = Writer::begin(Filling(Arc::clone(&written)), head).unwrap();
            let result = write(&snapshot, writer, Some(&room), &AtomicBool::new(false)).map(drop);
            assert_eq!(result.is_ok(), is_written, "{beyond}: {result:?}");
            let most = beyond + (BYTES_PER_LOOK as u64) + DOCUMENT_BYTES + 1_000;
            assert!(written.load(Ordering::Relaxed) <= most, "{beyond}: {written:?}");
        }
    }

    /// Else a stop of the server would wait for a backup of any length.
    #[test]
    fn a_backup_is_broken_off_once_the_store_ends() {
        let store = of_large_documents();
        let snapshot = store.current().read().unwrap().clone().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let to = Destination {
            file: folder.path().join("backup"),
            replace: false,
        };
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let done = back_up(&snapshot, &clock, &to, &AtomicBool::new(true));
        assert!(matches!(done, Err(BackupError::BrokenOff)), "{done:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
