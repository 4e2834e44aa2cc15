//! An identity provider: works off its plan as real ones do, retries until it is told, and keeps the journal of what it
//! was told.
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::by_group::{self, Among, ByGroup};
use super::gateway::Gateway;
use super::leavers::Left;
use super::plan::{DirectoryPlan, Operation, Step};
use super::rough::Rough;
use super::view::{self, Standing};

/// So long an IdP waits before it tries again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// A person as the IdP was last told that they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    /// The id under which they are in the directory.
    pub(super) id: Option<String>,
    pub(super) profile: Option<Profile>,
    /// The name under which they were found, when they were made without an answer.
    pub(super) found_as: Option<String>,
    /// They were found as somebody whom nobody has claimed, in this version.
    pub(super) claimed: Option<String>,
    /// They had an account somewhere, which may rest at a vendor that suspends.
    pub(super) had_account: bool,
    /// How often they were deleted.
    pub(super) incarnation: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) user_name: String,
    pub(super) display_name: String,
    pub(super) title: String,
    pub(super) active: bool,
}

/// A group as the IdP was last told that it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// Ids of members; those of people who are gone mean nothing.
    pub(super) members: BTreeSet<String>,
    pub(super) incarnation: u64,
}

#[derive(Debug)]
pub(super) struct Lane {
    steps: VecDeque<Step>,
    /// The first step was sent, and no answer came yet.
    begun: bool,
    /// People who may be let in by it.
    pub(super) may_let_in: BTreeSet<usize>,
}

/// Who belongs to the targets, and as what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rules {
    /// Only some do.
    pub(super) assigned: bool,
    pub(super) by_group: Option<ByGroup>,
}

/// The journal.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) people: Vec<Person>,
    pub(super) groups: Vec<Group>,
    pub(super) lanes: Vec<Lane>,
    /// People whose access is to end.
    pub(super) left: Vec<Left>,
    pub(super) rules: Rules,
    /// Calls that vendors need for what was acknowledged, if each change is sent by itself.
    pub(super) useful: u64,
}

impl Journal {
    /// The person as targets are to see them.
    pub(super) fn standing(&self, person: &Person) -> Standing {
        let groups = self.groups.iter().enumerate().filter(|(_, group)| {
            let has = person.id.as_ref().is_some_and(|id| group.members.contains(id));
            has && group.name.as_deref().is_some_and(by_group::is_meant)
        });
        Standing {
            person: person.clone(),
            rules: self.rules,
            among: Among::of(groups.map(|(group, _)| group)),
        }
    }

    pub(super) fn standing_of(&self, person: usize) -> Standing {
        self.standing(self.people.get(person).expect("a person of the plan"))
    }
}

/// The IdP of a directory. It outlives the gateway's processes.
#[derive(Debug)]
pub(super) struct Idp {
    /// The directory's number.
    number: usize,
    vendors: Vec<&'static str>,
    /// Who belongs to the targets, in each life in turn.
    assigned: Vec<bool>,
    journal: Mutex<Journal>,
}

enum Subject {
    Person(usize),
    /// All people of the lane.
    Everybody,
    Group(usize),
}

