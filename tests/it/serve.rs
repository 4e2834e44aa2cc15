//! The command `serve` with its configuration, and the other commands beside it.
use std::fs;
use std::net::TcpListener;
use std::sync::Arc;

use serde_json::json;
use usherd::clock::SystemClock;
use usherd::store::{self, Batch, Redb, SettingKind, Store, Write};

use crate::harness::{CERTIFICATE, KEY, Process, Scim, Site, command, text, user};

#[tokio::test]
async fn a_server_is_configured_declared_and_restarted() {
    let site = Site::new("[limits]\npage_max = 1");
    let server = site.serve();
    assert_eq!(site.declare(), (0, "directory staff: added\n".into(), String::new()));
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let base_url = |server: &Process| format!("http://{}/scim/staff/v2", server.addr);
    let staff = Scim::new(base_url(&server), token.trim());
    // No name that the hexadecimal digits of an id could spell.
    let id = staff.create("/Users", &user("ursula")).await;

    staff.create("/Users", &user("grace")).await;
    let page = staff.get("/Users?count=9").await.body;
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"]),
        (&2.into(), &1.into()),
        "the limit holds"
    );

    let rival = command(&["serve", "--config", text(&site.path("usherd.toml"))]);
    assert_eq!(rival.status.code(), Some(1));
    let told = String::from_utf8(rival.stderr).expect("text");
    assert!(
        told.ends_with(": the store cannot be used: another process has the store open\n"),
        "{told}"
    );

    let (status, log) = server.terminate().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(
        !log.contains("ursula") && !log.contains(token.trim()),
        "no personal data and no token in {log}"
    );

    assert_eq!(
        site.declare(),
        (0, "directory staff: unchanged\n".into(), String::new())
    );
    let (_, exported, _) = site.run(&["export"]);
    assert!(exported.starts_with("[[directory]]\nname = \"staff\"\n"), "{exported}");
    let again = site.serve();
    let staff = Scim::new(base_url(&again), token.trim());
    assert_eq!(staff.get(&format!("/Users/{id}")).await.body["displayName"], "ursula");
}

/// A start makes nothing before it can serve, and says what it makes; an empty file is no store.
#[tokio::test]
async fn nothing_is_made_unsaid() {
    let site = Site::new("");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken
        .local_addr()
        .map(|addr| (taken, addr.to_string()))
        .expect("an address");
    site.edit("usherd.toml", "127.0.0.1:0", &taken.1);
    let (code, _, told) = site.run(&["serve"]);
    assert_eq!((code, told.starts_with("cannot listen on ")), (1, true), "{told}");
    assert!(!site.path("data").exists());
    site.edit("usherd.toml", &taken.1, "127.0.0.1:0");
    let made = "a new and empty one was made";
    assert!(site.serve().terminate().await.1.contains(made));
    assert!(!site.serve().terminate().await.1.contains(made));
    fs::write(site.store(), "").expect("our store");
    for command in [&["serve"][..], &["status"], &["store", "check"]] {
        let (code, _, told) = site.run(command);
        assert_eq!((code, told.contains("has 0 bytes")), (1, true), "{command:?}: {told}");
    }
    assert_eq!(fs::metadata(site.store()).expect("our store").len(), 0);
}

/// What only reads needs no key, which a shell mostly has not got.
#[tokio::test]
async fn a_command_that_opens_no_credential_needs_no_key() {
    let site = Site::new("");
    assert_eq!(site.declare().0, 0);
    fs::remove_file(site.path("key")).expect("the key");
    for command in ["status", "export"] {
        assert_eq!(site.run(&[command]).0, 0, "{command}");
    }
    let (code, _, told) = site.declare();
    assert!(code == 1 && told.starts_with("the key cannot be read"), "{told}");
}

/// A version that knows a vendor less serves nothing halfway, and can be told of something else.
#[tokio::test]
async fn what_was_declared_and_is_not_understood_can_be_replaced() {
    let site = Site::new("");
    let directory = "[[directory]]\nname = \"staff\"\n";
    let target = format!(
        "{directory}[[target]]\nname = \"desk\"\ndirectory = \"staff\"\nvendor = \"pagerduty\"\ndefault_role = \"observer\"\n\
         credential = \"file:{}\"\nsettings = {{ from = \"a@example.com\" }}\n",
        text(&site.path("credential"))
    );
    let file = text(&site.path("directories.toml")).to_owned();
    for (known, lost, mended, apply) in [
        (
            "\"observer\"",
            "\"onlooker\"",
            &*target,
            &["apply", "--confirm", &file][..],
        ),
        ("pagerduty", "pagermilk", directory, &["apply", "--remove", &file]),
    ] {
        site.write("directories.toml", &target);
        assert_eq!(site.declare().0, 0);
        lose(&site, known, lost).await;
        for command in ["serve", "status"] {
            let (code, _, told) = site.run(&[command]);
            let says = told.contains("the target `desk` does not fit") && told.contains("`usherd apply` replaces it");
            assert!(code == 1 && says, "{command}: {told}");
        }
        let (code, shown, _) = site.run(&["export"]);
        assert!(code == 0 && shown.contains(lost), "{shown}");
        site.write("directories.toml", mended);
        let (code, _, told) = site.run(apply);
        assert_eq!(code, 0, "{told}");
        site.serve().terminate().await;
    }
}

