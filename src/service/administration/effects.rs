//! What changed settings of a target would do to accounts there, told before they apply: what delivery would do under
//! them, and would not under the present ones.
use std::fmt;
use std::sync::Arc;

use adapters::descriptor::Moved;

use super::apply::Declared;
use super::plan::{Change, Kind, Verdict};
use super::record::State;
use super::{Administration, Error};
use crate::config::OnExisting;
use crate::service::{Beside, Difference, Foreseen, Target, Verb, beside};
use crate::store::{Access, From, Link, LinkQuery, ProblemKind, Resource, Scope, TargetId};

/// Resources read at a time.
const PAGE: usize = 500;

/// Parked links read at a time.
const LINKS: usize = 500;

/// How many accounts are touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Effects {
    made: u64,
    changed: u64,
    taken: u64,
    /// Of those from whom access is taken, whose accounts are deleted.
    deleted: u64,
}

/// What becomes of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Made,
    Changed,
    Taken,
    Deleted,
}

impl Effect {
    /// The effect of these calls, of which something is left if there are none.
    fn of(calls: &[Foreseen], difference: Option<&Difference>) -> Self {
        let has = |verbs: &[Verb]| calls.iter().any(|call| verbs.contains(&call.verb));
        let lessens = difference.is_some_and(|difference| match difference.access {
            Access::Taken | Access::Lessened | Access::Ended => true,
            Access::Given | Access::Kept => false,
        });
        match () {
            () if has(&[Verb::Create, Verb::LookUp]) => Self::Made,
            () if has(&[Verb::Delete]) => Self::Deleted,
            () if has(&[Verb::Deactivate]) || (lessens && has(&[Verb::Update])) => Self::Taken,
            () => Self::Changed,
        }
    }
}

impl Effects {
    fn add(&mut self, effect: Effect) {
        match effect {
            Effect::Made => self.made += 1,
            Effect::Changed => self.changed += 1,
            Effect::Taken => self.taken += 1,
            Effect::Deleted => (self.taken, self.deleted) = (self.taken + 1, self.deleted + 1),
        }
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            made,
            changed,
            taken,
            deleted,
        } = self;
        write!(
            formatter,
            "{made} accounts made or adopted, {changed} changed, and access taken from {taken}"
        )?;
        match deleted {
            0 => Ok(()),
            deleted => write!(formatter, " ({deleted} accounts deleted)"),
        }
    }
}

/// A target as it would be, and as it is.
struct Settings<'a> {
    target: &'a Target,
    present: Option<&'a Target>,
    /// Fields that have another attribute than at present.
    moved: Moved,
    /// What rests at present may go on.
    loosened: bool,
}

impl<'a> Settings<'a> {
    fn of(target: &'a Target, present: Option<&'a Target>) -> Self {
        let moved = present.map(|present| {
            let (former, now) = (&present.config.dialect, &target.config.dialect);
            Moved::between(former.as_ref(), now.as_ref())
        });
        let loosened = present.is_some_and(|present| {
            let (former, now) = (&present.config, &target.config);
            let is_freed = |listed: &String| !now.protected.contains(listed);
            let adopts = (former.on_existing, now.on_existing) == (OnExisting::Refuse, OnExisting::Adopt);
            adopts || former.protected.iter().any(is_freed)
        });
        Self {
            target,
            present,
            moved: moved.unwrap_or_default(),
            loosened,
        }
    }

    /// Whether a link that rests is looked at anew because of them.
    fn take_up(&self, link: &Link) -> bool {
        self.loosened && link.is_parked()
    }
}

