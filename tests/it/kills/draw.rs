//! What a client wants next.
use std::collections::BTreeSet;

use super::journal::{Group, Journal, Person};
use crate::dice::Dice;

/// A person or a group, by number, as it is to be; none: not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Person(usize, Option<Person>),
    Group(usize, Option<Group>),
}

/// What a client has drawn so far.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) dice: Dice,
    /// Each change has a number of its own, so that nothing old can pass for something new.
    version: usize,
    /// All people change together, by Bulk.
    together: bool,
}

/// How many of a thousand changes are deletions: few where each is alone, and enough for a bulk job of many.
const DELETED_IN_THOUSAND: u64 = 20;
const DELETED_TOGETHER_IN_THOUSAND: u64 = 250;

/// Operations of one Bulk request.
const BULK: usize = 2;

impl Draw {
    pub(super) fn new(dice: Dice) -> Self {
        Self {
            dice,
            version: 0,
            together: false,
        }
    }

    /// The same for many people who always change together.
    pub(super) fn together(dice: Dice) -> Self {
        Self {
            together: true,
            ..Self::new(dice)
        }
    }

    /// One wish, or a few for one Bulk request.
    pub(super) fn next(&mut self, journal: &Journal) -> Vec<Wish> {
        self.version += 1;
        match self.dice.among(0..10) {
            _ if self.together => self.several(journal, journal.people.len()),
            0 if journal.people.len() >= BULK => self.several(journal, BULK),
            1..4 if !journal.groups.is_empty() => vec![self.group(journal)],
            _ => {
                let number = self.dice.among(0..journal.people.len());
                vec![self.person(journal, number)]
            }
        }
    }

    fn several(&mut self, journal: &Journal, count: usize) -> Vec<Wish> {
        let first = self.dice.among(0..journal.people.len());
        let numbers = (first..first + count).map(|number| number % journal.people.len());
        let numbers: Vec<_> = numbers.collect();
        numbers.into_iter().map(|number| self.person(journal, number)).collect()
    }

    fn person(&mut self, journal: &Journal, number: usize) -> Wish {
        let entry = &journal.people[number];
        let (tag, version) = (&entry.tag, self.version);
        let name = format!("{tag} v{version}");
        let title = format!("t{version}");
        let address = format!("{tag}{version}@example.com");
        let Some(known) = entry.known.clone() else {
            let person = Person {
                // Who comes again mostly has the address that they had.
                address: if self.dice.in_thousand(700) {
                    format!("{tag}@example.com")
                } else {
                    address
                },
                name,
                title,
                active: self.dice.in_thousand(900),
            };
            return Wish::Person(number, Some(person));
        };
        let deleted = match self.together {
            true => DELETED_TOGETHER_IN_THOUSAND,
            false => DELETED_IN_THOUSAND,
        };
        if self.dice.in_thousand(deleted) {
            return Wish::Person(number, None);
        }
        let active = !known.active;
        let person = match self.dice.among(0..13) {
            0..2 => Some(Person { active, ..known }),
            2..5 => Some(Person { address, ..known }),
            5 => Some(Person {
                address,
                name,
                title,
                active: known.active,
            }),
            6..9 => Some(Person { name, ..known }),
            _ => Some(Person { name, title, ..known }),
        };
        Wish::Person(number, person)
    }

    fn group(&mut self, journal: &Journal) -> Wish {
        let number = self.dice.among(0..journal.groups.len());
        let entry = &journal.groups[number];
        let name = format!("{} v{}", entry.tag, self.version);
        let people = journal.people.iter().enumerate();
        let present: Vec<_> = people
            .filter(|(_, person)| person.known.is_some())
            .map(|(n, _)| n)
            .collect();
        let Some(known) = entry.known.clone() else {
            let members: BTreeSet<_> = present.into_iter().filter(|_| self.dice.in_thousand(500)).collect();
            return Wish::Group(number, Some(Group { name, members }));
        };
        if self.dice.in_thousand(DELETED_IN_THOUSAND) {
            return Wish::Group(number, None);
        }
        let group = match self.dice.among(0..8) {
            0 => Some(Group { name, ..known }),
            _ if present.is_empty() => Some(Group { name, ..known }),
            _ => {
                let member = self.dice.pick(&present);
                let mut members = known.members.clone();
                if !members.remove(&member) {
                    members.insert(member);
                }
                Some(Group { members, ..known })
            }
        };
        Wish::Group(number, group)
    }
}
