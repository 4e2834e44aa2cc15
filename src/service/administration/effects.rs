//! What changed settings of a target would do to accounts there, told before they apply.
use std::sync::Arc;

use adapters::descriptor::Moved;

use super::apply::Declared;
use super::plan::{Change, Kind, Verdict};
use super::record::State;
use super::{Administration, Error};
use crate::service::{Difference, Target, difference};
use crate::store::{Access, From, Scope, TargetId};

/// Resources read at a time.
const PAGE: usize = 500;

/// How many accounts are touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Effects {
    made: u64,
    changed: u64,
    taken: u64,
}

impl Effects {
    fn add(&mut self, difference: &Difference) {
        if difference.rests {
            return;
        }
        let number = match (difference.creates, difference.access) {
            (true, _) => &mut self.made,
            (false, Access::Taken | Access::Lessened | Access::Ended) => &mut self.taken,
            (false, Access::Given | Access::Kept) => &mut self.changed,
        };
        *number += 1;
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
            let Effects { made, changed, taken } = self.effects(&target, present.as_deref()).await?;
            if made + changed + taken > 0 {
                faults.push(format!(
                    "the target `{}` would have {made} accounts made or adopted, {changed} changed, and access taken from \
                     {taken}: --confirm applies it",
                    change.name
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

    /// What differs under these settings, and not under the present ones as well.
    async fn effects(&self, target: &Target, present: Option<&Target>) -> Result<Effects, Error> {
        let mut effects = Effects::default();
        let moved = present.map(|present| {
            let (former, now) = (&present.config.dialect, &target.config.dialect);
            Moved::between(former.as_ref(), now.as_ref())
        });
        let (moved, stays) = (moved.unwrap_or_default(), Moved::default());
        for resource_type in ["User", "Group"] {
            let scope = Scope {
                directory: target.directory,
                resource_type: resource_type.to_owned(),
            };
            let mut from = From::Skip(0);
            loop {
                let page = self.parts.store.page(&scope, from, PAGE).await?;
                for resource in &page {
                    let lacks = difference(&*self.parts.store, target, resource, &moved).await?;
                    let before = match (present, &lacks) {
                        (Some(present), Some(_)) => difference(&*self.parts.store, present, resource, &stays).await?,
                        (None, _) | (_, None) => None,
                    };
                    let own = lacks.filter(|difference| before.as_ref() != Some(difference));
                    own.iter().for_each(|difference| effects.add(difference));
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => from = From::After(last.key.id),
                    Some(_) | None => break,
                }
            }
        }
        Ok(effects)
    }
}
