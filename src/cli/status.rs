//! `usherd status`.
use adapters::LiveRole;
use serde_json::json;

use super::control::{Answer, Request};
use super::reach;
use super::say::{counted, say, say_all};
use super::setup::ConfigFile;
use crate::service::Pace;
use crate::service::administration::{GuardCount, ProblemReport, RolesReport, TargetReport};
use crate::service::drift::Summary;
use crate::store::{Check, Condition};

/// Shows how targets are: their state, what is pending, and what is parked and why.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let Answer::Status { targets, store } = reach::ask(&server, Request::Status).await? else {
        return Err(reach::unexpected());
    };
    if arguments.json {
        return Ok(say(json!({ "targets": targets, "store": store }))?);
    }
    if targets.is_empty() {
        say("there are no targets")?;
    }
    say_all(targets.iter().flat_map(lines))?;
    Ok(say_all(told(&store))?)
}

/// What a person should know of the store.
fn told(store: &Condition) -> Vec<String> {
    let check = match &store.check {
        Check::NotDue | Check::Sound => Vec::new(),
        Check::Due => vec!["the store was not closed as it should be: `usherd serve` checks it".to_owned()],
        Check::Running => vec!["the store is being checked".to_owned()],
        Check::Failed(why) => vec![format!("the store could not be checked: {why}")],
        Check::Damaged(faults, first) => {
            let head = format!("the store is damaged, {faults} faults; restore a backup (`usherd restore`):");
            let first = first.iter().map(|fault| format!("  {fault}"));
            std::iter::once(head).chain(first).collect()
        }
    };
    let restored = store
        .restored
        .map(|at| format!("the store was restored from a backup at {at:.0}"));
    check.into_iter().chain(restored).collect()
}

fn lines(target: &TargetReport) -> Vec<String> {
    let TargetReport {
        name,
        directory,
        vendor,
        state,
        pending,
        leavers,
        parked,
        ..
    } = target;
    let since = target
        .since
        .map(|since| format!(" since {since:.0}"))
        .unwrap_or_default();
    let decided = [(target.held, "held"), (target.withheld, "withheld")];
    let decided = decided.into_iter().filter(|(count, _)| *count > 0);
    let decided: String = decided.map(|(count, what)| format!(", {count} {what}")).collect();
    let mut lines = vec![format!(
        "{name} ({vendor}, of {directory}): {state}{since}, {pending} pending, {leavers} of them leaving, {parked} parked{decided}"
    )];
    lines.extend(target.reason.iter().map(|reason| format!("  {reason}")));
    let further = [queue(target), target.pace.as_ref().map(paced), guarded(&target.guard)];
    lines.extend(further.into_iter().flatten().map(|line| format!("  {line}")));
    lines.extend(match (target.needs_consent, target.authorized_until) {
        (true, _) => Some(format!("  a person must consent: `usherd target authorize {name}`")),
        (false, Some(until)) => Some(format!("  authorized until {until:.0}")),
        (false, None) => None,
    });
    if let Some(RolesReport { read, roles }) = &target.roles {
        let roles: Vec<_> = roles.iter().map(left).collect();
        lines.push(format!("  roles as of {read:.0}: {}", roles.join(", ")));
    }
    lines.extend(target.warnings.iter().map(|warning| format!("  warning: {warning}")));
    lines.extend(target.drift.iter().map(|last| format!("  {}", drifted(last))));
    lines.extend(target.problems.iter().map(|problem| format!("  {}", line(problem))));
    lines
}

/// For how long what is pending waits.
fn queue(target: &TargetReport) -> Option<String> {
    let pending = target.oldest_pending.map(|since| format!("pending since {since:.0}"));
    let leaver = target.oldest_leaver;
    let leaver = leaver.map(|since| format!("the first leaver since {since:.0}"));
    let read = (target.reading_back > 0).then(|| format!("{} to be seen gone", target.reading_back));
    let known: Vec<_> = [pending, leaver, read].into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

fn paced(pace: &Pace) -> String {
    let paused = pace.paused_until.map(|until| format!(", paused until {until:.0}"));
    let down = match (pace.is_down, pace.next_probe) {
        (false, _) => None,
        (true, Some(at)) => Some(format!(", next try at {at:.0}")),
        (true, None) => Some(", a try is under way".to_owned()),
    };
    let calls = format!("at most {} calls a minute", pace.calls_per_minute);
    [Some(calls), paused, down].into_iter().flatten().collect()
}

fn guarded(guard: &GuardCount) -> Option<String> {
    let GuardCount {
        accounts,
        allowed,
        going,
    } = guard;
    let allowed = (*allowed)?;
    Some(format!(
        "guard: {going} of {accounts} people lose access in this hour, {allowed} may"
    ))
}

/// What came of the last comparison with the vendor.
fn drifted(last: &Summary) -> String {
    let Summary {
        at,
        compared,
        unsettled,
        found,
        leavers_back,
        failure,
    } = last;
    match (failure, found) {
        (Some(failure), _) => format!("compared in vain {at:.0}: {failure}"),
        (None, 0) => {
            let compared = counted(*compared, "account", "accounts");
            format!("compared {at:.0}: no differences among {compared}, {unsettled} left out")
        }
        (None, found) => {
            format!("compared {at:.0}: differences: {found}, leavers with access: {leavers_back}; see `usherd drift`")
        }
    }
}

/// A role, and how many more people may have it.
fn left(role: &LiveRole) -> String {
    match role.available {
        Some(0) => format!("{} (none left)", role.name),
        Some(left) => format!("{} ({left} left)", role.name),
        None => role.name.clone(),
    }
}

fn line(problem: &ProblemReport) -> String {
    let field = problem
        .field
        .as_ref()
        .map(|field| format!(" {field}:"))
        .unwrap_or_default();
    let ProblemReport {
        resource,
        resource_type,
        kind,
        reason,
        since,
        ..
    } = problem;
    format!("{resource_type} {resource} {kind} since {since:.0}:{field} {reason}")
}
