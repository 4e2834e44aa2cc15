//! Who leaves without any write having said so: what a person lost is seen when all of it is read.
use adapters::Fields;
use adapters::descriptor::{self, FieldType, Kind};
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
        let ranked = self.line.target.descriptor.ranked_roles();
        let roles = self.descriptor.fields.iter();
        let mut roles = roles.filter(|field| field.kind == FieldType::Role && !field.create_only);
        was_given
            && roles.any(|field| {
                let had = account.fields.get(&field.name).unwrap_or(&Value::Null);
                let is_lower = |wanted| descriptor::takes_role(ranked, had, wanted);
                wanted.get(&field.name).is_some_and(is_lower)
            })
    }
}
