//! Addresses of the gateway's own network: nothing that is declared, and nothing that a vendor answers, makes the
//! gateway call one, unless it is allowed by name. A listener on 127.0.0.1 is the witness.
use std::time::Duration;

use adapters::client::{HttpTransport, Lost, Request, Transport};
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use usherd::config::Declarations;

use crate::authorize::browser::Browser;
use crate::harness::{Gateway, Options, directory, target, until, user};

/// Long enough for a loopback call on a busy machine.
const DEADLINE: Duration = Duration::from_secs(2);

/// Ways to write an address of the own network, most of them the witness's; `{port}` is its port.
const INSIDE: &[&str] = &[
    "http://127.0.0.1:{port}",
    "https://127.0.0.1:{port}",
    "https://127.0.0.1.:{port}",
    "https://127.1:{port}",
    "https://127.0.1:{port}",
    "https://2130706433:{port}",
    "https://0x7f000001:{port}",
    "https://0x7f.0.0.1:{port}",
    "https://0177.0.0.1:{port}",
    "https://017700000001:{port}",
    "https://%31%32%37.0.0.1:{port}",
    "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1:{port}",
    "https://127\u{3002}0\u{3002}0\u{3002}1:{port}",
    "https://0:{port}",
    "https://0.0.0.0:{port}",
    "https://127.8.9.10:{port}",
    "https://[::]:{port}",
    "https://[::1]:{port}",
    "https://[::127.0.0.1]:{port}",
    "https://[::ffff:127.0.0.1]:{port}",
    "https://[::ffff:7f00:1]:{port}",
    "https://[64:ff9b::127.0.0.1]:{port}",
    "https://[64:ff9b:1::7f00:1]:{port}",
    "https://[2002:7f00:1::]:{port}",
    "https://user@127.0.0.1:{port}",
    "https://api.pagerduty.com@127.0.0.1:{port}",
    "https://api.pagerduty.com:443@127.0.0.1:{port}",
    "https://127.0.0.1:{port}\\@api.pagerduty.com",
    "https:\\\\127.0.0.1:{port}",
    "https:/127.0.0.1:{port}",
    "https:127.0.0.1:{port}",
    " https://127.0.0.1:{port}",
    "https://127.0.0.\t1:{port}",
    "http://localhost:{port}",
    "gopher://127.0.0.1:{port}",
    "https://10.0.0.1",
    "https://172.16.0.1",
    "https://192.168.0.1",
    "https://100.64.0.1",
    "https://100.100.100.200",
    "https://168.63.129.16",
    "https://169.254.169.254",
    "https://169.254.170.2",
    "https://0xa9fea9fe",
    "https://2852039166",
    "https://0251.0376.0251.0376",
    "https://[::ffff:169.254.169.254]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://[fd00:ec2::254]",
    "https://[fe80::1]",
    "https://[ff02::1]",
    "https://224.0.0.1",
    "https://255.255.255.255",
];

/// The same by names that the machine itself resolves.
const BY_NAME: &[&str] = &[
    "https://localhost:{port}",
    "https://LOCALHOST:{port}",
    "https://localhost.:{port}",
];

/// A listener that nobody is to find.
struct Witness(TcpListener);

impl Witness {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    fn at(&self, text: &str) -> String {
        let port = self.0.local_addr().expect("it listens").port();
        text.replace("{port}", &port.to_string())
    }

    /// Connections are taken in the order in which they came: the first one is this, unless another came before.
    async fn saw_nobody(&self) -> bool {
        let addr = self.0.local_addr().expect("it listens");
        let own = TcpStream::connect(addr).await.expect("it listens");
        let (_, first) = self.0.accept().await.expect("a connection");
        first == own.local_addr().expect("it is connected")
    }
}

fn call() -> Request {
    Request::new("v", "POST", "/x", "/x".into())
        .header("authorization", "Bearer t")
        .json(&serde_json::json!({ "a": 1 }))
}

async fn send(base_url: &str, allowed: &[&str]) -> Result<u16, Lost> {
    let allowed: Vec<_> = allowed.iter().map(|host| (*host).to_owned()).collect();
    let transport = HttpTransport::new(&allowed).expect("a client");
    let answer = transport.send(base_url, call(), DEADLINE).await;
    answer.map(|answer| answer.status)
}

#[tokio::test]
async fn no_spelling_of_an_inner_address_is_called() {
    let witness = Witness::new().await;
    for base_url in INSIDE.iter().map(|spelling| witness.at(spelling)) {
        // Another host that is allowed makes no difference.
        for allowed in [&[][..], &["vendor.example"], &["127.0.0.2"]] {
            assert_eq!(send(&base_url, allowed).await, Err(Lost::Refused), "{base_url}");
        }
    }
    for base_url in BY_NAME.iter().map(|spelling| witness.at(spelling)) {
        let sent = send(&base_url, &[]).await;
        // Not every machine knows each of the names.
        assert!(
            matches!(sent, Err(Lost::Refused | Lost::BeforeSending)),
            "{base_url}: {sent:?}"
        );
    }
    assert!(witness.saw_nobody().await);
}

