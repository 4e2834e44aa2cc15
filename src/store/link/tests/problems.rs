//! What could not be done: tries, rest, and the decisions of people.
use super::super::{Access, LinkChange, ProblemKind};
use super::changes::{after, at, check, follow, mark, park, problem, retry, settle};

#[test]
fn problems() {
    let with = |changes: Vec<LinkChange>| [vec![mark(1, &["name"], Access::Kept)], changes].concat();
    check(
        "retry",
        with(vec![retry(9, true, None)]),
        "0/1 since=1 due=9 unsettled=name attempts=1 problem=Retrying",
    );
    check(
        "outage",
        with(vec![retry(9, false, None)]),
        "0/1 since=1 due=9 unsettled=name problem=Retrying",
    );
    let kept = vec![retry(9, false, Some(50)), retry(10, false, None)];
    check(
        "stays ambiguous",
        with(kept),
        "0/1 since=1 due=10 unsettled=name ambiguous=50 problem=Retrying",
    );
    let later = vec![mark(2, &["role"], Access::Kept), park(ProblemKind::Parked, 1)];
    check(
        "a mark before parking",
        with(later),
        "0/2 since=1 due=2 unsettled=name,role",
    );
    let slow = LinkChange::Park {
        problem: problem(ProblemKind::Parked),
        due: Some(at(70)),
        seen: 1,
    };
    check(
        "slow retry",
        with(vec![slow]),
        "0/1 since=1 due=70 unsettled=name attempts=1 problem=Parked",
    );
    let looked_at = vec![park(ProblemKind::Held, 1), retry(9, true, None)];
    check(
        "held, and looked at",
        with(looked_at),
        "0/1 since=1 due=9 unsettled=name attempts=1 problem=Held",
    );
    let unparked = vec![park(ProblemKind::Held, 1), LinkChange::Unpark(at(5))];
    check("unparked", with(unparked), "0/1 since=1 due=5 unsettled=name");
}

#[test]
fn tries_end_with_what_they_were_for() {
    let tried = [
        mark(1, &["name"], Access::Kept),
        settle(Some("P"), None),
        retry(9, true, None),
    ];
    let attempts = |then: LinkChange| after(tried.iter().cloned().chain([then])).attempts;
    for (then, expected) in [
        (retry(9, true, None), 2),
        (settle(Some("P"), None), 1),
        (settle(Some("Q"), None), 0),
        (settle(None, None), 0),
        (settle(Some("P"), Some(1)), 0),
        (LinkChange::Due(at(3)), 1),
        (LinkChange::Unpark(at(3)), 0),
    ] {
        assert_eq!(attempts(then.clone()), expected, "{then:?}");
    }
}

#[test]
fn what_waits_for_a_person_is_not_made_due() {
    for (kind, expected) in [
        (ProblemKind::Parked, Some(at(3))),
        (ProblemKind::Held, None),
        (ProblemKind::Withheld, None),
    ] {
        let link = after([mark(1, &[], Access::Kept), park(kind, 1), LinkChange::Due(at(3))]);
        assert_eq!(link.due(), expected, "{kind:?}");
    }
}

#[test]
fn a_yes_lasts_until_something_else_is_asked_for() {
    let approved = |access| {
        after([
            mark(1, &["role"], access),
            park(ProblemKind::Held, 1),
            LinkChange::Approve(1, at(2)),
        ])
    };
    for (before, then, expected) in [
        (Access::Taken, follow(3, &[], Access::Taken), Some(2)),
        (Access::Taken, follow(3, &[], Access::Kept), Some(2)),
        (Access::Kept, follow(3, &[], Access::Kept), Some(2)),
        (Access::Taken, follow(3, &[], Access::Given), Some(1)),
        (Access::Kept, follow(3, &[], Access::Taken), Some(1)),
        (Access::Taken, mark(3, &[], Access::Taken), Some(1)),
    ] {
        let link = approved(before).apply(then.clone()).unwrap();
        assert_eq!(link.approved, expected, "{before:?} {then:?}");
    }
    for (then, expected) in [
        (follow(3, &[], Access::Taken), Some(3)),
        // Of an older mark.
        (mark(3, &[], Access::Taken), Some(1)),
    ] {
        let link = approved(Access::Taken).apply(then.clone()).unwrap();
        let link = link.apply(follow(4, &[], Access::Taken)).unwrap();
        assert_eq!(link.approved, expected, "{then:?}");
    }
}
