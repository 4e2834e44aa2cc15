//! What happens in stories, step by step, and why it takes so many calls and no more.
use adapters::Fields;
use adapters::descriptor::{Field, FieldType, Kind, takes_role};
use serde_json::{Value, json};

use super::house::target;
use super::person::Person;
use super::scene::{Held, Outcome, Scene, Turn, ensure};
use super::vendor::path;

/// How far people of one story are apart, so that nobody's values are anybody else's.
pub(super) const APART: usize = 20;

/// One step of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The person comes, with a value for every field.
    Create,
    /// The same resource is sent again.
    Repeat,
    /// Each field gets another value, one place of the resource after the other.
    EachField,
    /// The field by which the account is found gets another value.
    Rename,
    /// The person gets another role.
    Role,
    /// Somebody comes with a role that there is not, or that the vendor's API cannot give.
    WrongRole,
    /// A group comes, with the person in it.
    Group,
    /// The person leaves the group and joins again.
    LeaveAndJoin,
    /// The group gets another name.
    RenameGroup,
    /// The group goes.
    DeleteGroup,
    /// The person is switched off.
    Off,
    /// A field gets another value while the person is switched off.
    WhileOff,
    /// The person is switched on again.
    On,
    /// Whatever may be without a value loses it, but for the role.
    Clear,
    /// The role is taken away.
    NoRole,
    /// The person goes.
    Delete,
}

