//! A store restored from a backup, before a vendor that knows better; and backups and restores that are killed.
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use usherd::clock::SystemClock;
use usherd::store::{Batch, DirectoryId, Options, Redb, Resource, ResourceId, ResourceKey, Scope, Store as _, Write};
use uuid::Uuid;

use crate::contract;
use crate::harness::{AtTwin, Process, Scim, Site, Twin, agree, directory, text, until, user};

/// So much is in a store that a backup of it, and a restore, can be met half-way.
const PEOPLE: u128 = 4_000;
const BODY_BYTES: usize = 8 << 10;

/// What a person's resource at the target waits for, as `status` tells it.
const WAITS: &str = "restored from a backup: it waits until the identity provider writes the resource again, or for `usherd retry --held`";

/// A site that feeds a twin of Okta, where who leaves keeps a deactivated account.
struct Desk {
    site: Site,
    twin: Twin,
    token: String,
}

impl Desk {
    /// A server of one directory whose target is this twin.
    fn served(twin: Twin) -> (Self, Process) {
        let site = Site::new("");
        let target = AtTwin {
            name: "desk",
            directory: "staff",
            vendor: "okta",
            base_url: &twin.base_url,
        };
        let target = target.toml("on_delete = \"deactivate\"\nread_lag_ms = 100\ncall_deadline_ms = 1000");
        let staff = directory("staff", "respond_within_ms = 300");
        site.write("directories.toml", &format!("{staff}{target}"));
        let server = site.serve();
        let (code, _, stderr) = site.declare();
        assert_eq!(code, 0, "{stderr}");
        let token = site.run(&["token", "create", "staff"]).1.trim().to_owned();
        (Self { site, twin, token }, server)
    }

    fn scim(&self, server: &Process) -> Scim {
        Scim::new(format!("http://{}/scim/staff/v2", server.addr), &self.token)
    }

    /// How people stand at the vendor, by their names.
    async fn people(&self) -> Vec<String> {
        let people = self.twin.people("okta").await.into_iter();
        people
            .map(|(email, how)| format!("{} {how}", email.trim_end_matches("@example.com")))
            .collect()
    }

    /// How many links are pending, and how many wait.
    fn links(&self) -> (u64, u64) {
        let (_, told, stderr) = self.site.run(&["status", "--json"]);
        let status: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}{stderr}"));
        let count = |name: &str| status["targets"][0][name].as_u64().expect("a number");
        (count("pending"), count("held"))
    }
}

