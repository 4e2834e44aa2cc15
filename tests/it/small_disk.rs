//! A file system of its own, which is really full.
//!
//! It is mounted in a mount namespace of this process's own, where the machine lets users make one.
use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::disk::{WRITES_MAX, large, staff, write_until_refused};
use crate::harness::{Scim, Site, text, until, user};

/// Room for the 64 MiB below which nothing is written any more, and some.
const SIZE: &str = "96m";

/// Where the file system is mounted, for the process that has it.
const MOUNTED: &str = "USHERD_SMALL_DISK";

static BLOCK: [u8; 1 << 16] = [0; 1 << 16];

#[test]
fn a_full_file_system_refuses_writes_and_heals() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mount = format!("mount -t tmpfs -o size={SIZE} none \"$0\"");
    if !namespaced(&format!("{mount} && true"), folder.path())
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("LEFT OUT: users may not mount a file system of their own here");
        return;
    }
    let test = "small_disk::on_a_small_disk";
    let run = format!("{mount} && exec \"$1\" --exact {test} --ignored --nocapture");
    let mut process = namespaced(&run, folder.path());
    process
        .arg(env::current_exe().expect("this test binary"))
        .env(MOUNTED, folder.path());
    let ended = process.output().expect("it runs");
    let told = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && told.contains("1 passed"), "{told}");
}

fn namespaced(script: &str, folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", script]).arg(folder);
    command
}

/// The store, backups and restores on a disk that has less than 64 MiB left, and on one that has nothing left.
#[tokio::test]
#[ignore = "needs a file system of its own, with which another test starts it"]
async fn on_a_small_disk() {
    let disk = PathBuf::from(env::var_os(MOUNTED).expect("a file system of its own"));
    let site = Site::new("");
    site.edit(
        "usherd.toml",
        &format!("data = {:?}", site.path("data")),
        &format!("data = {:?}", disk.join("data")),
    );
    let server = site.serve();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let client = staff(&server, token.trim());
    let mut acknowledged = vec![client.create("/Users", &user("first")).await];
    let backup = disk.join("backup");
    assert_eq!(site.run(&["backup", text(&backup)]).0, 0);

    // Less is left than the gateway keeps free: statvfs tells.
    let ballast = disk.join("ballast");
    fill(&ballast, Some(24 << 20));
    let refused = write_until_refused(&client, &mut acknowledged).await;
    assert!(refused.status == 503 && refused.retry_after.is_some(), "{refused:?}");
    reads(&client, &acknowledged).await;
    let (code, _, told) = site.run(&["backup", text(&disk.join("second"))]);
    assert!(code == 1 && told.contains("nearly full"), "{told}");

    // Nothing at all is left.
    fill(&ballast, None);
    let refused = client.post("/Users", &user("late")).await;
    assert!(refused.status == 503 && refused.retry_after.is_some(), "{refused:?}");
    reads(&client, &acknowledged).await;
    let (code, _, told) = site.run(&["backup", text(&disk.join("second"))]);
    assert!(code == 1 && !disk.join("second").exists(), "{told}");
    server.terminate().await;
    let store = disk.join("data").join("usherd.redb");
    let before = fs::metadata(&store).expect("the store").len();
    let (code, _, told) = site.run(&["restore", text(&backup), "--force"]);
    assert_eq!(code, 1, "{told}");
    assert_eq!(
        fs::metadata(&store).expect("the store").len(),
        before,
        "the store is what it was"
    );

    // A start needs no room.
    let server = site.serve();
    let client = staff(&server, token.trim());
    reads(&client, &acknowledged).await;
    server.terminate().await;

    fs::remove_file(&ballast).expect("a file of ours");
    let server = site.serve();
    let client = staff(&server, token.trim());
    reads(&client, &acknowledged).await;
    let healed = until("writes go on", async || {
        let answer = client.post("/Users", &large(WRITES_MAX)).await;
        (answer.status == 201).then_some(answer)
    })
    .await;
    acknowledged.push(healed.id());
    reads(&client, &acknowledged).await;
    server.terminate().await;
    let (code, told, stderr) = site.run(&["store", "check"]);
    assert!(code == 0 && told.contains("nothing is wrong"), "{told}{stderr}");
}

/// Writes so much; without a number until there is no room for more.
fn fill(ballast: &Path, bytes: Option<usize>) {
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(ballast)
        .expect("a file of ours");
    for _ in 0..bytes.map_or(usize::MAX, |bytes| bytes / BLOCK.len()) {
        match file.write_all(&BLOCK) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                return;
            }
        }
    }
}

async fn reads(staff: &Scim, acknowledged: &[String]) {
    for id in acknowledged {
        assert_eq!(staff.get(&format!("/Users/{id}")).await.status, 200);
    }
}
