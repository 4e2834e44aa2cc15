//! What rests until somebody decides, and what becomes of it.
use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::{Decision, Error, GuardReport, Seen, TakeUp};
use super::links::{mark, one_target, problem};
use crate::store::{Access, Batch, LinkChange, ProblemKind, Store, Write};

#[tokio::test]
async fn what_rests_is_taken_up_again() {
    let desk = one_target().await;
    let administration = &desk.administration;
    let rests = |kind| {
        let change = LinkChange::Park {
            problem: problem(kind, None, "is an owner"),
            due: None,
            seen: 1,
        };
        (Access::Kept, Some(change))
    };
    for (number, kind) in [
        (1, ProblemKind::Held),
        (2, ProblemKind::Parked),
        (3, ProblemKind::Withheld),
    ] {
        mark(&desk, number, rests(kind)).await;
    }
    let id = |number| Uuid::from_u128(number).to_string();
    for (what, expected, rest) in [
        (TakeUp::Parked, 1, (0, 1, 1)),
        (TakeUp::Parked, 0, (0, 1, 1)),
        (TakeUp::One(id(3)), 1, (0, 1, 0)),
        (TakeUp::Held, 1, (0, 0, 0)),
        (TakeUp::Held, 0, (0, 0, 0)),
    ] {
        let taken_up = administration.retry("pd", &what).await.unwrap();
        let status = administration.status().await.unwrap().remove(0);
        let (parked, held, withheld) = (status.parked, status.held, status.withheld);
        assert_eq!(
            (taken_up.changed, (parked, held, withheld)),
            (expected, rest),
            "{what:?}"
        );
        assert_eq!(status.pending, 3 - parked - held - withheld, "{what:?}");
    }
    for unknown in ["no id".to_owned(), id(9)] {
        let refused = administration
            .retry("pd", &TakeUp::One(unknown.clone()))
            .await
            .unwrap_err();
        assert_eq!(refused.to_string(), format!("`pd` has no resource `{unknown}`"));
    }
    let absent = administration.retry("other", &TakeUp::Parked).await;
    assert!(matches!(absent, Err(Error::NoTarget(name)) if name == "other"));
}

/// Who decides says which list was seen: another one is refused.
#[tokio::test]
async fn what_the_guard_holds_is_decided_as_listed() {
    let desk = one_target().await;
    let administration = &desk.administration;
    let hold = |seen| LinkChange::Park {
        problem: problem(ProblemKind::Held, None, "guard"),
        due: None,
        seen,
    };
    let nobody = administration.guarded("pd").await.unwrap();
    let seen = Seen {
        list: nobody.list,
        resources: BTreeSet::new(),
    };
    let refused = administration.decide("pd", &seen, Decision::Approve).await.unwrap_err();
    assert_eq!(refused.to_string(), "nobody is held at `pd`");
    mark(&desk, 1, (Access::Taken, Some(hold(1)))).await;
    let seen = administration.guarded("pd").await.unwrap();
    assert_eq!((seen.count, seen.held[0].kind.as_str()), (1, "held"));
    mark(&desk, 2, (Access::Taken, Some(hold(1)))).await;
    // Held for another reason than leaving: a protected account.
    mark(&desk, 3, (Access::Kept, Some(hold(1)))).await;
    let id = |number| Uuid::from_u128(number).to_string();
    let of = |report: &GuardReport, numbers: &[u128]| Seen {
        list: report.list.clone(),
        resources: numbers.iter().map(|number| id(*number)).collect(),
    };
    let present = administration.guarded("pd").await.unwrap();
    assert_eq!(present.count, 3);
    for (undecided, fault) in [(of(&seen, &[]), "out of date"), (of(&present, &[1, 9]), "not got all")] {
        let refused = administration.decide("pd", &undecided, Decision::Approve).await;
        assert!(
            matches!(&refused, Err(Error::Refused(faults)) if faults[0].contains(fault)),
            "{refused:?}"
        );
    }
    for (numbers, decision, decided, kinds) in [
        (&[3][..], Decision::Approve, 1, &["held", "held"][..]),
        (&[], Decision::Reject, 2, &["withheld", "withheld"]),
        (&[], Decision::Approve, 2, &[]),
    ] {
        let report = administration.guarded("pd").await.unwrap();
        let count = administration.decide("pd", &of(&report, numbers), decision).await;
        assert_eq!(count.unwrap(), decided, "{numbers:?} {decision:?}");
        let report = administration.guarded("pd").await.unwrap();
        let left: Vec<_> = report.held.iter().map(|held| held.kind.as_str()).collect();
        assert_eq!(left, kinds, "{numbers:?} {decision:?}");
    }
    let status = administration.status().await.unwrap();
    let rest = (status[0].parked, status[0].held, status[0].withheld);
    assert_eq!((status[0].pending, rest), (3, (0, 0, 0)));
}

