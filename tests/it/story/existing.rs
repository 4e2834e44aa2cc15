//! Accounts that are there before the person comes, and vendors that have no room for another one.
use adapters::descriptor::{Field, Kind};
use adapters::{Account, Fields};
use serde_json::{Value, json};

use super::scene::{Held, Outcome, Scene, Turn, ensure, told};
use super::vendor::{Vendor, path};

impl Vendor {
    /// Somebody whom the vendor has, by their e-mail address, with a role that protects: a seed of its twin. None where
    /// the vendor's API does not tell such people apart.
    fn administrator(self, email: &str) -> Option<Value> {
        let known = json!({ "name": "Known", "email": email, "role": "admin" });
        let profile = json!({ "login": email, "email": email, "firstName": "Known", "lastName": "Known" });
        match self.name() {
            "pagerduty" | "zendesk" | "calendly" => Some(json!({ "users": [known] })),
            "okta" => Some(json!({ "users": [{ "profile": profile, "roles": ["ORG_ADMIN"] }] })),
            "box" => Some(json!({ "users": [{ "name": "Known", "login": email, "role": "coadmin" }] })),
            _ => None,
        }
    }

    /// Somebody whom the vendor has, who can be had by no call of its API; none where an API call does.
    fn member(self, email: &str) -> Option<Value> {
        let known = json!({ "name": "Known", "email": email });
        (self.name() == "calendly").then(|| json!({ "users": [known] }))
    }

    /// What takes the last licence, and what frees some: seeds of its twin. None where nobody is refused for the lack
    /// of one.
    fn licences(self) -> Option<[Value; 2]> {
        if !self.descriptor.licences_end {
            return None;
        }
        let paged = |seats: u64| json!({ "name": "Full", "valid_roles": ["admin", "user"], "role_group": "FullUser", "seats": seats });
        match self.name() {
            "pagerduty" => Some([0, 10].map(|seats| json!({ "licenses": [paged(seats)] }))),
            // The owner has one.
            "zendesk" => Some([1, 10].map(|seats| json!({ "agent_seats": seats }))),
            "calendly" => Some([1, 10].map(|seats| json!({ "seats": seats }))),
            _ => Some([0, 10].map(|seats| json!({ "seats": seats }))),
        }
    }
}

