//! What changed settings of a target would do to accounts there, told before they apply.
use std::sync::Arc;

use adapters::descriptor::Moved;

use super::apply::Declared;
use super::plan::{Change, Kind, Verdict};
use super::record::State;
use super::{Administration, Error};
use crate::service::{Difference, Target, difference};
use crate::store::{self, Access, Resource, Scope, Store, TargetId, sound_page};

/// Resources read at a time.
const PAGE: usize = 500;

/// How many accounts are touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Effects {
    made: u64,
    changed: u64,
    taken: u64,
    /// Of these it cannot be told. Nor will they be looked at once the settings apply.
    damaged: u64,
}

impl Effects {
    /// Nothing of what cannot be told.
    fn damaged(number: usize) -> Self {
        Self {
            damaged: u64::try_from(number).unwrap_or(u64::MAX),
            ..Self::default()
        }
    }

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

    /// What a person is to confirm, if anything.
    fn fault(&self, target: &str) -> Option<String> {
        let Self {
            made,
            changed,
            taken,
            damaged,
        } = self;
        let untold = match damaged {
            0 => String::new(),
            _ => format!("; of {damaged} cannot be told, as their records are damaged"),
        };
        (made + changed + taken > 0).then(|| {
            format!(
                "the target `{target}` would have {made} accounts made or adopted, {changed} changed, and access taken \
                 from {taken}{untold}: --confirm applies it"
            )
        })
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
            let looked = Looked::new(&target, present.as_deref());
            faults.extend(looked.effects(&*self.parts.store).await?.fault(&change.name));
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
}

/// Settings that are looked at, beside those that apply now.
struct Looked<'a> {
    target: &'a Target,
    present: Option<&'a Target>,
    moved: Moved,
}

impl<'a> Looked<'a> {
    fn new(target: &'a Target, present: Option<&'a Target>) -> Self {
        let moved = present.map(|present| {
            let (former, now) = (&present.config.dialect, &target.config.dialect);
            Moved::between(former.as_ref(), now.as_ref())
        });
        Self {
            target,
            present,
            moved: moved.unwrap_or_default(),
        }
    }

    /// What differs under these settings, and not under the present ones as well.
    async fn effects(&self, store: &dyn Store) -> Result<Effects, store::Error> {
        let mut effects = Effects::default();
        for resource_type in ["User", "Group"] {
            let scope = Scope {
                directory: self.target.directory,
                resource_type: resource_type.to_owned(),
            };
            let mut after = None;
            loop {
                let page = sound_page(store, &scope, after, PAGE).await?;
                effects.damaged += Effects::damaged(page.damaged.len()).damaged;
                self.add(&mut effects, store, &page.resources).await?;
                if page.is_last {
                    break;
                }
                after = page.last;
            }
        }
        Ok(effects)
    }

    async fn add(&self, effects: &mut Effects, store: &dyn Store, resources: &[Resource]) -> Result<(), store::Error> {
        for resource in resources {
            match self.own(store, resource).await {
                Ok(difference) => difference.iter().for_each(|difference| effects.add(difference)),
                Err(store::Error::Damaged(_)) => effects.damaged += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn own(&self, store: &dyn Store, resource: &Resource) -> Result<Option<Difference>, store::Error> {
        let lacks = difference(store, self.target, resource, &self.moved).await?;
        let before = match (self.present, &lacks) {
            (Some(present), Some(_)) => difference(store, present, resource, &Moved::default()).await?,
            (None, _) | (_, None) => None,
        };
        Ok(lacks.filter(|difference| before.as_ref() != Some(difference)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use schemas::Catalogue;
    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemClock;
    use crate::config;
    use crate::mapping::Mapping;
    use crate::store::{Batch, DirectoryId, Options, Redb, ResourceId, ResourceKey, Write};

    fn target() -> Target {
        let config = "name = 't'\ndirectory = 'd'\nvendor = 'pagerduty'\ncredential = 'env:X'\n";
        let config: config::Target = toml::from_str(config).unwrap();
        let descriptor = (adapters::vendor("pagerduty").unwrap().descriptor)();
        Target {
            id: TargetId(Uuid::from_u128(2)),
            directory: DirectoryId(Uuid::from_u128(1)),
            mapping: Arc::new(Mapping::new(&Catalogue::builtin(), descriptor, &config).unwrap()),
            config,
            descriptor,
            generation: 1,
            credential: Vec::new(),
        }
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
        let store = Redb::open(Options::in_memory(), Arc::new(SystemClock)).unwrap();
        let target = target();
        let body = r#"{"userName": "ada@example.com", "displayName": "Ada", "active": true}"#;
        let writes = vec![
            person(&target, 1, body),
            person(&target, 2, "{"),
            person(&target, 3, body),
        ];
        store
            .commit(Batch {
                expect: Vec::new(),
                writes,
            })
            .await
            .unwrap();
        let effects = Looked::new(&target, None).effects(&store).await.unwrap();
        let expected = Effects {
            made: 2,
            damaged: 1,
            ..Effects::default()
        };
        assert_eq!(effects, expected);
        let fault = effects.fault("t").unwrap();
        assert!(
            fault.contains("2 accounts made") && fault.contains("of 1 cannot be told"),
            "{fault}"
        );
        assert_eq!(
            Effects::damaged(1).fault("t"),
            None,
            "they are not looked at once it applies"
        );
    }
}
