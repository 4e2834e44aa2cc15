//! One story's directory, target and people, and what is asserted after each write.
use std::fmt::Debug;

use adapters::descriptor::{FieldType, Kind};
use adapters::{Account, Adapter, Fields};
use serde_json::Value;

use super::group::Group;
use super::house::House;
use super::person::Person;
use super::vendor::{Vendor, path};
use crate::contract::Login;
use crate::harness::Scim;

/// What was expected and what came, if it is not the same.
pub(super) type Outcome<T = ()> = Result<T, String>;

/// What the vendor should have of somebody.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) fields: Fields,
    /// Fields whose value was taken away, with that value: a vendor may have one of its own in its place.
    pub(super) cleared: Fields,
    pub(super) active: bool,
}

/// How a story's target differs in what it maps.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// The same value for everybody, by field.
    pub(super) constants: Fields,
    /// Fields that are given to new accounts only.
    pub(super) once: Vec<&'static String>,
    /// Roles of who is in the group, and of who is not.
    pub(super) roles: Option<[String; 2]>,
    /// The person has no role, unless groups need one: accounts with some are nobody's to take over.
    pub(super) no_role: bool,
    /// Changed fields are not sent.
    pub(super) no_updates: bool,
    /// Who is to go may be kept by a switch, and that is told.
    pub(super) withholds: bool,
}

/// One write, and what it should lead to.
pub(super) struct Turn {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) status: u16,
    /// Calls of the vendor, all of them.
    pub(super) calls: u64,
    /// What keeps the resource from settling, such as `parked`, with a part of its reason.
    pub(super) problem: Option<(&'static str, &'static str)>,
}

/// Routes by which the roles of an account are read, on a schedule of their own.
const ROLES: [&str; 2] = ["GET /licenses", "GET /api/v2/custom_roles"];

/// How many calls were made for what was written.
fn delivered(calls: &Value) -> u64 {
    let of_roles = ROLES.iter().filter_map(|route| calls["routes"][route].as_u64());
    calls["total"].as_u64().expect("a count") - of_roles.sum::<u64>()
}

/// A write without a body, which nothing keeps from settling.
pub(super) fn writing(method: &'static str, path: &str, (status, calls): (u16, u64)) -> Turn {
    Turn {
        method,
        path: path.to_owned(),
        body: None,
        status,
        calls,
        problem: None,
    }
}

/// A story under way.
pub(super) struct Scene<'a> {
    pub(super) house: &'a House,
    pub(super) vendor: Vendor,
    pub(super) person: Person,
    /// The person's id in the directory.
    pub(super) id: String,
    /// How the target maps what.
    pub(super) rules: Rules,
    pub(super) held: Option<Held>,
    /// An invitation gets another id once it is accepted; no other account does.
    pub(super) has_lasting_id: bool,
    /// The account's id at the vendor.
    pub(super) account: Option<String>,
    pub(super) group: Group,
    pub(super) target: String,
    /// An adapter of its own, which reads what the vendor has.
    pub(super) reader: Box<dyn Adapter>,
    pub(super) scim: Scim,
    /// How often the vendor had been called when all was looked at, if nobody but the gateway has called since.
    calls: Option<u64>,
}

impl<'a> Scene<'a> {
    /// A story told through the target of this name; people are numbered from `number`.
    pub(super) async fn new(house: &'a House, vendor: Vendor, (target, number, rules): (&str, usize, Rules)) -> Self {
        let mut person = Person::new(vendor, number);
        if let Some(role) = vendor.role().filter(|_| rules.no_role && !vendor.needs_role_to_join()) {
            person.values.remove(&path(role));
        }
        Self {
            rules,
            house,
            vendor,
            person,
            has_lasting_id: false,
            id: String::new(),
            held: None,
            account: None,
            group: Group::new(number),
            target: target.to_owned(),
            reader: vendor.entry.connect(&house.twin, &Login::default()),
            scim: house.scim(target).await,
            calls: None,
        }
    }

