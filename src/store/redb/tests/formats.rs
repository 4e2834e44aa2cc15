//! Stores of earlier formats are brought to the present one, whatever interrupts it.
use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use redb::{Database, ReadableDatabase, TableHandle};

use super::disk::{Chance, Disk, Failing};
use super::flips::{self, Everything};
use crate::store::redb::migrate::{self, Step};
use crate::store::redb::open::{self, FORMAT};
use crate::store::redb::{Options, Redb, verify};
use crate::store::suite::{group, id, link, marked, member, put, resource, settled, user, write};
use crate::store::{Error, GrantKey, SettingKind, Store, Write};

/// Stores of every format, written by the version that had it, each with what [`written`] writes. Before its release
/// the present one is written anew with `USHERD_WRITE_FORMAT=1`; after it, it stays for good and must open.
pub(super) const FORMATS: &[u64] = &[1, 2, 3];

fn fixture(format: u64) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/redb/tests/formats");
    Path::new(folder).join(format!("{format}.redb.gz"))
}

/// A little of everything.
async fn written(store: &Redb) {
    let wanted = GrantKey {
        group: link(10),
        member: id(1),
    };
    let writes = vec![
        Write::PutResource(resource(user(1), &[("userName", "ann")])),
        put(group(10)),
        Write::AddMember(group(10), member(1)),
        marked(1, 0),
        settled(1, Some("P1"), Some(1)),
        marked(10, 0),
        Write::Want(wanted, true),
        Write::PutSetting(SettingKind::Other, "title".to_owned(), vec![1]),
    ];
    write(store, writes).await;
    store
        .lease(link(1).target, uuid::Uuid::nil(), Duration::from_secs(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn every_released_format_opens() {
    assert_eq!(FORMATS.last(), Some(&FORMAT), "a store of the present format is kept");
    let fresh = Disk::default();
    let expected = fresh.open().unwrap();
    written(&expected).await;
    if std::env::var_os("USHERD_WRITE_FORMAT").is_some() {
        let (disk, mut packed) = (Disk::default(), GzEncoder::new(Vec::new(), Compression::best()));
        written(&disk.open().unwrap()).await;
        packed.write_all(&disk.bytes()).unwrap();
        fs::write(fixture(FORMAT), packed.finish().unwrap()).unwrap();
    }
    for format in FORMATS {
        assert_alike(&Disk::holding(&kept(*format)), &expected, &format!("format {format}")).await;
    }
}

/// Each opening is killed at each operation, with what a power cut does to the disk.
#[tokio::test]
async fn an_upgrade_that_is_cut_off_goes_on() {
    let fresh = Disk::default();
    let expected = fresh.open().unwrap();
    written(&expected).await;
    for format in FORMATS.iter().filter(|format| **format != FORMAT) {
        let bytes = kept(*format);
        let whole = Disk::holding(&bytes);
        drop(whole.open().unwrap());
        let rows = everything(&whole);
        assert!(whole.operations() > 20, "a step takes some writes");
        for moment in 0..whole.operations() {
            let disk = Disk::holding(&bytes);
            disk.fail(Some(Failing::From(moment)));
            drop(disk.open());
            disk.cut_power(&mut Chance::of(moment));
            let case = format!("format {format} cut at {moment}");
            assert_alike(&disk, &expected, &case).await;
            assert_eq!(everything(&disk), rows, "{case}");
        }
    }
}

fn everything(disk: &Disk) -> Everything {
    let database = open::open(&disk.options()).unwrap();
    flips::everything(&open::snapshot(&database).unwrap()).unwrap()
}

/// A store that [`written`] wrote in this format.
pub(super) fn kept(format: u64) -> Vec<u8> {
    let (packed, mut bytes) = (fs::read(fixture(format)).unwrap(), Vec::new());
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Opens a store, and compares it with what it should be.
async fn assert_alike(disk: &Disk, expected: &Redb, case: &str) {
    let store = disk.open().unwrap_or_else(|error| panic!("{case}: {error:?}"));
    for key in [user(1), group(10)] {
        let found = store.resource(&key).await.unwrap();
        assert_eq!(found, expected.resource(&key).await.unwrap(), "{case}");
    }
    for number in [1, 10] {
        let found = store.link(&link(number)).await.unwrap();
        assert_eq!(found, expected.link(&link(number)).await.unwrap(), "{case}");
    }
    assert_eq!(store.members(&group(10), None, 9).await.unwrap(), [member(1)], "{case}");
    assert_eq!(store.grants_due(&link(10), None, 9).await.unwrap().len(), 1, "{case}");
    assert_eq!(store.settings(SettingKind::Other).await.unwrap().len(), 1, "{case}");
    drop(store);
    assert_eq!(verify(&disk.options()).unwrap().first, Vec::<String>::new(), "{case}");
}

/// Makes every value of a table one byte longer, once.
fn lengthen(database: &Database, table: &str, to: usize) -> Result<(), Error> {
    migrate::walk(database, table, &|_, value| {
        Ok((value.len() < to).then(|| [value, b"+"].concat()))
    })
}

const STEPS: &[Step] = &[
    |database| lengthen(database, "stamps", 2),
    |database| lengthen(database, "stamps", 3),
];

fn fill(disk: &Disk) {
    let database = open::open(&disk.options()).unwrap();
    let transaction = open::begin(&database).unwrap();
    {
        let stamps = redb::TableDefinition::<&[u8], &[u8]>::new("stamps");
        let mut stamps = transaction.open_table(stamps).unwrap();
        for number in 0..12_000_u32 {
            stamps.insert(number.to_be_bytes().as_slice(), b"1".as_slice()).unwrap();
        }
    }
    transaction.commit().unwrap();
    open::set_format(&database, 1).unwrap();
}

fn lengths(database: &Database) -> Vec<usize> {
    use redb::ReadableTable;
    let tables = open::snapshot(database).unwrap();
    let rows = tables.stamps.iter().unwrap();
    rows.map(|row| row.unwrap().1.value().len()).collect()
}

fn bring(disk: &Disk) -> Result<Database, Error> {
    let database = open::opened_as_is(&disk.options()).map_err(|error| Error::Unexpected(Box::new(error)))?;
    let found = open::format(&database)?.unwrap_or_default();
    migrate::migrate(&database, found, (1, STEPS))?;
    Ok(database)
}

/// Each step is killed at every twentieth operation, with what a power cut does to the disk.
#[test]
fn a_step_that_is_cut_off_is_done_again() {
    let full = Disk::default();
    fill(&full);
    let bytes = full.bytes();
    let whole = Disk::holding(&bytes);
    drop(bring(&whole).unwrap());
    for moment in (0..whole.operations()).step_by(20) {
        let disk = Disk::holding(&bytes);
        disk.fail(Some(Failing::From(moment)));
        drop(bring(&disk));
        disk.cut_power(&mut Chance::of(moment));
        let database = bring(&disk).unwrap();
        assert_eq!(open::format(&database).unwrap(), Some(3), "cut at {moment}");
        let lengths = lengths(&database);
        assert!(
            lengths.len() == 12_000 && lengths.iter().all(|length| *length == 3),
            "cut at {moment}"
        );
    }
}

#[test]
fn what_no_version_reads_is_refused() {
    let disk = Disk::default();
    drop(open::open(&disk.options()).unwrap());
    for (found, expected) in [
        (migrate::FIRST - 1, "there is no format 0"),
        (FORMAT + 1, "use the version that wrote it"),
    ] {
        let database = open::opened_as_is(&disk.options()).unwrap();
        open::set_format(&database, found).unwrap();
        drop(database);
        let refused = open::open(&disk.options()).err().map(|error| error.to_string());
        assert!(
            refused.as_ref().is_some_and(|told| told.contains(expected)),
            "{refused:?}"
        );
    }
}

/// Every table is in a backup.
#[test]
fn every_table_is_known() {
    let database = open::open(&Options::in_memory()).unwrap();
    let transaction = database.begin_read().unwrap();
    let mut there: Vec<String> = transaction
        .list_tables()
        .unwrap()
        .map(|table| table.name().to_owned())
        .collect();
    there.sort();
    let tables = open::snapshot(&database).unwrap();
    let mut known: Vec<String> = tables.all().iter().map(|(name, _)| (*name).to_owned()).collect();
    known.push("meta".to_owned());
    known.sort();
    assert_eq!(there, known);
}