impl Administration {
    /// Refuses settings that would touch accounts, with the numbers: a person confirms them.
    pub(super) async fn check_effects(
        &self,
        state: &State,
        changes: &[Change],
        declared: &Declared,
    ) -> Result<(), Error> {
        let mut faults = Vec::new();
        let touches = |change: &&Change| {
            change.kind == Kind::Target && matches!(change.verdict, Verdict::Added | Verdict::Changed)
        };
        for change in changes.iter().filter(touches) {
            let Some(target) = self.target_to_be(state, &change.name, declared)? else {
                continue;
            };
            let present = self.named(&change.name).ok();
            let is_same = |present: &Arc<Target>| present.config.effective() == target.config.effective();
            if present.as_ref().is_some_and(is_same) {
                continue;
            }
            let effects = self.effects(&Settings::of(&target, present.as_deref())).await?;
            if effects != Effects::default() {
                let name = &change.name;
                faults.push(format!(
                    "the target `{name}` would have {effects}: --confirm applies it"
                ));
            }
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Error::Refused(faults)),
        }
    }

    /// The target as it would be; `None` if its directory is not there yet, and so is empty.
    fn target_to_be(&self, state: &State, name: &str, declared: &Declared) -> Result<Option<Target>, Error> {
        let config = declared.targets.iter().find(|each| each.config.name == name);
        let Some(config) = config.map(|each| each.config.clone()) else {
            return Ok(None);
        };
        let Some(directory) = state.directory(&config.directory) else {
            return Ok(None);
        };
        let descriptor = self.described(&config)?;
        let kept = state.target(name);
        Ok(Some(Target {
            id: kept.map_or_else(|| TargetId(uuid::Uuid::nil()), |kept| kept.record.id),
            directory: directory.record.id,
            mapping: Arc::new(self.mapping(&config)?),
            generation: kept.map_or(0, |kept| kept.record.generation),
            config,
            descriptor,
            credential: Vec::new(),
        }))
    }

    /// What is done under these settings, and not under the present ones as well.
    async fn effects(&self, settings: &Settings<'_>) -> Result<Effects, Error> {
        let mut effects = Effects::default();
        for resource_type in ["User", "Group"] {
            let scope = Scope {
                directory: settings.target.directory,
                resource_type: resource_type.to_owned(),
            };
            let mut from = From::Skip(0);
            loop {
                let page = self.parts.store.page(&scope, from, PAGE).await?;
                for resource in &page {
                    let effect = self.effect(settings, resource).await?;
                    effect.into_iter().for_each(|effect| effects.add(effect));
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => from = From::After(last.key.id),
                    Some(_) | None => break,
                }
            }
        }
        self.add_deleted(settings, &mut effects).await?;
        Ok(effects)
    }

    /// Adds what rests of deleted resources.
    async fn add_deleted(&self, settings: &Settings<'_>, effects: &mut Effects) -> Result<(), Error> {
        let (store, Some(present)) = (&self.parts.store, settings.present) else {
            return Ok(());
        };
        let (target, deliveries) = (settings.target, &self.parts.deliveries);
        let mut after = None;
        loop {
            let keys = store.link_keys(target.id, LinkQuery::Parked(after), LINKS).await?;
            for key in &keys {
                let link = store.link(key).await?.filter(|link| link.tombstone.is_some());
                let Some(link) = link.filter(|link| !is_decided(link)) else {
                    continue;
                };
                let calls = deliveries.foresee(target, &link, None);
                let takes_up = settings.take_up(&link) || deliveries.foresee(present, &link, None) != calls;
                if takes_up && !calls.is_empty() {
                    effects.add(Effect::of(&calls, None));
                }
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < LINKS {
                return Ok(());
            }
        }
    }

    async fn effect(&self, settings: &Settings<'_>, resource: &Resource) -> Result<Option<Effect>, Error> {
        let (store, target) = (&*self.parts.store, settings.target);
        let found = beside(store, target, resource, &settings.moved).await?;
        let Some(now) = found.filter(is_looked_at) else {
            return Ok(None);
        };
        let calls = self.calls(target, &now);
        let has_moved = now
            .difference
            .as_ref()
            .is_some_and(|difference| !difference.moved.is_empty());
        let moves = has_moved && target.config.switches.update;
        let takes_up = now.link.as_ref().is_some_and(|link| settings.take_up(link));
        let before = match settings.present {
            Some(present) => beside(store, present, resource, &Moved::default()).await?,
            None => None,
        };
        let is_same = before
            .zip(settings.present)
            .is_some_and(|(before, present)| self.calls(present, &before) == calls);
        let touches = moves || (!calls.is_empty() && (takes_up || !is_same));
        Ok(touches.then(|| Effect::of(&calls, now.difference.as_ref())))
    }

    fn calls(&self, target: &Target, beside: &Beside) -> Vec<Foreseen> {
        let link = beside.link.clone().unwrap_or_default();
        self.parts.deliveries.foresee(target, &link, Some(&beside.wanted))
    }
}

/// Whether the change of settings, or what is pending already, brings delivery to it.
fn is_looked_at(beside: &Beside) -> bool {
    let pending = beside.link.as_ref().filter(|link| link.is_pending());
    beside.difference.is_some() || pending.is_some_and(|link| !is_decided(link))
}

/// Whether a person decided against it.
fn is_decided(link: &Link) -> bool {
    let problem = link.problem.as_ref();
    problem.is_some_and(|problem| problem.kind == ProblemKind::Withheld)
}
