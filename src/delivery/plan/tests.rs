//! What is done next, by link and goal.
use adapters::descriptor::Descriptor;
use serde_json::json;

use super::*;
use crate::delivery::tests::DELETING;

/// The state of a link: flags that a row names.
fn link(flags: &[&str]) -> Link {
    let has = |flag| flags.contains(&flag);
    let fields = [("email", "a@x.example"), ("name", "Ann"), ("role", "admin")];
    let account = Applied {
        id: "V1".to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), json!(value))).into(),
        active: !has("suspended"),
        ..Applied::default()
    };
    Link {
        account: has("account").then_some(account),
        sought: has("traced").then(|| "old@x.example".to_owned()),
        ambiguous_until: has("traced").then_some(Timestamp::UNIX_EPOCH),
        removal_sent: has("removed"),
        leaver_since: has("leaver").then_some(Timestamp::UNIX_EPOCH),
        ..Link::default()
    }
}

fn account(changes: &[(&str, &str)]) -> Goal {
    let same = [("email", "a@x.example"), ("name", "Ann"), ("role", "admin")];
    let fields = same.iter().chain(changes);
    Goal::Account(fields.map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn told(step: &Step) -> String {
    match step {
        Step::Update(fields) => {
            let fields: Vec<_> = fields.keys().map(String::as_str).collect();
            format!("update {}", fields.join(" "))
        }
        Step::LookUp { unique, .. } => format!("look up {unique}"),
        Step::Create(_) => "create".to_owned(),
        Step::SetActive(active) => format!("active {active}"),
        step => format!("{step:?}").to_lowercase(),
    }
}

/// The value that the goal has for it was refused.
fn refusal(goal: &Goal, field: &str) -> Refused {
    let Goal::Account(fields) = goal else {
        panic!("no fields")
    };
    Refused::again(None, &fields[field], true)
}

/// `doubts` are unknown fields, or refused ones behind a `!`.
fn check(flags: &[&str], goal: &Goal, doubts: &[&str], expected: &str) {
    let descriptor: &Descriptor = &DELETING;
    let refused = doubts.iter().filter_map(|doubt| doubt.strip_prefix('!'));
    let unknown: Vec<_> = doubts.iter().copied().filter(|doubt| !doubt.starts_with('!')).collect();
    let facts = Facts {
        link: &link(flags),
        goal,
        kind: &descriptor.user,
        asked_for: None,
        switches: Switches::default(),
        unknown: &names(&unknown),
        refused: &refused.map(|field| (field.to_owned(), refusal(goal, field))).collect(),
        descriptor,
    };
    assert_eq!(told(&plan(&facts)), expected, "{flags:?} {goal:?} {doubts:?}");
}

#[test]
fn without_an_account() {
    let same = account(&[]);
    for (flags, goal, expected) in [
        (&[][..], &same, "create"),
        (&["traced"], &same, "look up old@x.example"),
        (&[], &Goal::Gone, "settle"),
        (&["traced"], &Goal::Gone, "look up old@x.example"),
        (&[], &Goal::Suspended, "settle"),
        (&["traced"], &Goal::Suspended, "look up old@x.example"),
        (&["traced"], &Goal::Untouched, "settle"),
    ] {
        check(flags, goal, &[], expected);
    }
}

#[test]
fn with_an_account() {
    let same = account(&[]);
    let renamed = account(&[("name", "Anna"), ("email", "b@x.example")]);
    for (flags, goal, doubts, expected) in [
        (&["account"][..], &same, &[][..], "settle"),
        (&["account"], &same, &["name"], "update name"),
        (&["account"], &same, &["active"], "readback"),
        (&["account", "removed"], &same, &[], "readback"),
        (&["account", "suspended"], &same, &[], "active true"),
        (&["account"], &Goal::Suspended, &[], "active false"),
        (&["account", "suspended"], &Goal::Suspended, &[], "settle"),
        (&["account", "suspended"], &Goal::Suspended, &["active"], "active false"),
        (&["account"], &Goal::Gone, &[], "delete"),
        (&["account", "removed"], &Goal::Gone, &[], "readback"),
        (&["account"], &renamed, &[], "update email name"),
        (&["account"], &renamed, &["!email"], "update name"),
        (
            &["account"],
            &account(&[("email", "b@x.example")]),
            &["!email"],
            "update email",
        ),
    ] {
        check(flags, goal, doubts, expected);
    }
}

#[test]
fn refused_values_go_alone_and_last_the_guilty_ones_behind_the_suspects() {
    let goal = account(&[("name", "Anna"), ("title", "x"), ("email", "b@x.example")]);
    let Goal::Account(fields) = &goal else { return };
    let alone = |field: &str| Refused::again(None, &fields[field], true);
    let with_others = |field: &str| Refused::again(None, &fields[field], false);
    let twice = |field: &str| Refused::again(Some(&alone(field)), &fields[field], true);
    let taken = Refused::taken(&fields["email"]);
    let other_value = Refused::again(None, &json!("y"), true);
    for (refused, expected) in [
        (vec![("title", with_others("title"))], "update email name"),
        (vec![("title", other_value)], "update email name title"),
        (
            vec![
                ("email", alone("email")),
                ("name", with_others("name")),
                ("title", alone("title")),
            ],
            "update name",
        ),
        (
            vec![
                ("email", twice("email")),
                ("name", twice("name")),
                ("title", alone("title")),
            ],
            "update title",
        ),
        (
            vec![
                ("email", taken.clone()),
                ("name", alone("name")),
                ("title", alone("title")),
            ],
            "update email",
        ),
        (
            vec![
                ("email", taken),
                ("name", with_others("name")),
                ("title", alone("title")),
            ],
            "update name",
        ),
    ] {
        let refused = refused
            .into_iter()
            .map(|(field, refused)| (field.to_owned(), refused))
            .collect();
        let facts = Facts {
            link: &link(&["account"]),
            goal: &goal,
            kind: &DELETING.user,
            asked_for: None,
            switches: Switches::default(),
            unknown: &BTreeSet::new(),
            refused: &refused,
            descriptor: &DELETING,
        };
        assert_eq!(told(&plan(&facts)), expected, "{refused:?}");
    }
}

#[test]
fn a_role_taken_away_goes_first_until_it_is_refused() {
    let lowered = account(&[("role", "user"), ("title", "x")]);
    let titled = account(&[("title", "x")]);
    for (flags, goal, doubts, expected) in [
        (&["account", "leaver"][..], &lowered, &[][..], "update role"),
        (&["account", "leaver"], &lowered, &["!role"], "update title"),
        (
            &["account", "leaver"],
            &account(&[("role", "user")]),
            &["!role"],
            "update role",
        ),
        (&["account"], &lowered, &[], "update role title"),
        // What the vendor has may be more than what is wanted.
        (&["account", "leaver"], &titled, &["role"], "update role"),
        (&["account", "leaver"], &titled, &[], "update title"),
    ] {
        check(flags, goal, doubts, expected);
    }
}
