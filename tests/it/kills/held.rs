//! What vendors hold, compared with the journals.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::journal::{Entry, Group, Journal, Person};

/// What a vendor holds of clients' people and groups, by their tags.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) people: BTreeMap<String, Vec<Account>>,
    pub(super) groups: BTreeMap<String, Vec<Team>>,
    /// Ids of all there is a trace of, by tag.
    pub(super) traces: BTreeMap<String, BTreeSet<String>>,
}

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: String,
    address: String,
    name: Option<String>,
    title: Option<String>,
    lets_in: bool,
}

/// A group's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Team {
    pub(super) id: String,
    name: String,
    /// Ids of accounts.
    members: BTreeSet<String>,
}

/// How one vendor differs from the others.
struct Vendor {
    /// Whoever is switched off keeps the account.
    suspends: bool,
    /// It knows what people are called, and their titles.
    names: bool,
    titles: bool,
    groups: bool,
}

fn vendor(name: &str) -> Vendor {
    match name {
        "pagerduty" => Vendor {
            suspends: false,
            names: true,
            titles: true,
            groups: true,
        },
        "zendesk" => Vendor {
            suspends: true,
            names: true,
            titles: false,
            groups: true,
        },
        "okta" => Vendor {
            suspends: true,
            names: true,
            titles: true,
            groups: true,
        },
        // It invites an address, and changes nobody.
        "calendly" => Vendor {
            suspends: false,
            names: false,
            titles: false,
            groups: false,
        },
        unknown => panic!("nobody has said how {unknown} is"),
    }
}

impl Held {
    /// What is in a twin's state.
    pub(super) fn at(name: &str, state: &Value) -> Self {
        let mut held = Self::default();
        let people = match name {
            "calendly" => "invitations",
            _ => "users",
        };
        for row in rows(state, people) {
            held.add_person(name, row);
        }
        let groups = match name {
            "pagerduty" => "teams",
            _ => "groups",
        };
        for row in rows(state, groups) {
            held.add_group(name, (state, row));
        }
        held
    }

    fn add_person(&mut self, name: &str, row: &Value) {
        let (account, there) = match name {
            "pagerduty" => (pagerduty(row), true),
            "zendesk" => (zendesk(row), row["active"] == true),
            "okta" => (okta(row), true),
            "calendly" => (calendly(row), row["status"] == "pending"),
            unknown => panic!("nobody has said how {unknown} shows people"),
        };
        // Who was deleted has a name and no address.
        let Some(tag) = tag(account.name.as_deref().unwrap_or(&account.address)) else {
            return;
        };
        self.traces.entry(tag.clone()).or_default().insert(account.id.clone());
        if there {
            self.people.entry(tag).or_default().push(account);
        }
    }

    fn add_group(&mut self, name: &str, (state, row): (&Value, &Value)) {
        let (label, table, [of, user]) = match name {
            "pagerduty" => (&row["name"], "members", ["team", "user"]),
            "zendesk" => (&row["name"], "group_memberships", ["of", "user"]),
            "okta" => (&row["name"], "members", ["group", "user"]),
            _ => return,
        };
        let Some(tag) = tag(&text(label)) else { return };
        let members = rows(state, table).filter(|member| member[of] == row["id"]);
        let team = Team {
            id: text(&row["id"]),
            name: text(label),
            members: members.map(|member| text(&member[user])).collect(),
        };
        self.traces.entry(tag.clone()).or_default().insert(team.id.clone());
        if row["deleted"] != true {
            self.groups.entry(tag).or_default().push(team);
        }
    }

    /// What is wrong with what a vendor holds, once all is settled.
    pub(super) fn compare(mut self, name: &str, journals: &[&Journal]) -> Vec<String> {
        let mut wrong = Vec::new();
        for journal in journals {
            let mut ids = BTreeMap::new();
            for (number, entry) in journal.people.iter().enumerate() {
                let accounts = self.people.remove(&entry.tag).unwrap_or_default();
                ids.extend(accounts.iter().map(|account| (account.id.clone(), number)));
                if !vendor(name).suits(entry, &accounts) {
                    wrong.push(format!(
                        "{name}: {} is to be {:?}, held is {accounts:?}",
                        entry.tag, entry.known
                    ));
                }
            }
            for entry in journal.groups.iter().filter(|_| vendor(name).groups) {
                let teams = self.groups.remove(&entry.tag).unwrap_or_default();
                let teams: Vec<_> = teams
                    .iter()
                    .map(|team| (&team.name, active(journal, &ids, team)))
                    .collect();
                let wanted = entry.known.iter().map(|group| (&group.name, wanted(journal, group)));
                if teams != wanted.collect::<Vec<_>>() {
                    wrong.push(format!(
                        "{name}: {} is to be {:?}, held is {teams:?}",
                        entry.tag, entry.known
                    ));
                }
            }
        }
        let nobodys: Vec<_> = self.people.keys().chain(self.groups.keys()).collect();
        if !nobodys.is_empty() {
            wrong.push(format!("{name}: {nobodys:?} are nobody's"));
        }
        wrong
    }
}

