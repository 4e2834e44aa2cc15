//! All that the present format can hold, byte for byte: another form of any record needs another format.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use uuid::Uuid;

use super::disk::Disk;
use super::flips;
use crate::store::redb::open::{self, FORMAT};
use crate::store::redb::{Redb, verify};
use crate::store::suite::{
    ACME, OTHER, PAGER, at, grant, group, link, mark, marked, member, problem, put, read_link, resource, user, write,
};
use crate::store::{
    Access, Applied, Link, LinkChange, Mark, Member, Place, Problem, ProblemKind, Resource, Restored, SettingKind,
    Settle, Splice, Store as _, TargetId, Tombstone, Write,
};

fn change(number: u128, change: LinkChange) -> Write {
    Write::Link(link(number), change)
}

/// An account of which everything is known.
fn account(number: u128) -> Applied {
    Applied {
        id: format!("P{number}"),
        fields: BTreeMap::from([("name".to_owned(), json!({"first": ["Ann", 1, true, null]}))]),
        parts: BTreeMap::from([("email".to_owned(), "E1".to_owned())]),
        active: true,
        unique: Some(format!("p{number}@example.com")),
        made: Some(at(1)),
        unfinished: true,
    }
}

fn settle(number: u128, settled: Option<u64>) -> Write {
    let settle = Settle {
        account: Some(account(number)),
        settled,
        ambiguous_until: settled.is_none().then(|| at(90)),
        removal_sent: settled.is_none(),
        generation: 7,
        under: 1,
        rejoins: false,
    };
    change(number, LinkChange::Settle(settle))
}

fn told(kind: ProblemKind) -> Problem {
    Problem {
        field: Some("name".to_owned()),
        ..problem(kind)
    }
}

fn rest(number: u128, kind: ProblemKind) -> Vec<Write> {
    let rest = LinkChange::Park {
        problem: told(kind),
        due: Some(at(60)),
        seen: 1,
    };
    vec![marked(number, 0), change(number, rest)]
}

fn leaving(number: u128, tombstone: Option<Tombstone>) -> Write {
    let mark = Mark {
        access: Access::Ended,
        tombstone,
        ..mark(2)
    };
    change(number, LinkChange::Mark(mark))
}

fn resources() -> Vec<Write> {
    let splice = |(offset, place)| Splice { offset, place };
    let imported = Resource {
        splices: [(1, Place::Rows), (2, Place::BaseUrl), (3, Place::Version)]
            .map(splice)
            .to_vec(),
        origins: vec![PAGER],
        ..resource(user(1), &[("userName", "ann"), ("emails.value", &"long".repeat(90))])
    };
    let shown = Member {
        display: Some("Ann".to_owned()),
        ..member(1)
    };
    let kinds = [
        SettingKind::Directory,
        SettingKind::Target,
        SettingKind::Token,
        SettingKind::Other,
    ];
    let settings = kinds.map(|kind| Write::PutSetting(kind, "name".to_owned(), vec![1]));
    let mut writes = vec![Write::PutResource(imported), put(user(2)), put(group(10))];
    writes.extend([
        Write::AddMember(group(10), shown),
        Write::AddMember(group(10), member(2)),
    ]);
    writes.extend(settings);
    writes
}

/// Links that rest, are tried again, are in doubt, leave, have left, come from a backup.
fn links() -> Vec<Write> {
    let retry = LinkChange::Retry {
        due: at(60),
        problem: told(ProblemKind::Retrying),
        counts: true,
        ambiguous_until: Some(at(90)),
        seen: 1,
    };
    let sending = LinkChange::Sending {
        unique: "p25@example.com".to_owned(),
        until: at(90),
    };
    let tombstone = Some(Tombstone {
        external_id: Some("e26".to_owned()),
    });
    let mut writes = vec![marked(20, 0), change(20, retry)];
    writes.extend(rest(21, ProblemKind::Parked));
    writes.extend(rest(22, ProblemKind::Held));
    writes.extend(rest(23, ProblemKind::Withheld));
    writes.extend([marked(25, 0), change(25, sending)]);
    for number in 26..=29 {
        writes.extend([marked(number, 0), settle(number, Some(1))]);
    }
    let held = LinkChange::Park {
        problem: told(ProblemKind::Held),
        due: None,
        seen: 2,
    };
    // One leaves with a deletion, one is to go, one has gone, of one something is in doubt.
    writes.extend([
        leaving(26, tombstone),
        leaving(27, None),
        change(27, LinkChange::Going),
        change(27, held),
        change(27, LinkChange::Approve(2, at(3))),
        leaving(28, None),
        change(28, LinkChange::Going),
    ]);
    let gone = Settle {
        settled: Some(2),
        generation: 7,
        under: 1,
        ..Settle::default()
    };
    writes.push(change(28, LinkChange::Settle(gone)));
    writes.push(change(29, LinkChange::Doubt(BTreeSet::from(["name".to_owned()]))));
    for number in 30..=31 {
        writes.extend([marked(number, 0), settle(number, None)]);
        writes.push(change(number, LinkChange::Restore));
    }
    writes.push(change(31, LinkChange::Release));
    writes
}

