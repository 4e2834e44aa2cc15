//! A disk in memory that keeps what was synced, and of the rest, when the power goes, what it likes.
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use super::fate::Fate;
use crate::dice::Dice;

/// What a disk writes at once or not at all.
const SECTOR_BYTES: usize = 512;

/// What copies of a disk share until it is written.
const PAGE_BYTES: usize = 4096;

/// All bytes of a disk; a copy costs little.
#[derive(Debug, Default, Clone)]
struct Image {
    len: usize,
    /// What is missing is zero.
    pages: Vec<Option<Arc<[u8; PAGE_BYTES]>>>,
}

#[derive(Debug, Default, Clone)]
struct Bytes {
    /// What is there after the power went.
    durable: Image,
    /// What is read while the power is there.
    seen: Image,
    /// How they differ, in order.
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

/// The disk.
#[derive(Debug, Default, Clone)]
pub(super) struct Disk(Arc<Mutex<Bytes>>);

impl Disk {
    /// Another disk with the same on it.
    pub(super) fn copied(&self) -> Self {
        Self(Arc::new(Mutex::new(self.lock().clone())))
    }

    /// The disk as a process of this life has it.
    pub(super) fn open(&self, fate: Arc<Fate>, life: u64) -> Handle {
        let disk = self.clone();
        Handle { disk, fate, life }
    }

    /// The power goes: of what was not synced each sector and each new length is kept or lost by itself, so that what
    /// was written later may be there without what was written before.
    pub(super) fn lose_power(&self, dice: &mut Dice) {
        let mut bytes = self.lock();
        let kept = dice.pick(&[0, 100, 500, 900, 1000]);
        for change in std::mem::take(&mut bytes.unsynced) {
            match change {
                Change::Length(len) if dice.in_thousand(kept) => bytes.durable.set_len(len),
                Change::Length(_) => {}
                Change::Write(offset, data) => {
                    for (number, sector) in data.chunks(SECTOR_BYTES).enumerate() {
                        if dice.in_thousand(kept) {
                            bytes.durable.write(offset + number * SECTOR_BYTES, sector);
                        }
                    }
                }
            }
        }
        bytes.seen = bytes.durable.clone();
    }

    fn lock(&self) -> MutexGuard<'_, Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Image {
    fn set_len(&mut self, len: usize) {
        self.pages.resize(len.div_ceil(PAGE_BYTES), None);
        // What is cut off does not come back.
        if let Some(Some(last)) = self.pages.get_mut(len / PAGE_BYTES).filter(|_| len < self.len) {
            let cut = Arc::make_mut(last).get_mut(len % PAGE_BYTES..);
            cut.into_iter().flatten().for_each(|byte| *byte = 0);
        }
        self.len = len;
    }

    fn write(&mut self, offset: usize, data: &[u8]) {
        if self.len < offset + data.len() {
            self.set_len(offset + data.len());
        }
        for part in parts(offset, data.len()) {
            let page = self.pages.get_mut(part.page).expect("it was made long enough");
            let page = Arc::make_mut(page.get_or_insert_with(|| Arc::new([0; PAGE_BYTES])));
            page[part.within].copy_from_slice(&data[part.of]);
        }
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> io::Result<()> {
        if self.len < offset + out.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for part in parts(offset, out.len()) {
            match self.pages.get(part.page) {
                Some(Some(page)) => out[part.of].copy_from_slice(&page[part.within]),
                Some(None) | None => out[part.of].fill(0),
            }
        }
        Ok(())
    }
}

/// The part of an access that is on one page.
struct Part {
    page: usize,
    within: Range<usize>,
    /// Which of the bytes that are accessed.
    of: Range<usize>,
}

fn parts(offset: usize, len: usize) -> impl Iterator<Item = Part> {
    let end = offset + len;
    let pages = offset / PAGE_BYTES..end.div_ceil(PAGE_BYTES);
    pages.map(move |page| {
        let begin = page * PAGE_BYTES;
        let (from, to) = (offset.max(begin), end.min(begin + PAGE_BYTES));
        Part {
            page,
            within: from - begin..to - begin,
            of: from - offset..to - offset,
        }
    })
}

/// The disk as one life of the process has it.
#[derive(Debug)]
pub(super) struct Handle {
    disk: Disk,
    fate: Arc<Fate>,
    life: u64,
}

impl Handle {
    fn effect(&self) -> io::Result<()> {
        match self.fate.step(self.life) {
            true => Ok(()),
            false => Err(gone()),
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the process is dead")
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("the disk is small")
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.disk.lock().seen.len).expect("the disk is small"))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if !self.fate.lives(self.life) {
            return Err(gone());
        }
        self.disk.lock().seen.read(at(offset), out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.effect()?;
        let mut bytes = self.disk.lock();
        bytes.seen.set_len(at(len));
        bytes.unsynced.push(Change::Length(at(len)));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.effect()?;
        let mut bytes = self.disk.lock();
        bytes.unsynced.clear();
        bytes.durable = bytes.seen.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.effect()?;
        let mut bytes = self.disk.lock();
        bytes.seen.write(at(offset), data);
        bytes.unsynced.push(Change::Write(at(offset), data.to_vec()));
        Ok(())
    }
}