/// Has the record of the target say something that no vendor knows.
async fn lose(site: &Site, known: &str, lost: &str) {
    let store = Redb::open(store::Options::file(site.store()), Arc::new(SystemClock));
    let store = Arc::new(store.expect("our store"));
    let found = store.setting(SettingKind::Target, "desk").await;
    let (_, record) = found.expect("it is read").expect("it is there");
    let record = String::from_utf8(record).expect("text");
    assert!(record.contains(known), "{record}");
    let record = record.replace(known, lost).into_bytes();
    let written = store.commit(Batch {
        expect: Vec::new(),
        writes: vec![Write::PutSetting(SettingKind::Target, "desk".to_owned(), record)],
    });
    written.await.expect("it is written");
    store.close().await;
}

/// redb panics over some damaged files: a command says what is to be done, and not redb's words.
#[tokio::test]
async fn a_damaged_store_is_told_in_our_words() {
    let site = Site::new("");
    assert_eq!(site.declare().0, 0);
    let mut bytes = fs::read(site.store()).expect("the store");
    let noise = (0_u32..).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]);
    let damaged = bytes.iter_mut().skip(5_000).take(30_000);
    damaged.zip(noise).for_each(|(byte, noise)| *byte = noise);
    fs::write(site.store(), bytes).expect("the store");
    for command in [&["status"][..], &["store", "check"], &["export"]] {
        let (code, _, told) = site.run(command);
        assert!(code == 1 && told.contains("usherd restore FILE"), "{command:?}: {told}");
        assert!(!told.contains("panicked"), "{command:?}: {told}");
    }
}

#[tokio::test]
async fn tls_is_served_with_certificate_and_key() {
    let site = Site::new("");
    site.write("certificate.pem", CERTIFICATE);
    site.write("key.pem", KEY);
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| site.path(name));
    let more = format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n");
    let config = fs::read_to_string(site.path("usherd.toml")).expect("written before");
    site.write(
        "usherd.toml",
        &format!("public_url = \"https://scim.example.com\"\n{config}{more}"),
    );
    let server = site.serve();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let base_url = format!("https://{}/scim/staff/v2", server.addr);
    let staff = Scim::trusting(base_url, token.trim(), CERTIFICATE);
    let created = staff.post("/Users", &user("ada")).await;
    let location = created.body["meta"]["location"].as_str().expect("a location");
    assert!(
        location.starts_with("https://scim.example.com/scim/staff/v2/Users/"),
        "{location}"
    );
}

/// Every kind of attribute and a required extension, beside users and groups and without any code.
#[tokio::test]
async fn further_resource_types_are_served_from_files() {
    let types = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/types");
    let schemas = ["exhibit", "loan", "storage"].map(|name| format!("{types}/schemas/{name}.json"));
    let exhibit = format!("{types}/resource_types/exhibit.json");
    let site = Site::new(&format!("schemas = {schemas:?}\nresource_types = [{exhibit:?}]\n"));
    let server = site.serve();
    site.declare();
    let (_, token, _) = site.run(&["token", "create", "staff"]);
    let staff = Scim::new(format!("http://{}/scim/staff/v2", server.addr), token.trim());
    let told = staff.get("/ResourceTypes/Exhibit").await;
    assert_eq!((told.status, &told.body["endpoint"]), (200, &"/Exhibits".into()));
    assert_eq!(staff.get("/Exhibits").await.body["totalResults"], 0);
    assert_eq!(staff.get("/Users").await.body["totalResults"], 0);

    let output = command(&[
        "demo",
        "--listen",
        "127.0.0.1:0",
        "--schema",
        &schemas[0],
        "--resource-type",
        &exhibit,
    ]);
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(
        told.starts_with("the schemas and resource types cannot be served:\n"),
        "its extension lacks: {told}"
    );
}

