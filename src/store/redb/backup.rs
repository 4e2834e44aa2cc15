//! A backup of the whole store while it is in use: one snapshot, written beside the file and renamed.
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use redb::ReadableTable;

use super::archive::{Head, Writer, is_backup};
use super::codec;
use super::open::{FORMAT, Room, SPARE_BYTES, room_for};
use super::read::Row;
use super::tables::{INDEXES, Snapshot};
use crate::clock::Clock;
use crate::store::{Backup, BackupError, Error};

/// Rows between two looks at how much room the disk has.
const ROWS_PER_LOOK: u64 = 10_000;

/// Where a backup is written.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) file: PathBuf,
    /// Whether a file that is there is replaced.
    pub(super) replace: bool,
}

/// Writes the snapshot to the file; nothing is there, or what was, if it fails. A damaged store is not backed up: the
/// backup would take the place of a sound one.
pub(super) fn back_up(snapshot: &Snapshot, clock: &dyn Clock, to: &Destination) -> Result<Backup, BackupError> {
    check_replaced(to)?;
    let folder = folder_of(&to.file);
    // Readable and writable by its owner alone, and gone if anything below fails.
    let file = tempfile::Builder::new().prefix(".usherd-backup-").tempfile_in(folder)?;
    let taken = clock.now();
    let head = Head { format: FORMAT, taken };
    let writer = Writer::begin(BufWriter::new(file), head)?;
    let (file, records) = write(snapshot, writer, &to.file)?;
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

/// Only what is a backup, or empty, gives way to one: a store, a key or a configuration does not.
fn check_replaced(to: &Destination) -> Result<(), BackupError> {
    let former = match File::open(&to.file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        _ if !to.replace => return Err(BackupError::Exists(to.file.clone())),
        former => former?,
    };
    let gives_way = former.metadata()?.len() == 0 || is_backup(former)?;
    match gives_way {
        true => Ok(()),
        false => Err(BackupError::NoBackup(to.file.clone())),
    }
}

fn write<W: io::Write>(snapshot: &Snapshot, mut writer: Writer<W>, file: &Path) -> Result<(W, u64), BackupError> {
    let room = room_for(folder_of(file).to_owned());
    let mut rows = 0_u64;
    for (name, table) in snapshot.all() {
        writer.table(name)?;
        let is_index = INDEXES.contains(&name);
        for row in table.iter().map_err(Error::from)? {
            let (key, value): Row<'_> = row.map_err(Error::from)?;
            let (key, value) = (key.value(), value.value());
            let is_sound = match is_index {
                true => value.is_empty(),
                false => codec::is_sound(key, value),
            };
            if !is_sound {
                return Err(Error::Damaged(codec::named(name, key)).into());
            }
            if rows.is_multiple_of(ROWS_PER_LOOK) && is_full(room.as_ref()) {
                return Err(BackupError::NoRoom);
            }
            writer.row(key, value)?;
            rows += 1;
        }
    }
    Ok(writer.end()?)
}

/// Whether the disk is as full as the store lets it become.
fn is_full(room: Option<&Room>) -> bool {
    room.is_some_and(|room| room().is_ok_and(|left| left < SPARE_BYTES))
}

/// The folder of a file.
pub(super) fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