/// Everything that may have become of a person between the backup and the restore.
#[tokio::test]
async fn a_restored_store_gives_nobody_access_by_itself() {
    let (_running, twin) = contract::start("okta").await;
    let (desk, server) = Desk::served(twin);
    let staff = desk.scim(&server);
    for name in ["ann", "bob"] {
        staff.create("/Users", &user(name)).await;
    }
    agree(&(0, 0), async || desk.links()).await;
    desk.twin.fail("*", "429", None).await;
    let mut pending = Vec::new();
    for name in ["carl", "erin", "frank", "gus", "hal"] {
        pending.push(format!("/Users/{}", staff.create("/Users", &user(name)).await));
    }
    let backup = desk.site.path("backup");
    let (code, _, stderr) = desk.site.run(&["backup", text(&backup)]);
    assert_eq!(code, 0, "{stderr}");

    desk.twin.heal().await;
    let bob = staff.get("/Users?filter=externalId%20eq%20%22bob%22").await;
    let bob = format!("/Users/{}", bob.body["Resources"][0]["id"].as_str().expect("bob's id"));
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(staff.patch(&bob, off.clone()).await.status, 200);
    staff.create("/Users", &user("dora")).await;
    agree(&(0, 0), async || desk.links()).await;
    for path in &pending[1..] {
        assert_eq!(staff.delete(path).await.status, 204);
    }
    let known_better = [
        "ann in",
        "bob out",
        "carl in",
        "dora in",
        "erin out",
        "frank out",
        "gus out",
        "hal out",
    ];
    agree(&texts(&known_better), async || desk.people().await).await;
    agree(&(0, 0), async || desk.links()).await;
    server.terminate().await;
    let (code, _, stderr) = desk.site.run(&["restore", text(&backup), "--force"]);
    assert_eq!(code, 0, "{stderr}");

    desk.twin.forget_calls().await;
    let server = desk.site.serve();
    agree(&(0, 4), async || desk.links()).await;
    assert_eq!(desk.people().await, texts(&known_better));
    assert_eq!(desk.twin.writes().await, json!({}), "nothing is written at the vendor");
    let (_, told, _) = desk.site.run(&["status"]);
    assert_eq!(told.matches(WAITS).count(), 4, "{told}");

    let staff = desk.scim(&server);
    let [erin, frank, gus] = [1, 2, 3].map(|number| pending[number].as_str());
    let id = erin.trim_start_matches("/Users/");
    let taken_up = |more: &[&str]| desk.site.run(&[&["retry", "desk"], more].concat()).1;
    assert_eq!(
        taken_up(&[]),
        "0 taken up again\n",
        "what a restore holds is not parked"
    );
    assert_eq!(desk.site.run(&["retry", "desk", "--resource", id]).0, 0);
    // What the identity provider says again, it says.
    assert_eq!(staff.put(frank, &user("frank")).await.status, 200);
    assert_eq!(staff.delete(gus).await.status, 204);
    staff.create("/Users", &user("dora")).await;
    assert_eq!(staff.patch(&bob, off).await.status, 200);
    agree(&(0, 1), async || desk.links()).await;
    let mut last = [
        "ann in", "bob out", "carl in", "dora in", "erin in", "frank in", "gus out", "hal out",
    ];
    agree(&texts(&last), async || desk.people().await).await;
    assert_eq!(taken_up(&["--held"]), "1 taken up again\n", "who is left of the held");
    last[7] = "hal in";
    agree(&texts(&last), async || desk.people().await).await;
    agree(&(0, 0), async || desk.links()).await;
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// Fills the store of a site, whose server is stopped.
async fn fill(site: &Site) {
    let store = Redb::open(Options::file(site.store()), Arc::new(SystemClock)).expect("the store");
    let scope = Scope {
        directory: DirectoryId(Uuid::max()),
        resource_type: "User".to_owned(),
    };
    let resource = |number| Resource {
        key: ResourceKey {
            scope: scope.clone(),
            id: ResourceId(Uuid::from_u128(number)),
        },
        version: 1,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        body: vec![b'x'; BODY_BYTES],
        splices: Vec::new(),
        index: Vec::new(),
        origins: Vec::new(),
    };
    for first in (0..PEOPLE).step_by(500) {
        let writes = (first..first + 500).map(|number| Write::PutResource(resource(number)));
        let batch = Batch {
            expect: Vec::new(),
            writes: writes.collect(),
        };
        store.commit(batch).await.expect("it is written");
    }
}

/// A backup that is being written.
fn half(site: &Site) -> Option<PathBuf> {
    let files = fs::read_dir(site.path("")).expect("the folder");
    let mut files = files.map(|file| file.expect("a file").path());
    files.find(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(".usherd-backup-") && fs::metadata(file).is_ok_and(|file| file.len() > 0)
    })
}

#[tokio::test]
async fn a_killed_backup_is_none_and_a_killed_restore_leaves_the_store() {
    let site = Site::new("");
    site.declare();
    fill(&site).await;
    let server = site.serve();
    let backup = site.path("backup");
    let mut asking = site.start(&["backup", text(&backup)]);
    until("a backup is half written", async || half(&site)).await;
    drop(server);
    assert!(!asking.wait().expect("it ends").success());
    assert!(!backup.exists(), "it was killed half-way");
    let half = half(&site).expect("it was killed half-way");
    let (code, _, stderr) = site.run(&["restore", text(&half), "--force"]);
    assert!(code == 1 && stderr.contains("the backup cannot be used"), "{stderr}");
    let (code, _, stderr) = site.run(&["backup", text(&backup)]);
    assert_eq!(code, 0, "{stderr}");

    let later = site.run(&["token", "create", "staff", "--note", "later"]);
    assert_eq!(later.0, 0, "{}", later.2);
    let has_later = || site.run(&["token", "list"]).1.contains("later");
    let restoring = site.path("data").join("usherd.redb.restoring");
    for bytes in [0, 16 << 20] {
        let mut child = site.start(&["restore", text(&backup), "--force"]);
        until("the restore is half done", async || {
            let file = fs::metadata(&restoring).ok()?;
            (file.len() > bytes).then_some(())
        })
        .await;
        child.kill().expect("it is killed");
        assert!(!child.wait().expect("it ends").success(), "it was killed half-way");
        assert!(restoring.exists() && has_later(), "the store is what it was");
        // The next round waits for a file of its own.
        fs::remove_file(&restoring).expect("what the kill left");
    }
    assert_eq!(site.run(&["restore", text(&backup), "--force"]).0, 0);
    assert!(!restoring.exists() && !has_later(), "it is restored");
}
