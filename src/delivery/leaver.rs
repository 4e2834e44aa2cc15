//! Who leaves without any write having said so: what a person lost is seen when all of it is read.
use adapters::Fields;
use adapters::descriptor::{Field, FieldType, Kind};
use serde_json::Value;

use crate::delivery::goal::Goal;
use crate::delivery::work::Work;
use crate::mapping::ACTIVE;
use crate::store::{self, Applied, LinkChange};

impl Work<'_> {
    /// Puts the link into the leavers' lane if access is to be taken away and nobody has said so: the alarms and the
    /// guard ask for that.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn note_leaver(&mut self) -> Result<(), store::Error> {
        if self.kind != Kind::User || self.link.leaver_since.is_some() {
            return Ok(());
        }
        let leaves = self.link.account.as_ref().is_some_and(|account| self.loses(account));
        match leaves {
            true => self.write(vec![LinkChange::Leaving]).await,
            false => Ok(()),
        }
    }

    /// Takes the link out of the leavers' lane with what makes it rest, if no more access is to be taken away.
    pub(super) fn has_left(&self, changes: &[LinkChange]) -> Option<LinkChange> {
        let rests = |change: &LinkChange| matches!(change, LinkChange::Park { .. } | LinkChange::Retry { .. });
        let account = self.link.account.as_ref().filter(|_| self.kind == Kind::User)?;
        let was_leaver = self.link.leaver_since.is_some() && changes.iter().any(rests);
        (was_leaver && !self.may_lose(account)).then_some(LinkChange::HasLeft(self.link.marked))
    }

    fn may_lose(&self, account: &Applied) -> bool {
        match self.facts().goal {
            Goal::Gone | Goal::Suspended | Goal::Untouched => true,
            Goal::Account(fields) => self.may_lose_role(account, fields, false),
            // A role that is not sound is not known, and so not whether it is the lower one.
            Goal::Faulty(faulty) => self.may_lose_role(account, &faulty.sound, true),
        }
    }

    fn may_lose_role(&self, account: &Applied, wanted: &Fields, faulty: bool) -> bool {
        let vendor = self.line.target.descriptor;
        let mut roles = self.roles();
        roles.any(|field| {
            let had = account.fields.get(&field.name).unwrap_or(&Value::Null);
            match wanted.get(&field.name) {
                Some(wanted) => self.unknown.contains(&field.name) || vendor.takes_role(had, wanted),
                None => faulty,
            }
        })
    }

    /// The fields by which a role is given and taken away.
    fn roles(&self) -> impl Iterator<Item = &'_ Field> {
        let roles = self.descriptor.fields.iter();
        roles.filter(|field| field.kind == FieldType::Role && !field.create_only)
    }

    fn loses(&self, account: &Applied) -> bool {
        match self.facts().goal {
            Goal::Gone | Goal::Suspended => account.active || self.unknown.contains(ACTIVE),
            Goal::Untouched => false,
            Goal::Account(fields) => self.loses_role(account, fields),
            Goal::Faulty(faulty) => self.loses_role(account, &faulty.sound),
        }
    }

    /// Whether it has a role that it is not to have any more. What an account had before it was linked, or since a
    /// backup, was not given here.
    fn loses_role(&self, account: &Applied, wanted: &Fields) -> bool {
        let was_given =
            self.link.settled > 0 && self.link.restored.is_none() && self.line.target.config.switches.update;
        let vendor = self.line.target.descriptor;
        let mut roles = self.roles();
        was_given
            && roles.any(|field| {
                let had = account.fields.get(&field.name).unwrap_or(&Value::Null);
                let is_lower = |wanted| vendor.takes_role(had, wanted);
                wanted.get(&field.name).is_some_and(is_lower)
            })
    }
}
