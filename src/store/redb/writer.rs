//! The writer, which opens the store again after a failure.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use redb::Database;
use tokio::time::Instant;

use super::fold::{Done, Work, fold};
use super::open::{self, LOW_BYTES, OpenError, Options, SPARE_BYTES};
use super::place::Place;
use super::tables::Snapshot;
use crate::clock::Clock;
use crate::store::{Error, SettingKind, restoration};

/// How long the store stays closed after a failure before it is opened again, doubled up to the greatest.
const REOPEN_AFTER: Duration = Duration::from_millis(100);
const REOPEN_AFTER_MAX: Duration = Duration::from_secs(5);

/// How often it is looked how much room the disk has while nothing is written.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How long writes are taken until it is told anew that they are refused: a disk about the mark is told of once.
const TELL_AGAIN: Duration = Duration::from_secs(600);

/// The snapshot that reads use; `None` while the store is closed.
pub(super) type Current = Arc<RwLock<Option<Arc<Snapshot>>>>;

/// How much room the disk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    Ample,
    /// Soon nothing will be written any more.
    Low,
    /// Nothing is.
    Full,
}

/// The one that writes.
pub(super) struct Writer {
    options: Options,
    clock: Arc<dyn Clock>,
    current: Current,
    database: Option<Database>,
    place: Place,
    reopen: Option<(Instant, Duration)>,
    /// Whoever had the store before did not close it, and nobody has found it sound since.
    check_is_due: Arc<AtomicBool>,
    /// What was told of the disk.
    told_room: Room,
    /// Since when the disk has had room for writes.
    taken_since: Option<Instant>,
    /// Why the store was closed, as it was told last, and when.
    told_closed: Option<(String, Instant)>,
    restored: Option<Timestamp>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.publish(None);
        if let Some(database) = &self.database {
            // What was not closed before is still to be checked: whoever opens the store next finds that out.
            drop(open::set_in_use(database, self.check_is_due.load(Ordering::Relaxed)));
        }
    }
}

