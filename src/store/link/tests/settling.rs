//! What was done at the vendor, and how links end.
use super::super::{Access, LinkChange, ProblemKind};
use super::changes::{after, at, check, leave, mark, park, retry, settle};

#[test]
fn settles() {
    let with = |changes: Vec<LinkChange>| [vec![mark(1, &["name"], Access::Kept)], changes].concat();
    check(
        "all",
        with(vec![settle(Some("P"), Some(1))]),
        "1/1 account=P generation=3",
    );
    let part = "0/1 account=P since=1 due=1 unsettled=name generation=3";
    check("a step", with(vec![settle(Some("P"), None)]), part);
    let meanwhile = vec![mark(2, &["role"], Access::Kept), settle(Some("P"), Some(1))];
    check(
        "a mark meanwhile",
        with(meanwhile.clone()),
        "1/2 account=P since=1 due=2 unsettled=name,role generation=3",
    );
    let caught_up = [meanwhile, vec![settle(Some("P"), Some(2))]].concat();
    check("and caught up", with(caught_up.clone()), "2/2 account=P generation=3");
    let late = [caught_up, vec![settle(Some("P"), Some(1))]].concat();
    check("an old one late", with(late), "2/2 account=P generation=3");
    let retried = vec![retry(9, true, Some(50)), settle(Some("P"), Some(1))];
    check("after a retry", with(retried), "1/1 account=P generation=3");
    let parked = vec![park(ProblemKind::Parked, 1), settle(Some("P"), Some(1))];
    check("after parking", with(parked), "1/1 account=P generation=3");
    let decided = vec![park(ProblemKind::Withheld, 1), settle(Some("P"), None)];
    check(
        "a step after a rejection",
        with(decided),
        "0/1 account=P since=1 unsettled=name problem=Withheld generation=3",
    );
    check(
        "gone",
        vec![leave(1), settle(None, Some(1))],
        "1/1 tombstone=7 generation=3",
    );
    let back = vec![leave(1), mark(2, &["active"], Access::Given), settle(None, Some(1))];
    check(
        "back while going",
        back,
        "1/2 since=1 due=2 unsettled=active tombstone=7 generation=3",
    );
}

#[test]
fn ends() {
    let known = vec![mark(1, &["name"], Access::Kept), settle(Some("P"), Some(1))];
    let with = |changes: Vec<LinkChange>| [known.clone(), changes].concat();
    let handed = vec![leave(2), LinkChange::HandOver];
    check("handed over", with(handed.clone()), "2/2 tombstone=7 generation=3");
    let forgotten = [handed.clone(), vec![LinkChange::Forget(2)]].concat();
    check("and forgotten", with(forgotten), "forgotten");
    let kept = "2/2 tombstone=7 generation=3";
    check(
        "not at another mark",
        with([handed, vec![LinkChange::Forget(1)]].concat()),
        kept,
    );
    check(
        "not with an account",
        with(vec![LinkChange::Forget(1)]),
        "1/1 account=P generation=3",
    );
    let ambiguous = vec![
        mark(1, &[], Access::Kept),
        retry(9, false, Some(50)),
        LinkChange::Forget(1),
    ];
    check(
        "not while ambiguous",
        ambiguous,
        "0/1 since=1 due=9 ambiguous=50 problem=Retrying",
    );
}

#[test]
fn creates_leave_a_trace_until_their_answer_is_written() {
    let sending = |until| LinkChange::Sending {
        unique: "ann".to_owned(),
        until: at(until),
    };
    let traces = |changes: &[LinkChange]| {
        let link = after(changes.iter().cloned());
        (link.sought, link.ambiguous_until)
    };
    let sent = [mark(1, &["name"], Access::Kept), sending(9)];
    let trace = |until| (Some("ann".to_owned()), Some(at(until)));
    for (then, expected) in [
        (vec![], trace(9)),
        (vec![mark(2, &["role"], Access::Kept)], trace(9)),
        (vec![retry(5, false, Some(30))], trace(30)),
        (vec![settle(Some("P"), None)], (None, None)),
        // No account, and nothing in doubt any more.
        (vec![settle(None, None)], (None, None)),
    ] {
        let changes = [sent.to_vec(), then.clone()].concat();
        assert_eq!(traces(&changes), expected, "{then:?}");
    }
    let forgotten = [sent.to_vec(), vec![LinkChange::Forget(1)]].concat();
    assert_eq!(traces(&forgotten), trace(9), "it may have made an account");
}
