//! A client that writes until the gateway dies, and takes up again what broke off, as identity providers do.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use super::draw::{Draw, Wish};
use super::journal::{Group, Journal, Person};
use super::trace::Trace;
use crate::harness::{Answer, Scim, patch};

/// People of one client, and how many clients have one person more.
const PEOPLE: usize = 1;
const WITH_SECOND: usize = 4;

/// Clients that have a group of their people as well.
const WITH_GROUP: usize = 3;

/// People of the one client whose people change together.
const CROWD: usize = 26;

/// The longest pause between two writes of that client.
const CROWD_PAUSE_MAX: Duration = Duration::from_millis(2500);

/// The longest pause between two writes, so that writes come together now and then, and apart at other times.
const PAUSE_MAX: Duration = Duration::from_millis(150);

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What the clients of one life have done, for who waits for a moment to kill.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) acknowledged: watch::Sender<usize>,
    pub(super) under_way: AtomicUsize,
}

/// One client. It survives the gateway.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) journal: Journal,
    draw: Draw,
    unfinished: Vec<Wish>,
    trace: Trace,
    pause_max: Duration,
    /// It writes only in lives that are about bulk jobs.
    pub(super) is_crowd: bool,
}

/// The way to the gateway in one of its lives.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) scim: Scim,
    pub(super) meter: Arc<Meter>,
}

/// A request.
struct Ask {
    method: &'static str,
    path: String,
    body: Option<Value>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            acknowledged: watch::Sender::new(0),
            under_way: AtomicUsize::new(0),
        }
    }
}

impl Way {
    /// `None` if the gateway died.
    async fn send(&self, ask: &Ask) -> Option<Answer> {
        self.meter.under_way.fetch_add(1, Ordering::Relaxed);
        let answer = self.scim.try_call(ask.method, &ask.path, ask.body.as_ref()).await;
        self.meter.under_way.fetch_sub(1, Ordering::Relaxed);
        answer
    }
}

impl Client {
    pub(super) fn new(number: usize, draw: Draw, trace: Trace) -> Self {
        let people = PEOPLE + usize::from(number < WITH_SECOND);
        Self {
            journal: Journal::new(number, (people, usize::from(number < WITH_GROUP))),
            draw,
            unfinished: Vec::new(),
            trace,
            pause_max: PAUSE_MAX,
            is_crowd: false,
        }
    }

    /// The client of many people.
    pub(super) fn crowd(number: usize, draw: Draw, trace: Trace) -> Self {
        Self {
            journal: Journal::new(number, (CROWD, 0)),
            pause_max: CROWD_PAUSE_MAX,
            is_crowd: true,
            ..Self::new(number, draw, trace)
        }
    }

    /// Writes until the gateway dies.
    ///
    /// # Errors
    /// An answer that no client should get.
    pub(super) async fn work(mut self, way: Way) -> Result<Self, String> {
        loop {
            if self.unfinished.is_empty() {
                self.unfinished = self.draw.next(&self.journal);
            } else if self.look(&way).await?.is_none() {
                return Ok(self);
            }
            if self.write(&way).await?.is_none() {
                return Ok(self);
            }
            self.unfinished.clear();
            sleep(self.draw.dice.below(self.pause_max)).await;
        }
    }

    /// Looks for the people that broke off by their names, as identity providers do before they write again; `None` if
    /// the gateway died.
    async fn look(&self, way: &Way) -> Result<Option<()>, String> {
        for wish in &self.unfinished {
            let Wish::Person(number, _) = wish else { continue };
            let entry = &self.journal.people[*number];
            let Some(known) = &entry.known else { continue };
            let path = format!("/Users?filter=userName%20eq%20%22{}%22", known.address);
            let ask = Ask {
                method: "GET",
                path,
                body: None,
            };
            let Some(answer) = way.send(&ask).await else {
                return Ok(None);
            };
            let found = answer.body["Resources"][0]["id"].as_str().map(str::to_owned);
            if found != entry.id {
                return Err(format!(
                    "{}: {:?} is not found by name: {answer:?}",
                    entry.tag, entry.id
                ));
            }
        }
        Ok(Some(()))
    }

    /// Carries out what is unfinished and not so already; `None` if the gateway died.
    async fn write(&mut self, way: &Way) -> Result<Option<()>, String> {
        let wishes: Vec<_> = self
            .unfinished
            .iter()
            .filter(|wish| !self.is_so(wish))
            .cloned()
            .collect();
        if wishes.is_empty() {
            return Ok(Some(()));
        }
        wishes.iter().for_each(|wish| self.begin(wish));
        let asks: Vec<_> = wishes.iter().map(|wish| self.ask(wish)).collect();
        let ask = match <[Ask; 1]>::try_from(asks) {
            Ok([only]) => only,
            Err(several) => bulk(several),
        };
        let label = format!("{} {} {}", ask.method, ask.path, ask.body.clone().unwrap_or_default());
        let tags: Vec<_> = wishes.iter().map(|wish| self.tag(wish)).collect();
        self.trace.tell(format!("{tags:?} {label}"));
        let Some(answer) = way.send(&ask).await else {
            self.trace.tell(format!("{tags:?} no answer"));
            return Ok(None);
        };
        self.trace.tell(format!("{tags:?} {} {}", answer.status, answer.body));
        let answers = match wishes.len() {
            1 => vec![(answer.status, answer.body["id"].as_str().map(str::to_owned))],
            _ => entries(&answer.body),
        };
        let all_done = answers.len() == wishes.len() && answers.iter().all(|(status, _)| (200..300).contains(status));
        if !all_done {
            return Err(format!("{tags:?}: {label} is answered {answer:?}"));
        }
        for (wish, (_, id)) in wishes.into_iter().zip(answers) {
            match wish {
                Wish::Person(number, state) => self.journal.person_is(number, state, id),
                Wish::Group(number, state) => self.journal.group_is(number, state, id),
            }
        }
        way.meter.acknowledged.send_modify(|count| *count += 1);
        Ok(Some(()))
    }

