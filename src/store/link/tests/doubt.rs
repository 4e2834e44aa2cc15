//! Fields of which it is not known what the vendor has.
use super::super::{Access, Applied, LinkChange, NOBODYS, Settle};
use super::changes::{account, after, fields, follow, mark, settle};

#[test]
fn what_is_in_doubt_is_unsettled_with_the_next_mark() {
    let settled = [mark(1, &["name"], Access::Kept), settle(Some("P"), Some(1))];
    let unsettled = |changes: &[LinkChange]| {
        let link = after(settled.iter().chain(changes).cloned());
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
        assert_eq!(unsettled(&changes), (pending, fields(expected)), "{changes:?}");
    }
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
    let unsettled = |active, changes: &[LinkChange]| {
        let all = settled(active).into_iter().chain(changes.iter().cloned());
        after(all).unsettled
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
        assert_eq!(unsettled(active, &changes), fields(expected), "{active} {changes:?}");
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
        let link = after(settled.iter().chain(&changes).cloned());
        let told = (link.is_pending(), link.unsettled, link.settled_under);
        assert_eq!(told, (pending, fields(expected), NOBODYS), "{changes:?}");
    }
}
