//! A target has other settings than before, or is new, or groups with crowds in them changed: all of the directory is
//! looked at once, and what differs is marked.
//!
//! How far that is stands in a record, so that a restart goes on from there. A mark only says that a link is to be
//! looked at: what is wanted is read anew at its turn.
use std::collections::BTreeSet;

use adapters::descriptor::Moved;
use serde::{Deserialize, Serialize};

use crate::config;
use crate::delivery::goal::{Goal, goal};
use crate::delivery::line::Line;
use crate::mapping;
use crate::service::{self, Difference, Target, difference, look_record};
use crate::store::{
    Batch, Cause, Conflict, Error, Expect, GrantKey, Link, LinkChange, LinkKey, LinkQuery, Mark, Resource, ResourceId,
    ResourceKey, Scope, SettingKind, SoundPage, Write, restored_at, sound_page,
};

/// Resources looked at, and marked, in one write: no other write waits long behind it.
const PAGE: usize = 200;

/// Members of a group read at a time.
const MEMBERS: usize = 500;

/// Groups come after people: their members need accounts.
const TYPES: [&str; 2] = ["User", "Group"];

/// What is to be written of one resource.
struct Look {
    resource: ResourceKey,
    marks: Batch,
}

/// How far the present settings are brought about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Progress {
    settings: config::Target,
    /// How often it had been asked to look when it began.
    #[serde(default)]
    asked: u64,
    /// The type that is looked at; all are done beyond the last.
    place: usize,
    after: Option<ResourceId>,
    /// The target never looked at all of it before: a group may have been written before it is looked at, with but some
    /// of its members wanted.
    #[serde(default)]
    first: bool,
    /// Fields that have another attribute than under the settings before.
    #[serde(default)]
    moved: Moved,
}

impl Progress {
    fn is_done(&self) -> bool {
        self.place >= TYPES.len()
    }

    /// Fields that have another attribute under these settings.
    fn moved_by(&self, settings: &config::Target) -> Moved {
        let moved = Moved::between(self.settings.dialect.as_ref(), settings.dialect.as_ref());
        match self.is_done() {
            true => moved,
            false => moved.and(&self.moved),
        }
    }

    /// What is to be looked at after this page.
    fn beyond(&self, page: &SoundPage) -> Self {
        let (place, after) = match page.is_last {
            true => (self.place + 1, None),
            false => (self.place, page.last),
        };
        Self {
            place,
            after,
            ..self.clone()
        }
    }
}

/// Whether the link of a deleted resource rests for no person's sake, and has an account that is to go.
fn is_to_go(target: &Target, link: &Link) -> bool {
    let rests = link.is_parked() && !link.waits_for_a_person() && !link.is_abandoned();
    let kind = mapping::kind(&link.resource_type).filter(|_| rests && link.tombstone.is_some());
    kind.is_some_and(|kind| goal(kind, None, target) != Goal::Untouched)
}

