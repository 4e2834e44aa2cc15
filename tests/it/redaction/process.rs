//! A thousand personal values and the secrets of four vendors go through a real process, through what succeeds and what
//! fails. None comes out in the log, to strangers, or, of the secrets, in the store's bytes.
use std::fs;
use std::time::Duration;

use conformance::twins::{self, shell};
use serde_json::json;
use tempfile::TempDir;

use super::canaries::Canaries;
use super::consent::Consent;
use crate::harness::{Answer, Installation, PUBLIC_URL, Scim, Twin, directory, group, until};

/// Enough for a thousand values, few enough for the twins' pace.
const PEOPLE: usize = 40;

/// The vendors that go by a plain secret, with their name for it.
const VENDORS: [(&str, &str); 3] = [("pagerduty", "token"), ("okta", "api_token"), ("calendly", "token")];

/// More than the test makes.
const CALLS_PER_MINUTE: u32 = 1_000_000;

/// A process that feeds the twins, and what it must keep to itself.
pub(super) struct Scene {
    pub(super) installation: Installation,
    /// The twins of the vendors that go by a plain secret.
    twins: Vec<(Twin, shell::Running)>,
    acme: Scim,
    people: Canaries,
    pub(super) secrets: Canaries,
    /// What is declared.
    pub(super) declared: String,
    /// Where secrets are kept.
    pub(super) folder: TempDir,
}

impl Scene {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut secrets = Canaries::new("scrt");
        let (mut twins, mut declared) = (Vec::new(), directory("acme", "respond_within_ms = 0"));
        for (vendor, auth) in VENDORS {
            let secret = format!("{}-{}-{}", secrets.draw(), secrets.draw(), secrets.draw());
            let file = folder.path().join(vendor);
            fs::write(&file, &secret).expect("a folder of ours");
            let (twin, running) = start(vendor, &secret).await;
            let reference = format!("file:{}", file.display());
            let auth = format!("method = \"{auth}\"");
            declared += &target((vendor, &auth), &twin.base_url, &reference);
            twins.push((twin, running));
        }
        let installation = Installation::with(&declared, &format!("public_url = \"{PUBLIC_URL}\"\n")).await;
        let token = installation.token("acme");
        let acme = installation.scim("acme", &token);
        secrets.add(&token);
        Self {
            installation,
            twins,
            acme,
            people: Canaries::new("cnry"),
            secrets,
            declared,
            folder,
        }
    }

    /// What an identity provider may do with a person, right and wrong.
    async fn person(&mut self) {
        let person = self.people.person();
        let name = person["userName"].as_str().expect("a name");
        let id = self.acme.create("/Users", &person).await;
        let expect = |answer: Answer, status: u16| assert_eq!(answer.status, status, "{answer:?}");
        expect(self.acme.post("/Users", &person).await, 409);
        let mut wrong = person.clone();
        wrong["active"] = json!(name);
        expect(self.acme.post("/Users", &wrong).await, 400);
        let path = format!("/Users/{id}");
        let title = json!([{ "op": "replace", "path": "title", "value": self.people.draw() }]);
        expect(self.acme.patch(&path, title).await, 200);
        let nowhere = format!("emails[value eq \"{name}\" and");
        expect(
            self.acme
                .patch(&path, json!([{ "op": "add", "path": nowhere, "value": name }]))
                .await,
            400,
        );
        for (filter, status) in [("eq%20%22{}%22", 200), ("eq%20%22{}", 400), ("{}%20%22x%22", 400)] {
            let filter = filter.replace("{}", name);
            expect(
                self.acme.get(&format!("/Users?filter=userName%20{filter}")).await,
                status,
            );
        }
        expect(self.acme.get(&format!("/Users/{name}")).await, 404);
        expect(self.acme.get(&format!("/{name}/{name}")).await, 404);
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "POST", "path": "/Users", "bulkId": name, "data": person }],
        });
        expect(self.acme.post("/Bulk", &bulk).await, 200);
        self.strangers(name, &path).await;
        self.group(&id).await;
        expect(self.acme.put(&path, &person).await, 200);
    }

    /// A group that the person joins and leaves, right and wrong.
    async fn group(&mut self, person: &str) {
        let name = self.people.draw();
        let expect = |answer: Answer, status: u16| assert_eq!(answer.status, status, "{answer:?}");
        let id = self.acme.create("/Groups", &group(&name, &[person])).await;
        let path = format!("/Groups/{id}");
        let nobody = json!([{ "op": "add", "path": "members", "value": [{ "value": name }] }]);
        expect(self.acme.patch(&path, nobody).await, 200);
        let (leaves, wrong) = (format!("members[value eq \"{person}\"]"), format!("{name}[value eq"));
        expect(
            self.acme
                .patch(&path, json!([{ "op": "remove", "path": leaves }]))
                .await,
            200,
        );
        expect(
            self.acme.patch(&path, json!([{ "op": "remove", "path": wrong }])).await,
            400,
        );
        let renamed = group(&self.people.draw(), &[person]);
        expect(self.acme.put(&path, &renamed).await, 200);
        expect(
            self.acme
                .get(&format!("/Groups?filter=displayName%20sw%20%22{name}%22"))
                .await,
            200,
        );
    }

    /// All go: some are shut out, more are held.
    async fn leave(&self) {
        for resources in ["/Users?count=1000", "/Groups?count=1000"] {
            let listed = self.acme.get(resources).await.body;
            for resource in listed["Resources"].as_array().expect("a list") {
                let id = resource["id"].as_str().expect("an id");
                let path = format!("{}/{id}", &resources[..resources.find('?').expect("a query")]);
                assert_eq!(self.acme.delete(&path).await.status, 204);
            }
        }
    }

    /// What an administrator asks is answered, also with names; none of it is logged, and no secret is told.
    fn administrate(&self) {
        let backup = self.folder.path().join("backup");
        let backup = backup.to_str().expect("a path of ours");
        for arguments in [
            &["drift", "okta", "--json"][..],
            &["import", "calendly", "--json"],
            &["guard", "list", "pagerduty"],
            &["retry", "okta"],
            &["export"],
            &["backup", backup],
        ] {
            let (_, told, complaints) = self.installation.run(arguments);
            for text in [told, complaints] {
                assert_eq!(self.secrets.seen_in(&text), None, "{arguments:?} {text}");
            }
        }
        let backup = fs::read(backup).expect("a backup");
        let backup = String::from_utf8_lossy(&backup);
        assert!(self.people.seen_in(&backup).is_some(), "people are in it in clear");
        assert_eq!(self.secrets.seen_in(&backup), None);
    }

    /// Who has no right to it is told nothing of it, not even what they ask with.
    async fn strangers(&self, name: &str, path: &str) {
        for token in [
            name,
            "usherd_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1vkwYL",
        ] {
            let stranger = self.installation.scim("acme", token);
            let filter = format!("/Users?filter=userName%20eq%20%22{name}%22");
            for asked in [path, &filter] {
                let answer = stranger.get(asked).await;
                assert_eq!(answer.status, 401, "{answer:?}");
                assert_eq!(self.people.seen_in(&answer.body.to_string()), None, "{answer:?}");
            }
            let written = stranger
                .try_patch(path, json!([{ "op": "replace", "path": "title", "value": name }]))
                .await;
            let written = written.expect("an answer");
            assert_eq!(self.people.seen_in(&written.body.to_string()), None, "{written:?}");
        }
    }

    async fn vendors_fail(&self, fault: &str) {
        for (twin, _) in &self.twins {
            twin.delay("*", fault, Duration::from_millis(100)).await;
        }
    }

    fn check_log(&self, log: &str) {
        for told in [
            "vendor call",
            "token request",
            "answered",
            "\"http.status\":409",
            "\"status\":429",
            "\"status\":500",
        ] {
            assert!(log.contains(told), "the log is not whole: {told}");
        }
        for canaries in [&self.people, &self.secrets] {
            let line = |canary: &String| {
                let line = log.lines().find(|line| line.to_lowercase().contains(canary));
                line.map(str::to_owned)
            };
            assert_eq!(canaries.seen_in(log).and_then(line), None);
        }
    }

    fn check_store(&self) {
        let store = fs::read(self.installation.file("usherd.redb")).expect("the store");
        let store = String::from_utf8_lossy(&store);
        assert!(
            self.people.seen_in(&store).is_some(),
            "people are kept in clear, so that the search can find"
        );
        assert_eq!(self.secrets.seen_in(&store), None);
    }
}

