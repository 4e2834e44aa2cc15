//! Changes of a link, and the link after them.
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::{Access, Applied, Cause, Link, LinkChange, Mark, Problem, ProblemKind, Settle, Tombstone};

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub(super) fn fields(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn mark(seconds: i64, names: &[&str], access: Access) -> LinkChange {
    LinkChange::Mark(marked(seconds, names, access))
}

/// The same, as what follows from something else.
pub(super) fn follow(seconds: i64, names: &[&str], access: Access) -> LinkChange {
    LinkChange::Mark(Mark {
        cause: Cause::Others,
        ..marked(seconds, names, access)
    })
}

pub(super) fn leave(seconds: i64) -> LinkChange {
    LinkChange::Mark(Mark {
        tombstone: Some(Tombstone {
            external_id: Some("7".to_owned()),
        }),
        ..marked(seconds, &[], Access::Taken)
    })
}

fn marked(seconds: i64, names: &[&str], access: Access) -> Mark {
    Mark {
        resource_type: "User".to_owned(),
        fields: fields(names),
        access,
        cause: Cause::Own,
        at: at(seconds),
        tombstone: None,
    }
}

pub(super) fn account(id: &str) -> Option<Applied> {
    Some(Applied {
        id: id.to_owned(),
        ..Applied::default()
    })
}

pub(super) fn settle(id: Option<&str>, settled: Option<u64>) -> LinkChange {
    LinkChange::Settle(Settle {
        account: id.and_then(account),
        settled,
        generation: 3,
        ..Settle::default()
    })
}

pub(super) fn problem(kind: ProblemKind) -> Problem {
    Problem {
        kind,
        field: Some("name".to_owned()),
        reason: "too long".to_owned(),
        since: at(0),
    }
}

pub(super) fn retry(seconds: i64, counts: bool, ambiguous: Option<i64>) -> LinkChange {
    let problem = problem(ProblemKind::Retrying);
    LinkChange::Retry {
        due: at(seconds),
        problem,
        counts,
        ambiguous_until: ambiguous.map(at),
        seen: u64::MAX,
    }
}

pub(super) fn park(kind: ProblemKind, seen: u64) -> LinkChange {
    LinkChange::Park {
        problem: problem(kind),
        due: None,
        seen,
    }
}

/// The link after changes from nothing, as seen from outside.
pub(super) fn check(name: &str, changes: Vec<LinkChange>, expected: &str) {
    let count = u64::try_from(changes.len()).unwrap();
    let link = changes.into_iter().try_fold(Link::default(), Link::apply);
    let Some(link) = link else {
        assert_eq!("forgotten", expected, "{name}");
        return;
    };
    assert_eq!(link.revision, count, "{name}");
    assert_eq!(told(&link), expected, "{name}");
}

/// The link after changes from nothing, none of which forgets it.
pub(super) fn after(changes: impl IntoIterator<Item = LinkChange>) -> Link {
    let mut changes = changes.into_iter();
    let link = changes.try_fold(Link::default(), Link::apply);
    link.expect("it is not forgotten")
}

fn told(link: &Link) -> String {
    let mut text = format!("{}/{}", link.settled, link.marked);
    let mut tell = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!(" {label}={value}");
        }
    };
    let seconds = |time: Option<Timestamp>| time.map(|time| time.as_second().to_string());
    let names: Vec<&str> = link.unsettled.iter().map(String::as_str).collect();
    tell("account", link.account.as_ref().map(|account| account.id.clone()));
    tell("since", seconds(link.pending_since));
    tell("leaver", seconds(link.leaver_since));
    tell("due", seconds(link.due()));
    tell("unsettled", (!names.is_empty()).then(|| names.join(",")));
    tell("attempts", (link.attempts > 0).then(|| link.attempts.to_string()));
    tell("ambiguous", seconds(link.ambiguous_until));
    tell(
        "problem",
        link.problem.as_ref().map(|problem| format!("{:?}", problem.kind)),
    );
    tell(
        "tombstone",
        link.tombstone.clone().and_then(|tombstone| tombstone.external_id),
    );
    tell("generation", (link.generation > 0).then(|| link.generation.to_string()));
    text
}
