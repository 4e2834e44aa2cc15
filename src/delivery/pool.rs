//! Turns that want the same of the vendor, and go together as one bulk job.
//!
//! Each turn hands in its own call and gets its own answer, as from a single call; what comes before and after is the
//! turn's matter. The first of each job leads it: it waits a moment for others, submits the job and asks how far it is.
//! One job of a verb runs at a time, and who comes meanwhile goes with the next.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{Account, Batch, Error, ErrorKind, Fields, Job, Retry};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep};

use crate::delivery::line::Line;
use crate::delivery::outcome::Answer;
use crate::store::LinkKey;

/// Pending links from which on it is worth it to wait for others.
const PENDING_MIN: u64 = 20;

/// Fewer than these go singly: a job takes a call to submit it, and some to ask for it.
const ITEMS_MIN: usize = 4;

/// Jobs' worth of turns that may wait: one that runs, and one that gathers.
const JOBS: usize = 2;

/// How long the leader waits for others.
const GATHER: Duration = Duration::from_millis(250);

/// How soon it is asked how far a job is; doubled each time up to the greatest.
const ASK_FIRST: Duration = Duration::from_secs(1);
const ASK_MAX: Duration = Duration::from_secs(8);

/// How long a verb goes singly after the vendor refused a job of it.
const SINGLY: Duration = Duration::from_secs(600);

/// What a turn hands in.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Create(Fields),
    Update(Account, Fields),
    Delete(Account),
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Pooled {
    /// As a single call would have been answered.
    Answered(Result<Answer, Error>),
    /// It was not sent, and is to go singly.
    Singly,
}

/// The pool of one target.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pending: AtomicU64,
    lanes: [Lane; 3],
}

/// One verb's.
#[derive(Debug, Default)]
struct Lane {
    gathering: Mutex<Vec<Waiting>>,
    full: Notify,
    running: tokio::sync::Mutex<()>,
    singly_until: Mutex<Option<Instant>>,
}

/// A turn that waits.
#[derive(Debug)]
struct Waiting {
    link: LinkKey,
    item: Item,
    answer: oneshot::Sender<Pooled>,
}

impl Pool {
    /// Notes how many links are pending.
    pub(super) fn expect(&self, pending: u64) {
        self.pending.store(pending, Ordering::Relaxed);
    }

    /// Turns beyond those that call that may wait here at the same time.
    pub(super) fn room(&self, line: &Line) -> usize {
        match self.pending.load(Ordering::Relaxed) >= PENDING_MIN {
            true => line.target.descriptor.bulk_max * JOBS,
            false => 0,
        }
    }

    /// Whether such a call goes along with others now.
    pub(super) fn takes(&self, line: &Line, item: &Item) -> bool {
        let until = *locked(&self.lane(item).singly_until);
        self.room(line) > 0 && until.is_none_or(|until| until <= Instant::now())
    }

    /// Hands a call in, and waits for its answer.
    pub(super) async fn go(&self, line: &Line, link: LinkKey, item: Item) -> Pooled {
        let lane = self.lane(&item);
        let (answer, answered) = oneshot::channel();
        let gathered = {
            let mut gathering = locked(&lane.gathering);
            gathering.push(Waiting { link, item, answer });
            gathering.len()
        };
        let max = line.target.descriptor.bulk_max;
        if gathered % max == 0 {
            lane.full.notify_one();
        }
        // The first of each job leads it.
        if gathered % max == 1 || max == 1 {
            lane.lead(line).await;
        }
        answered
            .await
            .unwrap_or_else(|_| Pooled::Answered(Err(lost("the job was cut off"))))
    }

    fn lane(&self, item: &Item) -> &Lane {
        let [create, update, delete] = &self.lanes;
        match item {
            Item::Create(_) => create,
            Item::Update(..) => update,
            Item::Delete(_) => delete,
        }
    }
}

impl Lane {
    async fn lead(&self, line: &Line) {
        tokio::select! {
            biased;
            () = sleep(GATHER) => {}
            () = self.full.notified() => {}
        }
        let running = match self.running.try_lock() {
            Ok(running) => Some(running),
            // Too few for a job do not wait for the end of another.
            Err(_) if locked(&self.gathering).len() < ITEMS_MIN => None,
            Err(_) => Some(self.running.lock().await),
        };
        let waiting = self.gathered(line.target.descriptor.bulk_max);
        let answers = match running.is_none() || waiting.len() < ITEMS_MIN {
            true => Worked::Not,
            false => self.work(line, &waiting).await,
        };
        drop(running);
        let mut answers = match answers {
            Worked::Not => Vec::new(),
            Worked::Done(answers) => answers,
            Worked::Lost(answers, record) => {
                sleep(line.target.job_deadline()).await;
                close(line, &record).await;
                answers
            }
        }
        .into_iter();
        for waiting in waiting {
            let pooled = answers.next().map_or(Pooled::Singly, Pooled::Answered);
            // A turn that was cut off needs no answer.
            let _ = waiting.answer.send(pooled);
        }
    }

    /// The first of those that wait, as many as one job takes.
    fn gathered(&self, max: usize) -> Vec<Waiting> {
        let mut gathering = locked(&self.gathering);
        let count = gathering.len().min(max);
        gathering.drain(..count).collect()
    }

