//! Every change of a link, and what of it stands when it meets another one.
use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn fields(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn mark(seconds: i64, names: &[&str], access: Access) -> LinkChange {
    LinkChange::Mark(Mark {
        resource_type: "User".to_owned(),
        fields: fields(names),
        access,
        cause: Cause::Own,
        at: at(seconds),
        tombstone: None,
    })
}

/// The same, as what follows from something else.
fn follow(seconds: i64, names: &[&str], access: Access) -> LinkChange {
    LinkChange::Mark(Mark {
        resource_type: "User".to_owned(),
        fields: fields(names),
        access,
        cause: Cause::Others,
        at: at(seconds),
        tombstone: None,
    })
}

fn leave(seconds: i64) -> LinkChange {
    LinkChange::Mark(Mark {
        resource_type: "User".to_owned(),
        fields: fields(&[]),
        access: Access::Taken,
        cause: Cause::Own,
        at: at(seconds),
        tombstone: Some(Tombstone {
            external_id: Some("7".to_owned()),
        }),
    })
}

fn account(id: &str) -> Option<Applied> {
    Some(Applied {
        id: id.to_owned(),
        ..Applied::default()
    })
}

fn settle(id: Option<&str>, settled: Option<u64>) -> LinkChange {
    LinkChange::Settle(Settle {
        account: id.and_then(account),
        settled,
        generation: 3,
        ..Settle::default()
    })
}

fn problem(kind: ProblemKind) -> Problem {
    Problem {
        kind,
        field: Some("name".to_owned()),
        reason: "too long".to_owned(),
        since: at(0),
    }
}

fn retry(seconds: i64, counts: bool, ambiguous: Option<i64>) -> LinkChange {
    let problem = problem(ProblemKind::Retrying);
    LinkChange::Retry {
        due: at(seconds),
        problem,
        counts,
        ambiguous_until: ambiguous.map(at),
        seen: u64::MAX,
    }
}

fn park(kind: ProblemKind, seen: u64) -> LinkChange {
    LinkChange::Park {
        problem: problem(kind),
        due: None,
        seen,
    }
}

/// The link after changes from nothing, as seen from outside.
fn check(name: &str, changes: Vec<LinkChange>, expected: &str) {
    let count = u64::try_from(changes.len()).unwrap();
    let link = changes.into_iter().try_fold(Link::default(), Link::apply);
    let Some(link) = link else {
        assert_eq!("forgotten", expected, "{name}");
        return;
    };
    assert_eq!(link.revision, count, "{name}");
    assert_eq!(told(&link), expected, "{name}");
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
fn what_comes_after_a_call_began_is_due_at_once() {
    let mut late = retry(99, true, Some(50));
    if let LinkChange::Retry { seen, .. } = &mut late {
        *seen = 1;
    }
    let link = [mark(1, &[], Access::Kept), leave(2), late].into_iter();
    let link = link.fold(Link::default(), |link, change| link.apply(change).unwrap());
    assert_eq!(
        (link.due(), link.attempts, link.ambiguous_until),
        (Some(at(2)), 0, Some(at(50)))
    );
}

#[test]
fn only_who_is_switched_on_leaves_the_leavers_lane() {
    for (access, since) in [
        (Access::Kept, Some(at(1))),
        (Access::Taken, Some(at(1))),
        (Access::Given, None),
    ] {
        let link = [leave(1), mark(2, &["active"], access)].into_iter();
        let link = link.fold(Link::default(), |link, change| link.apply(change).unwrap());
        assert_eq!(link.leaver_since, since, "{access:?}");
    }
}

#[test]
fn creates_leave_a_trace_until_their_answer_is_written() {
    let sending = |until| LinkChange::Sending {
        unique: "ann".to_owned(),
        until: at(until),
    };
    let traces = |changes: &[LinkChange]| {
        let link = changes.iter().cloned();
        let link = link.fold(Link::default(), |link, change| link.apply(change).unwrap());
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

#[test]
fn tries_end_with_what_they_were_for() {
    let tried = [
        mark(1, &["name"], Access::Kept),
        settle(Some("P"), None),
        retry(9, true, None),
    ];
    let attempts = |then: LinkChange| {
        let link = tried.iter().cloned().chain([then]);
        let link = link.fold(Link::default(), |link, change| link.apply(change).unwrap());
        link.attempts
    };
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
        let link = [mark(1, &[], Access::Kept), park(kind, 1), LinkChange::Due(at(3))].into_iter();
        let link = link.fold(Link::default(), |link, change| link.apply(change).unwrap());
        assert_eq!(link.due(), expected, "{kind:?}");
    }
}

#[test]
fn what_is_in_doubt_is_unsettled_with_the_next_mark() {
    let settled = [mark(1, &["name"], Access::Kept), settle(Some("P"), Some(1))];
    let after = |changes: &[LinkChange]| {
        let all = settled.iter().chain(changes).cloned();
        let link = all.fold(Link::default(), |link, change| link.apply(change).unwrap());
        (link.is_pending(), link.unsettled)
    };
    let doubt = |names: &[&str]| LinkChange::Doubt(fields(names));
    let title = mark(2, &["title"], Access::Kept);
    for (changes, pending, expected) in [
        (vec![doubt(&["role"])], false, &["role"][..]),
        (vec![doubt(&["role"]), doubt(&["name"])], false, &["name"]),
        (vec![doubt(&["role"]), title.clone()], true, &["role", "title"]),
        // What is pending knows better.
        (vec![title.clone(), doubt(&["role"])], true, &["title"]),
        (vec![doubt(&["role"]), title, settle(Some("P"), Some(2))], false, &[]),
    ] {
        assert_eq!(after(&changes), (pending, fields(expected)), "{changes:?}");
    }
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
        let link = settled.into_iter().chain([LinkChange::Restore, change]);
        let link = link.fold(Link::default(), |link, change| link.apply(change).unwrap());
        assert_eq!(link.restored, Some(expected));
    }
}

#[test]
fn a_yes_lasts_until_something_else_is_asked_for() {
    let approved = |access| {
        let changes = [
            mark(1, &["role"], access),
            park(ProblemKind::Held, 1),
            LinkChange::Approve(1, at(2)),
        ];
        changes
            .into_iter()
            .fold(Link::default(), |link, change| link.apply(change).unwrap())
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
    let again = [follow(3, &[], Access::Taken), follow(4, &[], Access::Taken)].into_iter();
    let link = again.fold(approved(Access::Taken), |link, change| link.apply(change).unwrap());
    assert_eq!(link.approved, Some(3));
    let old = [mark(3, &[], Access::Taken), follow(4, &[], Access::Taken)].into_iter();
    let link = old.fold(approved(Access::Taken), |link, change| link.apply(change).unwrap());
    assert_eq!(link.approved, Some(1), "of an older mark");
}

/// But who is switched off there, and on again by somebody's hand, is not forgotten.
#[test]
fn what_follows_from_others_corrects_nothing_that_was_changed_by_hand() {
    let settled = |active| {
        let account = account("P").map(|account| Applied { active, ..account });
        let settle = Settle {
            account,
            settled: Some(1),
            ..Settle::default()
        };
        [mark(1, &["name"], Access::Kept), LinkChange::Settle(settle)]
    };
    let doubt = LinkChange::Doubt(fields(&["active"]));
    let after = |active, changes: &[LinkChange]| {
        let all = settled(active).into_iter().chain(changes.iter().cloned());
        all.fold(Link::default(), |link, change| link.apply(change).unwrap())
            .unsettled
    };
    let (title, role) = (mark(2, &["title"], Access::Kept), follow(3, &["role"], Access::Kept));
    for (active, changes, expected) in [
        (true, vec![doubt.clone(), role.clone()], &["role"][..]),
        (false, vec![doubt.clone(), role.clone()], &["active", "role"]),
        (
            true,
            vec![doubt, title.clone(), role.clone()],
            &["active", "role", "title"],
        ),
        (true, vec![title, role], &["role", "title"]),
    ] {
        assert_eq!(after(active, &changes), fields(expected), "{active} {changes:?}");
    }
}

#[test]
fn what_moved_is_in_doubt_of_who_is_pending_too() {
    let settled = [
        mark(1, &["name"], Access::Kept),
        LinkChange::Settle(Settle {
            account: account("P"),
            settled: Some(1),
            under: 7,
            ..Settle::default()
        }),
    ];
    let moved = LinkChange::Moved(fields(&["title"]));
    let phone = mark(2, &["phone"], Access::Kept);
    for (changes, pending, expected) in [
        (vec![moved.clone()], false, &["title"][..]),
        (vec![phone.clone(), moved.clone()], true, &["phone", "title"]),
        (vec![moved, phone], true, &["phone", "title"]),
    ] {
        let all = settled.iter().chain(&changes).cloned();
        let link = all.fold(Link::default(), |link, change| link.apply(change).unwrap());
        let told = (link.is_pending(), link.unsettled, link.settled_under);
        assert_eq!(told, (pending, fields(expected), NOBODYS), "{changes:?}");
    }
}
