//! What is read of a target's vendor for others than turns, by the holder of the lease.
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{Account, Adapter, Error, ErrorKind, Page, Retry};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::delivery::backoff;
use crate::delivery::line::Line;
use crate::service::Unread;

/// How often a page is asked for. A listing of a hundred thousand accounts is a thousand calls, of which some meet a
/// bad moment.
const TRIES_MAX: u32 = 5;

/// How long a page may wait for its turn: for leavers, and for the vendor's pauses.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// Why nothing more is read.
pub(super) const STOPPED: &str = "the target stopped sending meanwhile";

/// What is to be read.
#[derive(Debug, Clone)]
pub(super) enum Reading {
    /// A page of all accounts of a kind; the place of the page.
    Accounts(Kind, Option<String>),
    /// An account.
    Account(Kind, Account),
    /// A page of a group's members; the group's id, and the place of the page.
    Members(String, Option<String>),
}

/// What was read, as it was asked for.
#[derive(Debug)]
pub(super) enum Read {
    Accounts(Page),
    Account(Option<Account>),
    Members(Option<(Vec<String>, Option<String>)>),
}

impl Reading {
    async fn read(&self, adapter: &dyn Adapter) -> Result<Read, Error> {
        match self {
            Self::Accounts(kind, after) => adapter.list(*kind, after.as_deref()).await.map(Read::Accounts),
            Self::Account(kind, account) => {
                let account = adapter.get(*kind, account).await.map(Some);
                there(account).map(|account| Read::Account(account.flatten()))
            }
            Self::Members(group, after) => {
                let page = adapter.members(group, after.as_deref()).await.map(Some);
                told(there(page)).map(Read::Members)
            }
        }
    }
}

/// What was deleted since it was last met is gone, and no failure.
fn there<T>(read: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        read => read,
    }
}

/// What the vendor does not tell of one group is no failure either: others are read on.
fn told<T>(read: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) => Ok(None),
        read => read,
    }
}

/// A reading that is asked for.
struct Asked {
    reading: Reading,
    answer: oneshot::Sender<Result<Read, Unread>>,
}

/// The readings that are asked for and not begun. Who asks waits for each, so that there are as many as commands.
#[derive(Default)]
pub(super) struct Readings {
    asked: Mutex<VecDeque<Asked>>,
    /// Nobody reads any more.
    closed: AtomicBool,
}

impl Readings {
    /// Asks for a reading; the answer comes once a reader has had its turn.
    pub(super) fn ask(&self, reading: Reading) -> Answer {
        let (answer, awaited) = oneshot::channel();
        let mut asked = self.lock();
        if !self.closed.load(Ordering::Relaxed) {
            asked.push_back(Asked { reading, answer });
        }
        Answer(awaited)
    }

    /// Refuses all, since the target is out of service.
    pub(super) fn refuse(&self, reason: &str) {
        for asked in self.lock().drain(..) {
            // Who asked may have gone.
            asked.answer.send(Err(Unread(reason.to_owned()))).ok();
        }
    }

    /// The sender has ended: nobody waits in vain.
    pub(super) fn close(&self) {
        let mut asked = self.lock();
        self.closed.store(true, Ordering::Relaxed);
        asked.clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to come of a reading.
pub(super) struct Answer(oneshot::Receiver<Result<Read, Unread>>);

impl Answer {
    pub(super) async fn read(self) -> Result<Read, Unread> {
        match timeout(WAIT_MAX, self.0).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Unread(STOPPED.to_owned())),
            Err(_) => {
                let seconds = WAIT_MAX.as_secs();
                Err(Unread(format!(
                    "the target had no time for it within {seconds} s: see its status"
                )))
            }
        }
    }
}

/// Makes one reading at a time, and ends with the lease.
pub(super) struct Reader {
    line: Arc<Line>,
    reading: JoinSet<()>,
}

impl Reader {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Self {
            line,
            reading: JoinSet::new(),
        }
    }

    /// Whether something is asked for that could be read now.
    pub(super) fn is_wanted(&self, readings: &Readings) -> bool {
        self.reading.is_empty() && !readings.lock().is_empty()
    }

    /// Begins with the next one.
    pub(super) fn start(&mut self, readings: &Readings) {
        if let Some(asked) = readings.lock().pop_front() {
            self.reading.spawn(read(Arc::clone(&self.line), asked));
        }
    }

    /// The end of the reading under way; `None` if none is.
    pub(super) async fn next(&mut self) -> Option<()> {
        self.reading.join_next().await.map(drop)
    }
}

async fn read(line: Arc<Line>, asked: Asked) {
    let mut tries = 0;
    let read = loop {
        let answer = asked.reading.read(&*line.adapter).await;
        tries += 1;
        match answer {
            Err(error) if tries < TRIES_MAX && passes(&error.kind) && !asked.answer.is_closed() => {
                let wait = backoff::outage_delay(&line.settings, tries, u64::from(tries));
                sleep(match error.retry {
                    Retry::After(least) => wait.max(least.min(WAIT_MAX)),
                    Retry::Never | Retry::Backoff => wait,
                })
                .await;
            }
            answer => break answer.map_err(|error| Unread(error.reason)),
        }
    };
    // Who asked may have gone.
    asked.answer.send(read).ok();
}

/// Whether the same call may soon succeed.
fn passes(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Ambiguous => true,
        ErrorKind::Unauthorized | ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. } => false,
    }
}
