//! What vendors answer.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::client::{self, Connection, Credential, Gate, InProcess, Limits, Request};
use adapters::{Error, Settings, Vendor};
use async_trait::async_trait;

use super::{block_on, verbs};

/// Calls of an adapter for one verb: some walk through a thousand pages of parts, and look before or after; more would
/// be an endless walk.
const CALLS_MAX: usize = 1_100;

/// Bytes of a header: HTTP libraries take no more of all of them.
const HEADER_BYTES: usize = 4096;

/// Statuses of bytes that name none: their first byte chooses, and opening brackets choose the twelfth.
const STATUSES: [u16; 16] = [
    200, 201, 202, 204, 302, 400, 401, 403, 404, 408, 409, 200, 422, 429, 500, 503,
];

/// The headers that are read, by this client or by an adapter.
const HEADERS: [&str; 9] = [
    "link",
    "location",
    "retry-after",
    "ratelimit",
    "ratelimit-remaining",
    "x-rate-limit-limit",
    "x-rate-limit-reset",
    "zendesk-ratelimit-users-update",
    "date",
];

/// Settings that vendors need.
const SETTINGS: [(&str, &str); 3] = [
    ("from", "a@b.example"),
    ("subdomain", "acme"),
    ("domain", "acme.okta.com"),
];

/// What a vendor answers to every verb. A first line that names a vendor, with settings (`zendesk delete=permanent`),
/// goes to that one alone; anything else goes to all. Then come answers with an empty line between them, each of a line
/// of method, route and status or of a status alone, of lines of headers, and of a body. A request gets the next answer
/// for its method and route, the last one again and again; where there are none, of those for none, or else of all.
///
/// Right is what a vendor's every verb understands for which it asks the vendor anything at all.
pub(super) fn vendor(bytes: &[u8]) -> bool {
    let (first, rest) = line(bytes);
    let mut words = first.split(' ');
    let named = adapters::vendor(words.next().unwrap_or_default());
    let settings = words.filter_map(|word| word.split_once('='));
    let settings: Vec<_> = settings.collect();
    let (vendors, said) = match &named {
        Some(vendor) => (std::slice::from_ref(vendor), rest),
        None => (adapters::VENDORS, bytes),
    };
    let answers = Arc::new(read(said));
    block_on(async {
        let mut is_right = true;
        for vendor in vendors {
            is_right &= is_understood(vendor, &settings, &answers).await;
        }
        is_right
    })
}

