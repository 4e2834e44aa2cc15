//! Memberships of one group, a slice at a time, so that leavers need not wait behind a large group.
//!
//! They come before the group's own fields: a refused name must not keep a removed member in.
use adapters::descriptor::Deactivate;
use adapters::{Error, Retry};

use crate::delivery::desired::goal_of;
use crate::delivery::goal::Goal;
use crate::delivery::outcome::{self, Outage};
use crate::delivery::turn::End;
use crate::delivery::work::Work;
use crate::store::{self, Grant, GrantKey, Link, LinkChange, LinkKey, Write};

/// How a turn stands with its group's memberships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grants {
    /// Not looked at yet, or none is due.
    Due,
    /// The vendor refused one, or fails on it alone; the group's own fields go on.
    Refused {
        /// Whose, and the vendor's words.
        reason: String,
        /// Whether it is an addition that may rest; a removal is tried until it succeeds.
        addition: bool,
    },
    /// Additions that come from a backup wait for a person.
    HeldBack,
    /// All that are due go by themselves with their members' accounts.
    Waiting,
}

/// One membership's call.
#[derive(Debug)]
struct Call {
    key: GrantKey,
    /// The member's id at the vendor.
    member: String,
    adds: bool,
}

/// What became of memberships.
enum Made {
    /// The vendor has them as wanted.
    Done,
    /// The vendor refuses one; whether it is an addition.
    Refused(String, bool),
    /// The vendor failed; whether on this group alone, as far as is known.
    Failed(String, bool),
    /// The target does not work.
    Outage(Outage),
}

/// What came of a turn's calls so far.
#[derive(Default)]
struct Tally {
    /// The vendor answered so many, be it with a refusal.
    answered: usize,
    done: usize,
    /// Why one is not as wanted, and whether it may rest. One that may not comes before those that may: a removal that
    /// is not made must not rest for the sake of an addition.
    unmade: Option<(String, bool)>,
    /// On how many the vendor failed.
    failed: usize,
    /// Whether it fails on this group alone, as far as is known.
    alone: bool,
    /// How many of them were the last ones, one after the other, without having failed before.
    failed_in_a_row: usize,
    /// The target does not work, whatever other links say.
    outage: Option<Outage>,
}

impl Tally {
    fn is_unmade(&mut self, reason: String, rests: bool) {
        if self.unmade.as_ref().is_none_or(|(_, rests)| *rests) {
            self.unmade = Some((reason, rests));
        }
    }

    /// Whether the vendor fails on so many that no more calls are made.
    fn is_down(&self) -> bool {
        self.failed_in_a_row >= FAILED_IN_A_ROW
    }
}

/// Members in a row on whom the vendor must fail to count as failing altogether: one bad member keeps nobody out or in.
const FAILED_IN_A_ROW: usize = 2;

/// How many memberships a slice has: about as many as is set, and as many as fill the vendor's calls.
fn slice_size(about: usize, per_call: usize) -> usize {
    let per_call = per_call.max(1);
    (about / per_call).max(1) * per_call
}

/// Brings about the next slice of memberships; `None` if none is due.
pub(super) async fn slice(work: &mut Work<'_>) -> Result<Option<End>, store::Error> {
    if work.grants != Grants::Due {
        return Ok(None);
    }
    let account = work.link.account.as_ref().filter(|_| work.has_grants());
    let Some(group) = account.map(|account| account.id.clone()) else {
        return Ok(None);
    };
    disband(work).await?;
    let most = slice_size(
        work.line.settings.grants_per_slice,
        work.line.target.descriptor.members_per_call,
    );
    let (mut tally, mut last) = (Tally::default(), None);
    loop {
        let mut due = work.line.store.grants_due(&work.key, last.as_ref(), most).await?;
        if work.is_held_back() && due.iter().any(|(_, grant)| grant.wanted) {
            due.retain(|(_, grant)| !grant.wanted);
            work.grants = Grants::HeldBack;
        }
        if due.is_empty() && last.is_none() {
            return Ok(None);
        }
        // A group that was just made is written down before anything else is called: this turn may end here.
        work.write(Vec::new()).await?;
        page(work, (&group, &due), &mut tally).await?;
        if let Some(outage) = tally.outage {
            return out(work, outage).await.map(Some);
        }
        let is_full = due.len() == most && !tally.is_down();
        if !tally.is_down() && tally.done > 0 && (is_full || tally.unmade.is_none()) {
            return Ok(Some(End::Again));
        }
        last = due.into_iter().last();
        if !is_full {
            break;
        }
    }
    if tally.failed > 0 && !tally.alone && (tally.is_down() || tally.answered == 0) {
        return out(work, Outage::Down).await.map(Some);
    }
    work.grants = match tally.unmade {
        Some((reason, addition)) => Grants::Refused { reason, addition },
        None if work.grants == Grants::HeldBack => Grants::HeldBack,
        None => Grants::Waiting,
    };
    Ok(None)
}

