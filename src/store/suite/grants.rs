//! Grants: which are due, and what changes of links mean for them.
use super::*;
use crate::store::{Grant, LinkChange, ProblemKind, Settle, Store, Write};

/// A group with an account, and a second one; a member with an account, and one without.
const TEAM: u128 = 10;
const SQUAD: u128 = 11;
const ANN: u128 = 1;
const EVE: u128 = 2;

pub(crate) async fn due_when_possible(store: &impl Store) {
    setting(store).await;
    let writes = vec![
        want(TEAM, ANN, true),
        want(TEAM, EVE, true),
        applied(TEAM, 3, Some("P3"), None),
        applied(TEAM, 4, Some("P4"), None),
        want(TEAM, 4, true),
        applied(TEAM, 5, None, None),
    ];
    write(store, writes).await;
    // The removal first; the addition of whom has an account; nothing for the others.
    assert_eq!(due(store, TEAM).await, [3, ANN]);
    let mut last = None;
    for expected in [Some(3), Some(ANN), None] {
        let page = store.grants_due(&link(TEAM), last.as_ref(), 1).await.unwrap();
        last = page.into_iter().last();
        assert_eq!(last.as_ref().map(|(key, _)| key.member), expected.map(id));
    }
    assert_eq!(due(store, SQUAD).await, []);
    let (key, found) = store.grants_due(&link(TEAM), None, 9).await.unwrap().remove(0);
    let expected = Grant {
        wanted: false,
        applied: Some("P3".to_owned()),
        refused: None,
        unsure: false,
    };
    assert_eq!((key, found), (grant(TEAM, 3), expected));

    write(
        store,
        vec![
            applied(TEAM, ANN, Some("P1"), None),
            applied(TEAM, 3, None, None),
            want(TEAM, 4, false),
        ],
    )
    .await;
    assert_eq!(due(store, TEAM).await, [4]);
    write(
        store,
        vec![want(TEAM, 4, true), want(TEAM, ANN, false), want(TEAM, EVE, false)],
    )
    .await;
    assert_eq!(due(store, TEAM).await, [ANN]);
}

/// Grants, a change, what is due in the team afterwards, and whether the team's link got a mark.
struct Row {
    name: &'static str,
    before: Vec<Write>,
    change: Vec<Write>,
    due: &'static [u128],
    marks: bool,
}

impl Row {
    fn of(name: &'static str, before: Vec<Write>, change: Write) -> Self {
        let change = vec![change];
        Self {
            name,
            before,
            change,
            due: &[],
            marks: false,
        }
    }

    fn due(self, due: &'static [u128]) -> Self {
        Self { due, ..self }
    }

    fn marked(self) -> Self {
        Self { marks: true, ..self }
    }
}

pub(crate) async fn table(store: &impl Store) {
    let rows = of_members()
        .into_iter()
        .chain(of_groups())
        .chain(of_refusals())
        .chain(of_doubts());
    for row in rows {
        clear(store).await;
        setting(store).await;
        write(store, row.before).await;
        let before = read_link(store, TEAM).await.marked;
        write(store, row.change).await;
        let marks = read_link(store, TEAM).await.marked > before;
        assert_eq!(
            (due(store, TEAM).await, marks),
            (row.due.to_vec(), row.marks),
            "{}",
            row.name
        );
    }
    group_written(store).await;
    marks_of_groups(store).await;
    forgotten_with_the_group(store).await;
}

fn of_members() -> Vec<Row> {
    let (wanted, unwanted) = (vec![want(TEAM, EVE, true)], vec![want(TEAM, EVE, false)]);
    let account = |member, account| settled(member, account, None);
    vec![
        Row::of("appears", wanted, account(EVE, Some("P2")))
            .due(&[EVE])
            .marked(),
        Row::of("appears, is not wanted", unwanted, account(EVE, Some("P2"))),
        Row::of("appears, is in no group", vec![], account(EVE, Some("P2"))),
        Row::of("stays", granted(ANN), settled(ANN, Some("P1"), Some(1))),
        Row::of("changes", granted(ANN), account(ANN, Some("P9")))
            .due(&[ANN])
            .marked(),
        Row::of(
            "changes, was due",
            vec![want(TEAM, ANN, true)],
            account(ANN, Some("P9")),
        )
        .due(&[ANN]),
        Row::of(
            "has another one when the answer comes",
            vec![want(TEAM, ANN, true)],
            applied(TEAM, ANN, Some("P0"), None),
        )
        .due(&[ANN]),
        Row::of("goes", granted(ANN), account(ANN, None)),
        Row::of("goes, removal was due", removed(ANN), account(ANN, None)),
    ]
}

