//! The store's file: backed up, restored, damaged, and on a disk that is full.
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::harness::{
    Answer, Process, Scim, Site, TWIN_TOKEN, command, directory, start_twin, target, text, until, user,
};

/// Far more writes than a limited file takes.
pub(super) const WRITES_MAX: usize = 500;

pub(super) fn staff(server: &Process, token: &str) -> Scim {
    Scim::new(format!("http://{}/scim/staff/v2", server.addr), token)
}

/// Creates large people until one is not taken; its answer.
pub(super) async fn write_until_refused(staff: &Scim, acknowledged: &mut Vec<String>) -> Answer {
    loop {
        let answer = staff.post("/Users", &large(acknowledged.len())).await;
        match answer.status {
            201 => acknowledged.push(answer.id()),
            _ => return answer,
        }
        assert!(acknowledged.len() < WRITES_MAX, "the file is not limited");
    }
}

pub(super) fn large(number: usize) -> Value {
    let mut user = user(&format!("p{number}"));
    for field in ["displayName", "nickName", "title", "userType"] {
        user[field] = json!("x".repeat(60_000));
    }
    user
}

/// What `/healthz` and `/readyz` answer.
async fn health(server: &Process) -> (u16, u16) {
    let probe = Scim::new(format!("http://{}", server.addr), "");
    (probe.get("/healthz").await.status, probe.get("/readyz").await.status)
}

/// What `usherd serve` says when it does not start.
fn refused(site: &Site) -> String {
    let output = command(&["serve", "--config", text(&site.path("usherd.toml"))]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test]
async fn a_store_is_backed_up_while_it_serves_and_restored() {
    let (site, twin) = (Site::new(""), start_twin(1).await);
    let target = target("pagerduty", "staff", &twin.base_url, "");
    site.write("directories.toml", &format!("{}{target}", directory("staff", "")));
    let server = site.serve();
    assert_eq!(site.declare().0, 0);
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let token = token.trim();
    let ursula = staff(&server, token).create("/Users", &user("ursula")).await;
    let backup = site.path("backup");
    let (code, told, stderr) = site.run(&["backup", text(&backup)]);
    assert!(code == 0 && told.contains(" records of "), "{told}{stderr}");
    let mode = fs::metadata(&backup).expect("the backup").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it is its owner's alone");
    let written = fs::read(&backup).expect("the backup");
    let holds = |secret: &str| written.windows(secret.len()).any(|part| part == secret.as_bytes());
    assert!(holds("ursula@example.com"));
    let secret = token.rsplit('_').next().expect("a token's secret");
    assert!(
        !holds(secret) && !holds(&format!("\"{TWIN_TOKEN}\"")),
        "no secret is in it in clear"
    );

    let (code, _, stderr) = site.run(&["backup", text(&backup)]);
    assert!(code == 1 && stderr.contains("is there already"), "{stderr}");
    assert_eq!(site.run(&["backup", text(&backup), "--force"]).0, 0);
    staff(&server, token).create("/Users", &user("grace")).await;
    let restore = |arguments: &[&str]| site.run(&[&["restore", text(&backup)], arguments].concat());
    let (code, _, stderr) = restore(&["--force"]);
    assert!(
        code == 1 && stderr.contains("a server or a command has the store open"),
        "{stderr}"
    );
    server.terminate().await;
    let (code, _, stderr) = restore(&[]);
    assert!(code == 1 && stderr.contains("is there already"), "{stderr}");
    let (code, told, stderr) = restore(&["--force"]);
    assert!(code == 0 && told.contains(" restored\n"), "{told}{stderr}");

    let server = site.serve();
    let restored = staff(&server, token);
    assert_eq!(restored.get(&format!("/Users/{ursula}")).await.status, 200);
    assert_eq!(restored.get("/Users").await.body["totalResults"], 1);
    let (_, told, _) = site.run(&["status"]);
    assert!(told.contains("the store was restored from a backup at "), "{told}");
    // Grace's account is there already: she gets no second one.
    restored.create("/Users", &user("grace")).await;
    until("nothing is pending", async || {
        let (_, told, _) = site.run(&["status", "--json"]);
        let status: Value = serde_json::from_str(&told).expect("a status");
        (status["targets"][0]["pending"] == 0).then_some(())
    })
    .await;
    assert_eq!(
        twin.calls().await["routes"]["POST /users"],
        3,
        "one of them was refused"
    );
    assert!(twin.user("grace@example.com").await.is_some());
}

#[tokio::test]
async fn a_damaged_store_is_refused_with_a_way_out() {
    let site = Site::new("");
    let server = site.serve();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let id = staff(&server, token.trim()).create("/Users", &user("ursula")).await;
    let backup = site.path("backup");
    assert_eq!(site.run(&["backup", text(&backup)]).0, 0);
    server.terminate().await;
    let store = site.store();
    let mut file = OpenOptions::new().write(true).open(&store).expect("the store");
    file.seek(SeekFrom::Start(0)).expect("a file");
    file.write_all(&[0xff; 4096]).expect("a file");
    drop(file);
    let told = refused(&site);
    let way_out = told.contains("the store is damaged") && told.contains("`usherd restore FILE --force`");
    assert!(way_out && told.contains(text(&store)), "{told}");
    let (code, _, stderr) = site.run(&["store", "check"]);
    assert!(code == 1 && stderr.contains("the store is damaged"), "{stderr}");
    assert_eq!(site.run(&["restore", text(&backup), "--force"]).0, 0);
    let server = site.serve();
    let found = staff(&server, token.trim()).get(&format!("/Users/{id}")).await;
    assert_eq!(found.body["displayName"], "ursula");
}

/// A limit on the size of files is met as a full disk is, after the free space that the gateway watches.
#[tokio::test]
async fn a_full_disk_refuses_writes_and_heals() {
    let site = Site::new("");
    let server = site.serve_limited();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let staff = staff(&server, token.trim());
    let first = staff.create("/Users", &user("first")).await;
    server.limit_files(Some(fs::metadata(site.store()).expect("the store").len()));
    let mut acknowledged = vec![first];
    let refused = write_until_refused(&staff, &mut acknowledged).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.retry_after.is_some(), "{refused:?}");
    let path = format!("/Users/{}", acknowledged[0]);
    until("reads go on", async || {
        (staff.get(&path).await.status == 200).then_some(())
    })
    .await;
    assert_eq!(health(&server).await, (200, 200), "reads are served");
    server.limit_files(None);
    let healed = until("writes go on", async || {
        let answer = staff.post("/Users", &large(WRITES_MAX)).await;
        (answer.status == 201).then_some(answer)
    })
    .await;
    acknowledged.push(healed.id());
    for id in &acknowledged {
        assert_eq!(staff.get(&format!("/Users/{id}")).await.status, 200);
    }
    server.terminate().await;
    let (code, told, stderr) = site.run(&["store", "check"]);
    assert!(code == 0 && told.contains("nothing is wrong"), "{told}{stderr}");
}