/// Who was added to a group that goes from the directory is not wanted in it any more.
async fn disband(work: &mut Work<'_>) -> Result<(), store::Error> {
    if work.goal != Goal::Gone || work.line.memory().is_disbanded(&work.key) {
        return Ok(());
    }
    work.write(vec![LinkChange::Disband]).await?;
    work.line.memory().disband(work.key);
    Ok(())
}

async fn out(work: &mut Work<'_>, outage: Outage) -> Result<End, store::Error> {
    let reason = match outage {
        Outage::Unauthorized => "the vendor does not accept the credentials",
        Outage::Down => "the target fails",
        // The throttle waits.
        Outage::Limited => return Ok(End::Outage(outage)),
    };
    let change = outcome::retry_uncounted(&work.facts(), reason, &work.circumstances());
    work.end(vec![change]).await?;
    Ok(End::Outage(outage))
}

/// Makes the calls of a page of memberships: those whose calls failed before come last, each alone.
async fn page(
    work: &Work<'_>,
    (group, due): (&str, &[(GrantKey, Grant)]),
    tally: &mut Tally,
) -> Result<(), store::Error> {
    let mut calls = Vec::new();
    for (key, grant) in due {
        calls.extend(call(work, (*key, grant)).await?);
    }
    let failing = work.line.memory().failing_members(&work.key);
    let (suspect, calls): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| failing.contains(&call.key.member));
    let together = work.line.target.descriptor.members_per_call;
    for batch in batches(&calls, together).chain(batches(&suspect, 1)) {
        for made in make(work, group, batch).await? {
            count(work, (batch, made), tally);
        }
        if tally.outage.is_some() || tally.is_down() {
            break;
        }
    }
    Ok(())
}

fn count(work: &Work<'_>, (batch, made): (&[Call], Made), tally: &mut Tally) {
    let is_last_try = work.link.attempts + 1 >= work.line.settings.attempts_max;
    let adds = batch.first().is_some_and(|call| call.adds);
    let mut memory = work.line.memory();
    let failed_before = batch
        .iter()
        .any(|call| memory.failing_members(&work.key).contains(&call.key.member));
    match made {
        Made::Done => tally.done += 1,
        Made::Refused(reason, addition) => tally.is_unmade(reason, addition),
        Made::Failed(reason, alone) => {
            tally.failed += 1;
            tally.alone |= alone;
            tally.failed_in_a_row += usize::from(!failed_before || tally.answered == 0);
            tally.is_unmade(reason, adds && is_last_try);
            let members = batch.iter().map(|call| call.key.member);
            memory.fail_members(work.key, members);
            return;
        }
        Made::Outage(outage) => {
            tally.outage = Some(outage);
            return;
        }
    }
    tally.answered += 1;
    tally.failed_in_a_row = 0;
}

/// The call that a due membership needs; none if it goes, or comes, by itself.
async fn call(work: &Work<'_>, (key, grant): (GrantKey, &Grant)) -> Result<Option<Call>, store::Error> {
    let member_key = LinkKey {
        resource: key.member,
        ..work.key
    };
    let member = member_link(work, &member_key).await?;
    let account = member.as_ref().and_then(|member| member.account.as_ref());
    let is_going = grant.wanted && loses_account(work, (&member_key, member.as_ref())).await?;
    let member = match (grant.wanted, &grant.applied, account) {
        (false, _, _) if goes_by_itself(work, member.as_ref()) => None,
        (false, applied, _) => applied.clone(),
        (true, _, _) if is_going => None,
        (true, _, account) => account.map(|account| account.id.clone()),
    };
    Ok(member.map(|member| Call {
        key,
        member,
        adds: grant.wanted,
    }))
}

/// A member's link. One that cannot be read keeps nobody else in or out: nobody comes in by it, and who is to be out is
/// known by what was applied.
async fn member_link(work: &Work<'_>, key: &LinkKey) -> Result<Option<Link>, store::Error> {
    match work.line.store.link(key).await {
        Err(store::Error::Damaged(_)) => Ok(None),
        link => link,
    }
}