    async fn work(&self, line: &Line, waiting: &[Waiting]) -> Worked {
        let Some(batch) = batch(waiting.iter().map(|waiting| waiting.item.clone())) else {
            return Worked::Not;
        };
        let links = waiting.iter().map(|waiting| waiting.link).collect();
        // What the store does not know of is not sent: each turn will see for itself what is wrong with it.
        let Ok(record) = line.open_job(links).await else {
            return Worked::Not;
        };
        let worked = match line.adapter.submit(Kind::User, &batch).await {
            Ok(id) => {
                // Without its name the job is waited out after a kill.
                if let Err(error) = line.name_job(&record, &id).await {
                    tracing::error!(target.name = %line.target.config.name, error = %error, "a bulk job cannot be noted");
                }
                Worked::Done(ask(line, &id, &batch).await)
            }
            Err(error) if error.kind == ErrorKind::Ambiguous => {
                self.go_singly();
                let answers = all(&batch, &error);
                match batch {
                    Batch::Create(_) | Batch::Update(_) => return Worked::Lost(answers, record),
                    // A deletion that comes late, or twice, does no harm.
                    Batch::Delete(_) => Worked::Done(answers),
                }
            }
            // One account's field keeps no other from a job later.
            Err(error) if matches!(error.kind, ErrorKind::Rejected { field: Some(_) }) => Worked::Not,
            Err(error) if matches!(error.kind, ErrorKind::Rejected { field: None }) => {
                self.go_singly();
                Worked::Not
            }
            Err(error) => Worked::Done(all(&batch, &error)),
        };
        close(line, &record).await;
        worked
    }

    fn go_singly(&self) {
        *locked(&self.singly_until) = Some(Instant::now() + SINGLY);
    }
}

/// How a job ended.
enum Worked {
    /// Nothing was sent.
    Not,
    /// Each item has its answer.
    Done(Vec<Result<Answer, Error>>),
    /// It may run now or later, and would overwrite what is sent meanwhile: the links are left alone until it must have
    /// ended. The record says so after a kill.
    Lost(Vec<Result<Answer, Error>>, String),
}

/// A record that stays costs a wait at the next start.
async fn close(line: &Line, record: &str) {
    if let Err(error) = line.close_job(record).await {
        tracing::error!(target.name = %line.target.config.name, error = %error, "a bulk job cannot be noted as ended");
    }
}

/// Asks until the job has ended, or is believed to.
async fn ask(line: &Line, id: &str, batch: &Batch) -> Vec<Result<Answer, Error>> {
    match ended(line, id, batch).await {
        Some(Ok(results)) => results
            .into_iter()
            .map(|result| result.map(|id| answer(batch, id)))
            .collect(),
        Some(Err(reason)) => all(batch, &lost(reason)),
        None => all(batch, &lost("the job takes longer than jobs do")),
    }
}

/// What became of each item of a job, or why the vendor does not know; `None` if it does not end.
pub(super) async fn ended(line: &Line, id: &str, batch: &Batch) -> Option<Result<Vec<Result<String, Error>>, String>> {
    let (began, mut wait) = (Instant::now(), ASK_FIRST);
    while began.elapsed() < line.target.job_deadline() {
        sleep(wait).await;
        wait = (wait * 2).min(ASK_MAX);
        match line.adapter.job(id, batch).await {
            Ok(Job::Done(results)) => return Some(Ok(results)),
            Err(error) if error.kind == ErrorKind::NotFound => return Some(Err(error.reason)),
            // Not to be told how far it is says nothing of the job.
            Ok(Job::Running) | Err(_) => {}
        }
    }
    None
}

/// The items as one batch; `None` if there are none.
fn batch(items: impl Iterator<Item = Item>) -> Option<Batch> {
    items.fold(None, |batch, item| match (batch, item) {
        (Some(Batch::Create(mut all)), Item::Create(fields)) => {
            all.push(fields);
            Some(Batch::Create(all))
        }
        (Some(Batch::Update(mut all)), Item::Update(account, fields)) => {
            all.push((account, fields));
            Some(Batch::Update(all))
        }
        (Some(Batch::Delete(mut all)), Item::Delete(account)) => {
            all.push(account);
            Some(Batch::Delete(all))
        }
        (_, Item::Create(fields)) => Some(Batch::Create(vec![fields])),
        (_, Item::Update(account, fields)) => Some(Batch::Update(vec![(account, fields)])),
        (_, Item::Delete(account)) => Some(Batch::Delete(vec![account])),
    })
}

/// What a single call would have answered.
fn answer(batch: &Batch, id: String) -> Answer {
    match batch {
        Batch::Create(_) => Answer::Created(Account::of(id)),
        Batch::Update(_) => Answer::Updated(BTreeMap::new()),
        Batch::Delete(_) => Answer::Done,
    }
}

fn all(batch: &Batch, error: &Error) -> Vec<Result<Answer, Error>> {
    (0..batch.len()).map(|_| Err(error.clone())).collect()
}

/// Nobody knows what was done.
fn lost(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::Ambiguous, Retry::Backoff, reason)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