impl Scene<'_> {
    /// The person has an account at the vendor already, with other values.
    pub(super) async fn exists(&mut self) -> Outcome {
        let account = match self.vendor.member(&self.unique_value()) {
            Some(seed) => {
                self.house.twin.seed(seed).await;
                self.has_lasting_id = true;
                self.found().await?
            }
            None => {
                let made = self
                    .reader
                    .create(Kind::User, &self.other_fields())
                    .await
                    .map_err(told)?;
                let read = self.reader.get(Kind::User, &made).await.map_err(told)?;
                read.ok_or("nobody was made")?
            }
        };
        self.is_there(account)
    }

    /// The person has an account already, as an administrator; whether the vendor tells so.
    async fn is_administrator(&mut self) -> Outcome<bool> {
        let Some(seed) = self.vendor.administrator(&self.unique_value()) else {
            ensure(self.vendor.descriptor.roles.is_empty(), || "there are roles".to_owned())?;
            return self.exists().await.map(|()| false);
        };
        self.house.twin.seed(seed).await;
        self.has_lasting_id = true;
        let account = self.found().await?;
        ensure(account.protected, || format!("{account:?} is not protected"))?;
        self.is_there(account).map(|()| true)
    }

    /// The vendor has this account, of which the story knows what it may map.
    fn is_there(&mut self, account: Account) -> Outcome {
        let names: Vec<_> = self.vendor.fields().map(|field| &field.name).collect();
        let fields = account.fields.into_iter().filter(|(name, _)| names.contains(&name));
        self.held = Some(Held::of(fields.collect()));
        self.account = Some(account.id);
        self.forget_calls();
        Ok(())
    }

    fn unique_value(&self) -> String {
        let value = &self.person.values[&path(self.vendor.unique(Kind::User))];
        value.as_str().expect("a text").to_owned()
    }

    async fn found(&self) -> Outcome<Account> {
        let found = self.reader.find(Kind::User, &self.unique_value()).await.map_err(told)?;
        found.ok_or_else(|| "nobody was sown".to_owned())
    }

    /// What an account cannot be without, with other values than the person's but for what it is found by.
    fn other_fields(&self) -> Fields {
        let unique = self.vendor.unique(Kind::User);
        let other = |field: &Field| {
            let value = self.vendor.value(&path(field), self.person.number() + 1)?;
            Some((field.name.clone(), value))
        };
        let required = self
            .vendor
            .fields()
            .filter(|field| field.required && field.name != unique.name);
        let mut fields: Fields = required.filter_map(other).collect();
        fields.insert(unique.name.clone(), self.unique_value().into());
        fields
    }

    /// It is taken over, and brought to what the directory says; what the directory says nothing of stays.
    pub(super) async fn adopt(&mut self) -> Outcome {
        self.exists().await?;
        self.take_over().await
    }

    async fn take_over(&mut self) -> Outcome {
        let (mut wanted, fields) = (self.wanted(), self.fields());
        let said = |name: &String| wanted.get(name).is_some_and(|value| !value.is_null());
        let known: Fields = fields.clone().into_iter().filter(|(name, _)| said(name)).collect();
        let calls = self.meeting() + self.vendor.change(Kind::User, &known, &wanted);
        for (name, value) in wanted.iter_mut().filter(|(_, value)| value.is_null()) {
            *value = fields.get(name).cloned().unwrap_or_default();
        }
        self.held = Some(self.account_of(wanted));
        self.come(self.creation((201, calls))).await
    }

    /// It is left as it is, and somebody is told why.
    pub(super) async fn leave_alone(&mut self, problem: (&'static str, &'static str)) -> Outcome {
        let turn = Turn {
            problem: Some(problem),
            ..self.creation((201, self.meeting()))
        };
        self.come(turn).await
    }

    /// Whoever the vendor says is an administrator is left to a person to decide.
    pub(super) async fn meet_administrator(&mut self) -> Outcome {
        match self.is_administrator().await? {
            true => self.leave_alone(("held", "administrator")).await,
            false => self.take_over().await,
        }
    }

    /// The group exists already, and is taken over by its name.
    pub(super) async fn adopt_group(&mut self) -> Outcome {
        let fields = self.group_fields(&self.group.name);
        if self.has_groups() {
            let named = fields.into_iter().filter(|(_, value)| !value.is_null());
            let there = self.in_another_case(Kind::Group, named.collect());
            self.reader.create(Kind::Group, &there).await.map_err(told)?;
            self.forget_calls();
        }
        self.group.has_person = true;
        self.group.follow();
        let calls = match self.has_groups() {
            true => self.vendor.meeting(Kind::Group) + self.joining(),
            false => 0,
        };
        self.write_group("POST", (201, calls)).await
    }

    /// What is there before, under a unique value that the vendor takes for the same one.
    fn in_another_case(&self, kind: Kind, mut fields: Fields) -> Fields {
        let described = self.vendor.descriptor.kind(kind).expect("the vendor has it");
        let unique = described.field(&described.unique).expect("it is a field");
        if let Some(Value::String(value)) = fields.get_mut(&unique.name).filter(|_| unique.case_insensitive) {
            *value = value.to_uppercase();
        }
        fields
    }

    /// No licence is left: the person is refused, in the vendor's words, and is nowhere. Then there is one.
    pub(super) async fn no_licence(&mut self) -> Outcome {
        let Some([none, some]) = self.vendor.licences() else {
            return self.create().await;
        };
        self.house.twin.seed(none).await;
        let body = self.take(self.creation((400, 1))).await?;
        let detail = body["detail"].as_str().unwrap_or_default();
        let title = &self.vendor.descriptor.title;
        ensure(detail.contains(title), || format!("it is refused so: {detail}"))?;
        self.house.twin.seed(some).await;
        self.create().await
    }
}
