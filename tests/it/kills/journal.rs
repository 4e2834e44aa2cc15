//! What one client was acknowledged, and what it cannot know since its answer never came.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::Value;

/// A person as the client wants them to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) active: bool,
}

/// A group as the client wants it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    /// Numbers of people.
    pub(super) members: BTreeSet<usize>,
}

/// One person or group.
#[derive(Debug, Clone)]
pub(super) struct Entry<T> {
    /// Its `externalId`, with which its names begin.
    pub(super) tag: String,
    pub(super) id: Option<String>,
    /// As last acknowledged; none: not there.
    pub(super) known: Option<T>,
    /// As it is if the request that broke off was committed.
    pub(super) open: Option<Option<T>>,
    /// How often it ceased to be there.
    pub(super) deletions: usize,
    /// How often it ceased to be there or to be active.
    pub(super) departures: usize,
}

/// The people and groups of one client.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    pub(super) people: Vec<Entry<Person>>,
    pub(super) groups: Vec<Entry<Group>>,
    /// Writes that were acknowledged.
    pub(super) acknowledged: usize,
    /// Writes whose answers never came: those that were committed, and those that were not.
    pub(super) broken_off: [usize; 2],
}

/// What an entry's state means at vendors.
pub(super) trait State: Clone + PartialEq + Debug {
    fn has_access(&self) -> bool;
}

impl State for Person {
    fn has_access(&self) -> bool {
        self.active
    }
}

impl State for Group {
    fn has_access(&self) -> bool {
        true
    }
}

impl<T: State> Entry<T> {
    fn new(tag: String) -> Self {
        Self {
            tag,
            id: None,
            known: None,
            open: None,
            deletions: 0,
            departures: 0,
        }
    }

    /// It is so from now on.
    fn become_known(&mut self, state: Option<T>) {
        let had_access = self.known.as_ref().is_some_and(State::has_access);
        let has_access = state.as_ref().is_some_and(State::has_access);
        self.deletions += usize::from(self.known.is_some() && state.is_none());
        self.departures += usize::from(had_access && !has_access);
        self.known = state;
        self.open = None;
    }

    /// The directory shows it so: what is wrong with that.
    fn see(&mut self, shown: Option<(String, T)>, broken_off: &mut [usize; 2]) -> Option<String> {
        let (id, state) = shown.unzip();
        if self.known.is_some() && state.is_some() && id != self.id {
            return Some(format!("{}: its id was {:?} and is {id:?}", self.tag, self.id));
        }
        if let Some(open) = self.open.take() {
            broken_off[usize::from(open != state)] += 1;
            if open == state {
                self.become_known(state);
                self.id = id;
                return None;
            }
        }
        let wrong = state != self.known;
        wrong.then(|| format!("{}: acknowledged is {:?}, shown is {state:?}", self.tag, self.known))
    }
}

impl Journal {
    pub(super) fn new(client: usize, (people, groups): (usize, usize)) -> Self {
        Self {
            people: (0..people).map(|n| Entry::new(format!("c{client}p{n}_"))).collect(),
            groups: (0..groups).map(|n| Entry::new(format!("c{client}g{n}_"))).collect(),
            acknowledged: 0,
            broken_off: [0; 2],
        }
    }

    /// The person was acknowledged to be so, under this id.
    pub(super) fn person_is(&mut self, number: usize, state: Option<Person>, id: Option<String>) {
        let entry = &mut self.people[number];
        entry.id = id.or(entry.id.take()).filter(|_| state.is_some());
        let gone = state.is_none();
        entry.become_known(state);
        if gone {
            self.leaves_groups(number);
        }
        self.acknowledged += 1;
    }

    /// The group was acknowledged to be so, under this id.
    pub(super) fn group_is(&mut self, number: usize, state: Option<Group>, id: Option<String>) {
        let entry = &mut self.groups[number];
        entry.id = id.or(entry.id.take()).filter(|_| state.is_some());
        entry.become_known(state);
        self.acknowledged += 1;
    }

    /// Who is deleted is in no group.
    fn leaves_groups(&mut self, number: usize) {
        for group in &mut self.groups {
            let states = [group.known.as_mut(), group.open.as_mut().and_then(Option::as_mut)];
            for state in states.into_iter().flatten() {
                state.members.remove(&number);
            }
        }
    }

    /// Compares with what the directory shows, and learns what became of what broke off. What is wrong.
    pub(super) fn compare(&mut self, shown: &Shown) -> Vec<String> {
        let mut wrong = Vec::new();
        for number in 0..self.people.len() {
            let tag = self.people[number].tag.clone();
            let found = shown.of(&tag, &mut wrong).map(|user| (text(user, "id"), person(user)));
            let was_there = self.people[number].known.is_some();
            wrong.extend(self.people[number].see(found, &mut self.broken_off));
            if was_there && self.people[number].known.is_none() {
                self.leaves_groups(number);
            }
        }
        let ids = self.people.iter().enumerate();
        let ids: BTreeMap<_, _> = ids.filter_map(|(n, person)| Some((person.id.clone()?, n))).collect();
        for entry in &mut self.groups {
            let found = shown
                .of(&entry.tag, &mut wrong)
                .map(|found| (text(found, "id"), group(found, &ids)));
            wrong.extend(entry.see(found, &mut self.broken_off));
        }
        wrong
    }

    /// How many people and groups there are.
    pub(super) fn present(&self) -> usize {
        let people = self.people.iter().filter(|person| person.known.is_some());
        people.count() + self.groups.iter().filter(|group| group.known.is_some()).count()
    }
}

/// What the directory shows.
pub(super) struct Shown {
    /// Users and groups.
    pub(super) resources: Vec<Value>,
}

impl Shown {
    /// The resource with this `externalId`.
    fn of(&self, tag: &str, wrong: &mut Vec<String>) -> Option<&Value> {
        let mut found = self.resources.iter().filter(|resource| resource["externalId"] == tag);
        let first = found.next();
        wrong.extend(found.map(|other| format!("{tag}: shown twice, {first:?} and {other}")));
        first
    }
}

fn person(user: &Value) -> Person {
    Person {
        address: text(user, "userName"),
        name: text(user, "displayName"),
        title: text(user, "title"),
        active: user["active"] == true,
    }
}

/// A member whom nobody knows is shown as one that nobody can be.
fn group(group: &Value, ids: &BTreeMap<String, usize>) -> Group {
    let members = group["members"].as_array().into_iter().flatten();
    let number = |member: &Value| *ids.get(&text(member, "value")).unwrap_or(&usize::MAX);
    Group {
        name: text(group, "displayName"),
        members: members.map(number).collect(),
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
