//! Whole requests, from a socket through the real router to the store and back, with a token that is valid.
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use schemas::Catalogue;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use usherd::app::{App, Running, Setup};
use usherd::auth::{Key, NewToken, Sealer};
use usherd::config::Declarations;
use usherd::service::administration::{Administration, Apply, Credentialed, Declared};
use usherd::{delivery, http, service, store};

/// Requests to one gateway: what they create stays in its memory.
const REQUESTS_MAX: usize = 5_000;

/// How long an answer may take: what is slower hangs.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Bytes of a path with its query, and of a header: the HTTP library refuses long heads without asking us.
const TARGET_BYTES: usize = 16 * 1024;
const HEADER_BYTES: usize = 2 * 1024;
const HEADERS_MAX: usize = 16;

/// Headers that say where the request ends, or that its sender would speak another protocol.
const FRAMING: [&str; 6] = [
    "connection",
    "content-length",
    "expect",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Methods by their own names; others are sent as they are.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// A directory of each kind of strictness; one feeds a target that nobody answers for.
const DECLARED: &str = r#"
[[directory]]
name = "acme"
respond_within_ms = 0
[[directory]]
name = "strict"
dialect = "strict"
respond_within_ms = 0
[[target]]
name = "pagerduty"
directory = "acme"
vendor = "pagerduty"
base_url = "http://127.0.0.1:9"
allow_private = ["127.0.0.1"]
credential = "env:PATH"
settings = { from = "owner@example.com" }
"#;

/// One for all calls, made anew when it is full or something panicked.
static SITE: LazyLock<Mutex<Option<Site>>> = LazyLock::new(Mutex::default);

/// A first line of method, path and query, lines of headers, an empty line, and the body. `{id}` stands for a person's
/// id, `{group}` for a group's. A path that begins with `/scim/strict/` goes to a strict directory; the credential is
/// always the directory's own, unless there is another header of that name.
///
/// The answer is one that the gateway means: no 5xx but that of `/Me`, and for an error the form that RFC 7644 section 3.12
/// gives it.
pub(super) fn request(bytes: &[u8]) -> bool {
    let mut guard = SITE.lock().unwrap_or_else(PoisonError::into_inner);
    // A site that does not come back after a panic is not put back either.
    let mut site = guard
        .take()
        .filter(|site| site.requests < REQUESTS_MAX)
        .unwrap_or_else(Site::start);
    let request = Request::read(bytes, &site);
    let answer = site.call(&request);
    answer.check(&request);
    let is_success = (200..300).contains(&answer.status);
    if is_success && (request.method == "DELETE" || request.method == "POST") {
        site.mend();
    }
    *guard = Some(site);
    is_success
}

/// A gateway with a person and a group in each directory, and a connection to it.
struct Site {
    running: Option<Running>,
    runtime: Runtime,
    addr: SocketAddr,
    /// By directory: its name and its token.
    tokens: [(&'static str, String); 2],
    person: String,
    group: String,
    connection: Option<BufReader<TcpStream>>,
    requests: usize,
}

impl Site {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let (running, tokens) = runtime.block_on(running());
        let mut site = Self {
            addr: running.addr(),
            running: Some(running),
            runtime,
            tokens,
            person: String::new(),
            group: String::new(),
            connection: None,
            requests: 0,
        };
        site.mend();
        site
    }

    /// Makes the person and the group again if a request has deleted them.
    fn mend(&mut self) {
        if !self.has("Users", &self.person.clone()) {
            let name = format!("ada-{}@example.com", self.requests);
            self.person = self.create("Users", json!({ "userName": name, "displayName": "Ada" }));
        }
        if !self.has("Groups", &self.group.clone()) {
            let members = json!([{ "value": self.person }]);
            self.group = self.create("Groups", json!({ "displayName": "staff", "members": members }));
        }
    }

    fn has(&mut self, endpoint: &str, id: &str) -> bool {
        let request = Request::read(
            format!("GET /scim/acme/v2/{endpoint}/{id}?attributes=id").as_bytes(),
            self,
        );
        !id.is_empty() && self.call(&request).status == 200
    }

    /// Creates a resource of `acme`; its id.
    fn create(&mut self, endpoint: &str, mut resource: Value) -> String {
        let kind = endpoint.trim_end_matches('s');
        resource["schemas"] = json!([format!("urn:ietf:params:scim:schemas:core:2.0:{kind}")]);
        let text = format!("POST /scim/acme/v2/{endpoint}\ncontent-type: application/scim+json\n\n{resource}");
        let answer = self.call(&Request::read(text.as_bytes(), self));
        let created: Value = serde_json::from_slice(&answer.body).expect("an answer of JSON");
        created["id"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned()
    }

    fn call(&mut self, request: &Request) -> Answer {
        self.requests += 1;
        // A connection that the server has closed meanwhile says so only when it is used.
        for _ in 0..2 {
            let connection = self.connection.take().map_or_else(|| connect(self.addr), Ok);
            let mut connection = connection.expect("the server listens");
            match request.send(&mut connection) {
                Ok(answer) => {
                    self.connection = answer.keeps.then_some(connection);
                    return answer;
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    panic!("no answer to {request:?}")
                }
                Err(_) => {}
            }
        }
        panic!("no answer but an end to {request:?}")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.connection = None;
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

fn connect(addr: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.set_write_timeout(Some(ANSWER_MAX))?;
    Ok(BufReader::new(stream))
}

/// The gateway as `app.rs` puts it together, over a store in memory.
async fn running() -> (Running, [(&'static str, String); 2]) {
    let key = Key::draw().expect("random bytes");
    let key = Key::parse(&key).expect("a key");
    let setup = Setup {
        store: store::Options::in_memory(),
        sealer: Some(Sealer::new(&key)),
        public_url: Some("https://scim.example.com".to_owned()),
        catalogue: Catalogue::builtin(),
        limits: service::Limits::default(),
        delivery: delivery::Settings::default(),
        webhook: None,
    };
    let app = App::open(setup).await.expect("it opens");
    let administration = app.administration().clone();
    declare(&administration).await;
    let mut tokens = [("acme", String::new()), ("strict", String::new())];
    for (directory, token) in &mut tokens {
        let issued = administration.create_token(directory, NewToken::default()).await;
        *token = secrecy::ExposeSecret::expose_secret(&issued.expect("a token").secret).to_owned();
    }
    let listen = http::Listen {
        addr: ([127, 0, 0, 1], 0).into(),
        tls: None,
    };
    (app.start(listen, None).await.expect("it starts"), tokens)
}

async fn declare(administration: &Administration) {
    let declared = Declarations::parse(DECLARED, "fuzz").unwrap_or_else(|faults| panic!("{faults}"));
    let targets = declared.targets.into_iter().map(|(config, _)| Credentialed {
        config,
        credential: "secret".into(),
    });
    let declared = Declared {
        directories: declared.directories,
        targets: targets.collect(),
    };
    let applied = administration.apply(&declared, Apply::default()).await;
    applied.expect("it can be declared");
}

/// A request that an HTTP library lets through.
#[derive(Debug)]
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    fn read(bytes: &[u8], site: &Site) -> Self {
        let end = bytes.windows(2).position(|window| window == b"\n\n");
        let (head, body) = end.map_or((bytes, &b""[..]), |end| (&bytes[..end], &bytes[end + 2..]));
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let (method, target) = match first.iter().position(|byte| *byte == b' ') {
            Some(blank) => (&first[..blank], &first[blank + 1..]),
            None => (&b"GET"[..], first),
        };
        let target = sendable(&site.filled(target));
        let mut headers: Vec<_> = lines.filter_map(header).take(HEADERS_MAX).collect();
        if !headers.iter().any(|(name, _)| name == "authorization") {
            let bearer = format!("Bearer {}", site.token(&target));
            headers.push(("authorization".to_owned(), bearer.into_bytes()));
        }
        Self {
            method: METHODS
                .iter()
                .find(|known| known.as_bytes() == method)
                .map_or_else(|| word(method), ToString::to_string),
            target,
            headers,
            body: site.filled(body),
        }
    }

    /// Sends it and reads the answer.
    fn send(&self, connection: &mut BufReader<TcpStream>) -> io::Result<Answer> {
        let (length, mut bytes) = (self.body.len(), Vec::new());
        write!(
            bytes,
            "{} {} HTTP/1.1\r\ncontent-length: {length}\r\n",
            self.method, self.target
        )?;
        if !self.headers.iter().any(|(name, _)| name == "host") {
            write!(bytes, "host: scim.example.com\r\n")?;
        }
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        // A server that refuses a body answers, and closes, before it has taken all of it.
        let sent = connection.get_mut().write_all(&bytes);
        Answer::read(connection, self.method == "HEAD").map_err(|error| sent.err().unwrap_or(error))
    }
}

impl Site {
    /// With the ids that exist.
    fn filled(&self, bytes: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let known = [("{id}", &self.person), ("{group}", &self.group)];
            let found = known.into_iter().find(|(name, _)| rest.starts_with(name.as_bytes()));
            let (put, taken) = found.map_or((std::slice::from_ref(first), 1), |(name, id)| {
                (id.as_bytes(), name.len())
            });
            filled.extend(put);
            rest = &rest[taken..];
        }
        filled
    }

    /// The token of the directory that the path leads to.
    fn token(&self, target: &str) -> &str {
        let leads = |name: &str| target.starts_with(&format!("/scim/{name}/"));
        let [acme, others @ ..] = &self.tokens;
        &others.iter().find(|(name, _)| leads(name)).unwrap_or(acme).1
    }
}

/// A method of letters.
fn word(method: &[u8]) -> String {
    let letters = method.iter().filter(|byte| byte.is_ascii_alphabetic()).take(20);
    let word: String = letters.map(|byte| char::from(*byte)).collect();
    if word.is_empty() { "GET".to_owned() } else { word }
}

/// A path and query in the signs that a request line may have; others are written as their numbers.
fn sendable(target: &[u8]) -> String {
    let mut text = String::from(if target.starts_with(b"/") { "" } else { "/" });
    for byte in target.iter().take(TARGET_BYTES) {
        match byte {
            b'!' | b'$'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~' => text.push(char::from(*byte)),
            other => text.push_str(&format!("%{other:02x}")),
        }
    }
    text.truncate(TARGET_BYTES);
    text
}

/// A header of a name and a value that a request may have, unless it says where the request ends.
fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let name = String::from_utf8(name.to_ascii_lowercase()).ok()?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_value = value.len() <= HEADER_BYTES && value.iter().all(|byte| *byte >= b' ' && *byte != 127);
    // Of several hosts, or a host that is none, the HTTP library makes what it likes.
    let is_ours = is_name && is_value && name.len() < 64 && name != "host" && !FRAMING.contains(&name.as_str());
    is_ours.then(|| (name, value.to_vec()))
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether its connection takes another request.
    keeps: bool,
}

impl Answer {
    fn read(connection: &mut BufReader<TcpStream>, is_head: bool) -> io::Result<Self> {
        let status = line(connection)?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let header = line(connection)?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Self {
            status: status.ok_or(ErrorKind::InvalidData)?,
            headers,
            body: Vec::new(),
            keeps: true,
        };
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        if !is_head && ![204, 304].contains(&answer.status) {
            answer.body = vec![0; length.unwrap_or_default()];
            connection.read_exact(&mut answer.body)?;
        }
        answer.keeps = answer.header("connection") != Some("close") && answer.header("transfer-encoding").is_none();
        Ok(answer)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn check(&self, request: &Request) {
        let told = || {
            format!(
                "{request:?} is answered {} {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        };
        let is_read = request.method != "HEAD" && self.header("content-encoding").is_none();
        // However it is written in the path: RFC 7644 section 3.11.
        let is_me = self.status == 501 && (!is_read || told().contains("names no person"));
        assert!(is_me || (200..500).contains(&self.status), "{}", told());
        // Whoever gives a consent reads a page; it is told apart by a header that no other answer has.
        let is_page = self.header("content-security-policy").is_some();
        if self.status < 400 || !is_read || is_page {
            return;
        }
        // The other is for who asks for it.
        let kinds = [Some("application/scim+json"), Some("application/json")];
        assert!(kinds.contains(&self.header("content-type")), "{}", told());
        let error: Value = serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", told()));
        assert_eq!(error["schemas"], json!([schemas::urn::ERROR]), "{}", told());
        assert_eq!(error["status"], self.status.to_string(), "{}", told());
        assert!(
            error["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
            "{}",
            told()
        );
    }
}

/// A line of the head without its end.
fn line(connection: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