    /// What the vendor should have of the person as the directory has them.
    pub(super) fn wanted(&self) -> Fields {
        let mut wanted = self.vendor.wanted(&self.person.values);
        wanted.extend(self.rules.constants.clone());
        if let (Some([of_members, of_others]), Some(role)) = (&self.rules.roles, self.vendor.role()) {
            let given = if self.group.has_person { of_members } else { of_others };
            wanted.insert(role.name.clone(), given.as_str().into());
        }
        if let Some(held) = &self.held {
            let once = self.rules.once.iter().copied();
            wanted.extend(once.map(|name| (name.clone(), held.fields.get(name).cloned().unwrap_or_default())));
        }
        wanted
    }

    /// The calls that bring the vendor from what it has to what is wanted.
    pub(super) fn changing(&self) -> u64 {
        let has = self.held.as_ref().map(|held| held.fields.clone()).unwrap_or_default();
        match self.rules.no_updates {
            true => 0,
            false => self.vendor.change(Kind::User, &has, &self.wanted()),
        }
    }

    /// The account that comes of what is wanted: fields that the vendor never changes stay, and those that the role has
    /// not got are nobody's.
    pub(super) fn account_of(&self, wanted: Fields) -> Held {
        let before = self.held.as_ref().map(|held| &held.fields);
        if let Some(fields) = before.filter(|_| self.rules.no_updates) {
            return Held::of(fields.clone());
        }
        let role = self.vendor.role().and_then(|role| wanted.get(&role.name)).cloned();
        let mut fields = Fields::new();
        for field in self.vendor.fields() {
            let given = wanted.get(&field.name).cloned().unwrap_or_default();
            let kept = before
                .and_then(|before| before.get(&field.name))
                .filter(|_| field.create_only);
            if Vendor::has_with(field, role.as_ref()) {
                fields.insert(field.name.clone(), kept.cloned().unwrap_or(given));
            }
        }
        Held::of(fields)
    }

    /// The calls of meeting an account that exists: the attempt to create it, and the reading that tells whose it is.
    /// Who was invited is found in the first of the places where people are looked for.
    pub(super) fn meeting(&self) -> u64 {
        let places = self.vendor.kind(Kind::User).gone_calls;
        match places > 1 && !self.has_lasting_id {
            true => 1 + 1,
            false => self.vendor.meeting(Kind::User),
        }
    }

    /// Sends the write, and asserts what came of it: the answer, the vendor's calls, and what the vendor has.
    pub(super) async fn take(&mut self, turn: Turn) -> Outcome<Value> {
        let before = self.house.twin.calls().await;
        let is_quiet = self.calls.take().is_none_or(|calls| calls == delivered(&before));
        ensure(is_quiet, || "the vendor was called once all was settled".to_owned())?;
        self.house.twin.forget_calls().await;
        let answer = match (turn.method, &turn.body) {
            ("POST", Some(body)) => self.scim.post(&turn.path, body).await,
            ("PUT", Some(body)) => self.scim.put(&turn.path, body).await,
            _ => self.scim.delete(&turn.path).await,
        };
        same("the answer", &turn.status, &answer.status).map_err(|what| format!("{what}: {}", answer.body))?;
        let report = self.house.settled(&self.target).await?;
        let problem = report
            .problems
            .first()
            .map(|problem| (problem.kind.as_str(), problem.reason.as_str()));
        let as_told = match (turn.problem, problem) {
            (Some((kind, part)), Some((found, reason))) => kind == found && reason.contains(part),
            (None, Some((found, reason))) => {
                self.rules.withholds && found == "parked" && reason.contains("the switch `")
            }
            (expected, None) => expected.is_none(),
        };
        ensure(as_told, || {
            format!("{:?} was expected to be wrong, and {problem:?} is", turn.problem)
        })?;
        let calls = self.house.twin.calls().await;
        let (expected, found) = (turn.calls, delivered(&calls));
        ensure(expected == found, || {
            format!("{found} calls where {expected} do: {}", calls["routes"])
        })?;
        self.look().await?;
        self.calls = Some(delivered(&self.house.twin.calls().await));
        Ok(answer.body)
    }