/// Calls of one kind that the vendor takes at once.
fn batches(calls: &[Call], most: usize) -> impl Iterator<Item = &[Call]> {
    let alike = calls.chunk_by(|one, next| one.adds == next.adds);
    alike.flat_map(move |calls| calls.chunks(most.max(1)))
}

/// Makes a batch's call; if the vendor refuses it, one call for each, so that one bad member keeps nobody out or in.
async fn make(work: &Work<'_>, group: &str, batch: &[Call]) -> Result<Vec<Made>, store::Error> {
    let sent = send(work, group, batch).await;
    let refused = sent.0.as_ref().is_err_and(|error| Outage::of(&error.kind).is_none());
    if !refused || batch.len() == 1 {
        return judge(work, batch, sent).await.map(|made| vec![made]);
    }
    let mut made = Vec::new();
    for call in batch.chunks(1) {
        let sent = send(work, group, call).await;
        made.push(judge(work, call, sent).await?);
    }
    Ok(made)
}

/// The answer, and whether the vendor fails on this group alone.
type Sent = (Result<(), Error>, bool);

async fn send(work: &Work<'_>, group: &str, batch: &[Call]) -> Sent {
    let members: Vec<_> = batch.iter().map(|call| call.member.as_str()).collect();
    let answer = match batch.first().is_some_and(|call| call.adds) {
        true => work.line.adapter.add_members(group, &members).await,
        false => work.line.adapter.remove_members(group, &members).await,
    };
    let alone = work.note_member(&answer);
    (answer, alone)
}

async fn judge(work: &Work<'_>, batch: &[Call], (answer, alone): Sent) -> Result<Made, store::Error> {
    let error = match answer {
        Ok(()) => {
            let applied = |call: &Call| Write::Apply(call.key, call.adds.then(|| call.member.clone()), None);
            work.line
                .commit(Vec::new(), batch.iter().map(applied).collect())
                .await?;
            return Ok(Made::Done);
        }
        Err(error) => error,
    };
    match (Outage::of(&error.kind), batch.first()) {
        (Some(Outage::Down), _) => Ok(Made::Failed(error.reason, alone)),
        (Some(Outage::Unauthorized), _) if alone => Ok(Made::Failed(error.reason, alone)),
        (Some(outage), _) => Ok(Made::Outage(outage)),
        (None, Some(call)) => refused(work, call, error).await,
        (None, None) => Ok(Made::Done),
    }
}

/// Whether the member's own deletion, not tried yet or not decided, takes the membership along.
fn goes_by_itself(work: &Work<'_>, member: Option<&Link>) -> bool {
    let deletes = work.line.target.deletes_accounts();
    let waits = |link: &Link| link.attempts == 0 || link.waits_for_a_person();
    deletes && member.is_some_and(|link| link.is_pending() && link.tombstone.is_some() && waits(link))
}

/// Whether the member's account is going, or gone already: nobody can be added under it, and who comes again has
/// another one. Who only loses a role keeps it.
async fn loses_account(work: &Work<'_>, (key, member): (&LinkKey, Option<&Link>)) -> Result<bool, store::Error> {
    let Some(link) = member.filter(|link| link.is_pending()) else {
        return Ok(false);
    };
    let deletes = work.line.target.descriptor.deactivate == Deactivate::Delete;
    if link.removal_sent || !deletes || link.leaver_since.is_none() {
        return Ok(link.removal_sent);
    }
    match goal_of(work.line, key, link).await {
        // Nobody can say, and it keeps nobody else in or out.
        Err(store::Error::Damaged(_)) => Ok(true),
        goal => Ok(outcome::is_removal(&goal?)),
    }
}

/// An addition rests until the group is next written, unless it came when the member's account went; a removal stays
/// due.
async fn refused(work: &Work<'_>, call: &Call, error: Error) -> Result<Made, store::Error> {
    let key = LinkKey {
        resource: call.key.member,
        ..work.key
    };
    let member = member_link(work, &key).await?;
    let account = member.as_ref().and_then(|member| member.account.as_ref());
    let has_account = account.is_some_and(|account| account.id == call.member);
    let is_there = has_account && !loses_account(work, (&key, member.as_ref())).await?;
    let is_refused = call.adds && is_there;
    let rests = is_refused && error.retry == Retry::Never;
    let reason = rests.then(|| error.reason.clone());
    let applied = (!call.adds).then(|| call.member.clone());
    let write = Write::Apply(call.key, applied, reason);
    work.line.commit(Vec::new(), vec![write]).await?;
    let reason = format!("member {}: {}", call.key.member, error.reason);
    Ok(Made::Refused(reason, is_refused))
}
