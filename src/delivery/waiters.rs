//! Handlers that wait for marks to be settled or refused.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::service::{Outcome, Refusal, Wait};
use crate::store::LinkKey;

/// Who waits for what. Bounded by the requests in flight.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: Mutex<BTreeMap<LinkKey, Vec<Waiter>>>,
}

#[derive(Debug)]
struct Waiter {
    mark: u64,
    answer: oneshot::Sender<Outcome>,
}

impl Waiters {
    /// Begins to wait. The receiver errs if nobody will answer any more.
    pub(super) fn register(&self, wait: Wait) -> oneshot::Receiver<Outcome> {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.lock();
        let waiters = waiting.entry(wait.link).or_default();
        waiters.retain(|waiter| !waiter.answer.is_closed());
        waiters.push(Waiter {
            mark: wait.mark,
            answer,
        });
        receiver
    }

    /// Everything up to this mark is settled.
    pub(super) fn settled(&self, link: &LinkKey, mark: u64) {
        self.answer(link, mark, &Outcome::Settled);
    }

    /// What was desired at this mark is refused.
    pub(super) fn refused(&self, link: &LinkKey, mark: u64, refusal: Refusal) {
        self.answer(link, mark, &Outcome::Refused(refusal));
    }

    /// Waiting cannot help for now.
    pub(super) fn let_go(&self, link: &LinkKey) {
        self.answer(link, u64::MAX, &Outcome::Pending);
    }

    /// Waiting cannot help for now, for any link that the condition names.
    pub(super) fn let_all_go(&self, concerns: impl Fn(&LinkKey) -> bool) {
        let links: Vec<_> = self.lock().keys().filter(|link| concerns(link)).copied().collect();
        links.iter().for_each(|link| self.let_go(link));
    }

    fn answer(&self, link: &LinkKey, mark: u64, outcome: &Outcome) {
        let mut waiting = self.lock();
        let Some(waiters) = waiting.remove(link) else { return };
        let (answered, rest): (Vec<_>, Vec<_>) = waiters.into_iter().partition(|waiter| waiter.mark <= mark);
        if !rest.is_empty() {
            waiting.insert(*link, rest);
        }
        drop(waiting);
        for waiter in answered {
            // A handler that went away needs no answer.
            let _ = waiter.answer.send(outcome.clone());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<LinkKey, Vec<Waiter>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