pub(super) async fn start(vendor: &str, token: &str) -> (Twin, shell::Running) {
    let options = shell::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        token: token.to_owned(),
        data: None,
    };
    let twin = twins::by_vendor(vendor, 1).expect("a twin");
    let running = shell::start(twin, options).await.expect("the twin starts");
    let twin = Twin::new(running.base_url());
    twin.seed(json!({ "per_minute": CALLS_PER_MINUTE })).await;
    (twin, running)
}

/// A target of `acme`; `auth` is how it proves itself, as TOML.
pub(super) fn target((vendor, auth): (&str, &str), base_url: &str, credential: &str) -> String {
    let settings = twins::by_vendor(vendor, 1).expect("a twin").settings().into_iter();
    let settings: String = settings
        .map(|(name, value)| format!("{name} = \"{value}\"\n"))
        .collect();
    format!(
        "[[target]]\nname = \"{vendor}\"\ndirectory = \"acme\"\nvendor = \"{vendor}\"\nbase_url = \"{base_url}\"\n\
         allow_private = [\"127.0.0.1\"]\ncredential = \"{credential}\"\nauth = {{ {auth} }}\n\
         calls_per_minute = {CALLS_PER_MINUTE}\nread_lag_ms = 100\ncall_deadline_ms = 1000\n[target.settings]\n{settings}\n"
    )
}

#[tokio::test]
async fn no_canary_leaves_the_process() {
    let mut scene = Scene::start().await;
    let consent = Consent::given(&mut scene).await;
    let faults = ["429", "500", "503", "close-after", "timeout-before", "429-bare"];
    for number in 0..PEOPLE {
        if let Some(fault) = faults.get(number / 4).filter(|_| number % 4 == 0) {
            scene.vendors_fail(fault).await;
        }
        scene.person().await;
    }
    assert!(scene.people.drawn.len() >= 1_000);
    for twin in [&scene.twins[0].0, &consent.twin] {
        until("the vendor has somebody", async || {
            let state = twin.state().await.to_string();
            scene.people.seen_in(&state).map(drop)
        })
        .await;
    }
    consent.is_renewed(&mut scene).await;
    scene.leave().await;
    scene.administrate();
    let status = json!(scene.installation.status()).to_string();
    assert_eq!(scene.secrets.seen_in(&status), None, "{status}");
    let log = scene.installation.log().await;
    scene.check_log(&log);
    scene.check_store();
}
