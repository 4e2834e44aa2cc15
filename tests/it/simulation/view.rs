//! What a vendor holds and what it should, in the same words.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::by_group::Among;
use super::idp::{Group, Idp, Person, Profile, Rules};
use super::plan::OUTSIDE;
use super::vendor::BEFORE;

/// Accounts and groups that people of a directory have at a vendor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// By e-mail address.
    pub(super) accounts: BTreeMap<String, Account>,
    /// Members' addresses by the group's name.
    pub(super) groups: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) title: Option<String>,
    /// Where groups say who has which.
    pub(super) role: Option<String>,
}

/// A person, and what decides whether they belong to the targets.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) person: Person,
    pub(super) rules: Rules,
    pub(super) among: Among,
}

impl Standing {
    /// Whether the targets are to let the person in.
    pub(super) fn belongs(&self) -> bool {
        let profile = self.person.profile.as_ref();
        profile.is_some_and(|profile| profile.active && self.is_assigned(profile))
    }

    fn is_assigned(&self, profile: &Profile) -> bool {
        match (self.rules.assigned, self.rules.by_group) {
            (false, _) => true,
            (true, None) => profile.title != OUTSIDE,
            (true, Some(by_group)) => by_group.belongs(&profile.title, self.among),
        }
    }
}

/// What the vendor should hold of people with access, by the journal alone.
pub(super) fn wanted(vendor: &str, idp: &Idp) -> View {
    let journal = idp.journal();
    let mut view = View::default();
    let mut addresses = BTreeMap::new();
    for person in &journal.people {
        let account = account(vendor, &journal.standing(person));
        let (Some(id), Some(profile), Some(account)) = (&person.id, &person.profile, account) else {
            continue;
        };
        let address = profile.user_name.clone();
        addresses.insert(id.clone(), address.clone());
        view.accounts.insert(address, account);
    }
    for Group { name, members, .. } in journal.groups.iter().filter(|_| has_groups(vendor)) {
        let Some(name) = name else { continue };
        let members = members.iter().filter_map(|member| addresses.get(member).cloned());
        view.groups.insert(name.clone(), members.collect());
    }
    view
}

/// What a person should have.
fn account(vendor: &str, standing: &Standing) -> Option<Account> {
    let profile = standing.person.profile.as_ref().filter(|_| standing.belongs())?;
    let by_group = standing.rules.by_group;
    let ruled = by_group.and_then(|by_group| by_group.role(standing.among));
    let account = Account {
        name: profile.display_name.clone(),
        title: Some(profile.title.clone()),
        role: None,
    };
    Some(match vendor {
        "pagerduty" => Account {
            role: ruled.map(str::to_owned),
            ..account
        },
        "okta" => account,
        "zendesk" => Account { title: None, ..account },
        // It invites an address; people say themselves what they are called.
        "calendly" => Account {
            name: String::new(),
            title: None,
            ..account
        },
        other => panic!("nobody has said what {other} should hold"),
    })
}

impl View {
    /// The same if nobody says who has which role.
    pub(super) fn without_roles(mut self) -> Self {
        self.accounts.values_mut().for_each(|account| account.role = None);
        self
    }
}

/// What the vendor holds of people with access, apart from what a fresh account has.
pub(super) fn held(vendor: &str, state: &Value) -> View {
    let mut view = View::default();
    let mut addresses = BTreeMap::new();
    for (id, address, account) in accounts(vendor, state) {
        addresses.insert(id, address.clone());
        let other = view.accounts.insert(address.clone(), account);
        assert_eq!(other, None, "{vendor}: two accounts of {address}");
    }
    for (id, name) in groups(vendor, state) {
        let members = rows(state, "members").filter(|member| member[group_of_member(vendor)] == id);
        let members = members.filter_map(|member| addresses.get(&text(&member["user"])).cloned());
        let other = view.groups.insert(name.clone(), members.collect());
        assert_eq!(other, None, "{vendor}: two groups {name}");
    }
    view
}

/// Ids and names of people of ours who are let in, as far as the vendor has names.
pub(super) fn with_access(vendor: &str, state: &Value) -> Vec<(String, String)> {
    let all = accounts(vendor, state).into_iter();
    let named = all.map(|(id, _, account)| (id, account.name));
    named.filter(|(_, name)| !name.is_empty()).collect()
}

/// Ids, addresses and accounts of ours that let their owners in.
fn accounts(vendor: &str, state: &Value) -> Vec<(String, String, Account)> {
    let own = |(_, address, account): &(String, String, Account)| {
        address.starts_with("canary") && !account.name.starts_with(BEFORE)
    };
    let found: Vec<_> = match vendor {
        "pagerduty" => rows(state, "users").map(pagerduty).collect(),
        "okta" => rows(state, "users").filter_map(okta).collect(),
        "zendesk" => rows(state, "users").filter_map(zendesk).collect(),
        "calendly" => rows(state, "invitations").filter_map(calendly).collect(),
        other => panic!("nobody has said how {other} shows what it holds"),
    };
    found.into_iter().filter(own).collect()
}