fn of_groups() -> Vec<Row> {
    let account = |group, account| settled(group, account, None);
    vec![
        Row::of("the group's stays", granted(ANN), settled(TEAM, Some("T10"), Some(1))),
        Row::of("the group's changes", granted(ANN), account(TEAM, Some("T9"))).due(&[ANN]),
        Row::of("the group's goes", granted(ANN), account(TEAM, None)).due(&[ANN]),
        Row::of("the group's goes, removal was due", removed(ANN), account(TEAM, None)),
        Row::of("another group's goes", granted(ANN), account(SQUAD, None)),
    ]
}

/// The wish changes while a call may have been made for the one before, and what the next call finds out.
fn of_doubts() -> Vec<Row> {
    let wanted = || vec![want(TEAM, ANN, true)];
    let and = |mut writes: Vec<Write>, write| {
        writes.push(write);
        writes
    };
    let doubted = || and(wanted(), want(TEAM, ANN, false));
    let back = || and(removed(ANN), want(TEAM, ANN, true));
    let lacking = || and(granted(ANN), Write::Doubt(grant(TEAM, ANN)));
    let with_eve = |writes| and(writes, want(TEAM, EVE, true));
    let read = |group| Write::Link(link(group), LinkChange::Doubt([].into()));
    let unparked = |group| Write::Link(link(group), LinkChange::Unpark(at(9)));
    let account = |member, account| settled(member, account, None);
    vec![
        Row::of("added, undone", wanted(), want(TEAM, ANN, false)).due(&[ANN]),
        Row::of("added, undone, and again", doubted(), want(TEAM, ANN, true)).due(&[ANN]),
        Row::of("removed, undone", removed(ANN), want(TEAM, ANN, true)).due(&[ANN]),
        Row::of("removed, undone, and again", back(), want(TEAM, ANN, false)).due(&[ANN]),
        Row::of("wanted twice", granted(ANN), want(TEAM, ANN, true)),
        Row::of(
            "could not be added",
            vec![want(TEAM, EVE, true)],
            want(TEAM, EVE, false),
        ),
        Row::of("refused, undone", refused(ANN), want(TEAM, ANN, false)),
        Row::of("doubted, made", back(), applied(TEAM, ANN, Some("P1"), None)),
        Row::of("doubted, taken back", doubted(), applied(TEAM, ANN, None, None)),
        Row::of("read, and lacking", granted(ANN), Write::Doubt(grant(TEAM, ANN))),
        Row::of("lacking, the group written", lacking(), marked(TEAM, 9))
            .due(&[ANN])
            .marked(),
        Row::of("lacking, marked for others", lacking(), followed(TEAM, 9)).marked(),
        Row::of("lacking, the member written", lacking(), marked(ANN, 9)),
        Row::of("lacking, taken up again", lacking(), unparked(TEAM)),
        Row::of(
            "lacking, another's account appears",
            with_eve(lacking()),
            account(EVE, Some("P2")),
        )
        .due(&[EVE])
        .marked(),
        Row::of("lacking, its account goes", lacking(), account(ANN, None)),
        // The role that they were dropped with says why they were lacking.
        Row::of("lacking, may join again", lacking(), rejoined(ANN))
            .due(&[ANN])
            .marked(),
        Row::of(
            "lacking, read anew, the group written",
            and(lacking(), read(TEAM)),
            marked(TEAM, 9),
        )
        .marked(),
        Row::of("lacking, wanted", lacking(), want(TEAM, ANN, true)).due(&[ANN]),
        Row::of(
            "read, and lacking what is not applied",
            vec![want(TEAM, EVE, true)],
            Write::Doubt(grant(TEAM, EVE)),
        ),
        Row::of("read, and no grant", vec![], Write::Doubt(grant(TEAM, ANN))),
        Row::of("lacking, undone", lacking(), want(TEAM, ANN, false)).due(&[ANN]),
        Row::of("lacking, made", lacking(), applied(TEAM, ANN, Some("P1"), None)),
        Row::of("doubted, the account goes", doubted(), account(ANN, None)),
        Row::of("doubted, another account", doubted(), account(ANN, Some("P9"))),
        Row::of("doubted, wanted, another account", back(), account(ANN, Some("P9"))).due(&[ANN]),
        Row::of("doubted, the group's goes", doubted(), account(TEAM, None)),
    ]
}

fn of_refusals() -> Vec<Row> {
    let account = |member, account| settled(member, account, None);
    vec![
        Row::of("refused, settled", refused(ANN), settled(TEAM, Some("T10"), Some(1))),
        Row::of("refused, member written", refused(ANN), marked(ANN, 9))
            .due(&[ANN])
            .marked(),
        Row::of("refused, another one written", refused(ANN), marked(EVE, 9)),
        Row::of("refused, wanted again", refused(ANN), want(TEAM, ANN, true)).due(&[ANN]),
        Row::of("refused, account changes", refused(ANN), account(ANN, Some("P9")))
            .due(&[ANN])
            .marked(),
    ]
}

