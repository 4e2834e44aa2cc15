//! Stops a mass removal: what would end the access of too many people within an hour waits for a person.
//!
//! Counted is by the hour in which the write was acknowledged, so that what an outage piled up over a month passes.
use adapters::Fields;
use adapters::descriptor::{FieldType, Kind, KindDescriptor};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::config;
use crate::delivery::outcome;
use crate::delivery::plan::Step;
use crate::delivery::turn::End;
use crate::delivery::work::Work;
use crate::mapping::ACTIVE;
use crate::store::{self, Going, LinkChange, LinkQuery, hour_of};

/// Links read at a time when another administrator is looked for.
const PAGE: usize = 500;

/// Accounts that were made for the directory so lately do not count: they are tries.
const NEW: SignedDuration = SignedDuration::from_hours(1);

/// Tries of an hour: more than anybody makes by hand, and far fewer than a directory that was just connected has.
const TRIES_MAX: usize = 100;

/// Told of a group that is to be deleted.
const THERE_BEFORE: &str =
    "the group was at the vendor before, or may have been: only a person may have it deleted; see `usherd guard`";

/// What the guard says of one who leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    /// It depends on others whose turns have not come yet.
    Wait,
    Hold,
}

/// So many may go within an hour.
fn allowed(guard: config::Guard, going: Going) -> u64 {
    guard.allowed(going.accounts)
}

fn verdict(guard: config::Guard, going: Going) -> Verdict {
    let allowed = allowed(guard, going);
    match (
        going.going > allowed,
        going.going.saturating_add(going.waiting) > allowed,
    ) {
        (true, _) => Verdict::Hold,
        (false, true) => Verdict::Wait,
        (false, false) => Verdict::Pass,
    }
}