/// A member who is in, one who is refused, one who may be in, one who is to come.
fn grants() -> Vec<Write> {
    let mut writes = vec![marked(10, 0)];
    writes.extend([1, 2, 29, 27].map(|member| Write::Want(grant(10, member), true)));
    let is_in = |member| Write::Apply(grant(10, member), Some(format!("P{member}")), None);
    writes.extend([is_in(1), is_in(29), Write::Doubt(grant(10, 29))]);
    writes.push(Write::Apply(grant(10, 2), None, Some("no".to_owned())));
    writes
}

async fn written(store: &Redb) {
    for writes in [resources(), links(), grants()] {
        write(store, writes).await;
    }
    let ttl = Duration::from_secs(1);
    store.lease(PAGER, Uuid::nil(), ttl).await.unwrap();
    let other = TargetId(OTHER.0);
    let given_back = store.lease(other, ACME.0, ttl).await.unwrap().unwrap();
    store.release(other, &given_back).await.unwrap();
}

/// What must be among it, lest the rest shows nothing.
async fn assert_everything(store: &Redb) {
    let mut found: Vec<Link> = Vec::new();
    for number in 20..=31 {
        if number != 24 {
            found.push(read_link(store, number).await);
        }
    }
    let has = |what: &dyn Fn(&Link) -> bool| found.iter().any(what);
    for kind in [
        ProblemKind::Retrying,
        ProblemKind::Parked,
        ProblemKind::Held,
        ProblemKind::Withheld,
    ] {
        let of_kind = |problem: &Problem| problem.kind == kind && problem.field.is_some();
        assert!(has(&|link| link.problem.as_ref().is_some_and(of_kind)), "{kind:?}");
    }
    for restored in [Restored::Held, Restored::Released] {
        assert!(has(&|link| link.restored == Some(restored)), "{restored:?}");
    }
    assert!(has(&|link| link.sought.is_some() && link.ambiguous_until.is_some()));
    assert!(has(&|link| link
        .tombstone
        .as_ref()
        .is_some_and(|kept| kept.external_id.is_some())));
    assert!(has(&|link| link.going
        && link.approved.is_some()
        && link.leaver_since.is_some()));
    assert!(has(&|link| link.removal_sent && link.pending_since.is_some()));
    assert!(has(&|link| link.attempts > 0 && link.due.is_some()));
    assert!(has(&|link| !link.is_pending() && !link.unsettled.is_empty()));
    assert!(has(&|link| link.settled_under > 0 && link.generation > 0));
    let going = store.going(PAGER, at(2)).await.unwrap();
    assert!(going.going == 2 && going.waiting > 0, "{going:?}");
}

#[tokio::test]
async fn the_form_of_every_record_is_that_of_its_format() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/redb/tests/formats");
    let fixture = Path::new(folder).join(format!("{FORMAT}.whole.redb.gz"));
    let fresh = Disk::default();
    let store = fresh.open().unwrap();
    written(&store).await;
    assert_everything(&store).await;
    drop(store);
    if env::var_os("USHERD_WRITE_FORMAT").is_some() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&fresh.bytes()).unwrap();
        fs::write(&fixture, packed.finish().unwrap()).unwrap();
    }
    let mut bytes = Vec::new();
    let packed = fs::read(fixture).unwrap();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    let kept = Disk::holding(&bytes);
    let rows = |disk: &Disk| {
        let database = open::open(&disk.options()).unwrap();
        flips::everything(&open::snapshot(&database).unwrap()).unwrap()
    };
    assert_eq!(rows(&kept), rows(&fresh), "a form is another, and the format is not");
    assert_everything(&kept.open().unwrap()).await;
    assert_eq!(verify(&kept.options()).unwrap().first, Vec::<String>::new());
}
