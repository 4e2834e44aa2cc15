//! What answers mean, by goal, step and what went before.
use adapters::Retry;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::config::Switches;
use crate::delivery::tests::DELETING;
use crate::store::Link;

/// What went before.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    attempts: u32,
    fails_alone: bool,
}

const FIRST: Before = Before {
    attempts: 0,
    fails_alone: false,
};
const LAST_ALONE: Before = Before {
    attempts: 7,
    fails_alone: true,
};
const LAST: Before = Before {
    attempts: 7,
    fails_alone: false,
};

fn update(field: &str, value: &str) -> Step {
    Step::Update([(field.to_owned(), json!(value))].into())
}

fn told(changes: &[LinkChange]) -> String {
    let told = changes.iter().map(|change| match change {
        LinkChange::Retry { counts: true, .. } => "retry counted",
        LinkChange::Retry { counts: false, .. } => "retry",
        LinkChange::Park { .. } => "park",
        LinkChange::Settle(_) => "settle",
        _ => "another",
    });
    told.collect::<Vec<_>>().join(", ")
}

fn check((goal, step): (&Goal, &Step), (kind, retry): (ErrorKind, Retry), before: Before, expected: &str) {
    let link = Link {
        resource_type: "User".to_owned(),
        marked: 1,
        leaver_since: Some(Timestamp::UNIX_EPOCH),
        attempts: before.attempts,
        account: Some(Applied {
            fields: [("role".to_owned(), json!("admin"))].into(),
            ..Applied::default()
        }),
        ..Link::default()
    };
    let (settings, none, never) = (Settings::default(), BTreeSet::new(), BTreeMap::new());
    let facts = Facts {
        link: &link,
        goal,
        kind: &DELETING.user,
        asked_for: None,
        switches: Switches::default(),
        unknown: &none,
        refused: &never,
        descriptor: &DELETING,
    };
    let circumstances = Circumstances {
        now: Timestamp::UNIX_EPOCH,
        steady: Timestamp::UNIX_EPOCH,
        settings: &settings,
        call_deadline: Duration::from_secs(10),
        read_lag: Duration::from_secs(2),
        generation: 1,
        seed: 1,
        failures: 0,
        fails_alone: before.fails_alone,
    };
    let error = Error::new(kind.clone(), retry, "no");
    let found = match outcome(&facts, step, Err(error), &circumstances) {
        Next::Progress(_) => "progress".to_owned(),
        Next::Found(_) => "found".to_owned(),
        Next::Exists(_) => "exists".to_owned(),
        Next::End(changes) => told(&changes),
        Next::Refused(change, _) => format!("refused: {}", told(&[change])),
        Next::Taken(change, refusal) => format!("taken {}: {}", refusal.field.unwrap_or_default(), told(&[change])),
        Next::Outage(outage, changes) => format!("{outage:?}: {}", told(&changes)),
    };
    assert_eq!(found, expected, "{goal:?} {step:?} {kind:?} {before:?}");
}

#[test]
fn failures_that_may_be_the_targets() {
    let (person, gone) = (Goal::Account(Fields::new()), Goal::Gone);
    let (title, role) = (update("title", "x"), update("role", "user"));
    for (goal, step, kind, before, expected) in [
        (&person, &title, ErrorKind::Unavailable, FIRST, "Down: retry"),
        (&person, &title, ErrorKind::Unavailable, LAST, "Down: retry"),
        (&person, &title, ErrorKind::Unavailable, LAST_ALONE, "Down: park"),
        (&person, &title, ErrorKind::Ambiguous, LAST_ALONE, "Down: park"),
        (&person, &title, ErrorKind::Unauthorized, FIRST, "Unauthorized: retry"),
        (
            &person,
            &title,
            ErrorKind::Unauthorized,
            LAST_ALONE,
            "Unauthorized: park",
        ),
        (&person, &title, ErrorKind::RateLimited, FIRST, "Limited: retry"),
        // What takes access away is never parked.
        (
            &person,
            &role,
            ErrorKind::Unavailable,
            LAST_ALONE,
            "Down: retry counted",
        ),
        (
            &gone,
            &Step::Delete,
            ErrorKind::Unavailable,
            LAST_ALONE,
            "Down: retry counted",
        ),
        (
            &gone,
            &Step::Delete,
            ErrorKind::Unauthorized,
            LAST_ALONE,
            "Unauthorized: retry counted",
        ),
        (&gone, &Step::Delete, ErrorKind::Ambiguous, FIRST, "Down: settle, retry"),
    ] {
        check((goal, step), (kind, Retry::Backoff), before, expected);
    }
}

#[test]
fn refusals() {
    let (person, gone) = (Goal::Account(Fields::new()), Goal::Gone);
    let (title, role, email) = (update("title", "x"), update("role", "user"), update("email", "x"));
    let create = Step::Create(Fields::new());
    let rejected = ErrorKind::Rejected { field: None };
    let exists = ErrorKind::Exists { id: None };
    for (goal, step, error, before, expected) in [
        (
            &person,
            &title,
            (rejected.clone(), Retry::Never),
            FIRST,
            "refused: park",
        ),
        (
            &person,
            &title,
            (rejected.clone(), Retry::Backoff),
            FIRST,
            "retry counted",
        ),
        (
            &person,
            &title,
            (rejected.clone(), Retry::Backoff),
            LAST,
            "refused: park",
        ),
        (&person, &role, (rejected.clone(), Retry::Never), LAST, "retry counted"),
        (&gone, &Step::Delete, (rejected, Retry::Never), LAST, "retry counted"),
        // Not seen yet, or gone for good: time tells.
        (
            &person,
            &title,
            (ErrorKind::NotFound, Retry::Never),
            FIRST,
            "retry counted",
        ),
        (&person, &title, (ErrorKind::NotFound, Retry::Never), LAST, "park"),
        (
            &gone,
            &Step::Delete,
            (ErrorKind::NotFound, Retry::Never),
            FIRST,
            "progress",
        ),
        (&person, &create, (exists.clone(), Retry::Never), FIRST, "exists"),
        (
            &person,
            &email,
            (exists.clone(), Retry::Never),
            FIRST,
            "taken email: park",
        ),
        (
            &person,
            &update("contact", "x"),
            (exists, Retry::Never),
            FIRST,
            "taken contact: park",
        ),
    ] {
        check((goal, step), error, before, expected);
    }
}

/// Longer each time, and never so long that a leaver's access ends much later for it.
#[test]
fn who_waits_for_others_looks_less_and_less() {
    let (settings, none, never) = (Settings::default(), BTreeSet::new(), BTreeMap::new());
    let (link, goal) = (Link::default(), Goal::Gone);
    let facts = Facts {
        link: &link,
        goal: &goal,
        kind: &DELETING.user,
        switches: Switches::default(),
        unknown: &none,
        refused: &never,
        asked_for: None,
        descriptor: &DELETING,
    };
    for (failures, expected) in [(0, 1), (20, 8)] {
        let waits = (0..50).map(|seed| {
            let circumstances = Circumstances {
                now: Timestamp::UNIX_EPOCH,
                steady: Timestamp::UNIX_EPOCH,
                settings: &settings,
                call_deadline: Duration::ZERO,
                read_lag: Duration::ZERO,
                generation: 1,
                seed,
                failures,
                fails_alone: false,
            };
            match pause(&facts, "others", &circumstances) {
                LinkChange::Retry { due, counts: false, .. } => due.as_second(),
                change => panic!("{change:?}"),
            }
        });
        let waits: BTreeSet<_> = waits.collect();
        assert_eq!(waits, [expected].into(), "{failures}");
    }
}
