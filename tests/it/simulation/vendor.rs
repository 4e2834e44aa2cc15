//! A vendor: its twin, behind a network and in weather that the seed decides.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::client::{self, Answering, InProcess, Lost};
use conformance::twins::{self, Answer, Failure, Request, Twin};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;
use usherd::clock::Clock;

use super::clock::WorldClock;
use super::fate::Fate;
use super::log::Trace;
use crate::dice::Dice;

/// The credential; no log may show it.
pub(super) const TOKEN: &str = "canary-token-7f3a";

/// What a vendor offers is read every few minutes, whatever changes.
const LISTINGS: &[&str] = &["/licenses", "/api/v2/custom_roles"];

/// How far bulk jobs are.
const JOB_STATUSES: &[&str] = &["/api/v2/job_statuses/"];

/// Calls that the vendor's own limit would refuse: the limit has tests of its own, and refusals are drawn here.
const CALLS_PER_MINUTE: u32 = 1_000_000;

/// What accounts are called that are nobody's yet.
pub(super) const BEFORE: &str = "canary before";

/// Jobs take their time, however often they are asked for.
const LOOKS_AT_JOB: u64 = 1_000_000;

/// How many of a thousand answers come late, without a fault.
const LATE: u64 = 50;

/// What all of a world's parts have in common.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) clock: Arc<WorldClock>,
    pub(super) fate: Arc<Fate>,
    pub(super) trace: Trace,
    sent: Arc<AtomicU64>,
}

impl Common {
    /// Calls that all vendors have got.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Default for Common {
    fn default() -> Self {
        let clock = Arc::new(WorldClock::default());
        Self {
            fate: Arc::new(Fate::default()),
            trace: Trace::new(clock.clone()),
            sent: Arc::default(),
            clock,
        }
    }
}

/// How often, of a thousand calls, the vendor or the way to it fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    pub(super) faults: u64,
    pub(super) spells: u64,
    /// Longest spell in seconds.
    pub(super) spell_max: u64,
    /// How long bulk jobs take, in seconds.
    pub(super) jobs: u64,
}

impl Weather {
    pub(super) fn is_calm(self) -> bool {
        self.faults == 0 && self.spells == 0
    }
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// It cannot be sent.
    Unreachable,
    /// It does not arrive, and nobody says so.
    LostRequest,
    /// It is done, and the answer is lost.
    LostAnswer,
    /// It is done, and the answer says that the vendor broke.
    DoneAndBroken,
    /// It is answered as if it were done, and is not. So only removals of people are answered, which are read back.
    Pretended,
    /// It is answered after the deadline, mostly.
    Slow,
    Limited,
    LimitedBare,
    Broken,
    Down,
    /// The token is not accepted.
    Unauthorized,
}

const SPELLS: &[Fault] = &[
    Fault::Unreachable,
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::Limited,
    Fault::Broken,
    Fault::Down,
    Fault::Unauthorized,
];

const FAULTS: &[Fault] = &[
    Fault::Unreachable,
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::DoneAndBroken,
    Fault::Pretended,
    Fault::Pretended,
    Fault::Slow,
    Fault::Slow,
    Fault::Limited,
    Fault::LimitedBare,
    Fault::Broken,
    Fault::Down,
];

/// A request on its way: it arrives even if its sender is dead by then.
struct Flight {
    arrives: Timestamp,
    number: u64,
    request: Request,
    fault: Fault,
    lag: Duration,
}

struct State {
    twin: Box<dyn Twin>,
    dice: Dice,
    weather: Option<Weather>,
    /// Until when all calls fail so.
    spell: Option<(Timestamp, Fault)>,
    flights: Vec<Flight>,
    answers: BTreeMap<u64, Answer>,
    sent: u64,
    counts: Counts,
}

/// How many calls were made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Those that met a fault.
    pub(super) disturbed: u64,
    /// The others.
    pub(super) calls: u64,
    /// Bulk jobs among those.
    pub(super) jobs: u64,
    /// Calls that made a difference at the vendor, and those that had to be read back or looked for with them.
    pub(super) fruitful: u64,
}

