//! What an identity provider does with people.
use std::time::Duration;

use futures_util::future::join;
use schemas::urn;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::gateway::{Gateway, Request};
use super::idp::{Idp, Person, Profile};
use super::plan::Version;
use super::rough::{Answers, Decision, Rough, decide, is_deleted};

/// After this time an account is no try any more, of which the guard thinks nothing.
pub(super) const ESTABLISHED: Duration = Duration::from_secs(4_000);

/// What one request wants of a person.
struct Wish {
    person: usize,
    profile: Profile,
    request: Request,
}

impl Idp {
    pub(super) async fn put(&self, gateway: &Gateway, rough: Rough, (person, version): (usize, Version)) -> bool {
        self.look_for(gateway, rough, person).await;
        let wish = self.wish(rough, (person, version));
        let answers = rough.send(gateway, &wish.request).await;
        self.hear(gateway, wish, &answers)
    }

    /// All people of the lane in one BulkRequest.
    pub(super) async fn put_all(&self, gateway: &Gateway, rough: Rough, (lane, version): (usize, Version)) -> bool {
        for person in self.people_of(lane) {
            self.look_for(gateway, rough, person).await;
        }
        let people = self.people_of(lane);
        let wishes: Vec<_> = people.map(|person| self.wish(rough, (person, version))).collect();
        let requests: Vec<_> = wishes.iter().map(|wish| wish.request.clone()).collect();
        let answers = rough.bulk(gateway, &requests).await;
        let mut done = true;
        for (wish, answers) in wishes.into_iter().zip(answers) {
            done &= self.hear(gateway, wish, &answers);
        }
        done
    }

    /// Whether somebody was made without an answer: then they are replaced, and acknowledged, under the name that they
    /// have.
    async fn look_for(&self, gateway: &Gateway, rough: Rough, person: usize) {
        if !rough.again || self.person(person).profile.is_some() {
            return;
        }
        let Some(id) = gateway.find("User", ("externalId", &self.external_id(person))).await else {
            return self.claim(gateway, rough, person).await;
        };
        let shown = gateway.read("User", &id).await;
        let Some(name) = shown
            .ok()
            .and_then(|shown| Some(shown["userName"].as_str()?.to_owned()))
        else {
            return;
        };
        let mut journal = self.journal();
        let person = journal.people.get_mut(person).expect("a person of the plan");
        person.id = Some(id);
        person.found_as = Some(name);
        person.claimed = None;
    }

    /// Whether somebody of the name is there whom nobody has claimed, as one who was imported: then they are replaced,
    /// unless another one does so first.
    async fn claim(&self, gateway: &Gateway, rough: Rough, person: usize) {
        let name = self.name_for(person, rough.attempt);
        let Some(id) = gateway.find("User", ("userName", &name)).await else {
            return;
        };
        let shown = gateway.read("User", &id).await;
        let Some(shown) = shown.ok().filter(|shown| shown["externalId"].is_null()) else {
            return;
        };
        let mut journal = self.journal();
        let person = journal.people.get_mut(person).expect("a person of the plan");
        person.id = Some(id);
        person.found_as = Some(name);
        person.claimed = shown["meta"]["version"].as_str().map(str::to_owned);
    }

    /// Somebody else has claimed them, or they are gone.
    fn let_go(&self, person: usize) {
        let mut journal = self.journal();
        let person = journal.people.get_mut(person).expect("a person of the plan");
        (person.id, person.found_as, person.claimed) = (None, None, None);
    }

    fn wish(&self, rough: Rough, (person, version): (usize, Version)) -> Wish {
        let known = self.person(person);
        let profile = Profile {
            user_name: self.name_for(person, rough.attempt),
            display_name: format!("{}v{}", self.mark(person), version.number),
            title: version.title(),
            active: version.active,
        };
        let body = json!({
            "schemas": [urn::USER],
            "userName": profile.user_name,
            "externalId": self.external_id(person),
            "displayName": profile.display_name,
            "title": profile.title,
            "active": profile.active,
        });
        let request = match &known.id {
            None => Request::post("User", body),
            Some(id) => Request {
                if_match: known.claimed,
                ..Request::put("User", id, body)
            },
        };
        Wish {
            person,
            profile,
            request,
        }
    }

    fn hear(&self, gateway: &Gateway, wish: Wish, answers: &Answers) -> bool {
        let person = wish.person;
        match decide(answers) {
            Decision::Done(id) => {
                self.learn(gateway, person, |person| {
                    person.id = Some(id);
                    person.profile = Some(wish.profile);
                    person.found_as = None;
                    person.claimed = None;
                });
                true
            }
            Decision::Again => false,
            // Another one has the name meanwhile, or it was made without an answer: it is looked for next.
            Decision::Refused(409) => false,
            Decision::Refused(412) => {
                self.let_go(person);
                false
            }
            Decision::Refused(status) => panic!("{}: {status}", wish.profile.user_name),
        }
    }