impl Idp {
    pub(super) fn new(number: usize, plan: &DirectoryPlan) -> Self {
        let lane = |steps: &VecDeque<Step>| Lane {
            steps: steps.clone(),
            begun: false,
            may_let_in: BTreeSet::new(),
        };
        Self {
            number,
            vendors: plan.vendors.clone(),
            assigned: plan.assigned.clone(),
            journal: Mutex::new(Journal {
                people: vec![Person::default(); plan.people],
                groups: vec![Group::default(); plan.groups],
                lanes: plan.lanes.iter().map(lane).collect(),
                left: Vec::new(),
                rules: Rules {
                    assigned: false,
                    by_group: plan.by_group,
                },
                useful: 0,
            }),
        }
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lanes(&self) -> usize {
        self.journal().lanes.len()
    }

    /// One of the directory's names: one more than there are people.
    pub(super) fn name(&self, name: usize) -> String {
        name_of(self.number, name)
    }

    pub(super) fn external_id(&self, person: usize) -> String {
        format!("canary-d{}x{person}", self.number)
    }

    pub(super) fn group_name(&self, (group, version): (usize, u64)) -> String {
        // Where mappings name it, a group that is made anew has the name of the former one.
        let incarnation = match self.reads_groups() {
            true => 0,
            false => self.group(group).incarnation,
        };
        format!("canary D{}G{group}.{incarnation} v{version}", self.number)
    }

    /// What the person is called: as they are, or one of the names that nobody is known to have, another one at each
    /// attempt.
    pub(super) fn name_for(&self, person: usize, attempt: usize) -> String {
        let journal = self.journal();
        let known = journal.people.get(person).expect("a person of the plan");
        if let Some(profile) = &known.profile {
            return profile.user_name.clone();
        }
        if let Some(name) = &known.found_as {
            return name.clone();
        }
        let profiles = journal.people.iter().filter_map(|person| person.profile.as_ref());
        let taken: Vec<_> = profiles.map(|profile| profile.user_name.as_str()).collect();
        let names = (0..=journal.people.len()).map(|number| self.name((person + number) % (journal.people.len() + 1)));
        let free: Vec<_> = names.filter(|name| !taken.contains(&name.as_str())).collect();
        free.get(attempt % free.len())
            .expect("there are more names than people")
            .clone()
    }

    /// The name of somebody else who is certain to have it: of the same queue.
    pub(super) fn name_beside(&self, person: usize) -> Option<String> {
        let lane = person % self.lanes();
        let mut others = self.people_of(lane).filter(|other| *other != person);
        others.find_map(|other| Some(self.person(other).profile?.user_name))
    }

    /// People whom this queue is about.
    pub(super) fn people_of(&self, lane: usize) -> impl Iterator<Item = usize> + use<> {
        let (people, lanes) = {
            let journal = self.journal();
            (journal.people.len(), journal.lanes.len())
        };
        (0..people).filter(move |person| person % lanes == lane)
    }

    pub(super) fn has_vendor(&self, vendor: &str) -> bool {
        self.vendors.contains(&vendor)
    }

    /// What begins the names of all accounts of this person since they were last made.
    pub(super) fn mark(&self, person: usize) -> String {
        mark_of(self.number, (person, self.person(person).incarnation))
    }

    pub(super) fn person(&self, person: usize) -> Person {
        self.journal().people.get(person).expect("a person of the plan").clone()
    }

    pub(super) fn group(&self, group: usize) -> Group {
        self.journal().groups.get(group).expect("a group of the plan").clone()
    }

    pub(super) fn learn(&self, gateway: &Gateway, person: usize, learn: impl FnOnce(&mut Person)) {
        let mut journal = self.journal();
        let before = journal.standing_of(person);
        learn(journal.people.get_mut(person).expect("a person of the plan"));
        self.follow(&mut journal, gateway, (person, &before));
    }

    /// What is now known means something for the person.
    fn follow(&self, journal: &mut Journal, gateway: &Gateway, (person, before): (usize, &Standing)) {
        let after = journal.standing_of(person);
        let change = view::Change::of(before, &after);
        journal.useful += self.useful(journal, change);
        let known = journal.people.get_mut(person).expect("a person of the plan");
        known.had_account = change.had_account();
        journal.leave_or_stay((gateway, self.number), person, (before, &after));
    }

    fn useful(&self, journal: &Journal, change: view::Change) -> u64 {
        let groups = journal.groups.iter();
        let groups = groups.filter(|group| change.id().is_some_and(|id| group.members.contains(id)));
        let groups = u64::try_from(groups.count()).expect("few groups");
        self.vendors.iter().map(|vendor| change.useful(vendor, groups)).sum()
    }

    /// Who belongs to the targets is declared anew before a life begins; how often it was until then.
    pub(super) fn declare(&self, life: usize) -> u64 {
        let mut journal = self.journal();
        let before: Vec<_> = journal.people.iter().map(|person| journal.standing(person)).collect();
        let assigned = |life: usize| self.assigned.get(life).copied().unwrap_or_default();
        journal.rules.assigned = assigned(life);
        for (person, before) in before.iter().enumerate() {
            let after = journal.standing_of(person);
            let change = view::Change::of(before, &after);
            journal.useful += self.useful(&journal, change);
            let known = journal.people.get_mut(person).expect("a person of the plan");
            known.had_account = change.had_account();
            journal.stay(person, &after);
        }
        // Also beyond the last that is drawn, where all are as none of them.
        let changes = (0..=life).filter(|life| assigned(*life) != life.checked_sub(1).is_some_and(assigned));
        u64::try_from(changes.count()).expect("few lives")
    }

    /// Whether that is declared anew at all, so that links may be marked at any time.
    pub(super) fn is_resettled(&self) -> bool {
        self.assigned.contains(&true)
    }

    /// Whether groups say who has which role.
    pub(super) fn rules_roles(&self) -> bool {
        self.journal().rules.by_group.is_some_and(ByGroup::rules_roles)
    }

    /// Whether people are looked at again when others change.
    pub(super) fn reads_groups(&self) -> bool {
        self.journal().rules.by_group.is_some()
    }

    pub(super) fn learn_group(&self, gateway: &Gateway, (group, calls): (usize, u64), learn: impl FnOnce(&mut Group)) {
        let mut journal = self.journal();
        let vendors = self.vendors.iter().filter(|vendor| view::has_groups(vendor));
        journal.useful += calls * u64::try_from(vendors.count()).expect("few vendors");
        let before: Vec<_> = journal.people.iter().map(|person| journal.standing(person)).collect();
        learn(journal.groups.get_mut(group).expect("a group of the plan"));
        // Where groups mean nothing, nobody is seen in another way.
        if journal.rules.by_group.is_some() {
            for (person, before) in before.iter().enumerate() {
                self.follow(&mut journal, gateway, (person, before));
            }
        }
    }

    /// Works off one of the queues, from where it was left.
    pub(super) async fn work(&self, lane: usize, gateway: &Gateway) {
        self.verify(gateway, lane).await;
        while let Some(step) = self.next(lane) {
            sleep(step.pause).await;
            let again = self.begin(lane, self.may_let_in(&step.operation));
            self.perform(gateway, &step, again).await;
            self.has_let_in(gateway, lane);
            let mut journal = self.journal();
            let lane = journal.lanes.get_mut(lane).expect("a queue of the plan");
            lane.steps.pop_front();
            lane.begun = false;
        }
    }

    fn next(&self, lane: usize) -> Option<Step> {
        let journal = self.journal();
        let lane = journal.lanes.get(lane).expect("a queue of the plan");
        lane.steps.front().cloned()
    }

    /// Notes that the first step is sent; whether it was before, by who died meanwhile.
    fn begin(&self, lane: usize, may_let_in: BTreeSet<usize>) -> bool {
        let mut journal = self.journal();
        let lane = journal.lanes.get_mut(lane).expect("a queue of the plan");
        lane.may_let_in.extend(may_let_in);
        std::mem::replace(&mut lane.begun, true)
    }

    /// What the lane's people and groups were acknowledged to be is what they are; of one that is just being changed it
    /// cannot be said.
    async fn verify(&self, gateway: &Gateway, lane: usize) {
        let (people, groups, lanes, busy) = {
            let journal = self.journal();
            let current = journal.lanes.get(lane).expect("a queue of the plan");
            let busy = current
                .steps
                .front()
                .filter(|_| current.begun)
                .map(|step| step.operation.subject());
            (journal.people.len(), journal.groups.len(), journal.lanes.len(), busy)
        };
        for person in self.people_of(lane) {
            let changing = match busy {
                Some(Subject::Person(changing)) => changing == person,
                Some(Subject::Everybody) => true,
                Some(Subject::Group(_)) | None => false,
            };
            if !changing {
                self.verify_person(gateway, person).await;
            }
        }
        for group in (0..groups).filter(|group| (people + group) % lanes == lane) {
            if !matches!(busy, Some(Subject::Group(changing)) if changing == group) {
                self.verify_group(gateway, group).await;
            }
        }
    }

    /// The directory shows the person as acknowledged.
    pub(super) async fn verify_person(&self, gateway: &Gateway, person: usize) {
        let known = self.person(person);
        let Some(id) = &known.id else { return };
        let shown = gateway.read("User", id).await;
        let profile = shown.as_ref().ok().map(|shown| Profile {
            user_name: text(shown, "userName"),
            display_name: text(shown, "displayName"),
            title: text(shown, "title"),
            active: shown["active"] == true,
        });
        assert_eq!(
            profile,
            known.profile,
            "{} is not as acknowledged: {shown:?}",
            self.external_id(person)
        );
    }

    pub(super) async fn verify_group(&self, gateway: &Gateway, group: usize) {
        let known = self.group(group);
        let Some(id) = &known.id else { return };
        let shown = gateway.read("Group", id).await;
        let name = shown.as_ref().ok().map(|shown| text(shown, "displayName"));
        assert_eq!(name, known.name, "group {group} is not as acknowledged: {shown:?}");
    }

    async fn perform(&self, gateway: &Gateway, step: &Step, begun: bool) {
        for attempt in 0.. {
            let rough = Rough {
                attempt,
                twice: step.twice && attempt == 0,
                hang_up: step.hang_up.filter(|_| attempt == 0),
                again: begun || attempt > 0,
            };
            let done = match step.operation {
                Operation::Put(person, version) => self.put(gateway, rough, (person, version)).await,
                Operation::Patch(person, version) => self.patch(gateway, rough, (person, version)).await,
                Operation::PatchBoth(person, version) => self.patch_both(gateway, rough, (person, version)).await,
                Operation::Rename(person, name) => self.rename(gateway, rough, (person, name)).await,
                Operation::Delete(person) => self.delete(gateway, rough, person).await,
                Operation::Bad(person, kind) => self.blunder(gateway, (person, kind)).await,
                Operation::PutAll(lane, version) => self.put_all(gateway, rough, (lane, version)).await,
                Operation::DeleteAll(lane) => self.delete_all(gateway, rough, lane).await,
                Operation::LeaveAll(lane) => self.leave_all(gateway, rough, lane).await,
                Operation::PutGroup(group, version) => self.put_group(gateway, rough, (group, version)).await,
                Operation::PutMembers { group, version, people } => {
                    self.put_members(gateway, rough, (group, version, people)).await
                }
                Operation::DeleteGroup(group) => self.delete_group(gateway, rough, group).await,
                Operation::ShowOut(group) => self.show_out(gateway, rough, group).await,
                Operation::Member { group, person, wanted } => {
                    self.set_member(gateway, rough, (group, person, wanted)).await
                }
            };
            let told = || {
                let known = if done { "done" } else { "not known to be done" };
                format!("directory {}: {:?}, {known}", self.number, step.operation)
            };
            gateway.common.trace.tell(told);
            if done {
                return;
            }
            sleep(AGAIN_AFTER).await;
        }
    }
}

/// The name of this number in the directory of that number.
pub(super) fn name_of(directory: usize, name: usize) -> String {
    format!("canary-d{directory}p{name}@sim.example")
}

impl Operation {
    fn subject(&self) -> Subject {
        match *self {
            Operation::Put(person, _)
            | Operation::Patch(person, _)
            | Operation::PatchBoth(person, _)
            | Operation::Rename(person, _)
            | Operation::Delete(person)
            | Operation::Bad(person, _) => Subject::Person(person),
            Operation::PutAll(..) | Operation::DeleteAll(_) | Operation::LeaveAll(_) => Subject::Everybody,
            Operation::PutGroup(group, _)
            | Operation::PutMembers { group, .. }
            | Operation::DeleteGroup(group)
            | Operation::ShowOut(group)
            | Operation::Member { group, .. } => Subject::Group(group),
        }
    }
}

/// What begins the names of all accounts of a person of the directory of this number, in their so-manieth life there.
pub(super) fn mark_of(directory: usize, (person, incarnation): (usize, u64)) -> String {
    format!("canary D{directory}P{person}.{incarnation} ")
}

fn text(document: &Value, attribute: &str) -> String {
    document[attribute].as_str().unwrap_or_default().to_owned()
}
