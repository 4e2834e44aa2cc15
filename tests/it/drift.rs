//! `usherd drift` against what somebody changed at a vendor by hand.
use adapters::descriptor::Kind;
use adapters::{Account, Adapter};
use conformance::twins::shell;
use serde_json::{Value, json};

use crate::contract::{Login, connect, start};
use crate::harness::{AtTwin, Installation, Scim, directory, until, user};

/// A gateway as a process, with one target of a vendor, and a hand at that vendor.
struct Site {
    installation: Installation,
    vendor: &'static str,
    acme: Scim,
    hand: Box<dyn Adapter>,
    _running: shell::Running,
}

impl Site {
    async fn new(vendor: &'static str) -> Self {
        let (running, twin) = start(vendor).await;
        let target = AtTwin {
            name: vendor,
            directory: "acme",
            vendor,
            base_url: &twin.base_url,
        };
        let target = target.toml("call_deadline_ms = 500\nread_lag_ms = 50");
        let installation = Installation::start(&format!("{}{target}", directory("acme", ""))).await;
        let token = installation.token("acme");
        let acme = installation.scim("acme", &token);
        let hand = connect(
            adapters::vendor(vendor).expect("it is registered"),
            &twin,
            &Login::default(),
        );
        Self {
            installation,
            vendor,
            acme,
            hand,
            _running: running,
        }
    }

    /// A person who is at the vendor; the path.
    async fn person(&self, name: &str) -> String {
        let mut person = user(name);
        person["title"] = "Dr".into();
        person["roles"] = json!([{ "value": "limited_user", "primary": true }]);
        let path = format!("/Users/{}", self.acme.create("/Users", &person).await);
        self.installation.settled().await;
        path
    }

    async fn patch(&self, path: &str, attribute: &str, value: Value) {
        let operation = json!([{ "op": "replace", "path": attribute, "value": value }]);
        let answer = self.acme.patch(path, operation).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.installation.settled().await;
    }

    async fn account(&self, name: &str) -> Option<Account> {
        let found = self.hand.find(Kind::User, &format!("{name}@example.com")).await;
        found.expect("the vendor answers")
    }

    async fn there(&self, name: &str) -> Account {
        self.account(name).await.expect("there is an account")
    }

    async fn set(&self, name: &str, field: &str, value: &str) {
        let changed = [(field.to_owned(), value.into())].into();
        let account = Account::of(self.there(name).await.id);
        self.hand.update(Kind::User, &account, &changed).await.expect("changed");
    }

    async fn switch(&self, name: &str, active: bool) {
        let account = self.there(name).await;
        self.hand.set_active(&account, active).await.expect("switched");
    }

    fn drift(&self, arguments: &[&str]) -> (i32, String, String) {
        let arguments = [&["drift", self.vendor], arguments].concat();
        self.installation.run(&arguments)
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let (code, shown, told) = self.drift(&[&["--json"], arguments].concat());
        assert_eq!(code, 0, "{told}");
        serde_json::from_str(&shown).expect("an object")
    }

    /// What is found, once reads show whatever was sent.
    async fn found(&self) -> Vec<(String, String)> {
        let report = until("nothing is on its way", async || {
            let report = self.report(&[]);
            (report["unsettled"] == 0).then_some(report)
        });
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let differences = report.await["differences"].as_array().cloned().expect("a list");
        let found = differences.iter().map(|one| (text(&one["kind"]), text(&one["name"])));
        found.collect()
    }
}

fn pair(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), format!("{name}@example.com"))
}

#[tokio::test]
async fn who_was_switched_by_hand_at_okta() {
    let site = Site::new("okta").await;
    let ann = site.person("ann").await;
    site.person("bob").await;
    let eve = site.person("eve").await;
    site.patch(&eve, "active", json!(false)).await;
    assert_eq!(site.found().await, []);

    site.switch("ann", false).await;
    site.switch("eve", true).await;
    site.set("bob", "title", "Sir").await;
    let all = [
        pair("leaver_back", "eve"),
        pair("suspended", "ann"),
        pair("field", "bob"),
    ];
    assert_eq!(site.found().await, all);
    let (_, shown, _) = site.drift(&[]);
    assert!(
        shown.contains("eve@example.com") && shown.contains("title is Dr here, Sir there"),
        "{shown}"
    );
    assert!(
        shown.contains("nothing was changed; to correct: usherd drift okta --fix"),
        "{shown}"
    );
    let last = &site.installation.status()[0]["drift"];
    assert_eq!(
        (&last["found"], &last["leavers_back"]),
        (&json!(3), &json!(1)),
        "{last}"
    );
    let shown = site.installation.command(&["status"]);
    assert!(shown.contains("differences: 3, leavers with access: 1;"), "{shown}");

    let (code, _, told) = site.drift(&["--fix", "--give", "bob@example.com"]);
    assert!(
        code == 1 && told.contains("nobody named `bob@example.com` lacks access"),
        "{told}"
    );
    assert_eq!(site.report(&["--fix"])["corrected"], 2);
    site.installation.settled().await;
    let is_in = async |name| site.there(name).await.active;
    assert_eq!((is_in("ann").await, is_in("eve").await), (false, false));
    assert_eq!(site.there("bob").await.fields["title"], "Dr");
    assert_eq!(site.found().await, [pair("suspended", "ann")]);

    // The next write of the identity provider, of whatever.
    site.patch(&ann, "title", json!("Prof")).await;
    assert!(is_in("ann").await);
    assert_eq!(site.found().await, []);

    site.switch("ann", false).await;
    assert_eq!(site.report(&["--fix", "--give", "ann@example.com"])["corrected"], 1);
    site.installation.settled().await;
    assert!(is_in("ann").await, "a person has named her");
}