/// A group whose link is forgotten has no grants, also when its link is made again.
async fn forgotten_with_the_group(store: &impl Store) {
    clear(store).await;
    setting(store).await;
    write(store, granted(ANN)).await;
    write(store, vec![settled(TEAM, None, None), forget(TEAM, 1)]).await;
    let anew = vec![
        marked(TEAM, 9),
        settled(TEAM, Some("T10"), None),
        settled(ANN, Some("P9"), None),
    ];
    write(store, anew).await;
    assert_eq!(due(store, TEAM).await, []);
    assert_eq!(read_link(store, TEAM).await.marked, 1);
}

/// The group's write lets what was refused be tried again; it counts as the one mark that it is.
async fn group_written(store: &impl Store) {
    clear(store).await;
    setting(store).await;
    write(store, refused(ANN)).await;
    write(store, vec![marked(TEAM, 9)]).await;
    assert_eq!(due(store, TEAM).await, [ANN]);
    assert_eq!(read_link(store, TEAM).await.marked, 2);
}

/// A mark that follows keeps the group's lane, and lifts no hold.
async fn marks_of_groups(store: &impl Store) {
    for (kind, told, rests) in [
        (ProblemKind::Retrying, false, false),
        // It is looked at now, and told of anew only if it then is something else.
        (ProblemKind::Parked, true, false),
        (ProblemKind::Held, true, true),
        (ProblemKind::Withheld, true, true),
    ] {
        clear(store).await;
        setting(store).await;
        write(
            store,
            vec![want(TEAM, EVE, true), leaving(TEAM, 3), parked(TEAM, kind, 2)],
        )
        .await;
        write(store, vec![settled(EVE, Some("P2"), None)]).await;
        let team = read_link(store, TEAM).await;
        assert_eq!(team.marked, 3, "{kind:?}");
        assert_eq!(team.leaver_since, Some(at(3)), "{kind:?}");
        assert_eq!(team.unsettled.len(), 1, "{kind:?}");
        assert_eq!(team.problem.is_some(), told, "{kind:?}");
        assert_eq!(team.due().is_none(), rests, "{kind:?}");
    }
}

async fn setting(store: &impl Store) {
    let writes = vec![
        marked(TEAM, 0),
        settled(TEAM, Some("T10"), Some(1)),
        marked(SQUAD, 0),
        settled(SQUAD, Some("T11"), Some(1)),
        marked(ANN, 0),
        settled(ANN, Some("P1"), Some(1)),
        marked(EVE, 0),
    ];
    write(store, writes).await;
}

/// Takes away all links, and with the groups' links all grants.
async fn clear(store: &impl Store) {
    for number in [TEAM, SQUAD, ANN, EVE] {
        let Some(found) = store.link(&link(number)).await.unwrap() else {
            continue;
        };
        write(store, vec![settled(number, None, None), forget(number, found.marked)]).await;
        assert_eq!(store.link(&link(number)).await.unwrap(), None);
    }
    assert_eq!(due(store, TEAM).await, []);
}

async fn due(store: &impl Store, group: u128) -> Vec<u128> {
    let found = store.grants_due(&link(group), None, 9).await.unwrap();
    found.into_iter().map(|(key, _)| key.member.0.as_u128()).collect()
}

pub(crate) fn want(group: u128, member: u128, wanted: bool) -> Write {
    Write::Want(grant(group, member), wanted)
}

pub(crate) fn applied(group: u128, member: u128, account: Option<&str>, refused: Option<&str>) -> Write {
    Write::Apply(
        grant(group, member),
        account.map(str::to_owned),
        refused.map(str::to_owned),
    )
}

fn granted(member: u128) -> Vec<Write> {
    vec![want(TEAM, member, true), applied(TEAM, member, Some("P1"), None)]
}

fn removed(member: u128) -> Vec<Write> {
    vec![want(TEAM, member, false), applied(TEAM, member, Some("P1"), None)]
}

fn refused(member: u128) -> Vec<Write> {
    vec![
        want(TEAM, member, true),
        applied(TEAM, member, None, Some("is an owner")),
    ]
}

/// The same account, which may be in groups again.
fn rejoined(member: u128) -> Write {
    let Write::Link(key, LinkChange::Settle(settle)) = settled(member, Some("P1"), None) else {
        unreachable!("it settles")
    };
    Write::Link(
        key,
        LinkChange::Settle(Settle {
            rejoins: true,
            ..settle
        }),
    )
}

fn forget(number: u128, marks: u64) -> Write {
    Write::Link(link(number), LinkChange::Forget(marks))
}
