//! What was found, written to the links: as in doubt, or as a mark that makes delivery correct it.
//!
//! Each link is written alone, and only if it is what the finding was computed from; whatever is written may be written
//! again.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use super::findings::{Finding, Findings};
use crate::delivery::alarms;
use crate::delivery::line::Line;
use crate::service::drift::{Effect, Error, Fix, Kind};
use crate::store::{
    self, Access, Cause, Conflict, Expect, GrantKey, Link, LinkChange, LinkKey, Mark, Restored, Settle, Write,
};

/// Links written at the same time: the store folds their commits into one.
const AT_ONCE: usize = 64;

/// What is corrected of what was found.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// Nothing.
    Nothing,
    /// What takes access away.
    Taking,
    /// What a person asked for.
    Asked(Fix),
}

impl Wish {
    /// # Errors
    /// The differences are others than the person saw, or lack somebody who was named.
    pub(super) fn check(&self, findings: &Findings) -> Result<(), Error> {
        let Self::Asked(fix) = self else { return Ok(()) };
        let plan = findings.plan();
        if fix.plan.as_ref().is_some_and(|seen| *seen != plan) {
            return Err(Error::OutOfDate(plan));
        }
        let gives = findings
            .all()
            .filter(|finding| finding.difference.kind.effect() == Effect::Gives);
        let names: BTreeSet<_> = gives.map(named).collect();
        match fix.give.iter().find(|name| !names.contains(name.as_str())) {
            Some(nobody) => Err(Error::Nobody(nobody.clone())),
            None => Ok(()),
        }
    }

    /// Whether it takes access away, and nothing else.
    pub(super) fn only_takes(&self) -> bool {
        matches!(self, Self::Taking)
    }

    fn has(&self, finding: &Finding) -> bool {
        match (self, finding.difference.kind.effect()) {
            (Self::Nothing, _) => false,
            (Self::Taking, Effect::Takes) => !finding.protected,
            (Self::Asked(_), Effect::Takes) => true,
            (Self::Taking, Effect::Changes | Effect::Gives) => false,
            (Self::Asked(_), Effect::Changes) => true,
            (Self::Asked(fix), Effect::Gives) => fix.give.contains(named(finding)),
        }
    }
}

/// Who would get access: of a missing member the member.
fn named(finding: &Finding) -> &str {
    let difference = &finding.difference;
    match difference.kind {
        Kind::MemberMissing => difference.directory.as_str().unwrap_or_default(),
        Kind::LeaverBack
        | Kind::RoleHigher
        | Kind::Suspended
        | Kind::Gone
        | Kind::RoleLower
        | Kind::RoleOther
        | Kind::Field => &difference.name,
    }
}

/// Writes all; answers how many differences are being corrected.
///
/// # Errors
/// The store's. What was written stays, and may be written again.
pub(super) async fn mend(line: &Arc<Line>, findings: &Findings, wish: &Wish) -> Result<u64, store::Error> {
    let mut links: BTreeMap<LinkKey, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.all() {
        links.entry(finding.key).or_default().push(finding);
    }
    let links: Vec<_> = links.into_iter().collect();
    let mut corrected = 0;
    for some in links.chunks(AT_ONCE) {
        let written = some.iter().map(|(key, found)| write(line, key, (found, wish)));
        for ((key, _), count) in some.iter().zip(join_all(written).await) {
            match count {
                // It keeps nobody else from being corrected.
                Err(store::Error::Damaged(_)) => alarms::damaged(&line.target, key),
                count => corrected += count?,
            }
        }
    }
    line.marked.notify_one();
    Ok(corrected)
}

async fn write(line: &Line, key: &LinkKey, (found, wish): (&[&Finding], &Wish)) -> Result<u64, store::Error> {
    let Some(link) = line.store.link(key).await? else {
        return Ok(0);
    };
    let chosen: Vec<_> = found.iter().copied().filter(|finding| wish.has(finding)).collect();
    let writes = match chosen.is_empty() {
        true => doubts(key, &link, found),
        false => {
            // What comes from a backup is let go only by a person who asks for all that differs.
            let is_asked = matches!(wish, Wish::Asked(_)) && chosen.len() == found.len();
            let waits = link.restored == Some(Restored::Held) && !is_asked;
            let restore = waits.then_some(Write::Link(*key, LinkChange::Restore));
            marks(line, (key, &link), &chosen).into_iter().chain(restore).collect()
        }
    };
    let revision = found.first().map(|finding| finding.revision);
    if writes.is_empty() || revision != Some(link.revision) {
        return Ok(0);
    }
    match line.commit(vec![Expect::Link(*key, revision)], writes).await {
        Ok(()) => Ok(chosen.len() as u64),
        // Somebody wrote it meanwhile: it is compared anew another time.
        Err(store::Error::Conflict(Conflict::Link(_))) => Ok(0),
        Err(error) => Err(error),
    }
}

/// The differing fields of an account that is there.
fn fields(found: &[&Finding]) -> BTreeSet<String> {
    let own = found.iter().filter(|finding| finding.member.is_none());
    own.filter_map(|finding| finding.difference.field.clone()).collect()
}

/// Memberships that are not there as they were applied.
fn lacking<'a>(key: &'a LinkKey, found: &'a [&Finding]) -> impl Iterator<Item = GrantKey> + 'a {
    let members = found.iter().filter_map(|finding| finding.member);
    members.map(|member| GrantKey { group: *key, member })
}

fn doubts(key: &LinkKey, link: &Link, found: &[&Finding]) -> Vec<Write> {
    let fields = fields(found);
    let doubt = (fields != link.unsettled).then(|| Write::Link(*key, LinkChange::Doubt(fields)));
    doubt.into_iter().chain(lacking(key, found).map(Write::Doubt)).collect()
}

/// What is not chosen is not in doubt here: it would be corrected along with the rest.
fn marks(line: &Line, (key, link): (&LinkKey, &Link), chosen: &[&Finding]) -> Vec<Write> {
    let has = |kind| chosen.iter().any(|finding| finding.difference.kind == kind);
    let takes = chosen
        .iter()
        .any(|finding| finding.difference.kind.effect() == Effect::Takes);
    let fields = fields(chosen);
    let doubt = Write::Link(*key, LinkChange::Doubt(fields.clone()));
    // What was never wanted here is to be brought about as well.
    let members = lacking(key, chosen).flat_map(|grant| [Write::Want(grant, true), Write::Doubt(grant)]);
    let mut changes = Vec::new();
    if has(Kind::Gone) {
        changes.push(LinkChange::Settle(Settle {
            generation: link.generation,
            ..Settle::default()
        }));
    }
    changes.push(LinkChange::Mark(Mark {
        resource_type: link.resource_type.clone(),
        fields,
        access: match (takes, has(Kind::Suspended)) {
            (true, _) => Access::Taken,
            (false, true) => Access::Given,
            (false, false) => Access::Kept,
        },
        cause: Cause::Own,
        at: line.clock.now(),
        tombstone: None,
    }));
    let changes = changes.into_iter().map(|change| Write::Link(*key, change));
    [doubt].into_iter().chain(members).chain(changes).collect()
}