fn pagerduty(user: &Value) -> (String, String, Account) {
    let account = Account {
        name: text(&user["name"]),
        title: user["job_title"].as_str().map(str::to_owned),
        role: user["role"].as_str().map(str::to_owned),
    };
    (text(&user["id"]), text(&user["email"]), account)
}

fn okta(user: &Value) -> Option<(String, String, Account)> {
    let to = user["transition"]["to"].as_str().or(user["status"].as_str());
    let profile = &user["profile"];
    let account = Account {
        name: text(&profile["displayName"]),
        title: profile["title"].as_str().map(str::to_owned),
        role: None,
    };
    let has_access = !matches!(to, Some("SUSPENDED" | "DEPROVISIONED"));
    has_access.then(|| (text(&user["id"]), text(&profile["login"]), account))
}

fn zendesk(user: &Value) -> Option<(String, String, Account)> {
    let identities = user["identities"].as_array().into_iter().flatten();
    let address = identities
        .filter(|identity| identity["primary"] == true)
        .map(|identity| text(&identity["value"]));
    let account = Account {
        name: text(&user["name"]),
        title: None,
        role: None,
    };
    let has_access = user["active"] == true && user["suspended"] == false;
    has_access.then(|| {
        (
            user["id"].to_string(),
            address.into_iter().next().unwrap_or_default(),
            account,
        )
    })
}

fn calendly(invitation: &Value) -> Option<(String, String, Account)> {
    let account = Account {
        name: String::new(),
        title: None,
        role: None,
    };
    let pending = text(&invitation["status"]).eq_ignore_ascii_case("pending");
    pending.then(|| (text(&invitation["id"]), text(&invitation["email"]), account))
}

/// Ids and names of groups of ours.
fn groups(vendor: &str, state: &Value) -> Vec<(String, String)> {
    let named = |group: &Value, name: &Value| (text(&group["id"]), text(name));
    let found: Vec<_> = match vendor {
        "pagerduty" => rows(state, "teams").map(|team| named(team, &team["name"])).collect(),
        "okta" => rows(state, "groups")
            .map(|group| named(group, &group["name"]))
            .collect(),
        _ => Vec::new(),
    };
    found
        .into_iter()
        .filter(|(_, name)| name.starts_with("canary"))
        .collect()
}

/// A person before and after what was acknowledged, or declared.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    before: &'a Standing,
    after: &'a Standing,
}

impl<'a> Change<'a> {
    pub(super) fn of(before: &'a Standing, after: &'a Standing) -> Self {
        Self { before, after }
    }

    /// Whether the person has, or had, an account somewhere.
    pub(super) fn had_account(&self) -> bool {
        let after = &self.after.person;
        after.id.is_some() && (after.had_account || self.after.belongs())
    }

    /// The id that the person has.
    pub(super) fn id(&self) -> Option<&'a str> {
        self.after.person.id.as_deref()
    }

    /// Calls that the vendor needs to learn of it by itself, if the person is in so many groups; a leaver is read back.
    pub(super) fn useful(&self, vendor: &str, groups: u64) -> u64 {
        let (before, after) = (account(vendor, self.before), account(vendor, self.after));
        let groups = if has_groups(vendor) { groups } else { 0 };
        let rests = suspends(vendor) && self.before.person.had_account;
        match (before, after) {
            // It is let in again, and told what has changed.
            (None, Some(_)) if rests => 2 + groups,
            (None, Some(_)) => 1 + groups,
            (Some(before), Some(after)) => u64::from(before != after) + self.renaming(vendor),
            (Some(_), None) => self.removal(vendor),
            (None, None) if rests && self.after.person.id.is_none() => self.removal(vendor),
            (None, None) => 0,
        }
    }

    /// A leaver is read back. Okta deactivates before it deletes, and shows roles apart; Calendly's people are in two
    /// lists.
    fn removal(&self, vendor: &str) -> u64 {
        match vendor {
            "okta" | "calendly" => 3,
            _ => 2,
        }
    }

    fn renaming(&self, vendor: &str) -> u64 {
        let name = |standing: &'a Standing| standing.person.profile.as_ref().map(|profile| &profile.user_name);
        match (name(self.before) != name(self.after), vendor) {
            (false, _) => 0,
            // Addresses are listed, the new one is added and made the first, the former one deleted.
            (true, "zendesk") => 4,
            (true, _) => 1,
        }
    }
}

/// Whether those who are switched off keep an account at the vendor.
pub(super) fn suspends(vendor: &str) -> bool {
    ["okta", "zendesk"].contains(&vendor)
}

/// Whether the vendor has groups of such people as are simulated.
pub(super) fn has_groups(vendor: &str) -> bool {
    ["pagerduty", "okta"].contains(&vendor)
}

fn group_of_member(vendor: &str) -> &'static str {
    match vendor {
        "pagerduty" => "team",
        _ => "group",
    }
}

fn rows<'a>(state: &'a Value, table: &str) -> impl Iterator<Item = &'a Value> {
    state[table].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
