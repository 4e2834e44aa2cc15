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
use crate::store::{self, Access, Link, LinkQuery, ProblemKind, Resource, Scope, TargetId, sound_page};

/// Resources read at a time.
const PAGE: usize = 500;

/// Links read at a time.
const LINKS: usize = 500;

/// How many accounts are touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Effects {
    made: u64,
    changed: u64,
    taken: u64,
    /// Of those from whom access is taken, whose accounts are deleted.
    deleted: u64,
    /// People whose access is about to end, and may not by these.
    kept: u64,
    /// Of these it cannot be told. Nor will they be looked at once the settings apply.
    damaged: usize,
}

/// What becomes of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Made,
    Changed,
    Taken,
    Deleted,
    /// Its owner leaves, and may keep access.
    Kept,
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

/// Whether all access ends by these calls, of whoever leaves: with an account that a look-up finds as well.
fn shows_out(calls: &[Foreseen]) -> bool {
    calls
        .iter()
        .any(|call| matches!(call.verb, Verb::Delete | Verb::Deactivate | Verb::LookUp))
}

/// The link as if no removal was on its way: it may be lost, and what follows it is the settings' matter.
fn unsent(link: Link) -> Link {
    Link {
        removal_sent: false,
        ..link
    }
}

/// What delivery would do under other settings, and what under the present ones.
struct Forecasts {
    now: Vec<Foreseen>,
    before: Option<Vec<Foreseen>>,
}

impl Forecasts {
    /// Whether somebody who is leaving might stay.
    fn keeps(&self, link: Option<&Link>) -> bool {
        let leaves = link.is_some_and(|link| link.is_pending() && link.leaver_since.is_some());
        leaves && self.before.as_deref().is_some_and(shows_out) && !shows_out(&self.now)
    }

    /// Whether something else is done.
    fn differ(&self) -> bool {
        self.before.as_ref() != Some(&self.now)
    }
}

impl Effects {
    fn add(&mut self, effect: Effect) {
        match effect {
            Effect::Made => self.made += 1,
            Effect::Changed => self.changed += 1,
            Effect::Taken => self.taken += 1,
            Effect::Deleted => (self.taken, self.deleted) = (self.taken + 1, self.deleted + 1),
            Effect::Kept => self.kept += 1,
        }
    }

    /// What a person is to confirm, if anything.
    fn fault(&self, target: &str) -> Option<String> {
        let touched = self.made + self.changed + self.taken + self.kept;
        (touched > 0).then(|| format!("the target `{target}` would have {self}: --confirm applies it"))
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            made,
            changed,
            taken,
            deleted,
            kept,
            damaged,
        } = self;
        write!(
            formatter,
            "{} made or adopted, {changed} changed, and access taken from {taken}",
            accounts(*made)
        )?;
        if *deleted > 0 {
            write!(formatter, " ({} deleted)", accounts(*deleted))?;
        }
        if *kept > 0 {
            write!(formatter, "; {} may stay open whose access is to end", accounts(*kept))?;
        }
        match damaged {
            0 => Ok(()),
            damaged => write!(formatter, "; of {damaged} cannot be told, as their records are damaged"),
        }
    }
}

