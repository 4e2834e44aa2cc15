//! Declarations applied one after another, and what is registered by them.
use std::sync::Arc;

use serde_json::Value;

use super::super::fixture::{Desk, declared, desk, over, sealer};
use super::super::{Apply, Change, Error, Kind, Verdict};
use crate::config;
use crate::service::Directory;
use crate::store::{Batch, SettingKind, Store, Write};

/// Changes as text: `+d acme` for a directory added, `~` changed, `=` unchanged, `?` undeclared, `-` removed.
pub(super) fn told(changes: &Result<Vec<Change>, Error>) -> String {
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
    let directory = |(name, directory): (&String, &Arc<Directory>)| {
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

/// What an earlier version has taken may be refused by now: the server starts all the same. What is declared anew is
/// judged.
#[tokio::test]
async fn an_expression_that_was_taken_once_is_gone_on_with() {
    let desk = desk();
    let mut declared = declared(&["acme"], &[("pd", "acme", "k")]);
    let source = |text: &str| config::Source {
        expression: Some(text.to_owned()),
        ..config::Source::default()
    };
    let mappings = &mut declared.targets[0].config.mapping.user;
    mappings.insert("job_title".to_owned(), source("user.title"));
    desk.administration.apply(&declared, Apply::default()).await.unwrap();
    let (_, record) = desk.store.setting(SettingKind::Target, "pd").await.unwrap().unwrap();
    let record = String::from_utf8(record).unwrap().replace("user.title", "user.rank");
    let write = Write::PutSetting(SettingKind::Target, "pd".to_owned(), record.into_bytes());
    let (expect, writes) = (Vec::new(), vec![write]);
    desk.store.commit(Batch { expect, writes }).await.unwrap();
    let again = over(desk.store.clone(), sealer(1));
    again.administration.load().await.unwrap();
    assert_eq!(registered(&again), "acme[pd:1]");
    let mappings = &mut declared.targets[0].config.mapping.user;
    mappings.insert("job_title".to_owned(), source("user.grade"));
    let refused = again.administration.apply(&declared, Apply::default()).await;
    assert!(told(&refused).contains("there is no `user.grade`"), "{refused:?}");
}

/// What is not understood is replaced as a whole, and by a person's word: what that changes cannot be told.
#[tokio::test]
async fn what_is_not_understood_is_replaced_as_a_whole() {
    let desk = desk();
    let both = declared(&["acme"], &[("pd", "acme", "k"), ("pd2", "acme", "k")]);
    desk.administration.apply(&both, Apply::default()).await.unwrap();
    let mut writes = Vec::new();
    for name in ["pd", "pd2"] {
        let (_, record) = desk.store.setting(SettingKind::Target, name).await.unwrap().unwrap();
        let mut record: Value = serde_json::from_slice(&record).unwrap();
        record["config"]["default_role"] = "onlooker".into();
        let record = serde_json::to_vec(&record).unwrap();
        writes.push(Write::PutSetting(SettingKind::Target, name.to_owned(), record));
    }
    let expect = Vec::new();
    desk.store.commit(Batch { expect, writes }).await.unwrap();
    let again = over(desk.store.clone(), sealer(1));
    again.administration.load().await.unwrap_err();
    let one = declared(&["acme"], &[("pd", "acme", "k")]);
    let (remove, confirm) = (false, true);
    for (given, confirm, expected) in [
        (&one, confirm, "the target `pd2` does not fit"),
        (
            &both,
            false,
            "the present settings of the target `pd` are not understood",
        ),
        (&both, confirm, "=d acme, ~t pd, ~t pd2"),
    ] {
        let applied = told(&again.administration.apply(given, Apply { remove, confirm }).await);
        assert!(applied.starts_with(expected), "{applied}");
        let is_done = applied.starts_with('=');
        assert_eq!(registered(&again), if is_done { "acme[pd:2 pd2:2]" } else { "" });
    }
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