impl Scene<'_> {
    /// Does a step.
    pub(super) async fn step(&mut self, step: Step) -> Outcome {
        match step {
            Step::Create => self.create().await,
            Step::Repeat => self.change(0).await,
            Step::EachField => self.each_field().await,
            Step::Rename => self.rename().await,
            Step::Role => self.another_role().await,
            Step::WrongRole => self.wrong_roles().await,
            Step::Group => self.create_group().await,
            Step::LeaveAndJoin => self.leave_and_join().await,
            Step::RenameGroup => self.rename_group().await,
            Step::DeleteGroup => self.delete_group().await,
            Step::Off => self.off().await,
            Step::WhileOff => self.while_off().await,
            Step::On => self.on().await,
            Step::Clear => self.clear().await,
            Step::NoRole => self.no_role().await,
            Step::Delete => self.delete().await,
        }
    }

    async fn create(&mut self) -> Outcome {
        let wanted = self.wanted();
        let calls = self.vendor.creation(Kind::User, &wanted);
        self.held = Some(self.account_of(wanted));
        let body = self.take(self.creation((201, calls))).await?;
        self.id = body["id"].as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    /// The request that creates the person.
    pub(super) fn creation(&self, (status, calls): (u16, u64)) -> Turn {
        Turn {
            method: "POST",
            path: "/Users".to_owned(),
            body: Some(self.person.document()),
            status,
            calls,
            problem: None,
        }
    }

    /// Sends the person as they are now.
    async fn change(&mut self, calls: u64) -> Outcome {
        let turn = Turn {
            method: "PUT",
            path: format!("/Users/{}", self.id),
            body: Some(self.person.document()),
            status: 200,
            calls,
            problem: None,
        };
        self.take(turn).await.map(|_| ())
    }

    /// Sends the person as they are now, who is brought to that state at the vendor: what differs is changed.
    async fn follow(&mut self) -> Outcome {
        let calls = self.changing();
        self.held = Some(self.account_of(self.wanted()));
        self.change(calls).await
    }

    async fn each_field(&mut self) -> Outcome {
        let apart = [Some(self.vendor.unique(Kind::User)), self.vendor.role()];
        let apart: Vec<_> = apart.into_iter().flatten().map(path).collect();
        for at in self.vendor.paths().into_iter().filter(|at| !apart.contains(at)) {
            self.give_another(&at);
            self.follow().await.map_err(|what| format!("{at}: {what}"))?;
        }
        Ok(())
    }

    /// Another value at a path.
    fn give_another(&mut self, at: &str) {
        let next = (0..).map(|n| self.vendor.value(at, self.person.number() + 1 + 2 * n));
        let now = self.person.values.get(at);
        let next = next.flatten().find(|value| Some(value) != now);
        self.person.values.extend(next.map(|value| (at.to_owned(), value)));
    }

    async fn rename(&mut self) -> Outcome {
        let unique = self.vendor.unique(Kind::User);
        let former = self.held.clone().unwrap_or_else(|| Held::of(Fields::new()));
        self.give_another(&path(unique));
        if !unique.confirmed_later {
            return self.follow().await;
        }
        // Until it is confirmed the vendor shows the former one.
        let calls = self.vendor.change(Kind::User, &former.fields, &self.wanted());
        self.change(calls).await?;
        self.held = Some(self.account_of(self.wanted()));
        let confirmed = &self.person.values[&path(unique)];
        self.house.twin.seed(json!({ "confirm": { "email": confirmed } })).await;
        self.look().await
    }

    async fn another_role(&mut self) -> Outcome {
        let Some(role) = self.vendor.role() else {
            return self.no_roles_are_offered().await;
        };
        self.give_another(&path(role));
        self.follow().await
    }

    /// A vendor whose API gives no role says so when one is declared.
    async fn no_roles_are_offered(&self) -> Outcome {
        let title = &self.vendor.descriptor.title;
        let roles = self.vendor.descriptor.roles.iter().map(|role| role.name.as_str());
        for role in roles.chain(["emperor"]) {
            let mut config = target(self.vendor, "roles");
            config.default_role = Some(role.to_owned());
            let refusal = self.house.refusal(self.vendor, config).await.unwrap_or_default();
            let is_told = [title.as_str(), role].iter().all(|part| refusal.contains(part));
            ensure(is_told, || format!("the role {role} is declared: {refusal}"))?;
        }
        Ok(())
    }

    async fn wrong_roles(&mut self) -> Outcome {
        let Some(field) = self.vendor.role() else {
            return self.no_roles_are_offered().await;
        };
        let descriptor = self.vendor.descriptor;
        // A vendor that lists its roles is asked for them once.
        let emperor = ("emperor", u64::from(descriptor.lists_roles));
        let not_given = descriptor.roles.iter().filter(|role| !role.assignable);
        for (role, calls) in not_given.map(|role| (role.name.as_str(), 0)).chain([emperor]) {
            let mut other = Person::new(self.vendor, self.person.number() + APART / 2);
            other.values.insert(path(field), json!(role));
            let turn = Turn {
                body: Some(other.document()),
                ..self.creation((400, calls))
            };
            let body = self.take(turn).await?;
            let detail = body["detail"].as_str().unwrap_or_default();
            let parts = [descriptor.title.as_str(), &field.name];
            ensure(parts.iter().all(|part| detail.contains(part)), || {
                format!("{role} is refused so: {detail}")
            })?;
        }
        Ok(())
    }

    async fn create_group(&mut self) -> Outcome {
        let calls = match self.has_groups() {
            true => self.vendor.creation(Kind::Group, &self.group_fields()) + self.vendor.descriptor.join_calls,
            false => 0,
        };
        self.group.has_person = true;
        let calls = calls + self.follow_group();
        self.write_group("POST", (201, calls)).await
    }

    /// The role that comes and goes with the group, if a rule says so; the calls that it takes.
    fn follow_group(&mut self) -> u64 {
        if self.rules.roles.is_none() {
            return 0;
        }
        let calls = self.changing();
        self.held = Some(self.account_of(self.wanted()));
        calls
    }

    async fn leave_and_join(&mut self) -> Outcome {
        let descriptor = self.vendor.descriptor;
        for (is_in, calls) in [(false, descriptor.leave_calls), (true, descriptor.join_calls)] {
            self.group.has_person = is_in;
            self.write_group("PUT", (200, calls)).await?;
        }
        Ok(())
    }

    async fn rename_group(&mut self) -> Outcome {
        let before = self.group_fields();
        self.group.name.push_str(" renamed");
        let calls = match self.has_groups() {
            true => self.vendor.change(Kind::Group, &before, &self.group_fields()),
            false => 0,
        };
        self.write_group("PUT", (200, calls)).await
    }

    /// Its members go out of it with it.
    async fn delete_group(&mut self) -> Outcome {
        let calls = match self.has_groups() {
            true => self.vendor.deletion(Kind::Group),
            false => 0,
        };
        self.group.has_person = false;
        let calls = calls + self.follow_group();
        self.write_group("DELETE", (204, calls)).await
    }

    async fn off(&mut self) -> Outcome {
        self.person.active = false;
        match self.vendor.is_deleted_when_off() {
            true => self.held = None,
            false => self.held.iter_mut().for_each(|held| held.active = false),
        }
        self.change(self.vendor.switching_off()).await
    }

    /// Nobody who is switched off is changed: it is made good when they come back.
    async fn while_off(&mut self) -> Outcome {
        let at = self.vendor.paths().into_iter().next().unwrap_or_default();
        self.give_another(&at);
        self.change(0).await
    }

    /// Who was deleted is created anew, and comes back into the group.
    async fn on(&mut self) -> Outcome {
        self.person.active = true;
        let wanted = self.wanted();
        let calls = match &self.held {
            Some(_) => self.vendor.descriptor.active_calls + self.changing(),
            None => {
                let joins = self.group.has_person && self.has_groups();
                self.vendor.creation(Kind::User, &wanted) + u64::from(joins) * self.vendor.descriptor.join_calls
            }
        };
        self.held = Some(self.account_of(wanted));
        self.change(calls).await
    }

    async fn clear(&mut self) -> Outcome {
        let kept =
            |field: &&Field| field.required || !field.fallback_sources.is_empty() || field.kind == FieldType::Role;
        let kept: Vec<_> = self.vendor.fields().filter(kept).map(path).collect();
        let former = self.held.clone().unwrap_or_else(|| Held::of(Fields::new()));
        self.person.values.retain(|at, _| kept.contains(at));
        let wanted = self.wanted();
        let calls = self.vendor.change(Kind::User, &former.fields, &wanted);
        let mut held = self.account_of(wanted);
        held.cleared = taken(&former.fields, &held.fields);
        self.held = Some(held);
        self.change(calls).await
    }

    async fn no_role(&mut self) -> Outcome {
        let Some(role) = self.vendor.role() else {
            return self.no_roles_are_offered().await;
        };
        let former = self.held.clone().unwrap_or_else(|| Held::of(Fields::new()));
        self.person.values.remove(&path(role));
        let wanted = self.wanted();
        let had = &former.fields[&role.name];
        ensure(
            takes_role(self.vendor.descriptor.ranked_roles(), had, &Value::Null),
            || "nothing is taken away".to_owned(),
        )?;
        let calls = self.vendor.change(Kind::User, &former.fields, &wanted);
        let mut held = self.account_of(wanted);
        held.cleared = former.cleared;
        held.cleared.insert(role.name.clone(), had.clone());
        self.held = Some(held);
        self.change(calls).await
    }

    async fn delete(&mut self) -> Outcome {
        let calls = match self.held.take() {
            Some(_) => self.vendor.deletion(Kind::User),
            None => 0,
        };
        self.go(calls).await
    }

    /// The person goes from the directory.
    async fn go(&mut self, calls: u64) -> Outcome {
        let turn = Turn {
            method: "DELETE",
            path: format!("/Users/{}", self.id),
            body: None,
            status: 204,
            calls,
            problem: None,
        };
        self.take(turn).await.map(|_| ())
    }
}

/// The fields that had a value and have none.
fn taken(before: &Fields, after: &Fields) -> Fields {
    let lost = |(name, value): &(&String, &Value)| !value.is_null() && after.get(*name).is_none_or(Value::is_null);
    let lost = before.iter().filter(lost);
    lost.map(|(name, value)| (name.clone(), value.clone())).collect()
}
