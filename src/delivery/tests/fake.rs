//! A vendor in memory, with the traps that delivery must know of, and faults on demand.
mod accounts;
mod adapter;
mod descriptors;
mod fault;
mod state;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use adapters::client::Gate;
use adapters::descriptor::Kind;
use adapters::{Adapter, Error, ErrorKind, Retry};
use serde_json::Value;

pub(super) use self::descriptors::{COUNTING, IN_HUNDREDS, IN_JOBS, IN_TWENTIES, LAGGING, PACED, SILENT};
pub(in crate::delivery) use self::descriptors::{DELETING, ROLED, SUSPENDING};
pub(super) use self::fault::Fault;
use self::fault::{Course, lost};
use self::state::{State, text};
use crate::delivery::Connect;
use crate::service::Target;

/// The vendor.
#[derive(Default, Clone)]
pub(super) struct Fake {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) let_go: Arc<tokio::sync::Notify>,
    gate: Arc<Mutex<Option<Arc<dyn Gate>>>>,
    /// Who called it until now was killed.
    cut_off: Arc<AtomicBool>,
}

impl Fake {
    pub(super) fn fault(&self, call: &str, faults: impl IntoIterator<Item = Fault>) {
        self.state
            .lock()
            .unwrap()
            .faults
            .push((call.to_owned(), faults.into_iter().collect()));
    }

    /// The calls made since the last time this was asked.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }

    /// E-mail addresses of the people it has.
    pub(super) fn people(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let people = state.accounts.values().filter(|(kind, _)| *kind == Kind::User);
        let mut emails: Vec<_> = people.map(|(_, account)| text(&account.fields, "email")).collect();
        emails.sort();
        emails
    }

    /// The people it has, with their titles.
    pub(super) fn titled(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let people = state.accounts.values().filter(|(kind, _)| *kind == Kind::User);
        let mut told: Vec<_> = people
            .map(|(_, account)| {
                let title = account.fields.get("title").and_then(Value::as_str).unwrap_or("-");
                format!("{} {title}", text(&account.fields, "email"))
            })
            .collect();
        told.sort();
        told
    }

    pub(super) fn put(&self, kind: Kind, fields: &[(&str, &str)]) -> String {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        self.state.lock().unwrap().insert(kind, fields).id
    }

    /// The account is deleted, or has another address; searches show it as it was.
    pub(super) fn grow_stale(&self, id: &str, renamed: Option<&str>) {
        let mut state = self.state.lock().unwrap();
        let former = state.account(id).unwrap();
        let mut account = former.clone();
        match renamed {
            Some(email) => {
                account.fields.insert("email".to_owned(), email.into());
                state.accounts.put(Kind::User, account);
            }
            None => state.delete(id),
        }
        state.stale = Some(former);
    }

    /// From now on calls that begin so fail so.
    pub(super) fn fails(&self, calls: &[&str], kind: &ErrorKind) {
        let failing = calls.iter().map(|call| ((*call).to_owned(), kind.clone()));
        self.state.lock().unwrap().failing.extend(failing);
    }

    /// Nothing is wrong with it any more.
    pub(super) fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        (state.down, state.failing, state.faults) = (None, Vec::new(), Vec::new());
    }

    pub(super) fn count(&self, call: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.calls.iter().filter(|made| made.starts_with(call)).count()
    }

    /// The same vendor, for who comes after a kill: tasks that are aborted may get another turn before they are gone.
    pub(super) fn cut_off(&mut self) {
        self.cut_off.store(true, Ordering::Relaxed);
        self.cut_off = Arc::default();
    }

    async fn meet(&self, call: String) -> Result<Course, Error> {
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.pass().await;
        }
        if self.cut_off.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        let fault = {
            let mut state = self.state.lock().unwrap();
            if call != "check" {
                state.calls.push(call.clone());
            }
            let failing = state.failing.iter().find(|(start, _)| call.starts_with(start));
            let failing = failing.map(|(_, kind)| kind.clone());
            if let Some(kind) = state.down.clone().or(failing) {
                return Err(Error::new(kind, Retry::Backoff, "down"));
            }
            let fault = state
                .faults
                .iter_mut()
                .find(|(start, faults)| call.starts_with(start) && !faults.is_empty());
            fault.and_then(|(_, faults)| faults.pop_front())
        };
        match fault {
            None => Ok(Course::Answer),
            Some(Fault::Fail(kind, retry)) => Err(Error::new(kind, retry, format!("no: {call}"))),
            Some(Fault::LoseAnswer) => Ok(Course::LoseAnswer),
            Some(Fault::LoseRequest) => Err(lost()),
            Some(Fault::Hang) => {
                self.let_go.notified().await;
                Ok(Course::Answer)
            }
            Some(Fault::HangAndRefuse) => {
                self.let_go.notified().await;
                Err(Error::rejected(Some("title"), format!("no: {call}")))
            }
            Some(Fault::DoAndRefuse) => Ok(Course::Refuse),
            Some(Fault::DoAndHang) => Ok(Course::Hang),
            Some(Fault::CreateAndWait) => Ok(Course::Wait),
            Some(Fault::Ignore) => Ok(Course::Ignore),
            Some(Fault::Panic) => panic!("a bug of the adapter"),
            Some(Fault::DoAndPanic) => Ok(Course::Panic),
        }
    }
}

impl Connect for Fake {
    fn connect(&self, _: &Target, gate: Arc<dyn Gate>) -> Result<Box<dyn Adapter>, Error> {
        *self.gate.lock().unwrap() = Some(gate);
        let state = self.state.lock().unwrap();
        match state.failing.iter().find(|(call, _)| call == "connect") {
            Some((_, kind)) => Err(Error::new(kind.clone(), Retry::Backoff, "no key is configured")),
            None => Ok(Box::new(self.clone())),
        }
    }
}