    fn is_so(&self, wish: &Wish) -> bool {
        match wish {
            Wish::Person(number, state) => self.journal.people[*number].known == *state,
            Wish::Group(number, state) => self.journal.groups[*number].known == *state,
        }
    }

    /// From now on nobody knows, until there is an answer.
    fn begin(&mut self, wish: &Wish) {
        match wish {
            Wish::Person(number, state) => self.journal.people[*number].open = Some(state.clone()),
            Wish::Group(number, state) => self.journal.groups[*number].open = Some(state.clone()),
        }
    }

    fn tag(&self, wish: &Wish) -> String {
        match wish {
            Wish::Person(number, _) => self.journal.people[*number].tag.clone(),
            Wish::Group(number, _) => self.journal.groups[*number].tag.clone(),
        }
    }

    fn ask(&mut self, wish: &Wish) -> Ask {
        match wish {
            Wish::Person(number, wanted) => self.ask_person(*number, wanted.as_ref()),
            Wish::Group(number, wanted) => self.ask_group(*number, wanted.as_ref()),
        }
    }

    fn ask_person(&mut self, number: usize, wanted: Option<&Person>) -> Ask {
        let by_put = self.draw.dice.in_thousand(200);
        let entry = &self.journal.people[number];
        let path = format!("/Users/{}", entry.id.as_deref().unwrap_or_default());
        let whole = |person: &Person| {
            json!({
                "schemas": [USER],
                "externalId": entry.tag,
                "userName": person.address,
                "displayName": person.name,
                "title": person.title,
                "active": person.active,
                "emails": emails(&person.address),
            })
        };
        let (method, path, body) = match (&entry.known, wanted) {
            (_, None) => ("DELETE", path, None),
            (None, Some(wanted)) => ("POST", "/Users".to_owned(), Some(whole(wanted))),
            (Some(_), Some(wanted)) if by_put => ("PUT", path, Some(whole(wanted))),
            (Some(known), Some(wanted)) => ("PATCH", path, Some(patch(differences(known, wanted)))),
        };
        Ask { method, path, body }
    }

    fn ask_group(&self, number: usize, wanted: Option<&Group>) -> Ask {
        let entry = &self.journal.groups[number];
        let path = format!("/Groups/{}", entry.id.as_deref().unwrap_or_default());
        let member = |number: &usize| json!({ "value": self.journal.people[*number].id });
        let (method, path, body) = match (&entry.known, wanted) {
            (_, None) => ("DELETE", path, None),
            (None, Some(wanted)) => {
                let members: Vec<_> = wanted.members.iter().map(member).collect();
                let whole = json!({ "schemas": [GROUP], "externalId": entry.tag, "displayName": wanted.name, "members": members });
                ("POST", "/Groups".to_owned(), Some(whole))
            }
            (Some(known), Some(wanted)) => {
                let came: Vec<_> = wanted.members.difference(&known.members).map(member).collect();
                let went = known.members.difference(&wanted.members).map(member);
                let went = went.map(|member| format!("members[value eq {}]", member["value"]));
                let mut operations: Vec<_> = went.map(|path| json!({ "op": "remove", "path": path })).collect();
                if !came.is_empty() {
                    operations.push(json!({ "op": "add", "path": "members", "value": came }));
                }
                if known.name != wanted.name {
                    operations.push(json!({ "op": "replace", "path": "displayName", "value": wanted.name }));
                }
                ("PATCH", path, Some(patch(operations.into())))
            }
        };
        Ask { method, path, body }
    }
}

fn emails(address: &str) -> Value {
    json!([{ "value": address, "type": "work", "primary": true }])
}

fn differences(known: &Person, wanted: &Person) -> Value {
    let mut operations = Vec::new();
    let mut replace = |path: &str, differs: bool, value: Value| {
        if differs {
            operations.push(json!({ "op": "replace", "path": path, "value": value }));
        }
    };
    let moved = known.address != wanted.address;
    replace("userName", moved, json!(wanted.address));
    replace("emails", moved, emails(&wanted.address));
    replace("displayName", known.name != wanted.name, json!(wanted.name));
    replace("title", known.title != wanted.title, json!(wanted.title));
    replace("active", known.active != wanted.active, json!(wanted.active));
    operations.into()
}

fn bulk(asks: Vec<Ask>) -> Ask {
    let operation = |(number, ask): (usize, Ask)| {
        let mut operation = json!({ "method": ask.method, "path": ask.path, "bulkId": format!("b{number}") });
        if let Some(body) = ask.body {
            operation["data"] = body;
        }
        operation
    };
    let operations: Vec<_> = asks.into_iter().enumerate().map(operation).collect();
    Ask {
        method: "POST",
        path: "/Bulk".to_owned(),
        body: Some(json!({ "schemas": [BULK], "Operations": operations })),
    }
}

/// Statuses and ids of a BulkResponse.
fn entries(body: &Value) -> Vec<(u16, Option<String>)> {
    let entry = |entry: &Value| {
        let status = entry["status"].as_str().and_then(|status| status.parse().ok());
        let id = entry["location"]
            .as_str()
            .and_then(|location| location.rsplit('/').next());
        (status.unwrap_or_default(), id.map(str::to_owned))
    };
    body["Operations"].as_array().into_iter().flatten().map(entry).collect()
}