/// A list has a name for all that are on it, and they can all be looked at before it is decided by that name.
#[tokio::test]
async fn a_long_list_is_read_in_pages_and_decided_as_a_whole() {
    let desk = one_target().await;
    let administration = &desk.administration;
    let hold = || LinkChange::Park {
        problem: problem(ProblemKind::Held, None, "guard"),
        due: None,
        seen: 1,
    };
    for number in 1..=2_100 {
        mark(&desk, number, (Access::Taken, Some(hold()))).await;
    }
    let mut shown = BTreeSet::new();
    let list = administration.guarded("pd").await.unwrap().list;
    for expected in [1_000, 1_000, 100, 0] {
        let after = shown.last().cloned();
        let page = administration.guarded_after("pd", after.as_deref()).await.unwrap();
        assert_eq!((page.count, &page.list, page.held.len()), (2_100, &list, expected));
        shown.extend(page.held.into_iter().map(|held| held.resource));
    }
    assert_eq!(shown.len(), 2_100);
    let seen = Seen {
        list,
        resources: BTreeSet::new(),
    };
    // One more, whom nobody has seen: it goes with no list that was.
    mark(&desk, 2_101, (Access::Taken, Some(hold()))).await;
    assert!(administration.decide("pd", &seen, Decision::Approve).await.is_err());
    let some = Seen {
        list: administration.guarded("pd").await.unwrap().list,
        resources: shown,
    };
    let let_go = administration.decide("pd", &some, Decision::Approve).await.unwrap();
    let left = administration.guarded("pd").await.unwrap();
    assert_eq!((let_go, left.count), (2_100, 1));
    assert_eq!(left.held[0].resource, Uuid::from_u128(2_101).to_string());
}

/// Of what a restore marked, only what somebody has written since or who leaves. A decision that another one has taken
/// meanwhile is not overruled unseen.
#[tokio::test]
async fn what_is_listed_after_a_restore_and_by_which_name() {
    let desk = one_target().await;
    let administration = &desk.administration;
    for (number, released, access) in [
        (4, false, Access::Kept),
        (5, true, Access::Kept),
        (6, false, Access::Taken),
    ] {
        let link = mark(&desk, number, (access, Some(LinkChange::Restore))).await;
        let hold = LinkChange::Park {
            problem: problem(ProblemKind::Held, None, "is an owner"),
            due: None,
            seen: 1,
        };
        let changes = [released.then_some(LinkChange::Release), Some(hold)];
        let batch = Batch {
            expect: Vec::new(),
            writes: changes
                .into_iter()
                .flatten()
                .map(|change| Write::Link(link, change))
                .collect(),
        };
        desk.store.commit(batch).await.unwrap();
    }
    let report = administration.guarded("pd").await.unwrap();
    let listed: Vec<_> = report.held.iter().map(|held| held.resource.clone()).collect();
    assert_eq!(listed, [5, 6].map(|number| Uuid::from_u128(number).to_string()));
    let seen = Seen {
        list: report.list,
        resources: BTreeSet::new(),
    };
    administration.decide("pd", &seen, Decision::Reject).await.unwrap();
    let late = administration.decide("pd", &seen, Decision::Approve).await;
    assert!(
        matches!(&late, Err(Error::Refused(faults)) if faults[0].contains("out of date")),
        "{late:?}"
    );
}
