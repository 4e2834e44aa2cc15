//! A vendor that does not exist, and a delivery to it that answers as a test says.
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use adapters::descriptor::{Descriptor, Kind};
use adapters::{Lack, Page, count_down, lack};
use async_trait::async_trait;

use crate::service::{Deliveries, LiveRoles, Outcome, Refusal, Seating, TargetState, TargetStatus, Unread, Wait};
use crate::store::TargetId;

/// A description with every kind of field.
pub(super) fn descriptor() -> &'static Descriptor {
    let descriptor = toml::from_str(
        r#"
        name = "paging"
        title = "Paging"
        base_url = "https://api.paging.example"
        deactivate = "delete"
        counts_roles = true
        calls_per_minute = 60
        concurrency = 1
        read_lag_ms = 0
        call_deadline_ms = 1000
        [[roles]]
        name = "owner"
        rank = 3
        assignable = false
        rule = "it is given in the vendor's own console"
        [[roles]]
        name = "admin"
        rank = 2
        assignable = true
        [[roles]]
        name = "user"
        rank = 1
        titles = ["Responder"]
        assignable = true
        [user]
        title = "user"
        unique = "email"
        [[user.fields]]
        name = "email"
        type = "email"
        required = true
        case_insensitive = true
        default_source = "emails[primary eq true].value"
        fallback_sources = ["emails.value"]
        [[user.fields]]
        name = "name"
        type = "string"
        length_max = 20
        default_source = "displayName"
        fallback_sources = ["name.givenName name.familyName", "userName"]
        [[user.fields]]
        name = "role"
        type = "role"
        default_source = "roles.value"
        default_value = "user"
        [[user.fields]]
        name = "job_title"
        type = "string"
        default_source = "title"
        [group]
        title = "team"
        unique = "name"
        [[group.fields]]
        name = "name"
        type = "string"
        required = true
        default_source = "displayName"
        "#,
    );
    Box::leak(Box::new(descriptor.expect("it is a description")))
}

/// What happens while a request waits, before the outcome.
pub(super) type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Answers as it is told, and notes what it is asked.
#[derive(Default)]
pub(super) struct Script {
    /// The outcome of every mark; settled if there is none.
    pub(super) outcome: Mutex<Option<Outcome>>,
    /// Done once by the first who waits.
    pub(super) meanwhile: Mutex<Option<Meanwhile>>,
    pub(super) waited: Mutex<Vec<Wait>>,
    pub(super) woken: Mutex<Vec<TargetId>>,
    /// The id of a resource that was there while a request waited.
    pub(super) seen: Mutex<Option<String>>,
    /// Numbers of targets that are down, so that waiting for them is of no use.
    pub(super) down: Mutex<Vec<u128>>,
    /// What was known of roles some time ago.
    pub(super) live: Mutex<Option<LiveRoles>>,
    /// What a look at them finds.
    pub(super) fresh: Mutex<Option<LiveRoles>>,
    /// Whether a look at the vendor finds any account.
    pub(super) exists: Mutex<Option<bool>>,
    /// Seats set aside.
    pub(super) reserved: Mutex<Vec<Seating>>,
    /// Looks at the vendor.
    pub(super) looks: Mutex<Vec<&'static str>>,
}

impl Script {
    /// Refuses a call that sent the name: for this field, or in words that name none.
    pub(super) fn refuse(&self, field: Option<&str>) {
        self.refuse_call(field, &["name"]);
    }

    /// The same for a call that sent these fields.
    pub(super) fn refuse_call(&self, field: Option<&str>, sent: &[&str]) {
        let refusal = Refusal {
            field: field.map(str::to_owned),
            sent: sent.iter().map(|field| (*field).to_owned()).collect(),
            reason: "we do not like it".to_owned(),
        };
        set(&self.outcome, Some(Outcome::Refused(refusal)));
    }
}

pub(super) fn set<T>(place: &Mutex<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

pub(super) fn take<T: Default>(place: &Mutex<T>) -> T {
    std::mem::take(&mut *place.lock().unwrap_or_else(PoisonError::into_inner))
}

#[async_trait]
impl Deliveries for Script {
    fn wake(&self, targets: &[TargetId]) {
        self.woken.lock().unwrap().extend(targets);
    }

    fn worth_waiting(&self, target: TargetId, _: Duration) -> bool {
        !self.down.lock().unwrap().contains(&target.0.as_u128())
    }

    async fn wait(&self, waits: Vec<Wait>, _: Duration) -> Vec<Outcome> {
        self.waited.lock().unwrap().extend(waits.iter().copied());
        if let Some(meanwhile) = take(&self.meanwhile) {
            meanwhile.await;
        }
        let outcome = self.outcome.lock().unwrap().clone().unwrap_or(Outcome::Settled);
        waits.iter().map(|_| outcome.clone()).collect()
    }

    fn status(&self, _: TargetId) -> TargetStatus {
        TargetStatus {
            state: TargetState::Working,
            reason: None,
            since: None,
        }
    }

    fn live_roles(&self, _: TargetId) -> Option<LiveRoles> {
        self.live.lock().unwrap().clone()
    }

    async fn fresh_live_roles(&self, _: TargetId) -> Option<LiveRoles> {
        self.looks.lock().unwrap().push("roles");
        let fresh = self.fresh.lock().unwrap().clone();
        if fresh.is_some() {
            set(&self.live, fresh.clone());
        }
        fresh
    }

    fn reserve(&self, _: TargetId, seating: &Seating) -> Option<Lack> {
        let mut roles = self.live_roles(seating.link.target)?.roles;
        let mut reserved = self.reserved.lock().unwrap();
        reserved.retain(|other| other.link != seating.link);
        for other in reserved.iter() {
            count_down(
                &mut roles,
                other.had.as_deref(),
                other.role.as_deref().unwrap_or_default(),
            );
        }
        let lack = lack(
            &roles,
            seating.had.as_deref(),
            seating.role.as_deref().unwrap_or_default(),
        );
        reserved.extend(lack.is_none().then(|| seating.clone()));
        lack
    }

    fn give_back(&self, _: TargetId, seating: &Seating) {
        self.reserved.lock().unwrap().retain(|other| other != seating);
    }

    async fn has_account(&self, _: TargetId, _: Kind, _: &str) -> Option<bool> {
        self.looks.lock().unwrap().push("account");
        *self.exists.lock().unwrap()
    }

    async fn accounts(&self, _: TargetId, _: Kind, _: Option<String>) -> Result<Page, Unread> {
        Err(Unread("there is no vendor".to_owned()))
    }

    async fn reload(&self) {}
}
