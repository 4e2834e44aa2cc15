//! The table, and how it is played: all rows of one vendor's behaviour in one process, which is killed once.
use futures_util::future::join_all;

use super::row::Later::{Nothing, Title};
use super::row::Write::{Both, Grant, Removal};
use super::row::{Kill, Row, Vendor};
use super::scene::Scene;
use crate::harness::{Installation, agree};

/// No held call comes to its end by itself.
const CALL_DEADLINE_MS: u64 = 60_000;

/// Who takes over from a killed gateway waits this out first.
const SHORT_CALL_DEADLINE_MS: u64 = 1_000;

/// Plays rows with one target, and rows with two. Rows share nothing but the process.
async fn check(vendor: Vendor, kill: Kill, (one, two): (&[Row], &[Row])) {
    let rows = one.iter().map(|row| (1, *row)).chain(two.iter().map(|row| (2, *row)));
    let scenes = rows.enumerate().map(|(number, row)| Scene::new(number, vendor, row));
    let mut scenes = join_all(scenes).await;
    let mut installation = Installation::start(&declarations(&scenes, CALL_DEADLINE_MS)).await;
    for scene in &mut scenes {
        scene.enter(&installation).await;
    }
    installation.settled().await;
    join_all(scenes.iter_mut().map(Scene::write)).await;
    if kill == Kill::AfterUndo {
        join_all(scenes.iter().map(Scene::release)).await;
        join_all(scenes.iter_mut().map(Scene::answered)).await;
        all_agree(&scenes, &installation).await;
    }

    installation.kill();
    join_all(scenes.iter_mut().map(Scene::answered)).await;
    join_all(scenes.iter().map(Scene::release)).await;
    installation.declare(&declarations(&scenes, SHORT_CALL_DEADLINE_MS));
    installation.restart();
    installation.working().await;
    scenes.iter_mut().for_each(|scene| scene.find(&installation));
    join_all(scenes.iter().map(Scene::follow)).await;
    all_agree(&scenes, &installation).await;
}

fn declarations(scenes: &[Scene], call_deadline_ms: u64) -> String {
    scenes
        .iter()
        .map(|scene| scene.declarations(call_deadline_ms))
        .collect()
}

async fn all_agree(scenes: &[Scene], installation: &Installation) {
    let expected: Vec<_> = scenes.iter().map(Scene::expected).collect();
    agree(&expected, async || {
        let status = installation.status();
        join_all(scenes.iter().map(|scene| scene.found(&status))).await
    })
    .await;
}

/// Nothing is in the way.
const SETTLED: &[Row] = &[
    (
        Grant,
        Nothing,
        "200 | v2 tz=Europe/Berlin active=true role=admin | settled | 1 PUT",
    ),
    (
        Grant,
        Title,
        "200 200 | v3 tz=Europe/Berlin active=true role=admin title=later | settled | 2 PUT",
    ),
    (
        Removal,
        Nothing,
        "200 | v2 active=false role=admin | settled | 0 PUT 1 DELETE",
    ),
    (
        Removal,
        Title,
        "200 200 | v3 active=false role=admin title=later | settled | 0 PUT 1 DELETE",
    ),
    (Both, Nothing, "200 | v2 tz=Europe/Berlin active=true | settled | 2 PUT"),
    (
        Both,
        Title,
        "200 200 | v3 tz=Europe/Berlin active=true title=later | settled | 3 PUT",
    ),
];

/// The vendor refuses, and nobody waits for it any more, or another target or a later write stands against the undo.
const PARKED: &[Row] = &[
    (
        Grant,
        Nothing,
        "200 | v2 tz=Mars/Olympus active=true role=admin | parked time_zone | 1 PUT",
    ),
    (
        Grant,
        Title,
        "200 200 | v3 tz=Mars/Olympus active=true role=admin title=later | parked time_zone | 3 PUT",
    ),
    (
        Removal,
        Nothing,
        "200 | v2 active=false role=admin | retrying - | 0 PUT DELETEs",
    ),
    (
        Removal,
        Title,
        "200 200 | v3 active=false role=admin title=later | retrying - | 0 PUT DELETEs",
    ),
    (
        Both,
        Nothing,
        "200 | v2 tz=Mars/Olympus active=true | parked time_zone | 2 PUT",
    ),
    (
        Both,
        Title,
        "200 200 | v3 tz=Mars/Olympus active=true title=later | parked time_zone | 4 PUT",
    ),
];