    /// The story itself has called the vendor.
    pub(super) fn forget_calls(&mut self) {
        self.calls = None;
    }

    /// Asserts that the vendor has of person and group what it should.
    pub(super) async fn look(&mut self) -> Outcome {
        let unique = self.vendor.unique(Kind::User);
        if self.account.is_none()
            && let Some(value) = self
                .held
                .as_ref()
                .and_then(|held| held.fields.get(&unique.name)?.as_str())
        {
            let found = self.reader.find(Kind::User, value).await.map_err(told)?;
            self.account = found.map(|account| account.id);
        }
        let found = match &self.account {
            Some(id) => self.reader.get(Kind::User, &self.known(id)).await.map_err(told)?,
            None => None,
        };
        let found = match found {
            Some(found) => Some(self.with_organization(found).await),
            None => None,
        };
        match (&self.held, found) {
            (None, None) => self.account = None,
            (Some(held), Some(found)) => self.compare(held, &found)?,
            (held, found) => return Err(format!("the vendor has {found:?} where {held:?} was expected")),
        }
        self.look_at_group().await
    }

    /// The account as a reader has to know it.
    fn known(&self, id: &str) -> Account {
        Account {
            fields: self.held.as_ref().map(|held| held.fields.clone()).unwrap_or_default(),
            ..Account::of(id)
        }
    }

    /// A vendor may tell of an organization by its id alone.
    async fn with_organization(&self, mut found: Account) -> Account {
        if let Some(id) = found.fields.get("organization_id").filter(|id| !id.is_null()) {
            let state = self.house.twin.state().await;
            let mut organizations = state["organizations"].as_array().into_iter().flatten();
            let name = organizations
                .find(|one| one["id"] == *id)
                .map(|one| one["name"].clone());
            found.fields.insert("organization".to_owned(), name.unwrap_or_default());
        }
        found
    }

    fn compare(&self, held: &Held, found: &Account) -> Outcome {
        same("active", &held.active, &found.active)?;
        for (name, expected) in &held.fields {
            let field = self
                .vendor
                .kind(Kind::User)
                .field(name)
                .expect("a field of the vendor's");
            let got = found.fields.get(name).unwrap_or(&Value::Null);
            let is_right = match held.cleared.get(name) {
                // What is true or false has no third state.
                Some(_) if field.kind == FieldType::Boolean => *got == Value::Bool(false),
                Some(former) => !field.same(former, got) || self.vendor.is_least(got),
                None => field.same(expected, got),
            };
            // A vendor gives a role, a time zone and the like of its own to who is given none; true or false is always
            // told.
            let kinds = [FieldType::Role, FieldType::TimeZone, FieldType::Boolean];
            let has_own = kinds.contains(&field.kind) || !field.examples.is_empty();
            let is_free = has_own && expected.is_null() && !held.cleared.contains_key(name);
            ensure(is_right || is_free, || {
                format!("{name} is {got} where {expected} was expected")
            })?;
        }
        Ok(())
    }
}

impl Held {
    /// An account that works, with these fields.
    pub(super) fn of(fields: Fields) -> Self {
        Self {
            fields,
            cleared: Fields::new(),
            active: true,
        }
    }
}

/// Asserts.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise()) }
}

pub(super) fn same<T: PartialEq + Debug>(what: &str, expected: &T, found: &T) -> Outcome {
    ensure(expected == found, || {
        format!("{what} is {found:?} where {expected:?} was expected")
    })
}

pub(super) fn told(error: adapters::Error) -> String {
    format!("the vendor cannot be read: {error}")
}
