//! Links that come from a backup: what the vendor has by now is found out before anything is sent, and only what takes
//! access away goes by itself (`docs/adr/0009-restored-links.md`).
use adapters::{Account, Error, ErrorKind, Retry};

use crate::delivery::meeting::Way;
use crate::delivery::outcome::{self, Outage};
use crate::delivery::plan::{self, Facts, Step};
use crate::delivery::turn::End;
use crate::delivery::work::Work;
use crate::store::{self, AccountRef, Applied, LinkChange, Restored, Settle};

/// Told of what waits.
pub(super) const REASON: &str = "restored from a backup: it waits until the identity provider writes the resource again, or for `usherd retry --held`";

impl Work<'_> {
    /// Whether the link comes from a backup, and nobody has written it since.
    pub(super) fn is_held_back(&self) -> bool {
        self.link.restored == Some(Restored::Held)
    }

    /// Reads the account of a link that comes from a backup, once; `Some` ends the turn.
    pub(super) async fn compare(&mut self) -> Result<Option<End>, store::Error> {
        let is_compared = self.resolved || self.line.memory().is_resolved(&self.key);
        // Nobody asks for an account any more that a person has decided to leave.
        if self.link.restored.is_none() || is_compared || self.link.is_abandoned() {
            return Ok(None);
        }
        let Some(account) = self.link.account.clone() else {
            return self.look_for_leaver(None).await;
        };
        let (unique, made, unfinished) = (account.unique, account.made, account.unfinished);
        // What was given before counts as given, though the directory has no value by now.
        let given = account.fields.into_iter().filter(|(_, value)| !value.is_null());
        let ruled = self.ruled.iter().cloned().chain(given.map(|(name, _)| name)).collect();
        let account = Account::of(account.id);
        let answer = match self.line.adapter.get(self.kind, &account).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            answer => answer,
        };
        self.heard(&answer, false);
        let settle = match answer {
            Ok(Some(account)) => {
                let read = outcome::adopted(&self.facts(), &ruled, account);
                // Read by its id it is the one that was made, as far as it was.
                let read = Applied {
                    made,
                    unfinished,
                    ..read
                };
                outcome::known(read, &self.circumstances())
            }
            Ok(None) if self.link.removal_sent => self.nobody(),
            Ok(None) => return self.look_for_leaver(unique).await,
            Err(error) => return self.unread(error).await.map(Some),
        };
        self.compared(settle);
        Ok(None)
    }

    /// Who is to have no access may have an account made since the backup, by which nobody knows them here.
    async fn look_for_leaver(&mut self, former: Option<String>) -> Result<Option<End>, store::Error> {
        let (had, leaves) = (self.link.account.is_some(), outcome::is_removal(self.facts().goal));
        if !had && !leaves {
            return Ok(None);
        }
        if let Some(unique) = self.mapped_unique.clone().or(former).filter(|_| leaves) {
            let answer = self.find(&unique).await?;
            self.heard(&answer, false);
            match unless_nobodys(answer) {
                Ok(Some(account)) if self.owner(AccountRef::Id(&account.id)).await?.is_none() => {
                    let replaced = had && self.link.going;
                    self.write(replaced.then_some(LinkChange::GoneAlready).into_iter().collect())
                        .await?;
                    return self.found(account, false).await;
                }
                Ok(_) => {}
                Err(error) => return self.unread(error).await.map(Some),
            }
        }
        match had {
            true => self.compared(self.nobody()),
            // What is in doubt of a create stays in doubt.
            false => self.resolved = true,
        }
        Ok(None)
    }

    /// The link has no account.
    fn nobody(&self) -> Settle {
        Settle {
            generation: self.circumstances().generation,
            ..Settle::default()
        }
    }

    fn compared(&mut self, settle: Settle) {
        self.unknown.clear();
        self.resolved = true;
        self.progress(settle);
    }

    /// What must come before a step of a link that comes from a backup.
    pub(super) async fn restored(&mut self, step: &Step) -> Result<Way, store::Error> {
        if self.link.restored.is_none() {
            return Ok(Way::Free);
        }
        if let (Step::Create(fields), false) = (step, self.looked_up) {
            let unique = plan::unique(self.descriptor, fields).unwrap_or_default();
            let answer = self.find(unique).await?;
            self.heard(&answer, false);
            self.looked_up = true;
            match unless_nobodys(answer) {
                Ok(None) => {}
                Ok(Some(account)) => return Ok(self.found(account, false).await?.map_or(Way::Again, Way::Blocked)),
                Err(error) => return self.unread(error).await.map(Way::Blocked),
            }
        }
        match self.is_held_back() && !takes_access(&self.facts(), step) {
            true => self.hold(REASON).await.map(Way::Blocked),
            false => Ok(Way::Free),
        }
    }

    /// Without the vendor's answer nothing is sent.
    pub(super) async fn unread(&mut self, error: Error) -> Result<End, store::Error> {
        let (facts, circumstances) = (self.facts(), self.circumstances());
        match Outage::of(&error.kind) {
            Some(outage) => {
                let change = outcome::retry_uncounted(&facts, error.reason, &circumstances);
                self.out(outage, vec![change]).await
            }
            None => {
                let parks = outcome::exhausted(&facts, &circumstances) && !outcome::is_removal(facts.goal);
                let change = match parks {
                    true => outcome::park(&facts, None, error.reason, &circumstances),
                    false => outcome::retry(&facts, error.reason, &circumstances),
                };
                self.end(vec![change]).await
            }
        }
    }
}

/// What was found. What can be nobody's account is none: the vendor says so of a create itself.
fn unless_nobodys(answer: Result<Option<Account>, Error>) -> Result<Option<Account>, Error> {
    match answer {
        Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) && error.retry == Retry::Never => Ok(None),
        answer => answer,
    }
}

/// Whether the step changes nothing at the vendor, or takes access away.
fn takes_access(facts: &Facts<'_>, step: &Step) -> bool {
    match step {
        Step::Settle
        | Step::LookUp { .. }
        | Step::ReadBack
        | Step::Refuse(_)
        | Step::Delete
        | Step::SetActive(false) => true,
        Step::Create(_) | Step::SetActive(true) => false,
        Step::Update(fields) => facts.link.account.as_ref().is_some_and(|account| {
            let mut fields = fields.iter();
            fields.all(|(name, value)| plan::takes_role(facts, account, (name, value)))
        }),
    }
}