#[tokio::test]
async fn what_was_changed_by_hand_at_pagerduty() {
    let mut site = Site::new("pagerduty").await;
    for name in ["ann", "bob", "eve"] {
        site.person(name).await;
    }
    assert_eq!(site.found().await, []);
    site.set("bob", "role", "admin").await;
    site.set("bob", "job_title", "Sir").await;
    let gone = site.there("ann").await;
    site.hand.delete(Kind::User, &gone).await.expect("deleted");
    let found = [pair("role_higher", "bob"), pair("gone", "ann"), pair("field", "bob")];
    assert_eq!(site.found().await, found);

    let plan = site.report(&[])["plan"].as_str().expect("a plan").to_owned();
    site.set("eve", "job_title", "Sir").await;
    let fix = ["--fix", "--plan", &plan, "--give", "ann@example.com"];
    let (code, _, told) = site.drift(&fix);
    assert!(code == 1 && told.contains("the plan is out of date"), "{told}");
    site.set("eve", "job_title", "Dr").await;
    // Neither a kill nor a new process changes what was found.
    site.installation.kill();
    site.installation.restart();
    site.installation.working().await;
    assert_eq!(site.report(&fix)["corrected"], 3);
    site.installation.settled().await;
    let bob = site.there("bob").await.fields;
    assert_eq!(
        (&bob["role"], &bob["job_title"]),
        (&json!("limited_user"), &json!("Dr"))
    );
    assert_ne!(site.there("ann").await.id, gone.id, "the account is made anew");
    assert_eq!(site.found().await, []);

    // Without a server the command reads by itself.
    site.set("bob", "job_title", "Sir").await;
    assert_eq!(site.installation.stop().await, Some(0));
    let (code, shown, told) = site.drift(&[]);
    assert_eq!(code, 0, "{told}");
    assert!(shown.contains("differences: 1; compared: 3; left out"), "{shown}");
}

/// A vendor that has lost many is not believed before a person says that so few are right.
#[tokio::test]
async fn a_listing_that_lacks_many_is_compared_once_a_person_expects_it() {
    let site = Site::new("pagerduty").await;
    let names = ["ann", "bob", "cid", "dan", "eve"];
    for name in names {
        site.person(name).await;
    }
    assert_eq!(site.found().await, []);
    for name in &names[..2] {
        let account = site.there(name).await;
        site.hand.delete(Kind::User, &account).await.expect("deleted");
    }
    for arguments in [&[][..], &["--expect", "4"], &["--fix", "--expect", "4"]] {
        let (code, shown, told) = until("the listing shows it", async || {
            let ran = site.drift(arguments);
            (ran.0 != 0).then_some(ran)
        })
        .await;
        let refusal = "the vendor's listing lacks 2 of 5 linked accounts, over 20 %, and is not believed; if so few \
                       are right, say so: --expect 3\n";
        assert_eq!((code, shown.as_str(), told.as_str()), (1, "", refusal), "{arguments:?}");
    }
    let (code, shown, told) = site.drift(&["--expect", "3"]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(shown.matches(" is gone at the vendor\n").count(), 2, "{shown}");
    let (_, again) = shown.rsplit_once("to correct: usherd ").expect("how to go on");
    let again = again.trim_end().trim_end_matches(" [--give NAME]");
    assert!(again.starts_with("drift pagerduty --expect 3 --fix --plan "), "{shown}");
    let give = ["--give", "ann@example.com"];
    let again: Vec<_> = again.split(' ').chain(give).collect();
    let shown = site.installation.command(&again);
    assert!(
        shown.contains("1 difference is being corrected: see `usherd status`\n"),
        "{shown}"
    );
    site.installation.settled().await;
    assert!(site.account("ann").await.is_some() && site.account("bob").await.is_none());
}