impl Writer {
    pub(super) fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = open::open(&options)?;
        let Ok(first) = catch_unwind(AssertUnwindSafe(|| First::look(&database, &options))) else {
            // Closing what makes no sense panics again, which would end the process without a word.
            std::mem::forget(database);
            return Err(OpenError::senseless());
        };
        let First {
            unclean,
            place,
            snapshot,
            restored,
        } = first?;
        let current = Arc::new(RwLock::new(Some(Arc::new(snapshot))));
        let mut writer = Self {
            options,
            clock,
            current,
            database: Some(database),
            place,
            reopen: None,
            check_is_due: Arc::new(unclean.into()),
            told_room: Room::Ample,
            taken_since: None,
            told_closed: None,
            restored,
        };
        // It tells at once of a disk that is too full; who writes is refused.
        drop(writer.check_room());
        Ok(writer)
    }

    /// Whether a check is due; whoever does it says here that none is any more.
    pub(super) fn check_is_due(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.check_is_due)
    }

    /// When the store was restored from a backup, if it was.
    pub(super) fn restored(&self) -> Option<Timestamp> {
        self.restored
    }

    pub(super) fn current(&self) -> Current {
        Arc::clone(&self.current)
    }

    /// Does the works in one transaction; after it, reads see them. Opens the store if it is closed and may be opened
    /// again.
    pub(super) fn run(&mut self, works: &[&Work]) -> Vec<Result<Done, Error>> {
        let room = self.check_room();
        if let (false, Err(error)) = (works.is_empty(), room) {
            return works.iter().map(|_| Err(again(&error))).collect();
        }
        let now = self.clock.now();
        let folded = self.opened().and_then(|database| {
            let results = if works.is_empty() {
                Vec::new()
            } else {
                fold(database, works, now)?
            };
            Ok((results, open::snapshot(database)?))
        });
        match folded {
            Ok((results, snapshot)) => {
                self.publish(Some(snapshot));
                // Where each work is refused, nothing is.
                self.forget_closed(results.iter().any(Result::is_ok));
                results
            }
            Err(error) => {
                self.close(&error);
                works.iter().map(|_| Err(again(&error))).collect()
            }
        }
    }

    /// Refuses before the disk is full: redb closes after a failed write, and reads with it. Tells of what comes.
    fn check_room(&mut self) -> Result<(), Error> {
        let Some(room) = &self.options.room else { return Ok(()) };
        let (room, refusal) = match room() {
            // A little more than low, so that it is not told again at each file that comes and goes.
            Ok(left) if left >= LOW_BYTES + SPARE_BYTES => (Room::Ample, None),
            Ok(left) if left >= LOW_BYTES => (self.told_room.min(Room::Low), None),
            Ok(left) if left >= SPARE_BYTES => (Room::Low, None),
            Ok(left) => {
                let full = format!("the disk has {left} bytes left; nothing is written below {SPARE_BYTES}");
                (Room::Full, Some(Error::Unavailable(full.into())))
            }
            Err(error) => (Room::Full, Some(Error::Unavailable(Box::new(error)))),
        };
        self.forget_refusals(refusal.is_some());
        self.tell_of_room(room, refusal.as_ref());
        refusal.map_or(Ok(()), Err)
    }

    /// Once writes were taken for a while, that they are refused is news again.
    fn forget_refusals(&mut self, is_refused: bool) {
        let since = *self.taken_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= TELL_AGAIN {
            self.told_room = self.told_room.min(Room::Low);
        }
        if is_refused {
            self.taken_since = None;
        }
    }

    /// Each time that there is less room, once.
    fn tell_of_room(&mut self, room: Room, refusal: Option<&Error>) {
        let is_less = room > self.told_room;
        if is_less || room == Room::Ample {
            self.told_room = room;
        }
        match (is_less, refusal) {
            (true, Some(error)) => {
                let error = chain(error);
                tracing::error!(alarm = "store_nearly_full", error, "nothing is written any more");
            }
            (true, None) => {
                let (below, refused_below) = (LOW_BYTES, SPARE_BYTES);
                tracing::error!(
                    alarm = "store_nearly_full",
                    below,
                    refused_below,
                    "the disk of the store is nearly full; soon nothing is written any more"
                );
            }
            (false, _) => {}
        }
    }

    /// How long to wait, with nothing to write, before the store is opened again, or the disk is looked at.
    pub(super) fn idle_for(&self) -> Duration {
        let reopen = self.reopen.map(|(at, _)| at.saturating_duration_since(Instant::now()));
        reopen.unwrap_or(LOOK_EVERY)
    }

    /// The database, opened again if its time has come.
    fn opened(&mut self) -> Result<&Database, Error> {
        if self.database.is_some() {
            self.place.check()?;
        }
        let closed = self.database.is_none();
        if closed && self.reopen.is_some_and(|(at, _)| Instant::now() < at) {
            return Err(Error::Unavailable("the store is closed after a failure".into()));
        }
        if closed {
            let reopened = self.reopened();
            self.database = Some(reopened.map_err(|error| Error::Unavailable(Box::new(error)))?);
        }
        self.database
            .as_ref()
            .ok_or_else(|| Error::Unavailable("the store is closed".into()))
    }

    /// What is known of the store in memory holds for no other one.
    fn reopened(&mut self) -> Result<Database, OpenError> {
        self.place.check_again()?;
        let database = open::reopen(&self.options)?;
        if restored(&open::snapshot(&database)?)? != self.restored {
            return Err(OpenError::Unavailable(
                "a backup was restored in its place: start the server anew".into(),
            ));
        }
        self.place = Place::of(&self.options.medium)?;
        Ok(database)
    }

    /// Closes the store after a failure: redb reads and writes nothing more after one, and what is in its memory may
    /// not be what is in the file.
    pub(super) fn close(&mut self, error: &Error) {
        self.publish(None);
        if self.database.is_none() && self.reopen.is_some_and(|(at, _)| Instant::now() < at) {
            return;
        }
        self.tell_closed(error);
        drop(self.database.take());
        let wait = self
            .reopen
            .map_or(REOPEN_AFTER, |(_, wait)| (wait * 2).min(REOPEN_AFTER_MAX));
        self.reopen = Some((Instant::now() + wait, wait));
    }

    /// Once something was written, or after a while, that it is closed is news again: a disk may let it be opened, and
    /// fail at each write.
    fn forget_closed(&mut self, is_written: bool) {
        let is_old = |(_, since): &(String, Instant)| since.elapsed() >= TELL_AGAIN;
        if is_written || self.told_closed.as_ref().is_some_and(is_old) {
            self.told_closed = None;
        }
    }

    /// Why it is closed, and each other reason why it is, or cannot be opened again.
    fn tell_closed(&mut self, error: &Error) {
        let is_damaged = is_damaged(error);
        let error = chain(error);
        let told = self.told_closed.replace((error.clone(), Instant::now()));
        match told.map(|(told, _)| told) {
            None => tracing::error!(
                alarm = "store_closed",
                error,
                "the store is closed after a failure; it is opened again by itself once it can be"
            ),
            // It is not opened again by itself: a person has to restore it.
            Some(told) if told != error && is_damaged => {
                tracing::error!(alarm = "store_damaged", error, "the closed store is damaged");
            }
            Some(told) if told != error => tracing::error!(error, "the store stays closed, or is closed again"),
            Some(_) => {}
        }
    }

    fn publish(&mut self, snapshot: Option<Snapshot>) {
        if snapshot.is_some() {
            self.reopen = None;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.is_none() && snapshot.is_some() {
            tracing::info!("the store is open again");
        }
        *current = snapshot.map(Arc::new);
    }
}

/// What is seen of a store when it is opened.
struct First {
    unclean: bool,
    place: Place,
    snapshot: Snapshot,
    restored: Option<Timestamp>,
}

impl First {
    fn look(database: &Database, options: &Options) -> Result<Self, OpenError> {
        let unclean = open::set_in_use(database, true)?;
        let place = Place::of(&options.medium)?;
        let snapshot = open::snapshot(database)?;
        let restored = restored(&snapshot)?;
        Ok(Self {
            unclean,
            place,
            snapshot,
            restored,
        })
    }
}

fn restored(snapshot: &Snapshot) -> Result<Option<Timestamp>, Error> {
    restoration::noted(snapshot.setting(SettingKind::Other, restoration::NAME)?)
}

/// The same error for one more of those it concerns.
fn again(error: &Error) -> Error {
    match error {
        Error::Damaged(what) => Error::Damaged(what.clone()),
        // It says itself that nothing is written.
        Error::Unavailable(source) => Error::Unavailable(chain(&**source).into()),
        Error::Conflict(_) | Error::Unexpected(_) => Error::Unavailable(chain(error).into()),
    }
}

fn is_damaged(error: &Error) -> bool {
    match error {
        Error::Damaged(_) => true,
        Error::Unavailable(source) | Error::Unexpected(source) => {
            matches!(source.downcast_ref(), Some(OpenError::Damaged(_)))
        }
        Error::Conflict(_) => false,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
