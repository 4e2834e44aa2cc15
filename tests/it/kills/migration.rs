//! The process is killed while it brings a store of an earlier format to the present one.
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

use super::point::look_until;
use crate::dice::Dice;
use crate::harness::Site;

/// A store of each earlier format, as the version that had it wrote it.
const EARLIER: [(u64, &[u8]); 2] = [
    (1, include_bytes!("../../../src/store/redb/tests/formats/1.redb.gz")),
    (2, include_bytes!("../../../src/store/redb/tests/formats/2.redb.gz")),
];

/// Kills of the process over each of them.
const KILLS: usize = 12;

/// Times that one upgrade is killed before it is let through.
const KILLS_IN_A_ROW: usize = 2;

/// Less than an upgrade takes.
const UPGRADE_MAX: Duration = Duration::from_millis(6);

/// All that a store holds, by table and key.
type Rows = BTreeMap<String, BTreeMap<Vec<u8>, Vec<u8>>>;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

/// A command that opens the store and tells something small of it.
const OPENING: [&str; 2] = ["token", "list"];

#[test]
fn an_upgrade_that_is_killed_goes_on() {
    let mut dice = Dice::new(1);
    for (format, packed) in EARLIER {
        let (mut bytes, site) = (Vec::new(), Site::new(""));
        GzDecoder::new(packed).read_to_end(&mut bytes).expect("it is packed");
        fs::create_dir_all(site.store().parent().expect("it is in a folder")).expect("a folder of ours");
        fs::write(site.store(), &bytes).expect("a folder of ours");
        opened(&site);
        let (present, expected) = (format_of(&site), rows(&site));
        assert!(expected["resources"].len() > 1, "there is something to be upgraded");
        let mut halves = 0;
        for _ in 0..KILLS {
            fs::write(site.store(), &bytes).expect("a folder of ours");
            for _ in 0..KILLS_IN_A_ROW {
                let was = fs::read(site.store()).expect("the store");
                kill_soon_after_the_first_write(&site, dice.below(UPGRADE_MAX));
                let is_begun = fs::read(site.store()).expect("the store") != was;
                halves += usize::from(is_begun && format_of(&site) < present);
            }
            opened(&site);
            assert_eq!(rows(&site), expected);
        }
        println!(
            "format {format}: {halves} of {} kills were in the upgrade",
            KILLS * KILLS_IN_A_ROW
        );
        assert!(halves > 0, "no kill was in the upgrade of format {format}");
    }
}

fn kill_soon_after_the_first_write(site: &Site, delay: Duration) {
    let modified = || fs::metadata(site.store()).and_then(|store| store.modified());
    let first = modified().expect("the store");
    let mut child = site.start(&OPENING);
    assert!(
        look_until(|| modified().expect("the store") != first),
        "the upgrade has begun"
    );
    thread::sleep(delay);
    child.kill().expect("it was not waited for");
    child.wait().expect("it ends");
}

/// Lets the process open the store undisturbed; a check finds it sound.
fn opened(site: &Site) {
    for command in [&OPENING[..], &["store", "check"]] {
        let (code, _, told) = site.run(command);
        assert_eq!(code, 0, "{told}");
    }
}

/// A copy of the store, since whoever opens what was killed writes to it.
fn copy(site: &Site) -> Database {
    let copy = site.path("copy");
    fs::copy(site.store(), &copy).expect("a folder of ours");
    Database::open(copy).expect("it is a store, whenever the process was killed")
}

fn format_of(site: &Site) -> u64 {
    let copy = copy(site);
    let read = copy.begin_read().expect("it is open");
    let meta = read.open_table(META).expect("every store has it");
    meta.get("format")
        .expect("it can be read")
        .expect("every store has one")
        .value()
}

fn rows(site: &Site) -> Rows {
    let copy = copy(site);
    let read = copy.begin_read().expect("it is open");
    let tables = read
        .list_tables()
        .expect("it can be read")
        .map(|table| table.name().to_owned());
    let all = tables.filter(|name| name != META.name()).map(|name| {
        let table = read
            .open_table(TableDefinition::<&[u8], &[u8]>::new(&name))
            .expect("a table of bytes");
        let rows = table.iter().expect("it can be read").map(|row| {
            let (key, value) = row.expect("it can be read");
            (key.value().to_vec(), value.value().to_vec())
        });
        let rows = rows.collect();
        (name, rows)
    });
    all.collect()
}