/// The first line as text, and what follows it.
fn line(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (first, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (
        String::from_utf8_lossy(first).into_owned(),
        rest.get(1..).unwrap_or_default(),
    )
}

struct Answer {
    /// Method and route; none if it is for any request.
    to: Option<(String, String)>,
    answer: client::Answer,
}

fn read(bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut rest = bytes;
    loop {
        let end = rest.windows(2).position(|two| two == b"\n\n");
        answers.push(Answer::read(&rest[..end.unwrap_or(rest.len())]));
        let Some(end) = end else { return answers };
        rest = &rest[end + 2..];
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let (first, mut body) = line(bytes);
        let words: Vec<_> = first.split(' ').collect();
        let (to, status) = match words[..] {
            [method, route, status] => (Some((method.to_owned(), route.to_owned())), status),
            [status] => (None, status),
            _ => (None, ""),
        };
        let status = status.parse().ok().filter(|status| (200..600).contains(status));
        let Some(status) = status else {
            return Self::bare(bytes);
        };
        let mut headers = Vec::new();
        loop {
            let (header, rest) = line(body);
            let known = header.split_once(": ").filter(|(name, _)| HEADERS.contains(name));
            let Some((name, value)) = known else { break };
            headers.push((name.to_owned(), value.to_owned()));
            body = rest;
        }
        let body = body.to_vec();
        let answer = client::Answer { status, headers, body };
        Self { to, answer }
    }

    /// Of bytes that are nothing but a body, after the byte that chooses: its beginning stands in every header as well.
    fn bare(bytes: &[u8]) -> Self {
        let (first, body) = bytes.split_first().unwrap_or((&0, &[]));
        let header = String::from_utf8_lossy(&body[..body.len().min(HEADER_BYTES)]).replace(['\r', '\n'], " ");
        let answer = client::Answer {
            status: STATUSES[usize::from(*first) % STATUSES.len()],
            headers: HEADERS.map(|name| (name.to_owned(), header.clone())).to_vec(),
            body: body.to_vec(),
        };
        Self { to: None, answer }
    }

    fn is_to(&self, request: &Request) -> bool {
        let to = self.to.as_ref();
        to.is_some_and(|(method, route)| method == request.method && route == request.route)
    }
}

/// Calls every verb of one vendor.
async fn is_understood(vendor: &Vendor, further: &[(&str, &str)], answers: &Arc<Vec<Answer>>) -> bool {
    let descriptor = (vendor.descriptor)();
    let is_known = |name: &str| descriptor.settings.iter().any(|setting| setting.name == name);
    let settings = SETTINGS.iter().filter(|(name, _)| is_known(name)).chain(further);
    let settings: Settings = settings
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let said = Arc::new(Mutex::new(Said::default()));
    let adapter = match (vendor.connect)(settings, saying(answers, &said)) {
        Ok(adapter) => adapter,
        Err(error) if further.is_empty() => panic!("{}: {error}", descriptor.name),
        Err(_) => return false,
    };
    let (mut is_right, mut has_asked) = (true, false);
    let mut each = |_: &'static str, told: Result<bool, Error>| {
        let mut said = said.lock().expect("nobody panics under it");
        let calls = std::mem::take(&mut said.calls);
        has_asked |= calls > 0;
        is_right &= calls == 0 || told.unwrap_or(false);
    };
    verbs::every(adapter.as_ref(), &mut each).await;
    is_right && has_asked
}

/// What one adapter was answered.
#[derive(Default)]
struct Said {
    /// For the verb that is called.
    calls: usize,
    /// By method and route.
    turns: BTreeMap<(&'static str, &'static str), usize>,
}

impl Said {
    fn next(&mut self, request: &Request, answers: &[Answer]) -> client::Answer {
        self.calls += 1;
        assert!(self.calls < CALLS_MAX, "an endless walk: {request:?}");
        let turn = self.turns.entry((request.method, request.route)).or_default();
        let fitting: Vec<_> = answers.iter().filter(|answer| answer.is_to(request)).collect();
        let any: Vec<_> = answers.iter().filter(|answer| answer.to.is_none()).collect();
        let choice = [fitting, any, answers.iter().collect()];
        let choice = choice.iter().find(|choice| !choice.is_empty());
        let choice = choice.expect("there is an answer, be it an empty one");
        let answer = choice[(*turn).min(choice.len() - 1)].answer.clone();
        *turn += 1;
        answer
    }
}

fn saying(answers: &Arc<Vec<Answer>>, said: &Arc<Mutex<Said>>) -> Connection {
    let (answers, said) = (Arc::clone(answers), Arc::clone(said));
    let transport = InProcess::new(move |request, _| {
        assert!(goes_where_it_says(&request), "{request:?}: {}", request.path);
        let answer = said.lock().expect("nobody panics under it").next(&request, &answers);
        Box::pin(async move { Ok(answer) })
    });
    Connection {
        base_url: "https://vendor.example".to_owned(),
        credential: Credential::new("secret".into()),
        transport: Arc::new(transport),
        gate: Arc::new(Open),
        deadline: Duration::from_secs(1),
        read_lag: Duration::ZERO,
    }
}

/// Nothing that a vendor says leads a request to another place than its route.
fn goes_where_it_says(request: &Request) -> bool {
    let path = request.path.split('?').next().unwrap_or_default();
    let is_written = |byte: u8| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\';
    let segments = path.split('/').count() == request.route.split('/').count();
    let climbs = path.split('/').any(|segment| segment == "." || segment == "..");
    path.starts_with('/') && request.path.bytes().all(is_written) && segments && !climbs
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}
