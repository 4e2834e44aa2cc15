//! Declarations applied one after another, and what becomes of tokens and credentials.
use std::collections::BTreeSet;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::fixture::{Desk, declared, desk, over, sealer};
use super::*;
use crate::auth::{Denied, NewToken};
use crate::store::{
    Access, Batch, Cause, LinkChange, LinkKey, Mark, Problem, ProblemKind, Resource, ResourceId, ResourceKey, Scope,
    SettingKind, Store, Write,
};

/// Changes as text: `+d acme` for a directory added, `~` changed, `=` unchanged, `?` undeclared, `-` removed.
fn told(changes: &Result<Vec<Change>, Error>) -> String {
    let line = |change: &Change| {
        let verdict = match change.verdict {
            Verdict::Added => '+',
            Verdict::Changed => '~',
            Verdict::Unchanged => '=',
            Verdict::Undeclared => '?',
            Verdict::Removed => '-',
        };
        let kind = match change.kind {
            Kind::Directory => 'd',
            Kind::Target => 't',
        };
        format!("{verdict}{kind} {}", change.name)
    };
    match changes {
        Ok(changes) => changes.iter().map(line).collect::<Vec<_>>().join(", "),
        Err(error) => error.to_string(),
    }
}

/// Directories and targets as the registry has them: `acme[pd:1]` with the target's generation.
fn registered(desk: &Desk) -> String {
    let directory = |(name, directory): (&String, &std::sync::Arc<crate::service::Directory>)| {
        let targets = directory.targets.iter();
        let targets: Vec<_> = targets
            .map(|target| format!("{}:{}", target.config.name, target.generation))
            .collect();
        format!("{name}[{}]", targets.join(" "))
    };
    desk.registry.all().iter().map(directory).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn declarations_become_what_is_registered() {
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str, &'a str)], bool, &'a str, &'a str);
    let rows: &[Row<'_>] = &[
        (&[], &[], false, "", ""),
        (&["acme"], &[("pd", "acme", "k")], false, "+d acme, +t pd", "acme[pd:1]"),
        (&["acme"], &[("pd", "acme", "k")], true, "=d acme, =t pd", "acme[pd:1]"),
        (
            &["acme"],
            &[("pd", "acme", "other")],
            false,
            "=d acme, ~t pd",
            "acme[pd:2]",
        ),
        (
            &["b"],
            &[("pd2", "b", "k")],
            false,
            "+d b, ?d acme, +t pd2, ?t pd",
            "acme[pd:2] b[pd2:1]",
        ),
        (
            &["b", "b"],
            &[],
            false,
            "the directory `b` is declared twice",
            "acme[pd:2] b[pd2:1]",
        ),
        (
            &["b"],
            &[("pd", "b", "k"), ("x", "c", "k"), ("x", "b", "k")],
            false,
            "the target `pd` cannot move to another directory or vendor: give the new one another name\n\
             the target `x` is of the directory `c`, which is not declared\n\
             the target `x` is declared twice",
            "acme[pd:2] b[pd2:1]",
        ),
        (&["b"], &[], true, "=d b, -d acme, -t pd, -t pd2", "b[]"),
        (&["b"], &[("pd", "b", "k")], false, "=d b, +t pd", "b[pd:1]"),
    ];
    let desk = desk();
    for (directories, targets, remove, changes, after) in rows {
        let declared = declared(directories, targets);
        let applied = desk
            .administration
            .apply(
                &declared,
                Apply {
                    remove: *remove,
                    confirm: false,
                },
            )
            .await;
        assert_eq!(told(&applied), *changes, "{directories:?} {targets:?}");
        assert_eq!(registered(&desk), *after, "{directories:?} {targets:?}");
        // What a new start finds is the same.
        let again = over(desk.store.clone(), sealer(1));
        again.administration.load().await.unwrap();
        assert_eq!(registered(&again), *after);
    }
}

#[tokio::test]
async fn changed_settings_keep_the_targets_identity() {
    let desk = desk();
    let mut declared = declared(&["acme"], &[("pd", "acme", "k")]);
    desk.administration.apply(&declared, Apply::default()).await.unwrap();
    let target = |desk: &Desk| desk.registry.directory("acme").unwrap().targets[0].clone();
    let first = target(&desk);
    declared.targets[0].config.calls_per_minute = Some(7);
    declared.directories[0].respond_within_ms = 1;
    let changed = desk.administration.apply(&declared, Apply::default()).await;
    assert_eq!(told(&changed), "~d acme, ~t pd");
    let second = target(&desk);
    assert_eq!(
        (second.id, second.directory, second.generation),
        (first.id, first.directory, 2)
    );
    let (directories, targets) = desk.administration.export().await.unwrap();
    assert_eq!(
        (directories, targets),
        (declared.directories, vec![declared.targets[0].config.clone()])
    );
}

#[tokio::test]
async fn credentials_need_their_key() {
    let desk = desk();
    let one = declared(&["acme"], &[("pd", "acme", "s3cret")]);
    desk.administration.apply(&one, Apply::default()).await.unwrap();
    for (_, _, bytes) in desk.store.settings(SettingKind::Target).await.unwrap() {
        assert!(!String::from_utf8(bytes).unwrap().contains("s3cret"));
    }
    for (key, expected) in [
        (sealer(1), None),
        (sealer(2), Some("the credential of the target `pd` does not open")),
        (None, Some("the credentials of targets need a key")),
    ] {
        let error = over(desk.store.clone(), key)
            .administration
            .check_credentials()
            .await
            .err();
        let error = error.map(|error| error.to_string());
        assert_eq!(error.is_some(), expected.is_some());
        assert!(error.unwrap_or_default().starts_with(expected.unwrap_or_default()));
    }
    let renewed = over(desk.store.clone(), sealer(2)).administration;
    assert_eq!(
        told(&renewed.apply(&one, Apply::default()).await),
        "=d acme, ~t pd",
        "sealed anew"
    );
    renewed.check_credentials().await.expect("the new key opens it");
    let keyless = over(super::fixture::desk().store, None);
    let applied = keyless.administration.apply(&one, Apply::default()).await;
    assert!(matches!(applied, Err(Error::NoKey)));
    assert!(
        keyless.store.settings(SettingKind::Directory).await.unwrap().is_empty(),
        "all or nothing"
    );
    let plain = declared(&["plain"], &[]);
    keyless
        .administration
        .apply(&plain, Apply::default())
        .await
        .expect("without targets there is nothing to seal");
}

#[tokio::test]
async fn a_directory_goes_with_its_tokens_and_not_with_its_people() {
    let desk = desk();
    let administration = &desk.administration;
    let none = declared(&[], &[]);
    let remove = Apply {
        remove: true,
        confirm: false,
    };
    administration
        .apply(&declared(&["acme", "b"], &[]), remove)
        .await
        .unwrap();
    let token = administration.create_token("acme", NewToken::default()).await.unwrap();
    let other = administration.create_token("b", NewToken::default()).await.unwrap();
    let absent = administration.create_token("c", NewToken::default()).await;
    assert!(matches!(absent, Err(Error::NoDirectory(name)) if name == "c"));

    let key = ResourceKey {
        scope: Scope {
            directory: desk.registry.directory("acme").unwrap().id,
            resource_type: "Group".into(),
        },
        id: ResourceId(Uuid::from_u128(1)),
    };
    let write = |write| Batch {
        expect: Vec::new(),
        writes: vec![write],
    };
    desk.store
        .commit(write(Write::PutResource(resource(&key))))
        .await
        .unwrap();
    let refused = administration.apply(&declared(&["b"], &[]), remove).await;
    assert_eq!(
        told(&refused),
        "the directory `acme` still holds 1 Groups: delete them first"
    );
    assert!(
        administration
            .tokens()
            .authenticate(token.secret.expose_secret())
            .await
            .is_ok()
    );

    desk.store.commit(write(Write::DeleteResource(key))).await.unwrap();
    administration.apply(&declared(&["b"], &[]), remove).await.unwrap();
    administration
        .apply(&declared(&["acme", "b"], &[]), remove)
        .await
        .unwrap();
    let old = administration.tokens().authenticate(token.secret.expose_secret()).await;
    assert!(
        matches!(old, Err(Denied::Invalid)),
        "a directory made anew knows nothing of the old one"
    );
    let listed = administration.list_tokens().await.unwrap();
    assert_eq!(listed.iter().map(|token| &token.id).collect::<Vec<_>>(), [&other.id]);
    assert_eq!(
        told(&administration.apply(&none, Apply::default()).await),
        "?d acme, ?d b"
    );
}

#[tokio::test]
async fn status_tells_what_is_pending_and_why() {
    let desk = desk();
    let administration = &desk.administration;
    let declared = declared(&["acme"], &[("pd", "acme", "k")]);
    administration.apply(&declared, Apply::default()).await.unwrap();
    let retry = LinkChange::Retry {
        due: at(),
        problem: problem(ProblemKind::Retrying, None, "open incidents"),
        counts: true,
        ambiguous_until: None,
        seen: u64::MAX,
    };
    let park = LinkChange::Park {
        problem: problem(ProblemKind::Parked, Some("email"), "is taken"),
        due: None,
        seen: 1,
    };
    mark(&desk, 1, (Access::Kept, None)).await;
    mark(&desk, 2, (Access::Taken, Some(retry))).await;
    mark(&desk, 3, (Access::Kept, Some(park))).await;
    let report = |number, kind: &str, field: Option<&str>, reason: &str| ProblemReport {
        resource: Uuid::from_u128(number).to_string(),
        resource_type: "User".into(),
        kind: kind.into(),
        field: field.map(str::to_owned),
        reason: reason.into(),
        since: at(),
    };
    let expected = TargetReport {
        name: "pd".into(),
        directory: "acme".into(),
        vendor: "pagerduty".into(),
        state: "down".into(),
        reason: Some("the vendor answered 503".into()),
        since: None,
        authorized_until: None,
        needs_consent: false,
        pending: 2,
        leavers: 1,
        oldest_pending: Some(at()),
        oldest_leaver: Some(at()),
        reading_back: 0,
        parked: 1,
        held: 0,
        withheld: 0,
        pace: None,
        guard: GuardCount {
            accounts: 0,
            allowed: Some(10),
            going: 0,
        },
        problems: vec![
            report(3, "parked", Some("email"), "is taken"),
            report(2, "retrying", None, "open incidents"),
        ],
        roles: None,
        warnings: Vec::new(),
        drift: None,
    };
    assert_eq!(administration.status().await.unwrap(), [expected]);
}

#[tokio::test]
async fn what_rests_is_taken_up_again() {
    let desk = desk();
    let administration = &desk.administration;
    let declared = declared(&["acme"], &[("pd", "acme", "secret")]);
    administration.apply(&declared, Apply::default()).await.unwrap();
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
        (TakeUp::One("no id".to_owned()), 0, (1, 1, 1)),
        (TakeUp::One(id(9)), 0, (1, 1, 1)),
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
    let absent = administration.retry("other", &TakeUp::Parked).await;
    assert!(matches!(absent, Err(Error::NoTarget(name)) if name == "other"));
}

/// Somebody left while the vendor was down: their access must not stay because the target is removed.
#[tokio::test]
async fn a_target_goes_once_it_has_delivered_everything() {
    let desk = desk();
    let administration = &desk.administration;
    let both = declared(&["acme"], &[("pd", "acme", "secret")]);
    administration.apply(&both, Apply::default()).await.unwrap();
    let link = mark(&desk, 1, (Access::Taken, None)).await;
    let remove = |confirm| Apply { remove: true, confirm };
    let refused = administration.apply(&declared(&["acme"], &[]), remove(false)).await;
    let Err(Error::Refused(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        faults[0].starts_with("the target `pd` has 1 deliveries pending, 1 of them"),
        "{faults:?}"
    );
    let kept = administration.apply(&both, remove(false)).await.unwrap();
    assert!(
        kept.iter().all(|change| change.verdict == Verdict::Unchanged),
        "{kept:?}"
    );
    let removed = administration
        .apply(&declared(&["acme"], &[]), remove(true))
        .await
        .unwrap();
    assert!(
        removed.iter().any(|change| change.verdict == Verdict::Removed),
        "{removed:?}"
    );
    assert_eq!(desk.store.link(&link).await.unwrap(), None, "nothing of it stays");
    let others = desk.store.settings(SettingKind::Other).await.unwrap();
    assert_eq!(others, []);
}

/// Who decides says which list was seen: another one is refused.
#[tokio::test]
async fn what_the_guard_holds_is_decided_as_listed() {
    let desk = desk();
    let administration = &desk.administration;
    let declared = declared(&["acme"], &[("pd", "acme", "secret")]);
    administration.apply(&declared, Apply::default()).await.unwrap();
    let hold = |seen| LinkChange::Park {
        problem: problem(ProblemKind::Held, None, "guard"),
        due: None,
        seen,
    };
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

/// Of what a restore marked, only what somebody has written since or who leaves. A decision that another one has taken
/// meanwhile is not overruled unseen.
#[tokio::test]
async fn what_is_listed_after_a_restore_and_by_which_name() {
    let desk = desk();
    let administration = &desk.administration;
    let declared = declared(&["acme"], &[("pd", "acme", "secret")]);
    administration.apply(&declared, Apply::default()).await.unwrap();
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

fn at() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn problem(kind: ProblemKind, field: Option<&str>, reason: &str) -> Problem {
    Problem {
        kind,
        field: field.map(str::to_owned),
        reason: reason.to_owned(),
        since: at(),
    }
}

/// Marks the link of a person at the one target, as a leaver or not, and changes it further.
async fn mark(desk: &Desk, number: u128, (access, change): (Access, Option<LinkChange>)) -> LinkKey {
    let directory = desk.registry.directory("acme").unwrap();
    let link = LinkKey {
        directory: directory.id,
        target: directory.targets[0].id,
        resource: ResourceId(Uuid::from_u128(number)),
    };
    let mark = LinkChange::Mark(Mark {
        resource_type: "User".into(),
        fields: BTreeSet::new(),
        access,
        cause: Cause::Own,
        at: at(),
        tombstone: None,
    });
    let changes = [Some(mark), change].into_iter().flatten();
    let batch = Batch {
        expect: Vec::new(),
        writes: changes.map(|change| Write::Link(link, change)).collect(),
    };
    desk.store.commit(batch).await.unwrap();
    link
}

fn resource(key: &ResourceKey) -> Resource {
    Resource {
        key: key.clone(),
        version: 1,
        created: at(),
        modified: at(),
        body: b"{}".to_vec(),
        splices: Vec::new(),
        index: Vec::new(),
        origins: Vec::new(),
    }
}

/// Of changes at the same time the registry has what the store has, whichever came last.
#[tokio::test]
async fn changes_at_the_same_time_come_one_after_another() {
    let desk = desk();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let administration = desk.administration.clone();
        let name = format!("d{number}");
        tasks.spawn(async move {
            administration
                .apply(&declared(&[&name], &[]), Apply::default())
                .await
                .unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(desk.registry.all().len(), 20);
}

/// A request that began before its directory went creates nothing in it.
#[tokio::test]
async fn nothing_is_created_in_a_directory_that_is_gone() {
    let desk = desk();
    let remove = Apply {
        remove: true,
        confirm: false,
    };
    desk.administration
        .apply(&declared(&["acme"], &[]), remove)
        .await
        .unwrap();
    let id = desk.registry.directory("acme").unwrap().id;
    let trace = crate::service::plan::removed_directory(id);
    assert_eq!(desk.store.setting(SettingKind::Other, &trace).await.unwrap(), None);
    desk.administration.apply(&declared(&[], &[]), remove).await.unwrap();
    assert!(desk.store.setting(SettingKind::Other, &trace).await.unwrap().is_some());
}

/// Between two applications nobody may have looked, and what was written meanwhile was written under the other
/// settings.
#[tokio::test]
async fn settings_that_change_and_change_back_are_looked_at_anew() {
    let desk = desk();
    let mut declared = declared(&["acme"], &[("pd", "acme", "k")]);
    let first = declared.targets[0].config.clone();
    let mut other = first.clone();
    other.assignment = Some("title eq \"in\"".to_owned());
    let mut unlike = first.clone();
    unlike.calls_per_minute = Some(7);
    for (config, expected) in [(&first, None), (&unlike, None), (&other, Some(1)), (&first, Some(2))] {
        declared.targets[0].config = config.clone();
        desk.administration.apply(&declared, Apply::default()).await.unwrap();
        let target = desk.registry.directory("acme").unwrap().targets[0].id;
        let look = crate::service::look_record(target);
        let asked = desk.store.setting(SettingKind::Other, &look);
        let asked = asked.await.unwrap().map(|(version, _)| version);
        assert_eq!(asked, expected, "{config:?}");
    }
}
