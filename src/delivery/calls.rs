//! A step's call, and what its answer says of the vendor.
//!
//! Whatever a call may change is noted as in doubt before it is made, and known again only once the answer is written:
//! our own failure in between is as good as a lost answer.
use std::collections::BTreeSet;

use adapters::descriptor::Kind;
use adapters::{Account, Error, ErrorKind, Fields};

use crate::delivery::dropped::role_field;
use crate::delivery::goal::Goal;
use crate::delivery::outcome::Answer;
use crate::delivery::plan::{self, Step};
use crate::delivery::pool::{Item, Pooled};
use crate::delivery::work::Work;
use crate::store::{self, AccountRef, LinkChange};

impl Work<'_> {
    /// Makes the step's call. A writing call waits until what is known is written, and what it may do.
    pub(super) async fn call(&mut self, step: &Step) -> Result<Result<Answer, Error>, store::Error> {
        let mut fresh = BTreeSet::new();
        let item = self.item(step);
        if step.is_writing() {
            self.write(self.intent(step)).await?;
            fresh = self.line.memory().lose(self.key, step.puts_in_doubt());
            self.line.memory().send(self.key, step.carries());
        }
        let answer = match item {
            Some(item) => self.pooled(item).await,
            None => None,
        };
        let answer = match answer {
            Some(answer) => answer,
            None => self.call_singly(step).await?,
        };
        self.note_role(step, &answer);
        self.note(step, &answer, fresh);
        self.heard(&answer, step.is_writing());
        Ok(answer)
    }

    async fn call_singly(&self, step: &Step) -> Result<Result<Answer, Error>, store::Error> {
        let (adapter, kind, account) = (&self.line.adapter, self.kind, self.account());
        Ok(match step {
            Step::Create(fields) => adapter.create(kind, fields).await.map(Answer::Created),
            Step::Update(fields) => adapter.update(kind, &account, fields).await.map(Answer::Updated),
            Step::SetActive(active) => adapter.set_active(&account, *active).await.map(Answer::Switched),
            Step::Delete => adapter.delete(kind, &account).await.map(|()| Answer::Done),
            Step::ReadBack => adapter.get(kind, &account).await.map(Answer::Read),
            Step::LookUp { unique, .. } => self.look_up(unique).await?.map(Answer::Read),
            Step::Settle | Step::Refuse(_) => Ok(Answer::Done),
        })
    }

    /// What a bulk job could do of the step, if others go along now.
    fn item(&self, step: &Step) -> Option<Item> {
        let is_main = |field: &String| {
            self.descriptor
                .field(field)
                .is_some_and(|field| field.changing_call().is_none())
        };
        let item = match step {
            Step::Create(fields) => Item::Create(fields.clone()),
            Step::Update(fields) if fields.keys().all(is_main) => Item::Update(self.account(), fields.clone()),
            Step::Delete => Item::Delete(self.account()),
            Step::Settle
            | Step::LookUp { .. }
            | Step::Update(_)
            | Step::SetActive(_)
            | Step::ReadBack
            | Step::Refuse(_) => return None,
        };
        Some(item).filter(|item| self.kind == Kind::User && self.line.pool.takes(self.line, item))
    }

    /// Goes along with others; others call meanwhile. `None`: it is to be called singly.
    async fn pooled(&mut self, item: Item) -> Option<Result<Answer, Error>> {
        self.line.places.give_up(self.place.take());
        let pooled = self.line.pool.go(self.line, self.key, item).await;
        self.place = self.line.places.again(self.link.leaver_since.is_some()).await;
        match pooled {
            Pooled::Answered(answer) => Some(answer),
            Pooled::Singly => None,
        }
    }

    /// The trace of a create, durable before it is sent. Other calls bear repetition.
    fn intent(&self, step: &Step) -> Vec<LinkChange> {
        let Step::Create(fields) = step else { return Vec::new() };
        let circumstances = self.circumstances();
        let sending = |unique: &str| LinkChange::Sending {
            unique: unique.to_owned(),
            until: circumstances.create_seen_by(),
        };
        plan::unique(self.descriptor, fields).map(sending).into_iter().collect()
    }

    /// The account that a create of ours made; what belongs to another resource is none of ours.
    async fn look_up(&self, unique: &str) -> Result<Result<Option<Account>, Error>, store::Error> {
        let found = match self.find(unique).await? {
            Ok(Some(account)) => account,
            answer => return Ok(answer),
        };
        let owner = self.owner(AccountRef::Id(&found.id)).await?;
        let is_foreign = owner.is_some_and(|(key, link)| !self.may_take_over(&key, &link));
        Ok(Ok(Some(found).filter(|_| !is_foreign)))
    }

    /// The account of a unique value. Who might be adopted is read by id as well: a search that lags shows accounts
    /// that are deleted by now, or have another value.
    pub(super) async fn find(&self, unique: &str) -> Result<Result<Option<Account>, Error>, store::Error> {
        let (adapter, kind) = (&self.line.adapter, self.kind);
        let found = match adapter.find(kind, unique).await {
            Ok(Some(found)) => found,
            answer => return Ok(answer),
        };
        // What another link has is that link's matter.
        if self.line.target.read_lag().is_zero() || self.owner(AccountRef::Id(&found.id)).await?.is_some() {
            return Ok(Ok(Some(found)));
        }
        let read = adapter.get(kind, &Account::of(found.id)).await;
        Ok(read.map(|read| read.filter(|read| self.goes_by(read, unique))))
    }

    /// Whether the account has this unique value, as far as the vendor tells.
    fn goes_by(&self, account: &Account, unique: &str) -> bool {
        let asked = Fields::from([(self.descriptor.unique.clone(), unique.into())]);
        let own = self.descriptor.unique_key(&account.fields);
        own.is_none() || own == self.descriptor.unique_key(&asked)
    }

    /// What the answer says of the fields that the call may have changed.
    fn note(&mut self, step: &Step, answer: &Result<Answer, Error>, fresh: BTreeSet<String>) {
        match answer {
            // What takes access away may be several calls, of which some were made.
            Err(error) if error.kind == ErrorKind::Ambiguous || step.removes() => {}
            Err(_) => {
                self.answered.extend(fresh);
                self.take_back(step);
            }
            Ok(Answer::Created(_)) => {
                self.unknown.clear();
                self.resolved = true;
            }
            // Of what was sent it says nothing.
            Ok(Answer::Read(None)) => {}
            // Nor does an account that is shown, where a deletion was lost or what was lost may still be carried out.
            Ok(Answer::Read(Some(_))) if *step == Step::ReadBack && (self.goal == Goal::Gone || self.is_in_doubt()) => {
            }
            Ok(_) => {
                let sent = step.puts_in_doubt();
                self.forget_role(&sent);
                self.unknown.retain(|field| !sent.contains(field));
                self.answered.extend(sent);
            }
        }
    }

    /// Whether what was sent may not be seen yet.
    fn is_in_doubt(&self) -> bool {
        let now = self.line.steady();
        self.link.ambiguous_until.is_some_and(|until| now < until)
    }

    /// A role that was in doubt until it was sent just now: nobody knows which one the vendor had, and what it dropped
    /// with it.
    fn forget_role(&mut self, sent: &BTreeSet<String>) {
        let role = role_field(self.descriptor).filter(|role| sent.contains(*role) && self.unknown.contains(*role));
        if let (Some(role), Some(account)) = (role, self.link.account.as_mut()) {
            account.fields.remove(role);
        }
    }

    /// The vendor made no account: the trace says so no longer.
    fn take_back(&mut self, step: &Step) {
        if matches!(step, Step::Create(_)) {
            (self.link.ambiguous_until, self.link.sought) = (None, None);
            self.unwritten = true;
        }
    }

    /// What an answer says of the target.
    pub(super) fn heard<T>(&mut self, answer: &Result<T, Error>, writing: bool) {
        self.fails_alone = self.weigh(answer, writing);
    }

    /// What the answer to a membership call says of the target.
    pub(super) fn note_member(&self, answer: &Result<(), Error>) -> bool {
        self.weigh(answer, true)
    }

    /// Tells breaker and memory of an answer; whether it is a failure of this record alone, as far as is known.
    fn weigh<T>(&self, answer: &Result<T, Error>, writing: bool) -> bool {
        let (mut memory, mut breaker) = (self.line.memory(), self.line.breaker());
        match answer.as_ref().err().map(|error| &error.kind) {
            Some(ErrorKind::Unavailable | ErrorKind::Ambiguous) => {
                breaker.failed(&self.line.settings, self.key);
                memory.fails_alone(self.key, breaker.successes_of_others(&self.key))
            }
            Some(ErrorKind::Unauthorized) => {
                // Credentials may be good for reading who they are, and for nothing else: only what others are
                // granted tells that it is the record.
                let is_alone = memory.is_denied_alone(self.key, breaker.successes_of_others(&self.key));
                if !is_alone {
                    let denials = memory.deny(self.key, answer.as_ref().err().map(|error| error.reason.clone()));
                    breaker.failed(&self.line.settings, self.key);
                    breaker.open_after(&self.line.settings, denials);
                }
                is_alone
            }
            Some(ErrorKind::RateLimited) => false,
            Some(ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. }) | None => {
                if writing {
                    memory.answered(self.key);
                    breaker.succeeded(self.key);
                }
                false
            }
        }
    }

    /// The account as last applied, in the adapter's terms.
    fn account(&self) -> Account {
        let applied = self.link.account.clone().unwrap_or_default();
        let (id, mut fields, parts, active): (_, Fields, _, _) =
            (applied.id, applied.fields, applied.parts, applied.active);
        // An absent field is one of which the adapter must find out what the vendor has.
        let mut doubtful = self.line.memory().sent(&self.key);
        doubtful.retain(|name, _| self.unknown.contains(name));
        for (name, value) in fields.iter().filter(|(name, _)| self.unknown.contains(*name)) {
            doubtful.entry(name.clone()).or_default().push(value.clone());
        }
        fields.retain(|name, _| !self.unknown.contains(name));
        Account {
            id,
            fields,
            doubtful,
            parts,
            active,
            protected: false,
        }
    }
}