/// One vendor account.
pub(super) struct Vendor {
    pub(super) name: &'static str,
    /// The target that is connected to it.
    pub(super) target: String,
    deadline: Duration,
    read_lag: Duration,
    common: Common,
    state: Mutex<State>,
}

impl Vendor {
    pub(super) fn new(name: &'static str, dice: Dice, (weather, common): (Weather, Common)) -> Self {
        let mut twin = twins::by_vendor(name, 1).expect("the vendor has a twin");
        twin.set_token(TOKEN);
        let mut account = json!({ "per_minute": CALLS_PER_MINUTE });
        if name == "zendesk" {
            account["bulk_import"] = true.into();
            account["job_seconds"] = weather.jobs.into();
            account["job_polls"] = LOOKS_AT_JOB.into();
        }
        twin.seed(common.clock.now(), &account).expect("every twin has a rate");
        let vendor = adapters::vendor(name).expect("the vendor has an adapter");
        let descriptor = (vendor.descriptor)();
        Self {
            name,
            target: String::new(),
            deadline: descriptor.call_deadline(),
            read_lag: descriptor.read_lag(),
            common,
            state: Mutex::new(State {
                twin,
                dice,
                weather: Some(weather),
                spell: None,
                flights: Vec::new(),
                answers: BTreeMap::new(),
                sent: 0,
                counts: Counts::default(),
            }),
        }
    }

    /// It has accounts of these names before anything begins.
    pub(super) fn has_already(&self, names: impl Iterator<Item = String>) {
        let user = |name: String| match self.name {
            "okta" => json!({ "profile": {
                "login": name, "email": name, "displayName": BEFORE, "firstName": "canary", "lastName": "before",
            } }),
            _ => json!({ "name": BEFORE, "email": name }),
        };
        let users: Vec<_> = names.map(user).collect();
        // Calendly's people come by invitation.
        if self.name != "calendly" && !users.is_empty() {
            let users = json!({ "users": users });
            let seeded = self.lock().twin.seed(self.common.clock.now(), &users);
            seeded.expect("users of this form");
        }
    }