/// That the witness can see.
#[tokio::test]
async fn an_inner_address_that_is_allowed_by_name_is_called() {
    let witness = Witness::new().await;
    let base_url = witness.at("http://127.0.0.1:{port}");
    let (sent, seen) = tokio::join!(send(&base_url, &["127.0.0.1"]), witness.saw_nobody());
    assert!(!seen && sent == Err(Lost::AfterSending), "{sent:?}");
}

/// What is declared is refused before it is kept, wherever a URL can stand.
#[test]
fn no_spelling_of_an_inner_address_can_be_declared() {
    let declared = |base_url: &str, more: &str| {
        let target = target("pagerduty", "acme", base_url, more);
        let target = target.replace("allow_private = [\"127.0.0.1\"]", "");
        Declarations::parse(&format!("{}{target}", directory("acme", "")), "test").map(drop)
    };
    let outside = "https://api.pagerduty.com";
    let oauth = |key: &str, url: &str| format!("auth = {{ method = \"oauth\", client_id = \"x\", {key} = '{url}' }}");
    assert!(declared(outside, &oauth("token_url", "https://id.example/token")).is_ok());
    for spelling in INSIDE {
        let url = spelling.replace("{port}", "8443");
        let escaped = url.replace('\\', "\\\\").replace('\t', "\\t");
        assert!(declared(&escaped, "").is_err(), "base_url {url}");
        if url.contains('\t') {
            continue;
        }
        for key in ["token_url", "authorize_url"] {
            let refused = declared(outside, &oauth(key, &format!("{url}/token")));
            assert!(refused.is_err(), "{key} {url}");
        }
    }
}

/// A name is known for what it is only when it is resolved: the target says so, and nothing was sent.
#[tokio::test]
async fn a_target_whose_name_leads_inside_says_so() {
    let (gateway, witness) = (Gateway::start().await, Witness::new().await);
    let inner = target("inner", "plain", &witness.at("https://localhost:{port}"), "");
    let inner = inner.replace("\"127.0.0.1\"", "\"vendor.example\"");
    gateway
        .declare(
            &[
                directory("acme", ""),
                directory("plain", ""),
                pagerduty(&gateway),
                inner,
            ]
            .concat(),
        )
        .await;
    gateway.plain.create("/Users", &user("ann")).await;
    let reason = until("the target says why", async || {
        let status = gateway.administration().status().await.expect("a status");
        status.into_iter().find(|target| target.name == "inner")?.reason
    })
    .await;
    assert!(reason.contains("address is not allowed"), "{reason}");
    assert!(witness.saw_nobody().await);
    gateway.stop().await;
}

fn pagerduty(gateway: &Gateway) -> String {
    let more = "call_deadline_ms = 1000\nread_lag_ms = 100";
    target("pagerduty", "acme", &gateway.twin.base_url, more)
}

/// A server that sends everybody elsewhere, with every status of a redirection.
async fn redirecting(location: &str) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base_url = format!("http://{}", listener.local_addr().expect("it listens"));
    let location = location.to_owned();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        for status in [301, 302, 303, 307, 308].into_iter().cycle() {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut head = vec![0; 64 * 1024];
            let length = stream.read(&mut head).await.expect("a request");
            assert!(length > 0, "a request has a head");
            let answer = format!(
                "HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\nrefresh: 0; url={location}\r\n\
                 link: <{location}>; rel=\"next\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.ok();
        }
    });
    (base_url, tasks)
}

/// Not even to where calls are allowed: the credential is the vendor's alone.
#[tokio::test]
async fn redirections_are_not_followed() {
    let witness = Witness::new().await;
    for location in [
        witness.at("http://127.0.0.1:{port}/x"),
        witness.at("//127.0.0.1:{port}/x"),
    ] {
        let (base_url, _tasks) = redirecting(&location).await;
        for _ in 0..5 {
            let status = send(&base_url, &["127.0.0.1"]).await.expect("an answer");
            assert!((300..400).contains(&status), "{status}");
        }
    }
    assert!(witness.saw_nobody().await);
}

/// Where a consent is redeemed: a token URL by name that leads inside, and one that sends elsewhere.
#[tokio::test]
async fn codes_and_secrets_of_clients_do_not_go_inside() {
    let witness = Witness::new().await;
    let (elsewhere, _tasks) = redirecting(&witness.at("http://127.0.0.1:{port}/token")).await;
    for (token_url, told) in [
        (witness.at("https://localhost:{port}/token"), "not allowed"),
        (format!("{elsewhere}/token"), "answered 301"),
    ] {
        let auth = format!(
            "call_deadline_ms = 1000\nauth = {{ method = \"oauth\", client_id = \"usherd\", \
             authorize_url = \"/oauth/authorize\", token_url = \"{token_url}\" }}"
        );
        let gateway = Gateway::with(Options {
            target: auth,
            credential: "usherd-secret",
            state: "unauthorized",
            ..Options::default()
        })
        .await;
        let browser = Browser::of(&gateway);
        let link = gateway.administration().authorize("pagerduty").expect("a link");
        browser.opens(&link).await.expect("a consent page");
        let back = link.replace("/consent?", "/callback?") + "&code=c0de";
        let (_, page) = browser.follows(Url::parse(&back).expect("a URL")).await;
        assert!(page.contains(told), "{token_url}: {page}");
        gateway.stop().await;
    }
    assert!(witness.saw_nobody().await);
}