impl Line {
    /// Looks at all of the directory, unless that was done under the present settings and since it was last asked for.
    /// What is damaged is told and left out: the next write of it will see to it.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn look_at_all(&self) -> Result<(), Error> {
        let mut told = BTreeSet::new();
        self.begin().await?;
        loop {
            let progress = self.progress().await?;
            let Some(resource_type) = TYPES.get(progress.place) else {
                return Ok(());
            };
            let page = self.page_of(resource_type, progress.after).await?;
            match self.look_at_page(&page, &progress, &mut told).await {
                // Others wrote meanwhile: the page is read anew.
                Ok(()) | Err(Error::Conflict(Conflict::Version(_) | Conflict::Stamp(_) | Conflict::Link(_))) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whatever was handed in before is written once this is: a request that began under other settings may have been
    /// about to write what is read here.
    async fn begin(&self) -> Result<(), Error> {
        let progress = self.progress().await?;
        match progress.place == 0 && progress.after.is_none() {
            true => {
                self.take_up_deleted().await?;
                self.mark(&[], Some(&progress)).await
            }
            false => Ok(()),
        }
    }

    /// Takes up what rests of deleted resources, of which no page tells: under these settings it may go.
    async fn take_up_deleted(&self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let parked = LinkQuery::Parked(after);
            let keys = self.store.link_keys(self.target.id, parked, PAGE).await?;
            let mut writes = Vec::new();
            for key in &keys {
                let link = match self.store.link(key).await {
                    Err(Error::Damaged(_)) => None,
                    link => link?,
                };
                let goes = link.is_some_and(|link| is_to_go(&self.target, &link));
                writes.extend(goes.then(|| Write::Link(*key, LinkChange::Unpark(self.clock.now()))));
            }
            if !writes.is_empty() {
                match self.commit(Vec::new(), writes.clone()).await {
                    Err(Error::Damaged(_)) => self.commit_one_by_one(writes).await?,
                    committed => committed?,
                }
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Those that can be written: what another touches is damaged.
    async fn commit_one_by_one(&self, writes: Vec<Write>) -> Result<(), Error> {
        for write in writes {
            match self.commit(Vec::new(), vec![write]).await {
                Ok(()) | Err(Error::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn page_of(&self, resource_type: &str, after: Option<ResourceId>) -> Result<SoundPage, Error> {
        let scope = Scope {
            directory: self.target.directory,
            resource_type: resource_type.to_owned(),
        };
        sound_page(&*self.store, &scope, after, PAGE).await
    }

    async fn look_at_page(
        &self,
        page: &SoundPage,
        progress: &Progress,
        told: &mut BTreeSet<ResourceId>,
    ) -> Result<(), Error> {
        let (mut looks, mut damaged) = (Vec::new(), page.damaged.clone());
        for resource in &page.resources {
            match self.look_at(resource, progress).await {
                Ok(marks) => looks.push(Look {
                    resource: resource.key.clone(),
                    marks,
                }),
                Err(Error::Damaged(_)) => damaged.push(resource.key.id),
                Err(error) => return Err(error),
            }
        }
        let next = progress.beyond(page);
        looks.retain(|look| !look.marks.writes.is_empty());
        if let Err(error) = self.mark(&looks, Some(&next)).await {
            let Error::Damaged(_) = error else { return Err(error) };
            damaged.extend(self.mark_one_by_one(&looks).await?);
            self.mark(&[], Some(&next)).await?;
        }
        self.tell_of_damage(damaged, told);
        self.marked.notify_one();
        Ok(())
    }

    async fn mark(&self, looks: &[Look], next: Option<&Progress>) -> Result<(), Error> {
        let expect = looks.iter().flat_map(|look| look.marks.expect.iter().cloned());
        let noted = next.map(|next| self.noted(next)).transpose()?;
        let marks = looks.iter().flat_map(|look| look.marks.writes.iter().cloned());
        self.commit(expect.collect(), marks.chain(noted).collect()).await
    }

    /// Those that cannot be marked, as what they touch is damaged.
    async fn mark_one_by_one(&self, looks: &[Look]) -> Result<Vec<ResourceId>, Error> {
        let mut damaged = Vec::new();
        for look in looks {
            match self.mark(std::slice::from_ref(look), None).await {
                Ok(()) => {}
                Err(Error::Damaged(_)) => damaged.push(look.resource.id),
                Err(error) => return Err(error),
            }
        }
        Ok(damaged)
    }

    fn tell_of_damage(&self, damaged: Vec<ResourceId>, told: &mut BTreeSet<ResourceId>) {
        for id in damaged {
            if told.insert(id) {
                let target = &self.target.config.name;
                tracing::error!(alarm = "record_damaged", target.name = %target, resource.id = %id, "a damaged record is left out of changed settings");
            }
        }
    }

    /// What marks a resource's link.
    async fn look_at(&self, resource: &Resource, progress: &Progress) -> Result<Batch, Error> {
        let difference = difference(&*self.store, &self.target, resource, &progress.moved).await?;
        let key = self.target.link(resource.key.id);
        let link = self.store.link(&key).await?;
        let may_lack = match &link {
            None => difference.is_some(),
            Some(_) => progress.first && resource.is_seen_by(self.target.id),
        };
        let wants = may_lack && self.want_members(resource, key).await?;
        let Difference {
            fields,
            moved,
            access,
            rests,
            ..
        } = match difference {
            Some(difference) => difference,
            None if wants => Difference::none(),
            None => return Ok(Batch::default()),
        };
        let mark = Mark {
            resource_type: resource.key.scope.resource_type.clone(),
            fields,
            access,
            cause: Cause::Others,
            at: self.clock.now(),
            tombstone: None,
        };
        // Who has a turn before them may be in it.
        let is_due = link.as_ref().is_some_and(|link| link.due().is_some());
        if rests && !wants && !is_due {
            return Ok(Batch {
                expect: vec![Expect::Link(key, link.map(|link| link.revision))],
                writes: vec![Write::Link(key, LinkChange::Elsewhere(moved))],
            });
        }
        // What has moved is sent even if it is as it was applied.
        let moved = link
            .as_ref()
            .filter(|_| !moved.is_empty())
            .map(|_| LinkChange::Moved(moved));
        // What nobody has written since a restore may be wished otherwise by now.
        let waits = match link {
            Some(_) => false,
            None => restored_at(&*self.store)
                .await?
                .is_some_and(|restored| resource.modified <= restored),
        };
        let unseen = waits.then_some(Expect::Link(key, None));
        // The mark takes back what a settled link has in doubt.
        let changes = [LinkChange::Mark(mark)]
            .into_iter()
            .chain(moved)
            .chain(waits.then_some(LinkChange::Restore));
        Ok(Batch {
            expect: [Expect::Exists(resource.key.clone())]
                .into_iter()
                .chain(unseen)
                .collect(),
            writes: changes.map(|change| Write::Link(key, change)).collect(),
        })
    }

    /// The members of a group that the target never had are wanted in it; answers whether there are any.
    async fn want_members(&self, group: &Resource, link: LinkKey) -> Result<bool, Error> {
        let (mut after, mut any) = (None, false);
        loop {
            let stamp = self.store.stamp(&group.key).await?;
            let members = self.store.members(&group.key, after, MEMBERS).await?;
            let granted = members.iter().filter(|member| {
                let (group, member) = (&group.key.scope.resource_type, &member.resource_type);
                service::is_granted(&self.target, group, member)
            });
            let want = |member| Write::Want(GrantKey { group: link, member }, true);
            let writes: Vec<_> = granted.map(|member| want(member.id)).collect();
            if !writes.is_empty() {
                any = true;
                let expect = vec![Expect::Stamp(group.key.clone(), stamp)];
                match self.commit(expect, writes).await {
                    // Others wrote the group meanwhile: these members are read anew, and not those before.
                    Err(Error::Conflict(Conflict::Stamp(_))) => continue,
                    committed => committed?,
                }
            }
            after = members.last().map(|member| member.id);
            if members.len() < MEMBERS {
                return Ok(any);
            }
        }
    }

    /// How far it is; at the start again if all is done but not what is asked for now.
    async fn progress(&self) -> Result<Progress, Error> {
        let asked = self
            .store
            .setting(SettingKind::Other, &look_record(self.target.id))
            .await?;
        let asked = asked.map_or(0, |(version, _)| version);
        let record = self.store.setting(SettingKind::Other, &self.settings_record()).await?;
        let known: Option<Progress> = record.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok());
        let settings = self.target.config.effective();
        let first = known.as_ref().is_none_or(|known| known.first && !known.is_done());
        let moved = known
            .as_ref()
            .map(|known| known.moved_by(&settings))
            .unwrap_or_default();
        let stands = |known: &Progress| known.settings == settings && (known.asked == asked || !known.is_done());
        Ok(known.filter(stands).unwrap_or_else(|| Progress {
            settings,
            asked,
            place: 0,
            after: None,
            first,
            moved,
        }))
    }

    fn noted(&self, progress: &Progress) -> Result<Write, Error> {
        let bytes = serde_json::to_vec(progress).map_err(|error| Error::Unexpected(error.into()))?;
        Ok(Write::PutSetting(SettingKind::Other, self.settings_record(), bytes))
    }

    fn settings_record(&self) -> String {
        format!("settings/{}", self.target.id.0)
    }
}
