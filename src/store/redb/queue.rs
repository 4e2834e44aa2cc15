//! What waits for the writer, and the thread that serves it.
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::fold::{Done, Work};
use super::writer::Writer;
use crate::store::{Batch, Error, Write};

/// Works in one transaction at most: an answer waits for all of them.
const FOLD_WORKS_MAX: usize = 512;

/// Bytes in one transaction, about, unless a single work has more.
const FOLD_BYTES_MAX: usize = 8 << 20;

/// Bytes that wait at most; beyond, writes are refused until the disk has caught up.
const QUEUE_BYTES_MAX: usize = 64 << 20;

/// About what a write has beside bodies and values.
const WRITE_BYTES: usize = 256;

/// What came of a work, to whoever waits.
type Answer = Result<Done, Error>;

/// Works on their way to the writer.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    closed: bool,
}

struct Waiting {
    work: Work,
    bytes: usize,
    answer: oneshot::Sender<Answer>,
}

impl Queue {
    /// # Errors
    /// `Unavailable` when too much waits already, or the queue is closed.
    pub(super) fn push(&self, work: Work) -> Result<oneshot::Receiver<Answer>, Error> {
        let bytes = size(&work);
        let mut state = self.state();
        if state.closed {
            return Err(Error::Unavailable("the store is closed".into()));
        }
        if state.bytes > 0 && state.bytes + bytes > QUEUE_BYTES_MAX {
            return Err(Error::Unavailable("too many writes wait for the disk".into()));
        }
        let (answer, receiver) = oneshot::channel();
        state.bytes += bytes;
        state.waiting.push_back(Waiting { work, bytes, answer });
        self.changed.notify_one();
        Ok(receiver)
    }

    /// Lets the writer end once it has done what waits.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// Serves the queue until it is closed and empty.
    pub(super) fn serve(&self, mut writer: Writer) {
        while let Some(batch) = self.take(writer.idle_for()) {
            let works: Vec<&Work> = batch.iter().map(|waiting| &waiting.work).collect();
            let results = catch_unwind(AssertUnwindSafe(|| writer.run(&works))).unwrap_or_else(|_| {
                writer.close(&Error::Unexpected("the writer panicked".into()));
                works
                    .iter()
                    .map(|_| Err(Error::Unexpected("the writer panicked".into())))
                    .collect()
            });
            for (waiting, result) in batch.into_iter().zip(results) {
                // Whoever waited may have gone; the write stands.
                drop(waiting.answer.send(result));
            }
        }
    }

    /// What is done next, together. Waits for something to do, at most as long as given; `None`: the queue is closed.
    fn take(&self, at_most: Duration) -> Option<Vec<Waiting>> {
        let state = self.state();
        let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.changed.wait_timeout_while(state, at_most, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.waiting.is_empty() && state.closed {
            return None;
        }
        let mut bytes = 0;
        let fits = |waiting: &&Waiting| {
            bytes += waiting.bytes;
            bytes <= FOLD_BYTES_MAX
        };
        let count = state.waiting.iter().take(FOLD_WORKS_MAX).take_while(fits).count();
        let count = count.max(1).min(state.waiting.len());
        let taken: Vec<Waiting> = state.waiting.drain(..count).collect();
        state.bytes -= taken.iter().map(|waiting| waiting.bytes).sum::<usize>();
        Some(taken)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that serves a queue.
pub(super) struct Server {
    pub(super) queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    pub(super) fn start(writer: Writer) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let served = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("store-writer".to_owned());
        let thread = thread.spawn(move || served.serve(writer))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Waits until everything is written and the file is closed; nothing is written any more.
    pub(super) fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It cannot have panicked: panics are caught inside.
            drop(thread.join());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

fn size(work: &Work) -> usize {
    match work {
        Work::Commit(Batch { expect, writes }) => {
            let payloads: usize = writes.iter().map(payload).sum();
            payloads + (expect.len() + writes.len() + 1) * WRITE_BYTES
        }
        Work::TakeLease(..) | Work::ReleaseLease(..) => WRITE_BYTES,
    }
}

fn payload(write: &Write) -> usize {
    match write {
        Write::PutResource(resource) => resource.body.len(),
        Write::PutSetting(_, _, value) => value.len(),
        Write::DeleteResource(_)
        | Write::AddMember(..)
        | Write::RemoveMember(..)
        | Write::Touch(..)
        | Write::Link(..)
        | Write::Want(..)
        | Write::Apply(..)
        | Write::Doubt(_)
        | Write::DeleteSetting(..)
        | Write::Sweep(_) => 0,
    }
}
