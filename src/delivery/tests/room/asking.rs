//! What is asked in a room.
use std::time::Duration;

use adapters::descriptor::Kind;
use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use super::Room;
use crate::mapping::Subject;
use crate::service::{Deliveries, Foreseen, Outcome, TargetState, Unread, Wait, drift};
use crate::store::{Link, ProblemKind, SettingKind, Store};

impl Room {
    pub(in crate::delivery::tests) fn state(&self) -> TargetState {
        self.engine.status(self.target().id).state
    }

    /// Why it is so.
    pub(in crate::delivery::tests) fn reason(&self) -> String {
        self.engine.status(self.target().id).reason.unwrap_or_default()
    }

    /// Since when it is so.
    pub(in crate::delivery::tests) fn since(&self) -> Option<Timestamp> {
        self.engine.status(self.target().id).since
    }

    /// Why a link is parked; empty if it is not.
    pub(in crate::delivery::tests) async fn resting(&self, id: u128) -> String {
        let link = self.link(id).await.unwrap_or_default();
        let problem = link.problem.filter(|problem| problem.kind == ProblemKind::Parked);
        problem.map(|problem| problem.reason).unwrap_or_default()
    }

    /// How many people leave, as it is told.
    pub(in crate::delivery::tests) async fn leaving(&self) -> u64 {
        self.store.backlog(self.target().id).await.unwrap().leavers
    }

    /// How many links are pending.
    pub(in crate::delivery::tests) async fn pending(&self) -> u64 {
        self.store.backlog(self.target().id).await.unwrap().pending
    }

    /// How many more people may have a role, as far as is known: outer `None`, nothing is.
    pub(in crate::delivery::tests) fn left(&self, role: &str) -> Option<Option<u64>> {
        let live = self.engine.live_roles(self.target().id)?;
        let found = live.roles.iter().find(|live| live.name == role);
        found.map(|role| role.available)
    }

    /// The same, just read.
    pub(in crate::delivery::tests) async fn just_left(&self, role: &str) -> Option<Option<u64>> {
        let live = self.engine.fresh_live_roles(self.target().id).await?;
        let found = live.roles.iter().find(|live| live.name == role);
        found.map(|role| role.available)
    }

    /// Whether the vendor has an account of this address, as far as it says.
    pub(in crate::delivery::tests) async fn has_account(&self, unique: &str) -> Option<bool> {
        self.engine.has_account(self.target().id, Kind::User, unique).await
    }

    /// What is foreseen of writing this person now.
    pub(in crate::delivery::tests) async fn foreseen(&self, id: u128, document: &Value) -> Vec<Foreseen> {
        let target = self.target();
        let wanted = target.mapping.wanted(&Subject {
            resource_type: "User",
            resource: document.as_object().unwrap(),
            groups: &[],
        });
        let link = self.link(id).await.unwrap_or_default();
        self.engine.foresee(&target, &link, Some(&wanted.unwrap()))
    }

    /// Asks for a page of the vendor's people; their ids.
    pub(in crate::delivery::tests) async fn people(&self, after: Option<&str>) -> Result<Vec<String>, Unread> {
        let page = self
            .engine
            .accounts(self.target().id, Kind::User, after.map(str::to_owned));
        Ok(page.await?.accounts.into_iter().map(|account| account.id).collect())
    }

    /// Compares as a person asks for it.
    pub(in crate::delivery::tests) async fn drift(
        &self,
        fix: Option<drift::Fix>,
    ) -> Result<drift::Report, drift::Error> {
        self.drift_expecting(None, fix).await
    }

    /// The same where so few linked accounts are right.
    pub(in crate::delivery::tests) async fn drift_expecting(
        &self,
        expect: Option<u64>,
        fix: Option<drift::Fix>,
    ) -> Result<drift::Report, drift::Error> {
        self.engine.drift(self.target().id, drift::Ask { expect, fix }).await
    }

    /// The same beside all else.
    pub(in crate::delivery::tests) fn drift_beside(&self) -> JoinSet<Result<drift::Report, drift::Error>> {
        let (engine, target) = (self.engine.clone(), self.target().id);
        let mut beside = JoinSet::new();
        beside.spawn(async move { engine.drift(target, drift::Ask::default()).await });
        beside
    }

    /// What is kept of the last comparison.
    pub(in crate::delivery::tests) async fn last_drift(&self) -> Option<drift::Summary> {
        let name = drift::record_name(self.target().id);
        let (_, record) = self.store.setting(SettingKind::Other, &name).await.unwrap()?;
        serde_json::from_slice::<drift::Record>(&record).unwrap().last
    }

    /// What comes of a mark within the usual time of an answer.
    pub(in crate::delivery::tests) async fn outcome(&self, wait: Wait) -> Outcome {
        self.engine.wait(vec![wait], Duration::from_secs(8)).await.remove(0)
    }

    pub(in crate::delivery::tests) async fn link(&self, id: u128) -> Option<Link> {
        self.store.link(&self.key(id)).await.unwrap()
    }

    /// Whether all of the directory was looked at under the present settings.
    pub(in crate::delivery::tests) async fn has_swept(&self) -> bool {
        let name = format!("settings/{}", self.target().id.0);
        let record = self.store.setting(SettingKind::Other, &name).await.unwrap();
        let progress: Value = serde_json::from_slice(&record.unwrap().1).unwrap();
        progress["place"] == 2 && progress["settings"]["dialect"].is_null()
    }
}