/// `check` knows the extensions that `apply` knows: those of the server's configuration.
#[test]
fn a_mapping_from_an_extension_of_ones_own_is_checked() {
    let storage = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/types/schemas/storage.json");
    let site = Site::new(&format!("schemas = [{storage:?}]\nresource_types = [\"USER\"]\n"));
    let extension = "urn:example:params:scim:schemas:extension:2.0:Storage";
    let user = json!({
        "name": "User", "endpoint": "/Users", "description": "A person.",
        "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions": [{ "schema": extension, "required": false }],
    });
    site.write("user.json", &user.to_string());
    let config = fs::read_to_string(site.path("usherd.toml")).expect("a file of ours");
    site.write("usherd.toml", &config.replace("USER", text(&site.path("user.json"))));
    site.write(
        "directories.toml",
        &format!(
            "[[directory]]\nname = \"staff\"\n[[target]]\nname = \"pd\"\ndirectory = \"staff\"\nvendor = \"pagerduty\"\n\
             credential = \"file:{}\"\nsettings = {{ from = \"a@example.com\" }}\nmapping.user.description = \
             \"{extension}:room\"\n",
            text(&site.path("credential"))
        ),
    );
    let file = text(&site.path("directories.toml")).to_owned();
    let right = "1 directory and 1 target: nothing is wrong\n";
    assert_eq!(site.run(&["check", &file]), (0, right.to_owned(), String::new()));
    let without: Vec<_> = config
        .lines()
        .filter(|line| !line.contains("USER") && !line.contains(storage))
        .collect();
    site.write("usherd.toml", &without.join("\n"));
    let (code, _, told) = site.run(&["check", &file]);
    assert!(code == 1 && told.contains("names no attribute of User"), "{told}");
}

#[test]
fn what_is_wrong_is_told_before_anything_starts() {
    let target = |base_url: &str| {
        format!(
            "[[directory]]\nname = \"staff\"\n[[target]]\nname = \"pd\"\ndirectory = \"staff\"\nvendor = \"pagerduty\"\n\
             base_url = \"{base_url}\"\ncredential = \"file:CREDENTIAL\"\nsettings = {{ from = \"a@example.com\" }}\n"
        )
    };
    let site = Site::new("");
    let credential = text(&site.path("credential")).to_owned();
    let declare = |text: &str| {
        site.write("directories.toml", &text.replace("CREDENTIAL", &credential));
        site.declare()
    };
    let file = text(&site.path("directories.toml")).to_owned();
    let (code, stdout, stderr) = declare(&target("http://10.0.0.1"));
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(
        stderr.starts_with(&format!("{file}:7:12: a base URL is https")),
        "{stderr}"
    );
    let checked = command(&["check", &file]);
    assert_eq!(
        String::from_utf8(checked.stderr).expect("text"),
        stderr,
        "check says the same"
    );
    assert!(site.run(&["export"]).1.is_empty(), "nothing was applied");

    let added = "directory staff: added\ntarget pd: added\n";
    assert_eq!(
        declare(&target("https://api.pagerduty.com")),
        (0, added.into(), String::new())
    );
    let checked = command(&["check", &file]);
    assert_eq!(
        String::from_utf8(checked.stdout).expect("text"),
        "1 directory and 1 target: nothing is wrong\n"
    );
    let (code, shown, _) = site.run(&["mapping", "show", "pd"]);
    assert!(
        code == 0 && shown.contains("user  job_title     <- title (string)\n"),
        "{shown}"
    );
    assert_eq!(site.run(&["mapping", "show", "dp"]).2, "there is no target `dp`\n");
    assert!(!site.run(&["export"]).1.contains("no key of anything"));

    // The server does not start without the key that the credential was sealed under.
    let serve = || {
        let output = command(&["serve", "--config", text(&site.path("usherd.toml"))]);
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    for (key, told) in [
        ("5b".repeat(32), "it was sealed under another key, or changed"),
        ("5b".to_owned(), "a key is 32 bytes as 64 hexadecimal digits"),
        (String::new(), "is empty"),
    ] {
        site.write("key", &key);
        let (code, stderr) = serve();
        assert!(code == Some(1) && stderr.contains(told), "{stderr}");
    }
    let config = text(&site.path("usherd.toml")).to_owned();
    site.write("usherd.toml", "data = 7\nlisten = \"x\"\n");
    let (code, stderr) = serve();
    assert!(code == Some(1) && stderr.starts_with(&format!("{config}:")), "{stderr}");
}

#[test]
fn each_key_is_another() {
    let key = || String::from_utf8(command(&["key", "new"]).stdout).expect("text");
    let (one, other) = (key(), key());
    assert_ne!(one, other);
    assert_eq!(one.len(), 65);
}
