//! `usherd guard`.
use serde_json::json;

use super::control::{Answer, Request};
use super::reach;
use super::say::{say, say_all};
use super::setup::ConfigFile;
use crate::service::administration::{Decision, GuardReport, HeldReport, Seen};

/// Shows and decides what waits for a person: people who would lose their access in too great a number, and protected
/// accounts.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Shows who waits at a target, and the list's name.
    List(List),
    /// Lets what waits for those on a list be done.
    Approve(Decide),
    /// Leaves those on a list as they are until the identity provider writes them again.
    Reject(Decide),
}

#[derive(clap::Args)]
pub(super) struct List {
    /// The target's name.
    target: String,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(clap::Args)]
pub(super) struct Decide {
    /// The target's name.
    target: String,
    /// The name of the list that was seen, as `usherd guard list` shows it.
    #[arg(long)]
    list: String,
    /// Only this resource of the list, by its id; may be repeated.
    #[arg(long)]
    resource: Vec<String>,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List(arguments) => list(arguments).await,
        Command::Approve(arguments) => decide(arguments, Decision::Approve).await,
        Command::Reject(arguments) => decide(arguments, Decision::Reject).await,
    }
}

async fn list(arguments: List) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let page = async |after| {
        let target = arguments.target.clone();
        match reach::ask(&server, Request::Guarded { target, after }).await? {
            Answer::Guarded { report } => Ok(report),
            _ => Err(reach::unexpected()),
        }
    };
    let report = whole(page).await?;
    match arguments.json {
        true => say(json!(report))?,
        false => say_all(lines(&report))?,
    }
    Ok(())
}

/// All of a list: who decides by its name decides of everybody on it. Of one that changes meanwhile, as in the midst of
/// a mass removal, what was read of it.
async fn whole(page: impl AsyncFn(Option<String>) -> anyhow::Result<GuardReport>) -> anyhow::Result<GuardReport> {
    let mut report = page(None).await?;
    while u64::try_from(report.held.len()).is_ok_and(|shown| shown < report.count) {
        let next = page(report.held.last().map(|last| last.resource.clone())).await?;
        if next.list != report.list || next.held.is_empty() {
            break;
        }
        report.held.extend(next.held);
    }
    Ok(report)
}

fn lines(report: &GuardReport) -> Vec<String> {
    let GuardReport {
        list,
        count,
        held,
        damaged,
    } = report;
    let unread = |id: &String| format!("{id} cannot be read: its record is damaged, see `usherd store check`");
    let mut all: Vec<_> = damaged.iter().map(unread).collect();
    if *count == 0 {
        all.push("nobody is held".to_owned());
        return all;
    }
    let line = |held: &HeldReport| {
        let account = held.account.as_deref().unwrap_or("not linked");
        let since = held.since.map(|since| format!(" since {since:.0}")).unwrap_or_default();
        format!("{} {account} {}{since}: {}", held.resource, held.kind, held.reason)
    };
    all.extend(held.iter().map(line));
    all.push(match held.len() {
        shown if u64::try_from(shown).is_ok_and(|shown| shown < *count) => {
            format!("the first {shown} of {count}, whose list changed while it was read: ask again")
        }
        _ => format!("{count} in list {list}"),
    });
    all
}

async fn decide(arguments: Decide, decision: Decision) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let request = Request::Decide {
        target: arguments.target,
        seen: Seen {
            list: arguments.list,
            resources: arguments.resource.into_iter().collect(),
        },
        decision,
    };
    let Answer::Decided { resources } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    match decision {
        Decision::Approve => say(format_args!("{resources} let go"))?,
        Decision::Reject => say(format_args!("{resources} kept"))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two on a page, of so many.
    fn page(count: u64, after: Option<String>) -> GuardReport {
        let first = after.map_or(0, |after| after.parse::<u64>().unwrap() + 1);
        let held = (first..count).take(2).map(|number| HeldReport {
            resource: number.to_string(),
            account: None,
            kind: "held".to_owned(),
            since: None,
            reason: "guard".to_owned(),
        });
        GuardReport {
            list: format!("of {count}"),
            count,
            held: held.collect(),
            damaged: Vec::new(),
        }
    }

    #[tokio::test]
    async fn everybody_on_a_list_is_shown() {
        for count in [0, 1, 2, 3, 8] {
            let report = whole(async |after| Ok(page(count, after))).await.unwrap();
            let shown: Vec<_> = report.held.iter().map(|held| held.resource.clone()).collect();
            assert_eq!(shown, (0..count).map(|number| number.to_string()).collect::<Vec<_>>());
        }
        for then in [2, 4] {
            let changed = whole(async |after| Ok(page(if after.is_none() { 3 } else { then }, after))).await;
            let told = lines(&changed.unwrap());
            let last = "the first 2 of 3, whose list changed while it was read: ask again";
            assert_eq!((told.len(), told.last().unwrap().as_str()), (3, last));
        }
    }
}