    /// What a target at it is set to.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        self.lock().twin.settings()
    }

    /// No call fails any more.
    pub(super) fn calm(&self) {
        let mut state = self.lock();
        state.weather = None;
        state.spell = None;
    }

    /// What it holds once everything under way has arrived.
    pub(super) fn holds(&self) -> Value {
        let (now, mut state) = (self.common.clock.now(), self.lock());
        state.arrive(now);
        // Jobs go on whether or not anybody calls; the twin looks at the time when it is called.
        state.twin.handle(now, &Request::default());
        state.twin.snapshot()
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// The way to it for a process of this life.
    pub(super) fn transport(self: &Arc<Self>, life: u64) -> InProcess {
        let vendor = Arc::clone(self);
        InProcess::new(move |request, _| -> Answering {
            let vendor = Arc::clone(&vendor);
            Box::pin(async move { vendor.call(life, request).await })
        })
    }

    async fn call(&self, life: u64, request: client::Request) -> Result<client::Answer, Lost> {
        let label = format!("{} {} {}", self.name, request.method, request.path);
        if is_job(&request) {
            self.common.fate.submit(life);
        }
        self.effect(life).await;
        let (fault, number) = self.send(request);
        self.common.trace.tell(|| format!("{label} #{number} {fault:?}"));
        if fault == Fault::Unreachable {
            return Err(Lost::BeforeSending);
        }
        self.wait_until_arrived(number).await;
        self.effect(life).await;
        let answer = self.answered(number);
        match (fault, answer) {
            (Fault::LostRequest | Fault::LostAnswer, _) | (_, None) => std::future::pending().await,
            (Fault::Slow, Some(_)) => sleep(self.deadline / 2).await,
            (_, Some(_)) => {}
        }
        let back = self.lock().way_back();
        sleep(back).await;
        let answer = self.lock().answers.remove(&number).ok_or(Lost::AfterSending)?;
        self.common
            .trace
            .tell(|| format!("{label} #{number} -> {}", answer.status));
        Ok(client::Answer {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }

    /// The dead bring nothing about.
    async fn effect(&self, life: u64) {
        if !self.common.fate.step(life) {
            std::future::pending().await
        }
    }

    fn send(&self, request: client::Request) -> (Fault, u64) {
        let now = self.common.clock.now();
        let mut state = self.lock();
        let fault = match state.fault(now) {
            Fault::Pretended if !shows_out(&request) => Fault::None,
            fault => fault,
        };
        self.common.sent.fetch_add(1, Ordering::Relaxed);
        state.sent += 1;
        let number = state.sent;
        let calls = calls(&request);
        match fault {
            Fault::None => {
                state.counts.calls += calls;
                state.counts.jobs += u64::from(is_job(&request));
            }
            // What is not counted at all, as how far a job is, is a failed call nonetheless.
            _ => state.counts.disturbed += calls.max(1),
        }
        if fault != Fault::Unreachable && fault != Fault::LostRequest {
            let lag_ms = u64::try_from(self.read_lag.as_millis()).expect("a short time");
            // A request that was given up may arrive all the same, though not later than the deadline.
            let way = match fault {
                Fault::Slow | Fault::LostAnswer => state.dice.millis(5..19_000).min(self.deadline * 9 / 10),
                _ => state.dice.millis(5..200),
            };
            let lags = lag_ms > 0 && request.is_read();
            let lag = match state.weather.is_some() && lags {
                true => state.dice.millis(0..lag_ms),
                false => Duration::ZERO,
            };
            state.flights.push(Flight {
                arrives: now + way,
                number,
                request: converted(request),
                fault,
                lag,
            });
        }
        (fault, number)
    }

    async fn wait_until_arrived(&self, number: u64) {
        let arrives = {
            let state = self.lock();
            let flight = state.flights.iter().find(|flight| flight.number == number);
            flight.map(|flight| flight.arrives)
        };
        if let Some(arrives) = arrives {
            let left = Duration::try_from(arrives.duration_since(self.common.clock.now())).unwrap_or_default();
            sleep(left).await;
        }
    }

    fn answered(&self, number: u64) -> Option<()> {
        let now = self.common.clock.now();
        let mut state = self.lock();
        // Timers are as exact as milliseconds.
        state.arrive(now + Duration::from_millis(1));
        state.answers.contains_key(&number).then_some(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How long an answer takes. Some are overtaken by those to later requests.
    fn way_back(&mut self) -> Duration {
        match self.dice.in_thousand(LATE) {
            true => self.dice.millis(200..3_000),
            false => self.dice.millis(5..200),
        }
    }

    fn fault(&mut self, now: Timestamp) -> Fault {
        let Some(weather) = self.weather else {
            return Fault::None;
        };
        if let Some((until, fault)) = self.spell.filter(|(until, _)| *until > now) {
            self.spell = Some((until, fault));
            return fault;
        }
        if self.dice.in_thousand(weather.spells) {
            let lasts = Duration::from_secs(self.dice.within(5..weather.spell_max));
            let fault = self.dice.pick(SPELLS);
            self.spell = Some((now + lasts, fault));
            return fault;
        }
        match self.dice.in_thousand(weather.faults) {
            true => self.dice.pick(FAULTS),
            false => Fault::None,
        }
    }

    /// What is to have arrived by now is handled, in order.
    fn arrive(&mut self, now: Timestamp) {
        self.flights.sort_by_key(|flight| (flight.arrives, flight.number));
        let there = self.flights.iter().take_while(|flight| flight.arrives <= now).count();
        for flight in self.flights.drain(..there).collect::<Vec<_>>() {
            let answer = self.handle(&flight);
            self.answers.insert(flight.number, answer);
        }
    }

    fn handle(&mut self, flight: &Flight) -> Answer {
        let before = (!is_read(&flight.request)).then(|| self.twin.snapshot());
        let answer = self.answer(flight);
        if before.is_some_and(|before| before != self.twin.snapshot()) {
            self.counts.fruitful += 1 + reads_for(&flight.request);
        }
        answer
    }

    fn answer(&mut self, flight: &Flight) -> Answer {
        let (twin, reset) = (&mut self.twin, Duration::from_secs(10));
        twin.set_lag(flight.lag);
        match flight.fault {
            Fault::None | Fault::LostAnswer | Fault::Slow | Fault::Unreachable | Fault::LostRequest => {
                twin.handle(flight.arrives, &flight.request)
            }
            Fault::DoneAndBroken => {
                twin.handle(flight.arrives, &flight.request);
                twin.fail(Failure::Internal)
            }
            Fault::Pretended => {
                let before = twin.snapshot();
                let answer = twin.handle(flight.arrives, &flight.request);
                twin.restore(before, Vec::new()).expect("its own state");
                answer
            }
            Fault::Limited => twin.fail(Failure::RateLimited { reset }),
            Fault::LimitedBare => twin.fail(Failure::RateLimitedBare),
            Fault::Broken => twin.fail(Failure::Internal),
            Fault::Down => twin.fail(Failure::Unavailable),
            Fault::Unauthorized => {
                twin.set_token("another");
                let answer = twin.handle(flight.arrives, &flight.request);
                twin.set_token(TOKEN);
                answer
            }
        }
    }
}

/// How many calls it would be if everybody's were by themselves: none of what is read every few minutes, or to learn
/// how far a job is.
fn calls(request: &client::Request) -> u64 {
    let is_other = |path: &&str| request.path.starts_with(path);
    if LISTINGS.iter().chain(JOB_STATUSES).any(is_other) {
        return 0;
    }
    match is_job(request) {
        true => items(request),
        false => 1,
    }
}

/// Of how many people a bulk job is: those of its body, or of a list of their ids.
fn items(request: &client::Request) -> u64 {
    let body = request.body.as_deref().unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let (_, query) = request.path.split_once('?').unwrap_or_default();
    let ids = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ids");
    let listed = ids.map_or(0, |(_, ids)| ids.split(',').count());
    let items = body["users"].as_array().map_or(listed, Vec::len);
    assert!(items > 0, "a job of nobody: {}", request.path);
    u64::try_from(items).expect("a short list")
}

/// Whether the request submits a bulk job.
fn is_job(request: &client::Request) -> bool {
    let path = request.path.split('?').next().unwrap_or_default();
    path.ends_with("_many")
}

fn is_read(request: &Request) -> bool {
    request.method == "GET"
}

/// Reads that a call which made a difference needs with it: who is shown out, or a group that is deleted, is read back,
/// and a group is looked for before it is made. Okta shows roles apart, and Calendly's people are in two lists.
fn reads_for(request: &Request) -> u64 {
    const IN_TWO_LISTS: [&str; 2] = ["/organization_memberships/", "/invitations/"];
    let path = &request.path;
    let is_group = ["/teams", "/groups"].iter().any(|end| path.ends_with(end));
    match request.method.as_str() {
        "DELETE" if IN_TWO_LISTS.iter().any(|list| path.contains(list)) => 2,
        "DELETE" => 1,
        "POST" if path.ends_with("/lifecycle/suspend") => 2,
        "POST" if is_group || is_suspension(path) => 1,
        _ => 0,
    }
}

fn is_suspension(path: &str) -> bool {
    path.ends_with("/lifecycle/suspend") || path.ends_with("/lifecycle/deactivate")
}

/// Whether the request takes somebody's access away.
fn shows_out(request: &client::Request) -> bool {
    const PEOPLE: [&str; 3] = ["users", "organization_memberships", "invitations"];
    let segments: Vec<_> = request.path.rsplit('/').collect();
    let deletes = match *segments.as_slice() {
        [_, collection, _, parent, ..] => PEOPLE.contains(&collection) && !["teams", "groups"].contains(&parent),
        [_, collection, ..] => PEOPLE.contains(&collection),
        _ => false,
    };
    (request.method == "DELETE" && deletes) || is_suspension(&request.path)
}

/// The request as it comes out of the network.
fn converted(request: client::Request) -> Request {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    if !headers.iter().any(|(name, _)| name == "accept") {
        headers.push(("accept".to_owned(), "*/*".to_owned()));
    }
    Request {
        method: request.method.to_owned(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers,
        body: request.body.unwrap_or_default(),
    }
}
