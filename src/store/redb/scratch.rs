//! Rows that a long task keeps on the disk instead of in memory, in order of their keys.
use std::fs::File;
use std::io;
use std::ops::{Bound, ControlFlow};
use std::os::unix::fs::FileExt;
use std::path::Path;

use redb::{Database, ReadableDatabase, StorageBackend, TableDefinition};

use super::open::{LOW_BYTES, Room, room_for};
use crate::store::Error;

const ROWS: TableDefinition<(u8, &str, &str), &[u8]> = TableDefinition::new("rows");

/// Pages kept in memory: the branches of a tree of a million rows, and what one write of a thousand rows in no order
/// touches. The operating system keeps more of the file as long as it has room.
const CACHE_BYTES: usize = 4 << 20;

/// Below this nothing is kept: the store tells of it, and has room for a while until it takes no writes itself.
const ROOM_MIN: u64 = LOW_BYTES;

/// Rows on the disk. The file has no name, is the owner's alone, and goes with this value or the process. Each verb
/// blocks its thread.
pub(crate) struct Scratch {
    rows: Database,
    room: Option<Room>,
}

/// By what a row is found. Rows are ordered by these, the first one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScratchKey {
    /// Rows of one kind.
    pub(crate) sheet: u8,
    /// The first part of the name.
    pub(crate) name: String,
    /// The second one.
    pub(crate) id: String,
}

/// A row as it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScratchRow<'a> {
    /// Of which kind.
    pub(crate) sheet: u8,
    /// The first part of the name.
    pub(crate) name: &'a str,
    /// The second one.
    pub(crate) id: &'a str,
    /// What was kept.
    pub(crate) value: &'a [u8],
}

impl Scratch {
    /// Without rows, in this folder.
    ///
    /// # Errors
    /// The folder takes no file.
    pub(crate) fn new(folder: &Path) -> Result<Self, Error> {
        Self::with(folder, room_for(folder.to_owned()))
    }

    fn with(folder: &Path, room: Option<Room>) -> Result<Self, Error> {
        let file = tempfile::tempfile_in(folder).map_err(|error| Error::Unavailable(Box::new(error)))?;
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        let rows = builder.create_with_backend(Nameless(file))?;
        let scratch = Self { rows, room };
        scratch.put(&[])?;
        Ok(scratch)
    }

    /// Keeps rows; one takes the place of an earlier one of its key.
    ///
    /// # Errors
    /// The disk fails, or has no more room than the store keeps for itself.
    pub(crate) fn put(&self, rows: &[(ScratchKey, Vec<u8>)]) -> Result<(), Error> {
        if let Some(left) = self.room.as_ref().and_then(|room| room().ok())
            && left < ROOM_MIN
        {
            let full = format!("the disk has {left} bytes left; a long task leaves the store {ROOM_MIN}");
            return Err(Error::Unavailable(full.into()));
        }
        let transaction = self.rows.begin_write()?;
        let mut table = transaction.open_table(ROWS)?;
        for (key, value) in rows {
            table.insert(key.parts(), value.as_slice())?;
        }
        drop(table);
        Ok(transaction.commit()?)
    }

    /// Looks at the rows from this key on, in order, until told to stop.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn walk(
        &self,
        from: Bound<&ScratchKey>,
        mut visit: impl FnMut(ScratchRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let table = self.rows.begin_read()?.open_table(ROWS)?;
        let from = from.map(ScratchKey::parts);
        for row in table.range::<(u8, &str, &str)>((from, Bound::Unbounded))? {
            let (key, value) = row?;
            let (sheet, name, id) = key.value();
            let value = value.value();
            let row = ScratchRow { sheet, name, id, value };
            if visit(row).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl ScratchKey {
    fn parts(&self) -> (u8, &str, &str) {
        (self.sheet, &self.name, &self.id)
    }
}

/// A file whose content nobody misses, so that no write of it waits for the disk.
#[derive(Debug)]
struct Nameless(File);

impl StorageBackend for Nameless {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn key((sheet, name, id): (u8, &str, &str)) -> ScratchKey {
        ScratchKey {
            sheet,
            name: name.to_owned(),
            id: id.to_owned(),
        }
    }

    fn check(scratch: &Scratch, from: Bound<(u8, &str, &str)>, most: usize, expected: &str) {
        let mut seen = Vec::new();
        let visit = |row: ScratchRow<'_>| {
            let value = std::str::from_utf8(row.value).unwrap();
            seen.push(format!("{}{}{}={value}", row.sheet, row.name, row.id));
            match seen.len() < most {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        };
        let owned = from.map(key);
        scratch.walk(owned.as_ref(), visit).unwrap();
        assert_eq!(seen.join(" "), expected, "{from:?}");
    }

    #[test]
    fn it_leaves_the_store_its_room() {
        let folder = tempfile::tempdir().unwrap();
        let left = Arc::new(AtomicU64::new(ROOM_MIN));
        let room: Room = {
            let left = left.clone();
            Arc::new(move || Ok(left.load(Ordering::SeqCst)))
        };
        let scratch = Scratch::with(folder.path(), Some(room)).unwrap();
        let row = || [(key((1, "a", "x")), b"old".to_vec())];
        scratch.put(&row()).unwrap();
        left.store(ROOM_MIN - 1, Ordering::SeqCst);
        let refused = scratch.put(&row());
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        check(&scratch, Bound::Unbounded, 9, "1ax=old");
    }

    #[test]
    fn rows_come_in_order_and_leave_no_name_behind() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(folder.path()).unwrap();
        check(&scratch, Bound::Unbounded, 9, "");
        let put = |rows: &[(u8, &str, &str)], value: &str| {
            let rows: Vec<_> = rows.iter().map(|row| (key(*row), value.into())).collect();
            scratch.put(&rows).unwrap();
        };
        put(&[(2, "a", "x"), (1, "b", "y"), (1, "b", "x")], "old");
        put(&[(1, "a", ""), (1, "b", "y")], "new");
        for (from, most, expected) in [
            (Bound::Unbounded, 9, "1a=new 1bx=old 1by=new 2ax=old"),
            (Bound::Included((1, "b", "")), 1, "1bx=old"),
            (Bound::Included((1, "b", "x")), 9, "1bx=old 1by=new 2ax=old"),
            (Bound::Excluded((1, "b", "x")), 9, "1by=new 2ax=old"),
            (Bound::Excluded((2, "a", "x")), 9, ""),
        ] {
            check(&scratch, from, most, expected);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