/// A disk that was unmounted: the store is neither made anew nor taken from elsewhere, and comes back with the disk.
#[tokio::test]
async fn a_server_without_its_store_is_up_and_not_ready() {
    let site = Site::new("");
    let server = site.serve_limited();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let staff = staff(&server, token.trim());
    let mut acknowledged = vec![staff.create("/Users", &user("first")).await];
    assert_eq!(health(&server).await, (200, 200));
    let away = site.path("away");
    fs::rename(site.store(), &away).expect("it is moved");
    server.limit_files(Some(fs::metadata(&away).expect("the store").len()));
    let refused = write_until_refused(&staff, &mut acknowledged).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    server.limit_files(None);
    let path = format!("/Users/{}", acknowledged[0]);
    for _ in 0..20 {
        let refused = staff.post("/Users", &user("lost")).await;
        assert!(refused.status == 503 && refused.retry_after.is_some(), "{refused:?}");
        assert_eq!(staff.get(&path).await.status, 503);
        assert_eq!(health(&server).await, (200, 503));
    }
    assert!(!site.store().exists(), "no other store is made");
    fs::rename(&away, site.store()).expect("it is moved");
    until("it is ready", async || {
        (health(&server).await == (200, 200)).then_some(())
    })
    .await;
    for id in &acknowledged {
        assert_eq!(staff.get(&format!("/Users/{id}")).await.status, 200);
    }
}

/// A changed byte of a record: the record is refused, all else is served, and a check names it.
#[tokio::test]
async fn a_damaged_record_is_refused_and_found() {
    let site = Site::new("");
    let server = site.serve();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let token = token.trim();
    let [sound, damaged] = ["grace", "ursula"];
    let sound = staff(&server, token).create("/Users", &user(sound)).await;
    let damaged = staff(&server, token).create("/Users", &user(damaged)).await;
    server.terminate().await;
    let mut bytes = fs::read(site.store()).expect("the store");
    let name = b"\"displayName\":\"ursula\"";
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    assert!(!places.is_empty(), "her document is in it");
    places.iter().for_each(|at| bytes[at + name.len() - 2] ^= 1);
    fs::write(site.store(), bytes).expect("the store");

    let server = site.serve();
    let staff = staff(&server, token);
    assert_eq!(staff.get(&format!("/Users/{sound}")).await.status, 200);
    let refused = staff.get(&format!("/Users/{damaged}")).await;
    assert!(
        refused.status == 500 && !refused.body.to_string().contains("ursul"),
        "{refused:?}"
    );
    let (code, _, stderr) = site.run(&["store", "check"]);
    let named = stderr.contains(&damaged.replace('-', ""));
    assert!(code == 1 && named, "{stderr}");
    let (_, told, _) = site.run(&["status"]);
    assert!(told.contains("the store is damaged, "), "{told}");
    let backup = site.path("backup");
    let (code, _, stderr) = site.run(&["backup", text(&backup)]);
    assert!(code == 1 && !backup.exists(), "{stderr}");
}