impl Work<'_> {
    /// Asks the guard before a step that takes all access away, or an administrator's role, or that deletes a group that
    /// was not made for the directory; `Some` ends the turn.
    pub(super) async fn guard(&mut self, step: &Step) -> Result<Option<End>, store::Error> {
        if *step == Step::Delete && self.is_anothers() {
            return self.hold(THERE_BEFORE).await.map(Some);
        }
        if self.kind == Kind::Group {
            return Ok(None);
        }
        if self.is_shut() {
            return Ok(None);
        }
        if self.is_approved() {
            let acknowledged = self.acknowledged();
            self.line.memory().decided(hour_of(acknowledged));
            return Ok(None);
        }
        match step {
            Step::Delete | Step::SetActive(false) => {
                let removal = self.guard_removal().await?;
                match removal {
                    Some(end) => Ok(Some(end)),
                    None => self.guard_administrator(None).await,
                }
            }
            Step::Update(fields) => self.guard_administrator(Some(fields)).await,
            Step::Settle
            | Step::LookUp { .. }
            | Step::Create(_)
            | Step::SetActive(true)
            | Step::ReadBack
            | Step::Refuse(_) => Ok(None),
        }
    }

    /// Whether the account lets nobody in, for certain: nobody's access ends with it.
    fn is_shut(&self) -> bool {
        let account = self.link.account.as_ref();
        account.is_some_and(|account| !account.active) && !self.unknown.contains(ACTIVE)
    }

    async fn guard_removal(&mut self) -> Result<Option<End>, store::Error> {
        let acknowledged = self.acknowledged();
        let made = self.link.account.as_ref().and_then(|account| account.made);
        let is_new = made.is_some_and(|made| acknowledged.duration_since(made) < NEW);
        if is_new && self.line.memory().tries(hour_of(acknowledged), self.key.resource) <= TRIES_MAX {
            return Ok(None);
        }
        if !self.link.going {
            self.write(vec![LinkChange::Going]).await?;
        }
        // Whoever said yes believes it done, but the resource was written before its turn came.
        if self.link.approved.is_some() && !self.link.waits_for_a_person() {
            self.line.memory().decided(hour_of(acknowledged));
        }
        let guard = self.line.target.config.guard;
        let mut going = self.line.store.going(self.line.target.id, acknowledged).await?;
        // Nobody waits for who cannot go; whoever could after all is then one more than may.
        let cannot = self.line.memory().cannot_go(hour_of(acknowledged));
        going.waiting = going.waiting.saturating_sub(cannot);
        match verdict(guard, going) {
            Verdict::Pass => Ok(None),
            Verdict::Wait => {
                let change = outcome::pause(
                    &self.facts(),
                    "waits for others who leave as well",
                    &self.circumstances(),
                );
                self.rest(vec![change]).await.map(Some)
            }
            Verdict::Hold => {
                self.tell_of_guard(acknowledged, going);
                let Going { accounts, going, .. } = going;
                let hour = hour_of(acknowledged).strftime("%Y-%m-%d %H:00 UTC");
                let allowed = allowed(
                    guard,
                    Going {
                        accounts,
                        ..Going::default()
                    },
                );
                let reason = format!(
                    "guard: {going} people were to lose access in the hour of {hour}, more than the {allowed} allowed of {accounts}; \
                     see `usherd guard`"
                );
                self.hold_back(reason).await.map(Some)
            }
        }
    }

    /// When the write was acknowledged that takes the access away.
    fn acknowledged(&self) -> Timestamp {
        let acknowledged = self.link.leaver_since.or(self.link.pending_since);
        acknowledged.unwrap_or_else(|| self.line.clock.now())
    }

    /// The last administrator at a vendor does not go, nor lose that role, without a person's word.
    async fn guard_administrator(&mut self, changed: Option<&Fields>) -> Result<Option<End>, store::Error> {
        let Some(account) = &self.link.account else {
            return Ok(None);
        };
        let administers = |fields: &Fields| self.administers(fields);
        let loses = match changed {
            None => true,
            Some(changed) => roles(self.descriptor).any(|role| changed.contains_key(role)) && !administers(changed),
        };
        if !loses || !administers(&account.fields) || self.other_administrator().await? {
            return Ok(None);
        }
        let (target, resource) = (&self.line.target.config.name, self.key.resource);
        tracing::error!(alarm = "guard_tripped", target.name = %target, resource.id = %resource, "the guard holds the last administrator: see `usherd guard`");
        let reason =
            "guard: this is the last administrator whom the directory keeps there; see `usherd guard`".to_owned();
        self.hold_back(reason).await.map(Some)
    }

    fn administers(&self, fields: &Fields) -> bool {
        let given = roles(self.descriptor).filter_map(|field| fields.get(field).and_then(Value::as_str));
        let described = &self.line.target.descriptor.roles;
        let mut administering = described.iter().filter(|role| role.administrator);
        let given: Vec<_> = given.collect();
        administering.any(|role| given.contains(&role.name.as_str()))
    }

    async fn other_administrator(&self) -> Result<bool, store::Error> {
        let (store, target) = (&self.line.store, self.line.target.id);
        let mut after = None;
        loop {
            let keys = store.link_keys(target, LinkQuery::All(after), PAGE).await?;
            for key in keys.iter().filter(|key| **key != self.key) {
                let link = match store.link(key).await {
                    // Nobody can say whose it is: at worst a person is asked.
                    Err(store::Error::Damaged(_)) => continue,
                    read => read?,
                };
                let stays = link.filter(|link| link.has_access() && link.leaver_since.is_none());
                let account = stays.and_then(|link| link.account);
                if account.is_some_and(|account| self.administers(&account.fields)) {
                    return Ok(true);
                }
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < PAGE {
                return Ok(false);
            }
        }
    }

    /// Waits for a person, who was told; the alarms sound for who leaves all the same.
    async fn hold_back(&mut self, reason: String) -> Result<End, store::Error> {
        self.guarded = true;
        let change = outcome::hold(&self.facts(), reason, &self.circumstances());
        self.rest(vec![change]).await
    }

    /// Once for each hour.
    fn tell_of_guard(&self, acknowledged: Timestamp, going: Going) {
        if self.line.memory().guards(hour_of(acknowledged)) {
            let Going { accounts, going, .. } = going;
            tracing::error!(alarm = "guard_tripped", target.name = %self.line.target.config.name, going, accounts, "the guard holds a mass removal: see `usherd guard`");
        }
    }
}

/// The fields that carry a role.
fn roles(kind: &KindDescriptor) -> impl Iterator<Item = &String> {
    let roles = kind.fields.iter().filter(|field| field.kind == FieldType::Role);
    roles.map(|field| &field.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greater_of_both_may_go() {
        let guard = config::Guard::default();
        let open = config::Guard { percent: 100, ..guard };
        for (guard, accounts, going, waiting, expected) in [
            (guard, 3, 1, 0, Verdict::Pass),
            (guard, 12, 10, 0, Verdict::Pass),
            (guard, 12, 11, 0, Verdict::Hold),
            (guard, 12, 1, 10, Verdict::Wait),
            (guard, 1_000, 50, 0, Verdict::Pass),
            (guard, 1_000, 51, 0, Verdict::Hold),
            (guard, 1_000, 40, 11, Verdict::Wait),
            (open, 1_000, 1_000, 9, Verdict::Pass),
        ] {
            let going = Going {
                accounts,
                going,
                waiting,
            };
            assert_eq!(verdict(guard, going), expected, "{going:?}");
        }
    }
}