    pub(super) async fn patch(&self, gateway: &Gateway, rough: Rough, (person, version): (usize, Version)) -> bool {
        let display_name = format!("{}v{}", self.mark(person), version.number);
        let operations = json!([
            { "op": "replace", "path": "displayName", "value": display_name },
            { "op": "replace", "path": "active", "value": version.active },
        ]);
        let change = |profile: Profile| Profile {
            display_name,
            active: version.active,
            ..profile
        };
        let Some((request, profile)) = self.patched(person, &operations, change) else {
            return true;
        };
        let answers = rough.send(gateway, &request).await;
        match decide(&answers) {
            Decision::Done(_) => {
                self.learn(gateway, person, |person| person.profile = Some(profile));
                true
            }
            Decision::Again => false,
            Decision::Refused(status) => panic!("PATCH of {}: {status}", profile.user_name),
        }
    }

    /// Two clients change an attribute each, at the same time: none of the changes is lost.
    pub(super) async fn patch_both(
        &self,
        gateway: &Gateway,
        rough: Rough,
        (person, version): (usize, Version),
    ) -> bool {
        let (display_name, title) = (format!("{}v{}", self.mark(person), version.number), version.title());
        let replace = |path: &str, value: &str| json!([{ "op": "replace", "path": path, "value": value }]);
        let named = self.patched(person, &replace("displayName", &display_name), |profile| Profile {
            display_name,
            ..profile
        });
        let Some((name, named)) = named else { return true };
        let titled = self.patched(person, &replace("title", &title), |_| named.clone());
        let Some((titling, named)) = titled else { return true };
        let answers = join(rough.send(gateway, &name), rough.send(gateway, &titling)).await;
        match (decide(&answers.0), decide(&answers.1)) {
            (Decision::Done(_), Decision::Done(_)) => {
                self.learn(gateway, person, |person| person.profile = Some(named.clone()));
                self.learn(gateway, person, |person| {
                    person.profile = Some(Profile { title, ..named })
                });
                true
            }
            (Decision::Refused(status), _) | (_, Decision::Refused(status)) => {
                panic!("PATCH of {}: {status}", named.user_name)
            }
            (Decision::Done(_) | Decision::Again, _) => false,
        }
    }

    /// The person gets another name, unless somebody else has it.
    pub(super) async fn rename(&self, gateway: &Gateway, rough: Rough, (person, name): (usize, usize)) -> bool {
        let user_name = self.name(name);
        let operations = json!([{ "op": "replace", "path": "userName", "value": user_name }]);
        let Some((request, profile)) = self.patched(person, &operations, |profile| Profile { user_name, ..profile })
        else {
            return true;
        };
        let answers = rough.send(gateway, &request).await;
        match decide(&answers) {
            Decision::Done(_) => {
                self.learn(gateway, person, |person| person.profile = Some(profile));
                true
            }
            Decision::Again => false,
            Decision::Refused(409) => true,
            Decision::Refused(status) => panic!("renaming to {}: {status}", profile.user_name),
        }
    }

    fn patched(
        &self,
        person: usize,
        operations: &Value,
        change: impl FnOnce(Profile) -> Profile,
    ) -> Option<(Request, Profile)> {
        let known = self.person(person);
        let request = Request::patch("User", &known.id?, operations);
        Some((request, change(known.profile?)))
    }

    pub(super) async fn delete(&self, gateway: &Gateway, rough: Rough, person: usize) -> bool {
        let Some(id) = self.person(person).id else { return true };
        let answers = rough.send(gateway, &Request::delete("User", &id)).await;
        if !is_deleted(&answers, rough) {
            return false;
        }
        self.goes(gateway, person);
        true
    }

    /// All people of the lane are deleted by one BulkRequest.
    pub(super) async fn delete_all(&self, gateway: &Gateway, rough: Rough, lane: usize) -> bool {
        let people = self.people_of(lane);
        let people: Vec<_> = people
            .filter_map(|person| Some((person, self.person(person).id?)))
            .collect();
        let requests: Vec<_> = people.iter().map(|(_, id)| Request::delete("User", id)).collect();
        if requests.is_empty() {
            return true;
        }
        let answers = rough.bulk(gateway, &requests).await;
        let mut done = true;
        for ((person, _), answers) in people.into_iter().zip(answers) {
            match is_deleted(&answers, rough) {
                true => self.goes(gateway, person),
                false => done = false,
            }
        }
        done
    }

    /// The person is deleted.
    fn goes(&self, gateway: &Gateway, person: usize) {
        self.learn(gateway, person, |person| {
            *person = Person {
                incarnation: person.incarnation + 1,
                ..Person::default()
            }
        });
    }

    /// All people of the lane who have been there for a while go at once.
    pub(super) async fn leave_all(&self, gateway: &Gateway, rough: Rough, lane: usize) -> bool {
        if !rough.again {
            sleep(ESTABLISHED).await;
        }
        let mut done = true;
        let is_there = |person: &usize| self.person(*person).profile.is_some_and(|profile| profile.active);
        for person in self.people_of(lane).filter(is_there) {
            let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
            let change = |profile| Profile {
                active: false,
                ..profile
            };
            let Some((request, profile)) = self.patched(person, &operations, change) else {
                continue;
            };
            match decide(&rough.send(gateway, &request).await) {
                Decision::Done(_) => self.learn(gateway, person, |person| person.profile = Some(profile)),
                Decision::Again => done = false,
                Decision::Refused(status) => panic!("{} leaves: {status}", profile.user_name),
            }
        }
        done
    }
}
