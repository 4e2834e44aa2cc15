//! Canaries: a thousand personal values and the secrets of every kind, pushed through what succeeds and what fails. None
//! may come out in a log, to strangers, or, of the secrets, in the store's bytes and in the words of vendors.
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::client::oauth::{Client, Verifier};
use adapters::client::{Answer, Connection, Credential, Gate, InProcess, Limits, Request};
use adapters::descriptor::Kind;
use adapters::{Account, Adapter, Error, Fields};
use async_trait::async_trait;
use conformance::twins::{self, shell};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer as Answered, Installation, Scim, Twin, directory, patch, until};

/// Enough for a thousand values, few enough for the twins' pace.
const PEOPLE: usize = 40;

/// The values of one person, of which each is a canary.
const VALUES_PER_PERSON: usize = 25;

/// The vendors whose twins take part, with the name of their way of authorization by a plain secret.
const VENDORS: [(&str, &str); 3] = [("pagerduty", "token"), ("okta", "api_token"), ("calendly", "token")];

/// More than the test makes.
const CALLS_PER_MINUTE: u32 = 1_000_000;

/// What must not come out; each is unlike any other text.
struct Canaries {
    /// With which each begins.
    word: &'static str,
    drawn: Vec<String>,
}

impl Canaries {
    fn new(word: &'static str) -> Self {
        Self {
            word,
            drawn: Vec::new(),
        }
    }

    fn draw(&mut self) -> String {
        let canary = format!("{}{:05}q", self.word, self.drawn.len());
        self.drawn.push(canary.clone());
        canary
    }

    fn phone(&mut self) -> String {
        let phone = format!("+1415{:07}", 2_000_000 + self.drawn.len());
        self.drawn.push(phone[1..].to_owned());
        phone
    }

    fn email(&mut self) -> String {
        format!("{}@example.com", self.draw())
    }

    /// The first that the text holds, in whatever case.
    fn seen_in(&self, text: &str) -> Option<&String> {
        let text = text.to_lowercase();
        self.drawn.iter().find(|canary| text.contains(canary.as_str()))
    }

    /// A person of nothing but canaries.
    fn person(&mut self) -> Value {
        let before = self.drawn.len();
        let email = |canaries: &mut Self, kind: &str| json!({ "value": canaries.email(), "type": kind });
        let person = json!({
            "schemas": [schemas::urn::ENTERPRISE_USER, "urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": self.email(),
            "externalId": self.draw(),
            "name": {
                "formatted": self.draw(), "familyName": self.draw(), "givenName": self.draw(),
                "middleName": self.draw(), "honorificSuffix": self.draw(),
            },
            "displayName": self.draw(),
            "nickName": self.draw(),
            "title": self.draw(),
            "userType": self.draw(),
            "password": self.draw(),
            "emails": [email(self, "work"), email(self, "home")],
            "phoneNumbers": [{ "value": self.phone(), "type": "mobile" }, { "value": self.phone(), "type": "work" }],
            "addresses": [{ "streetAddress": self.draw(), "locality": self.draw(), "region": self.draw() }],
            "ims": [{ "value": self.draw(), "type": "xmpp" }],
            (schemas::urn::ENTERPRISE_USER): {
                "employeeNumber": self.draw(), "costCenter": self.draw(), "organization": self.draw(),
                "division": self.draw(), "department": self.draw(),
            },
        });
        assert_eq!(self.drawn.len() - before, VALUES_PER_PERSON);
        person
    }
}

/// A process that feeds the twins, and what it must keep to itself.
struct Scene {
    installation: Installation,
    twins: Vec<(Twin, shell::Running)>,
    acme: Scim,
    people: Canaries,
    secrets: Canaries,
    _folder: TempDir,
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
            declared += &target((vendor, auth), &twin.base_url, &reference);
            twins.push((twin, running));
        }
        let installation = Installation::start(&declared).await;
        let token = installation.token("acme");
        let acme = installation.scim("acme", &token);
        secrets.drawn.push(token.to_lowercase());
        Self {
            installation,
            twins,
            acme,
            people: Canaries::new("cnry"),
            secrets,
            _folder: folder,
        }
    }

    /// What an identity provider may do with a person, right and wrong.
    async fn person(&mut self) {
        let person = self.people.person();
        let name = person["userName"].as_str().expect("a name");
        let id = self.acme.create("/Users", &person).await;
        let expect = |answer: Answered, status: u16| assert_eq!(answer.status, status, "{answer:?}");
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
}

