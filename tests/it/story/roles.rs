//! Who gets which role, and what is said of roles that cannot be given.
use serde_json::{Value, json};

use super::house::target;
use super::person::Person;
use super::scene::{Outcome, Scene, Turn, ensure};
use super::steps::APART;
use super::vendor::path;

impl Scene<'_> {
    pub(super) async fn another_role(&mut self) -> Outcome {
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

    pub(super) async fn wrong_roles(&mut self) -> Outcome {
        let Some(field) = self.vendor.role() else {
            return self.no_roles_are_offered().await;
        };
        let descriptor = self.vendor.descriptor;
        let emperor = ("emperor", 0);
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
            let is_told = parts.iter().all(|part| detail.contains(part));
            ensure(is_told, || format!("{role} is refused so: {detail}"))?;
        }
        Ok(())
    }

    pub(super) async fn no_role(&mut self) -> Outcome {
        let Some(role) = self.vendor.role() else {
            return self.no_roles_are_offered().await;
        };
        self.person.values.remove(&path(role));
        let (calls, had) = (self.changing(), self.fields()[&role.name].clone());
        ensure(self.vendor.descriptor.takes_role(&had, &Value::Null), || {
            "nothing is taken away".to_owned()
        })?;
        let cleared = self.held.take().map(|held| held.cleared).unwrap_or_default();
        let mut held = self.account_of(self.wanted());
        held.cleared = cleared;
        held.cleared.insert(role.name.clone(), had);
        self.held = Some(held);
        self.change(calls).await
    }
}