fn accounts(number: u64) -> String {
    match number {
        1 => "1 account".to_owned(),
        number => format!("{number} accounts"),
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
            let present = state.target(&change.name).map(|kept| &kept.record);
            if present.is_some_and(|present| present.config.effective() == target.config.effective()) {
                continue;
            }
            let Ok(present) = present.map(|present| self.target(state, present)).transpose() else {
                faults.push(not_understood(&change.name));
                continue;
            };
            let effects = self.effects(&Settings::of(&target, present.as_deref())).await?;
            faults.extend(effects.fault(&change.name));
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
            let mut after = None;
            loop {
                let page = sound_page(&*self.parts.store, &scope, after, PAGE).await?;
                effects.damaged += page.damaged.len();
                for resource in &page.resources {
                    match self.effect(settings, resource).await {
                        Ok(effect) => effect.into_iter().for_each(|effect| effects.add(effect)),
                        Err(store::Error::Damaged(_)) => effects.damaged += 1,
                        Err(error) => return Err(error.into()),
                    }
                }
                after = page.last;
                if page.is_last {
                    break;
                }
            }
        }
        self.add_deleted(settings, &mut effects).await?;
        Ok(effects)
    }

    /// Adds what is to be done of deleted resources, or rests.
    async fn add_deleted(&self, settings: &Settings<'_>, effects: &mut Effects) -> Result<(), Error> {
        let (store, Some(present)) = (&self.parts.store, settings.present) else {
            return Ok(());
        };
        let mut after = None;
        loop {
            let keys = store
                .link_keys(settings.target.id, LinkQuery::All(after), LINKS)
                .await?;
            for key in &keys {
                let link = match store.link(key).await {
                    Err(store::Error::Damaged(_)) => None,
                    link => link?.filter(|link| link.tombstone.is_some() && link.is_pending()),
                };
                if let Some(link) = link.filter(|link| !is_decided(link)).map(unsent) {
                    self.effect_of_deleted(settings, present, &link)
                        .into_iter()
                        .for_each(|effect| effects.add(effect));
                }
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < LINKS {
                return Ok(());
            }
        }
    }

    fn effect_of_deleted(&self, settings: &Settings<'_>, present: &Target, link: &Link) -> Option<Effect> {
        let deliveries = &self.parts.deliveries;
        let forecasts = Forecasts {
            now: deliveries.foresee(settings.target, link, None),
            before: Some(deliveries.foresee(present, link, None)),
        };
        if forecasts.keeps(Some(link)) {
            return Some(Effect::Kept);
        }
        let touches = (settings.take_up(link) || forecasts.differ()) && !forecasts.now.is_empty();
        touches.then(|| Effect::of(&forecasts.now, None))
    }

    async fn effect(&self, settings: &Settings<'_>, resource: &Resource) -> Result<Option<Effect>, store::Error> {
        let (store, target) = (&*self.parts.store, settings.target);
        let found = beside(store, target, resource, &settings.moved).await?;
        let Some(now) = found.filter(is_looked_at) else {
            return Ok(None);
        };
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
        let before = before.zip(settings.present);
        let forecasts = Forecasts {
            now: self.calls(target, &now),
            before: before.map(|(before, present)| self.calls(present, &before)),
        };
        if forecasts.keeps(now.link.as_ref()) {
            return Ok(Some(Effect::Kept));
        }
        let touches = moves || (!forecasts.now.is_empty() && (takes_up || forecasts.differ()));
        Ok(touches.then(|| Effect::of(&forecasts.now, now.difference.as_ref())))
    }

    fn calls(&self, target: &Target, beside: &Beside) -> Vec<Foreseen> {
        let link = unsent(beside.link.clone().unwrap_or_default());
        self.parts.deliveries.foresee(target, &link, Some(&beside.wanted))
    }
}

/// What a person is to confirm of settings that replace such as this version does not know.
fn not_understood(target: &str) -> String {
    format!(
        "the present settings of the target `{target}` are not understood, so that it cannot be told what the new ones \
         change: --confirm applies them"
    )
}

/// Whether the change of settings, or what is pending already, brings delivery to it.
fn is_looked_at(beside: &Beside) -> bool {
    let pending = beside.link.as_ref().filter(|link| link.is_pending());
    let difference = beside.difference.as_ref().filter(|difference| !difference.rests);
    difference.is_some() || pending.is_some_and(|link| !is_decided(link))
}

/// Whether a person decided against it.
fn is_decided(link: &Link) -> bool {
    let problem = link.problem.as_ref();
    problem.is_some_and(|problem| problem.kind == ProblemKind::Withheld)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::service::administration::fixture::desk;
    use crate::store::{Batch, ResourceId, ResourceKey, Write};

    #[test]
    fn one_account_is_one() {
        let mut effects = Effects::default();
        effects.add(Effect::Made);
        effects.add(Effect::Deleted);
        let said = "1 account made or adopted, 0 changed, and access taken from 1 (1 account deleted)";
        assert_eq!(effects.to_string(), said);
    }

    fn target() -> Target {
        Target::example((adapters::vendor("pagerduty").unwrap().descriptor)(), "")
    }

    fn person(target: &Target, number: u128, body: &str) -> Write {
        let (directory, resource_type) = (target.directory, "User".to_owned());
        Write::PutResource(Resource {
            key: ResourceKey {
                scope: Scope {
                    directory,
                    resource_type,
                },
                id: ResourceId(Uuid::from_u128(number)),
            },
            version: 1,
            created: Timestamp::UNIX_EPOCH,
            modified: Timestamp::UNIX_EPOCH,
            body: body.as_bytes().to_vec(),
            splices: Vec::new(),
            index: Vec::new(),
            origins: Vec::new(),
        })
    }

    #[tokio::test]
    async fn a_damaged_record_is_counted_beside_the_others() {
        let (desk, target) = (desk(), target());
        let administration = &desk.administration;
        let body = r#"{"userName": "ada@example.com", "displayName": "Ada", "active": true}"#;
        let writes = vec![
            person(&target, 1, body),
            person(&target, 2, "{"),
            person(&target, 3, body),
        ];
        let (store, expect) = (&administration.parts.store, Vec::new());
        store.commit(Batch { expect, writes }).await.unwrap();
        let effects = administration.effects(&Settings::of(&target, None)).await.unwrap();
        assert_eq!(effects.damaged, 1);
        let effects = Effects { made: 2, ..effects };
        let fault = effects.fault("t").unwrap();
        assert!(
            fault.contains("2 accounts made") && fault.contains("of 1 cannot be told"),
            "{fault}"
        );
        let damaged = Effects {
            damaged: 1,
            ..Effects::default()
        };
        assert_eq!(damaged.fault("t"), None, "they are not looked at once it applies");
    }
}
