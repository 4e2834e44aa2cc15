//! Handlers that wait for marks to be settled or refused.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::service::{Outcome, Refusal, Wait};
use crate::store::LinkKey;

/// Who waits for what. Bounded by the requests in flight, since who stops waiting takes its entry along.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: Mutex<BTreeMap<LinkKey, Vec<Waiter>>>,
}

/// One who waits, until dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    waiters: Arc<Waiters>,
    link: LinkKey,
    answer: oneshot::Receiver<Outcome>,
}

impl Waiting {
    /// What comes of it; `Pending` if nobody will answer any more.
    pub(super) async fn outcome(&mut self) -> Outcome {
        (&mut self.answer).await.unwrap_or(Outcome::Pending)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.answer.close();
        let mut waiting = self.waiters.lock();
        let Some(waiters) = waiting.get_mut(&self.link) else {
            return;
        };
        waiters.retain(|waiter| !waiter.answer.is_closed());
        if waiters.is_empty() {
            waiting.remove(&self.link);
        }
    }
}

#[derive(Debug)]
struct Waiter {
    mark: u64,
    answer: oneshot::Sender<Outcome>,
}

impl Waiters {
    /// Begins to wait.
    pub(super) fn register(self: &Arc<Self>, wait: Wait) -> Waiting {
        let (answer, receiver) = oneshot::channel();
        self.lock().entry(wait.link).or_default().push(Waiter {
            mark: wait.mark,
            answer,
        });
        Waiting {
            waiters: Arc::clone(self),
            link: wait.link,
            answer: receiver,
        }
    }

    /// Whether anybody waits for the link.
    pub(super) fn has(&self, link: &LinkKey) -> bool {
        self.lock().contains_key(link)
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId};

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing_behind() {
        let nil = Uuid::nil();
        let link = LinkKey {
            directory: DirectoryId(nil),
            target: TargetId(nil),
            resource: ResourceId(nil),
        };
        let waiters = Arc::new(Waiters::default());
        let [mut first, second, third] = [1, 2, 3].map(|mark| waiters.register(Wait { link, mark }));
        drop(second);
        waiters.settled(&link, 2);
        assert_eq!(first.outcome().await, Outcome::Settled);
        drop(first);
        assert_eq!(waiters.lock().len(), 1);
        drop(third);
        assert!(waiters.lock().is_empty());
    }
}