/// The vendor refuses in time at the only target: what may be undone is.
const REFUSED: &[Row] = &[
    (Grant, Nothing, "400 | v3 active=true role=admin | settled | 1 PUT"),
    PARKED[1],
    PARKED[2],
    PARKED[3],
    PARKED[4],
    PARKED[5],
];

/// The gateway was killed before it learned that the vendor had done the work: it is done again, or seen to be done.
const DONE_AGAIN: &[Row] = &[
    (
        Grant,
        Nothing,
        "v2 tz=Europe/Berlin active=true role=admin | settled | 2 PUT",
    ),
    (
        Grant,
        Title,
        "v3 tz=Europe/Berlin active=true role=admin title=later | settled | 2 PUT",
    ),
    (
        Removal,
        Nothing,
        "v2 active=false role=admin | settled | 0 PUT 2 DELETE",
    ),
    (
        Removal,
        Title,
        "v3 active=false role=admin title=later | settled | 0 PUT 2 DELETE",
    ),
    (Both, Nothing, "v2 tz=Europe/Berlin active=true | settled | 3 PUT"),
    (
        Both,
        Title,
        "v3 tz=Europe/Berlin active=true title=later | settled | 3 PUT",
    ),
];

/// The gateway was killed before it learned of the refusal: nobody waits any more when it asks again. A field that is
/// refused goes last and alone from then on.
const REFUSED_AGAIN: &[Row] = &[
    (
        Grant,
        Nothing,
        "v2 tz=Mars/Olympus active=true role=admin | parked time_zone | 2 PUT",
    ),
    (
        Grant,
        Title,
        "v3 tz=Mars/Olympus active=true role=admin title=later | parked time_zone | 4 PUT",
    ),
    (
        Removal,
        Nothing,
        "v2 active=false role=admin | retrying - | 0 PUT DELETEs",
    ),
    (
        Removal,
        Title,
        "v3 active=false role=admin title=later | retrying - | 0 PUT DELETEs",
    ),
    (
        Both,
        Nothing,
        "v2 tz=Mars/Olympus active=true | parked time_zone | 3 PUT",
    ),
    (
        Both,
        Title,
        "v3 tz=Mars/Olympus active=true title=later | parked time_zone | 5 PUT",
    ),
];

#[tokio::test]
async fn what_settles_stays_settled() {
    check(Vendor::Settles, Kill::AfterUndo, (SETTLED, SETTLED)).await;
}

#[tokio::test]
async fn what_is_refused_is_undone_where_it_may_be() {
    check(Vendor::Refuses, Kill::AfterUndo, (REFUSED, PARKED)).await;
}

#[tokio::test]
async fn what_settles_late_was_answered_before() {
    check(Vendor::Slow, Kill::AfterUndo, (SETTLED, SETTLED)).await;
}

#[tokio::test]
async fn what_is_refused_late_is_parked() {
    check(Vendor::RefusesLate, Kill::AfterUndo, (PARKED, PARKED)).await;
}

#[tokio::test]
async fn a_kill_before_it_settles() {
    check(Vendor::Settles, Kill::BeforeUndo, (DONE_AGAIN, DONE_AGAIN)).await;
}

#[tokio::test]
async fn a_kill_before_the_undo() {
    check(Vendor::Refuses, Kill::BeforeUndo, (REFUSED_AGAIN, REFUSED_AGAIN)).await;
}

#[tokio::test]
async fn a_kill_after_the_answer_and_before_it_settles() {
    check(Vendor::Slow, Kill::BeforeUndo, (DONE_AGAIN, DONE_AGAIN)).await;
}

#[tokio::test]
async fn a_kill_after_the_answer_and_before_the_refusal() {
    check(Vendor::RefusesLate, Kill::BeforeUndo, (REFUSED_AGAIN, REFUSED_AGAIN)).await;
}