async fn start(vendor: &str, token: &str) -> (Twin, shell::Running) {
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

fn target((vendor, auth): (&str, &str), base_url: &str, credential: &str) -> String {
    let settings = twins::by_vendor(vendor, 1).expect("a twin").settings().into_iter();
    let settings: String = settings
        .map(|(name, value)| format!("{name} = \"{value}\"\n"))
        .collect();
    format!(
        "[[target]]\nname = \"{vendor}\"\ndirectory = \"acme\"\nvendor = \"{vendor}\"\nbase_url = \"{base_url}\"\n\
         allow_private = [\"127.0.0.1\"]\ncredential = \"{credential}\"\nauth = {{ method = \"{auth}\" }}\n\
         calls_per_minute = {CALLS_PER_MINUTE}\nread_lag_ms = 100\ncall_deadline_ms = 1000\n[target.settings]\n{settings}\n"
    )
}

#[tokio::test]
async fn no_canary_leaves_the_process() {
    let mut scene = Scene::start().await;
    let faults = ["429", "500", "503", "close-after", "timeout-before", "429-bare"];
    for number in 0..PEOPLE {
        if let Some(fault) = faults.get(number / 4).filter(|_| number % 4 == 0) {
            scene.vendors_fail(fault).await;
        }
        scene.person().await;
    }
    assert!(scene.people.drawn.len() >= 1_000);
    let (twin, _) = &scene.twins[0];
    until("the first vendor has somebody", async || {
        let state = twin.state().await.to_string();
        scene.people.seen_in(&state).map(drop)
    })
    .await;
    let status = json!(scene.installation.status()).to_string();
    assert_eq!(scene.secrets.seen_in(&status), None, "{status}");
    let log = scene.installation.log().await;
    for told in [
        "vendor call",
        "answered",
        "\"http.status\":409",
        "\"status\":429",
        "\"status\":500",
    ] {
        assert!(log.contains(told), "the log is not whole: {told}");
    }
    let line = |canary: &String| {
        log.lines()
            .find(|line| line.to_lowercase().contains(canary))
            .map(str::to_owned)
    };
    for canaries in [&scene.people, &scene.secrets] {
        let seen = canaries.seen_in(&log);
        assert_eq!(seen.and_then(line), None);
    }
    let store = fs::read(scene.installation.file("usherd.redb")).expect("the store");
    let store = String::from_utf8_lossy(&store);
    assert!(
        scene.people.seen_in(&store).is_some(),
        "people are kept in clear, so that the search can find"
    );
    assert_eq!(scene.secrets.seen_in(&store), None);
}

/// A vendor that says back all that it is sent, in the place where vendors have their words.
fn echo(status: u16, sent: Arc<Mutex<String>>) -> InProcess {
    InProcess::new(move |request, _| {
        let answer = echoed(status, &request);
        *sent.lock().expect("nobody panics") += &format!("{:?}", request.headers);
        Box::pin(async move { Ok(answer) })
    })
}

fn echoed(status: u16, request: &Request) -> Answer {
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let words = format!("{:?} {} {body}", request.headers, request.path);
    let body = json!({
        "error": { "code": 2001, "message": words, "errors": [words] },
        "message": words, "title": words, "detail": words, "description": words, "error_description": words,
        "errorCode": "E0000001", "errorSummary": words, "errorCauses": [{ "errorSummary": words }],
        "details": { "value": [{ "description": words }] }, "schemas": [schemas::urn::ERROR],
    });
    Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

/// Every verb of an adapter; what they say of their failures.
async fn failures(adapter: &dyn Adapter) -> Vec<Error> {
    let account = Account::of("7");
    let fields: Fields = serde_json::from_value(json!({ "email": "a@example.com", "name": "A" })).expect("fields");
    let mut errors = Vec::new();
    errors.extend(adapter.check().await.err());
    for kind in [Kind::User, Kind::Group] {
        errors.extend(adapter.get(kind, &account).await.err());
        errors.extend(adapter.find(kind, "a@example.com").await.err());
        errors.extend(adapter.create(kind, &fields).await.err());
        errors.extend(adapter.update(kind, &account, &fields).await.err());
        errors.extend(adapter.delete(kind, &account).await.err());
        errors.extend(adapter.list(kind, None).await.err());
    }
    errors.extend(adapter.set_active(&account, false).await.err());
    errors.extend(adapter.add_members("7", &["8"]).await.err());
    errors.extend(adapter.remove_members("7", &["8"]).await.err());
    errors.extend(adapter.members("7", None).await.err());
    errors.extend(adapter.roles().await.err());
    errors
}

/// What a vendor says is shown to people; the credential never is, even if the vendor says it.
#[tokio::test]
async fn a_vendor_that_echoes_the_credential_does_not_publish_it() {
    let secret = "s3cr3t-0123456789-abcdef";
    let mut told = 0;
    for vendor in adapters::VENDORS {
        let name = &(vendor.descriptor)().name;
        for status in [302, 400, 401, 403, 404, 409, 422, 429, 500, 503] {
            let sent = Arc::new(Mutex::new(String::new()));
            let connection = Connection {
                base_url: "https://vendor.example".to_owned(),
                credential: Credential::new(secret.into()),
                transport: Arc::new(echo(status, Arc::clone(&sent))),
                gate: Arc::new(Open),
                deadline: Duration::from_secs(1),
            };
            let settings = twins::by_vendor(name, 1).expect("a twin").settings();
            let adapter = (vendor.connect)(settings, connection).expect("it is set up");
            for error in failures(adapter.as_ref()).await {
                assert!(
                    !format!("{error} {error:?}").contains(secret),
                    "{name} {status}: {error:?}"
                );
                told += 1;
            }
            assert!(
                sent.lock().expect("nobody panics").contains(secret),
                "{name} sends its credential"
            );
        }
    }
    assert!(told > 500, "{told}");
}

/// The same of the codes, secrets and tokens of an authorization.
#[tokio::test]
async fn an_authorization_server_that_echoes_secrets_does_not_publish_them() {
    let (code, secret) = ("c0de-0123456789-abcdef", "s3cr3t-0123456789-abcdef");
    for (vendor, method) in [
        ("pagerduty", "oauth"),
        ("zendesk", "oauth"),
        ("okta", "authorization_code"),
    ] {
        let descriptor = (adapters::vendor(vendor).expect("a vendor").descriptor)();
        for status in [302, 400, 401, 403, 429, 500] {
            let client = Client {
                vendor: &descriptor.name,
                method: descriptor.auth_method(Some(method)).expect("a method"),
                token_url: "https://vendor.example/token".to_owned(),
                client_id: "usherd".to_owned(),
                secret: secret.into(),
                key_id: None,
                scopes: Vec::new(),
                token_parameters: Default::default(),
                transport: Arc::new(echo(status, Arc::default())),
                deadline: Duration::from_secs(1),
            };
            let verifier = Verifier::draw().expect("random bytes");
            let way = ("https://usherd.example/back", &verifier);
            let error = client.redeem(&code.into(), way, Timestamp::UNIX_EPOCH).await.err();
            let error = format!("{:?}", error.expect("a refusal"));
            assert!(
                !error.contains(code) && !error.contains(secret),
                "{vendor} {status}: {error}"
            );
        }
    }
}

/// That the search finds: a canary that is let out.
#[test]
fn a_canary_is_seen() {
    let mut canaries = Canaries::new("cnry");
    let person = canaries.person();
    assert!(canaries.seen_in(&patch(person).to_string().to_uppercase()).is_some());
    assert!(canaries.seen_in("nothing").is_none());
}
