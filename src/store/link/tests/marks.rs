//! What a mark asks for, whoever makes it.
use super::super::{Access, LinkChange, ProblemKind, Restored};
use super::changes::{after, at, check, follow, leave, mark, park, retry, settle};

#[test]
fn marks() {
    check(
        "one",
        vec![mark(1, &["name"], Access::Kept)],
        "0/1 since=1 due=1 unsettled=name",
    );
    check(
        "two",
        vec![mark(1, &["name"], Access::Kept), mark(2, &["role"], Access::Kept)],
        "0/2 since=1 due=2 unsettled=name,role",
    );
    check(
        "leaver",
        vec![mark(1, &[], Access::Kept), leave(2)],
        "0/2 since=1 leaver=2 due=2 tombstone=7",
    );
    for access in [Access::Lessened, Access::Ended] {
        let after = |story: &str, before: Vec<LinkChange>, expected: &str| {
            check(story, [before, vec![mark(5, &[], access)]].concat(), expected);
        };
        let made = |id, settled| vec![mark(1, &[], Access::Kept), settle(id, Some(settled))];
        after(
            "what may be made",
            made(None, 0),
            "0/2 since=1 leaver=5 due=5 generation=3",
        );
        after(
            "an account",
            made(Some("A"), 1),
            "1/2 account=A since=5 leaver=5 due=5 generation=3",
        );
        after("nothing", vec![], "0/1 since=5 due=5");
        after("nothing any more", made(None, 1), "1/2 since=5 due=5 generation=3");
        let restored = [made(None, 1), vec![LinkChange::Restore]].concat();
        after("what nobody knows", restored, "1/2 since=5 leaver=5 due=5 generation=3");
    }
    check(
        "twice a leaver",
        vec![leave(2), leave(3)],
        "0/2 since=2 leaver=2 due=3 tombstone=7",
    );
    check(
        "back again",
        vec![leave(2), mark(3, &["active"], Access::Given)],
        "0/2 since=2 due=3 unsettled=active tombstone=7",
    );
    let retried = vec![
        mark(1, &[], Access::Kept),
        retry(99, true, Some(50)),
        mark(2, &[], Access::Kept),
    ];
    check("after a retry", retried, "0/2 since=1 due=2 ambiguous=50");
    for kind in [ProblemKind::Parked, ProblemKind::Held, ProblemKind::Withheld] {
        let parked = vec![mark(1, &["name"], Access::Kept), park(kind, 1)];
        check(
            "at rest",
            parked.clone(),
            &format!("0/1 since=1 unsettled=name attempts=1 problem={kind:?}"),
        );
        let written = parked.into_iter().chain([mark(2, &[], Access::Kept)]).collect();
        check("written again", written, "0/2 since=1 due=2 unsettled=name");
    }
}

#[test]
fn only_who_is_switched_on_leaves_the_leavers_lane() {
    for (access, since) in [
        (Access::Kept, Some(at(1))),
        (Access::Taken, Some(at(1))),
        (Access::Given, None),
    ] {
        let link = after([leave(1), mark(2, &["active"], access)]);
        assert_eq!(link.leaver_since, since, "{access:?}");
    }
}

#[test]
fn what_comes_after_a_call_began_is_due_at_once() {
    let mut late = retry(99, true, Some(50));
    if let LinkChange::Retry { seen, .. } = &mut late {
        *seen = 1;
    }
    let link = after([mark(1, &[], Access::Kept), leave(2), late]);
    assert_eq!(
        (link.due(), link.attempts, link.ambiguous_until),
        (Some(at(2)), 0, Some(at(50)))
    );
}

#[test]
fn what_follows_from_others_lifts_no_decision() {
    let parked = |kind| {
        vec![
            mark(1, &["name"], Access::Kept),
            park(kind, 1),
            follow(2, &[], Access::Taken),
        ]
    };
    for (kind, expected) in [
        (ProblemKind::Parked, "0/2 since=1 leaver=2 due=2 unsettled=name"),
        (
            ProblemKind::Held,
            "0/2 since=1 leaver=2 due=2 unsettled=name attempts=1 problem=Held",
        ),
        (
            ProblemKind::Withheld,
            "0/2 since=1 leaver=2 unsettled=name attempts=1 problem=Withheld",
        ),
    ] {
        check("at rest", parked(kind), expected);
    }
    for (change, expected) in [
        (mark(2, &[], Access::Kept), Restored::Released),
        (follow(2, &[], Access::Taken), Restored::Held),
    ] {
        let settled = [mark(1, &["name"], Access::Kept), settle(Some("P"), Some(1))];
        let link = after(settled.into_iter().chain([LinkChange::Restore, change]));
        assert_eq!(link.restored, Some(expected));
    }
}