impl Vendor {
    /// Whether these accounts are what a person is to have.
    fn suits(&self, entry: &Entry<Person>, accounts: &[Account]) -> bool {
        match (&entry.known, accounts) {
            (Some(person), [account]) if person.active => self.agrees(person, account),
            (Some(person), [account]) => !person.active && self.suspends && !account.lets_in,
            (Some(person), []) => !person.active,
            (None, []) => true,
            (_, _) => false,
        }
    }

    fn agrees(&self, person: &Person, account: &Account) -> bool {
        let address = !self.names || account.address == person.address;
        let name = !self.names || account.name.as_ref() == Some(&person.name);
        let title = !self.titles || account.title.as_ref() == Some(&person.title);
        account.lets_in && address && name && title
    }
}

/// More accounts than these are one too many, over all the time: who was deleted gets another one, and where nobody is
/// suspended, who was switched off.
pub(super) fn accounts_max<T>(name: &str, entry: &Entry<T>) -> usize {
    match vendor(name).suspends {
        true => 1 + entry.deletions,
        false => 1 + entry.departures,
    }
}

/// Members with access, by number. Who has none may have lost memberships with it, or not.
fn active(journal: &Journal, ids: &BTreeMap<String, usize>, team: &Team) -> BTreeSet<usize> {
    let number = |id: &String| *ids.get(id).unwrap_or(&usize::MAX);
    let members = team.members.iter().map(number);
    members
        .filter(|number| is_active(journal, *number) != Some(false))
        .collect()
}

fn wanted(journal: &Journal, group: &Group) -> BTreeSet<usize> {
    let members = group.members.iter().copied();
    members
        .filter(|number| is_active(journal, *number) == Some(true))
        .collect()
}

fn is_active(journal: &Journal, number: usize) -> Option<bool> {
    Some(journal.people.get(number)?.known.as_ref()?.active)
}

/// What addresses and names of a person or group begin with, if it is a client's.
fn tag(text: &str) -> Option<String> {
    let (tag, _) = text.split_once('_')?;
    let ours = tag.strip_prefix('c')?.split_once(['p', 'g'])?;
    let numbers = [ours.0, ours.1].iter().all(|number| number.parse::<usize>().is_ok());
    numbers.then(|| format!("{tag}_"))
}

fn pagerduty(user: &Value) -> Account {
    Account {
        id: text(&user["id"]),
        address: text(&user["email"]),
        name: user["name"].as_str().map(str::to_owned),
        title: user["job_title"].as_str().map(str::to_owned),
        lets_in: true,
    }
}

fn zendesk(user: &Value) -> Account {
    let mut identities = user["identities"].as_array().into_iter().flatten();
    let primary = identities.find(|identity| identity["primary"] == true);
    Account {
        id: text(&user["id"]),
        address: primary.map(|identity| text(&identity["value"])).unwrap_or_default(),
        name: user["name"].as_str().map(str::to_owned),
        title: None,
        lets_in: user["suspended"] == false,
    }
}

fn okta(user: &Value) -> Account {
    let profile = &user["profile"];
    let status = user["transition"]["to"].as_str().or(user["status"].as_str());
    Account {
        id: text(&user["id"]),
        address: text(&profile["login"]),
        name: profile["displayName"].as_str().map(str::to_owned),
        title: profile["title"].as_str().map(str::to_owned),
        lets_in: matches!(status, Some("ACTIVE" | "PROVISIONED")),
    }
}

fn calendly(invitation: &Value) -> Account {
    Account {
        id: text(&invitation["id"]),
        address: text(&invitation["email"]),
        name: None,
        title: None,
        lets_in: true,
    }
}

fn rows<'a>(state: &'a Value, table: &str) -> impl Iterator<Item = &'a Value> {
    state[table].as_array().into_iter().flatten()
}

/// Some vendors' ids are numbers.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
