//! A disk in memory that fails on demand, and loses what was not synced when the power goes.
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

use crate::clock::ManualClock;
use crate::store::redb::{Medium, OpenError, Options, Redb};
use crate::store::suite::at;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

#[derive(Debug, Clone, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// As the operating system shows it.
    shown: Vec<u8>,
    /// As it would be after a power cut, whatever else arrived.
    synced: Vec<u8>,
    unsynced: Vec<Change>,
    /// Writes, changes of length and syncs so far.
    operations: u64,
    fails: Option<Failing>,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// Which operations fail.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failing {
    /// The one of this number.
    One(u64),
    /// All from this number on.
    From(u64),
}

impl Disk {
    /// A disk with this on it.
    pub(super) fn holding(bytes: &[u8]) -> Self {
        let disk = Self::default();
        disk.state().shown = bytes.to_vec();
        disk.state().synced = bytes.to_vec();
        disk
    }

    pub(super) fn options(&self) -> Options {
        let disk = self.clone();
        let make = move || Ok(Box::new(disk.clone()) as Box<dyn StorageBackend>);
        Options {
            medium: Medium::Backend(Arc::new(make)),
            ..Options::in_memory()
        }
    }

    pub(super) fn open(&self) -> Result<Redb, OpenError> {
        Redb::open(self.options(), Arc::new(ManualClock::at(at(0))))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.state().shown.clone()
    }

    /// Frees what it holds: a damaged store that is never closed keeps its disk.
    pub(super) fn empty(&self) {
        *self.state() = State::default();
    }

    pub(super) fn operations(&self) -> u64 {
        self.state().operations
    }

    pub(super) fn fail(&self, fails: Option<Failing>) {
        self.state().fails = fails;
    }

    /// Of what was not synced some arrived, in any order, and some of that in part.
    pub(super) fn cut_power(&self, chance: &mut Chance) {
        let mut state = self.state();
        let mut unsynced = std::mem::take(&mut state.unsynced);
        let mut kept = std::mem::take(&mut state.synced);
        while !unsynced.is_empty() {
            let next = chance.below(unsynced.len());
            match unsynced.swap_remove(next) {
                Change::Length(length) if chance.below(2) == 0 => kept.resize(length, 0),
                Change::Length(_) => {}
                Change::Write(start, data) => {
                    for (number, sector) in data.chunks(SECTOR_BYTES).enumerate() {
                        let start = start + number * SECTOR_BYTES;
                        if chance.below(2) == 0 && start + sector.len() <= kept.len() {
                            kept[start..start + sector.len()].copy_from_slice(sector);
                        }
                    }
                }
            }
        }
        state.shown = kept.clone();
        state.synced = kept;
        state.fails = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn meet(&mut self) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        match self.fails {
            Some(Failing::One(fails)) if fails == number => Err(io::Error::other("a bad block")),
            Some(Failing::From(fails)) if fails <= number => Err(io::Error::other("no disk")),
            Some(Failing::One(_) | Failing::From(_)) | None => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().shown.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let state = self.state();
        let bytes = state.shown.get(start..start.saturating_add(out.len()));
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.meet()?;
        let length = usize::try_from(len).unwrap();
        state.shown.resize(length, 0);
        state.unsynced.push(Change::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.meet()?;
        state.synced = state.shown.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let start = usize::try_from(offset).unwrap();
        // What fails may have been done in part.
        let met = state.meet();
        let data = match met {
            Ok(()) => data,
            Err(_) => &data[..data.len() / 2],
        };
        state.shown[start..start + data.len()].copy_from_slice(data);
        state.unsynced.push(Change::Write(start, data.to_vec()));
        met
    }
}

/// How often something is tried: as many times as the environment says, or as usual.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of a test is no configuration of the gateway"
)]
pub(super) fn times(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |times| times.parse().expect("a number"))
}

/// Numbers that follow from a seed (xorshift).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}
