//! The roles that a target's vendor lists for its account, kept for a while.
//!
//! They are read when the target begins to work, on a schedule, when somebody wants to refuse a write for them, and
//! after the vendor refused a role; and never more often than [`Settings::live_roles_fresh`] says.
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use adapters::descriptor::{FieldType, KindDescriptor};
use adapters::{Error, ErrorKind, Fields, Lack, count_down};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use crate::delivery::Settings;
use crate::delivery::line::Line;
use crate::delivery::outcome::Answer;
use crate::delivery::plan::Step;
use crate::delivery::reserved::Reserved;
use crate::delivery::work::Work;
use crate::service::{LiveRoles, Seating};
use crate::store::LinkKey;

/// What is known at present.
#[derive(Debug, Default)]
pub(super) struct Live {
    kept: Mutex<Kept>,
    wanted: Notify,
    tried: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    roles: Option<LiveRoles>,
    /// When the vendor was asked last, whatever it answered.
    asked: Option<Instant>,
    /// Whether it did not answer.
    failed: bool,
    reserved: Reserved,
    /// Which roles were given, and in place of which, while a reading is under way: it may not know of them.
    given: Option<Vec<(Option<String>, String)>>,
}

impl Live {
    /// As last read.
    pub(super) fn known(&self) -> Option<LiveRoles> {
        self.kept().roles.clone()
    }

    /// Asks for a reading as soon as one may be made.
    pub(super) fn want(&self) {
        self.wanted.notify_one();
    }

    /// Just read, if need be now; `None` if that fails. Only of use while [`Live::watch`] runs.
    pub(super) async fn fresh(&self, settings: &Settings) -> Option<LiveRoles> {
        let tried = self.tried.notified();
        tokio::pin!(tried);
        // What is tried from here on is heard.
        tried.as_mut().enable();
        if !self.is_fresh(settings) {
            self.want();
            tried.await;
        }
        let kept = self.kept();
        kept.roles.clone().filter(|_| !kept.failed)
    }

    /// Sets a seat aside by what was last read; else answers what is in the way.
    pub(super) fn reserve(&self, seating: &Seating) -> Option<Lack> {
        let mut kept = self.kept();
        let Kept { roles, reserved, .. } = &mut *kept;
        reserved.reserve(&roles.as_ref()?.roles, seating)
    }

    /// Leaves what was set aside for a write that is not made to others.
    pub(super) fn give_back(&self, seating: &Seating) {
        self.kept().reserved.give_back(seating);
    }

    /// Leaves what was set aside for a link to others.
    pub(super) fn release(&self, link: &LinkKey) {
        self.kept().reserved.release(link);
    }

    /// Reads when it is time or wanted, as long as the credentials are proved.
    pub(super) async fn watch(&self, line: &Line) -> Infallible {
        if !line.target.descriptor.has_live_roles() {
            return std::future::pending().await;
        }
        // A reading that was cut off with the lease before is none that goes on.
        self.kept().given = None;
        let mut next = Instant::now() + line.settings.live_roles_interval;
        loop {
            tokio::select! {
                biased;
                () = self.wanted.notified() => {}
                () = sleep_until(next) => {}
            }
            next = Instant::now() + line.settings.live_roles_interval;
            if line.memory().is_proved() {
                self.read(line).await;
                sleep(line.settings.live_roles_fresh).await;
            }
        }
    }

    /// Counts down what was given to a person who had another role, or none: it is no longer only set aside.
    fn given(&self, link: &LinkKey, had: Option<&str>, role: &str) {
        let mut kept = self.kept();
        kept.reserved.release(link);
        if let Some(given) = &mut kept.given {
            given.push((had.map(str::to_owned), role.to_owned()));
        }
        if let Some(live) = &mut kept.roles {
            count_down(&mut live.roles, had, role);
        }
    }

    async fn read(&self, line: &Line) {
        self.kept().given = Some(Vec::new());
        let answer = line.adapter.roles().await;
        let (now, name) = (line.clock.now(), &line.target.config.name);
        let mut kept = self.kept();
        kept.asked = Some(Instant::now());
        let given = kept.given.take().unwrap_or_default();
        match answer {
            Ok(mut roles) => {
                // One that it knows of is counted twice until the next reading: rather one too few than one too many.
                for (had, role) in given {
                    roles
                        .iter_mut()
                        .for_each(|roles| count_down(roles, had.as_deref(), &role));
                }
                kept.roles = roles.map(|roles| LiveRoles { roles, read: now });
                kept.failed = false;
            }
            Err(error) => {
                if !kept.failed {
                    tracing::warn!(target.name = %name, kind = ?error.kind, "the vendor does not tell which roles there are");
                }
                kept.failed = true;
            }
        }
        drop(kept);
        self.tried.notify_waiters();
    }

    fn is_fresh(&self, settings: &Settings) -> bool {
        let asked = self.kept().asked;
        asked.is_some_and(|asked| asked.elapsed() < settings.live_roles_fresh)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work<'_> {
    /// What an answer says of roles: one more was given, or none is left any more.
    pub(super) fn note_role(&self, step: &Step, answer: &Result<Answer, Error>) {
        let (Step::Create(sent) | Step::Update(sent)) = step else {
            return;
        };
        let live = &self.line.live;
        let role = |fields: &Fields| role(self.descriptor, fields);
        match answer {
            Ok(Answer::Created(account)) => {
                let role = role(&account.fields).or_else(|| role(sent));
                role.into_iter().for_each(|role| live.given(&self.key, None, &role));
            }
            Ok(_) => {
                let had = self.link.account.as_ref().and_then(|account| role(&account.fields));
                role(sent)
                    .into_iter()
                    .for_each(|role| live.given(&self.key, had.as_deref(), &role));
            }
            Err(error) if self.is_of_role(error) => live.want(),
            Err(_) => {}
        }
    }

    /// Whether a refusal may be one of a role: the vendor names it, or no field at all.
    fn is_of_role(&self, error: &Error) -> bool {
        match &error.kind {
            ErrorKind::Rejected { field: Some(field) } => role_field(self.descriptor).is_some_and(|role| role == field),
            ErrorKind::Rejected { field: None } => true,
            ErrorKind::NotFound
            | ErrorKind::Exists { .. }
            | ErrorKind::Unauthorized
            | ErrorKind::RateLimited
            | ErrorKind::Unavailable
            | ErrorKind::Ambiguous => false,
        }
    }
}

fn role_field(kind: &KindDescriptor) -> Option<&str> {
    let field = kind.fields.iter().find(|field| field.kind == FieldType::Role);
    field.map(|field| field.name.as_str())
}

fn role(kind: &KindDescriptor, fields: &Fields) -> Option<String> {
    fields.get(role_field(kind)?).and_then(Value::as_str).map(str::to_owned)
}
