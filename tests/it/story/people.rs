//! A person comes, changes, is switched off and on, and goes.
use adapters::Fields;
use adapters::descriptor::{DefaultOnDelete, Field, FieldType, Kind};
use serde_json::{Value, json};

use super::scene::{Held, Outcome, Scene, Turn, writing};
use super::vendor::{is_lasting, path};

impl Scene<'_> {
    pub(super) async fn create(&mut self) -> Outcome {
        let wanted = self.wanted();
        let calls = self.vendor.creation(Kind::User, &wanted);
        self.held = Some(self.account_of(wanted));
        self.come(self.creation((201, calls))).await
    }

    /// The request that creates the person.
    pub(super) fn creation(&self, (status, calls): (u16, u64)) -> Turn {
        Turn {
            body: Some(self.person.document()),
            ..writing("POST", "/Users", (status, calls))
        }
    }

    /// The person comes into the directory.
    pub(super) async fn come(&mut self, turn: Turn) -> Outcome {
        let body = self.take(turn).await?;
        self.id = body["id"].as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    /// Sends the person as they are now.
    pub(super) async fn change(&mut self, calls: u64) -> Outcome {
        let turn = Turn {
            body: Some(self.person.document()),
            ..writing("PUT", &format!("/Users/{}", self.id), (200, calls))
        };
        self.take(turn).await.map(|_| ())
    }

    /// The person goes from the directory.
    pub(super) async fn go(&mut self, calls: u64) -> Outcome {
        let turn = writing("DELETE", &format!("/Users/{}", self.id), (204, calls));
        self.take(turn).await.map(|_| ())
    }

    /// Sends the person as they are now, who is brought to that state at the vendor: what differs is changed.
    pub(super) async fn follow(&mut self) -> Outcome {
        let calls = self.changing();
        self.held = Some(self.account_of(self.wanted()));
        self.change(calls).await
    }

    pub(super) async fn each_field(&mut self) -> Outcome {
        for at in self.other_paths() {
            self.give_another(&at);
            self.follow().await.map_err(|what| format!("{at}: {what}"))?;
        }
        Ok(())
    }

    /// Where fields come from that are neither what accounts are found by nor a role.
    fn other_paths(&self) -> Vec<String> {
        let apart = [Some(self.vendor.unique(Kind::User)), self.vendor.role()];
        let apart: Vec<_> = apart.into_iter().flatten().map(path).collect();
        let paths = self.vendor.paths().into_iter();
        paths.filter(|at| !apart.contains(at)).collect()
    }

    /// Another value at a path.
    pub(super) fn give_another(&mut self, at: &str) {
        let next = (0..).map(|n| self.vendor.value(at, self.person.number() + 1 + 2 * n));
        let now = self.person.values.get(at);
        let next = next.flatten().find(|value| Some(value) != now);
        self.person.values.extend(next.map(|value| (at.to_owned(), value)));
    }

    /// Another value of anything but the role and what the account is found by, if there is anything.
    pub(super) fn give_something_else(&mut self) {
        if let Some(at) = self.other_paths().first() {
            self.give_another(at);
        }
    }

    /// Other values of what fields come from no longer that are the same for everybody, or were given once.
    pub(super) fn give_what_is_not_mapped(&mut self) {
        let ruled =
            |field: &&Field| self.rules.constants.contains_key(&field.name) || self.rules.once.contains(&&field.name);
        for at in self.vendor.fields().filter(ruled).map(path).collect::<Vec<_>>() {
            self.give_another(&at);
        }
    }

    /// The person goes as the vendor is served best.
    pub(super) async fn delete_as_usual(&mut self) -> Outcome {
        match self.vendor.descriptor.default_on_delete {
            Some(DefaultOnDelete::Deactivate) => self.delete_by_switching_off().await,
            None => self.delete().await,
        }
    }

    pub(super) async fn rename(&mut self) -> Outcome {
        let unique = self.vendor.unique(Kind::User);
        self.give_another(&path(unique));
        if !unique.confirmed_later {
            return self.follow().await;
        }
        // Until it is confirmed the vendor shows the former one.
        self.change(self.changing()).await?;
        self.held = Some(self.account_of(self.wanted()));
        let confirmed = &self.person.values[&path(unique)];
        self.house.twin.seed(json!({ "confirm": { "email": confirmed } })).await;
        self.forget_calls();
        self.look().await
    }

    pub(super) async fn off(&mut self) -> Outcome {
        self.person.active = false;
        self.is_off();
        self.change(self.vendor.switching_off()).await
    }

    /// The vendor should have the person switched off: not at all, with all memberships, where there is no such state.
    pub(super) fn is_off(&mut self) {
        if !self.vendor.is_deleted_when_off() {
            self.held.iter_mut().for_each(|held| held.active = false);
            return;
        }
        self.held = None;
        self.group.held.iter_mut().for_each(|held| held.has_person = false);
    }

    /// Who was deleted is created anew, and comes back into the group.
    pub(super) async fn on(&mut self) -> Outcome {
        self.person.active = true;
        let calls = match &self.held {
            Some(_) => self.vendor.descriptor.active_calls + self.changing(),
            None => self.vendor.creation(Kind::User, &self.wanted()) + self.joining(),
        };
        self.held = Some(self.account_of(self.wanted()));
        let is_in = self.group.has_person;
        self.group.held.iter_mut().for_each(|held| held.has_person = is_in);
        self.change(calls).await
    }

    pub(super) async fn clear(&mut self) -> Outcome {
        let kept = |field: &&Field| {
            let is_given = field.required || !field.fallback_sources.is_empty();
            is_given || field.kind == FieldType::Role || is_lasting(field)
        };
        let kept: Vec<_> = self.vendor.fields().filter(kept).map(path).collect();
        self.person.values.retain(|at, _| kept.contains(at));
        let (calls, former) = (self.changing(), self.fields());
        let mut held = self.account_of(self.wanted());
        held.cleared = taken(&former, &held.fields);
        self.held = Some(held);
        self.change(calls).await
    }

    /// What the vendor should have of the person's fields.
    pub(super) fn fields(&self) -> Fields {
        self.held.as_ref().map(|held| held.fields.clone()).unwrap_or_default()
    }

    pub(super) async fn delete(&mut self) -> Outcome {
        let calls = match self.held.take() {
            // Only who was invited is looked for in two places.
            Some(_) if self.has_lasting_id => self.vendor.kind(Kind::User).delete_calls + 1,
            Some(_) => self.vendor.deletion(Kind::User),
            None => 0,
        };
        self.leave_the_group();
        self.go(calls).await
    }

    /// Who goes is in no group any longer, there and here.
    fn leave_the_group(&mut self) {
        self.group.has_person = false;
        self.group.held.iter_mut().for_each(|held| held.has_person = false);
    }

    /// The person goes from the directory, and is only switched off at the vendor. They are taken out of groups all the
    /// same, unless the account goes.
    pub(super) async fn delete_by_switching_off(&mut self) -> Outcome {
        let leaving = if self.vendor.is_deleted_when_off() {
            0
        } else {
            self.leaving()
        };
        self.is_off();
        self.leave_the_group();
        self.go(self.vendor.switching_off() + leaving).await
    }

    /// The person goes from the directory, and stays at the vendor, in no group.
    pub(super) async fn delete_and_leave(&mut self) -> Outcome {
        let calls = self.leaving();
        self.leave_the_group();
        self.go(calls).await
    }

    /// The calls that take the person out of the group that the vendor has.
    fn leaving(&self) -> u64 {
        let is_in = self.group.held.as_ref().is_some_and(|held| held.has_person);
        if is_in && self.has_groups() {
            self.vendor.descriptor.leave_calls
        } else {
            0
        }
    }

    /// Who comes again has an account, if it was not deleted: it is taken over, and works again.
    pub(super) async fn come_again(&mut self) -> Outcome {
        let Some(held) = &self.held else {
            return self.create().await;
        };
        let on = if held.active {
            0
        } else {
            self.vendor.descriptor.active_calls
        };
        let calls = self.meeting() + on + self.changing();
        self.held = Some(Held::of(held.fields.clone()));
        self.come(self.creation((201, calls))).await
    }
}

/// The fields that had a value and have none.
fn taken(before: &Fields, after: &Fields) -> Fields {
    let lost = |(name, value): &(&String, &Value)| !value.is_null() && after.get(*name).is_none_or(Value::is_null);
    let lost = before.iter().filter(lost);
    lost.map(|(name, value)| (name.clone(), value.clone())).collect()
}
