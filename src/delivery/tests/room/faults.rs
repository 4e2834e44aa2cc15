//! What goes wrong in a room beside the vendor: its clock, its disk, its records.
use std::time::Duration;

use super::super::shaky::Refuses;
use super::Room;
use crate::store::Member;

impl Room {
    /// Sets the clock back.
    pub(in crate::delivery::tests) fn set_back(&self, by: Duration) {
        *self.clock.behind.lock().unwrap() += by;
    }

    /// The next commit with such a settling is refused.
    pub(in crate::delivery::tests) fn refuse_commit(&self, refuses: Refuses) {
        *self.shaky.refuses.lock().unwrap() = Some(refuses);
    }

    /// From now on the disk is full, or no more.
    pub(in crate::delivery::tests) fn fill_disk(&self, full: bool) {
        *self.shaky.full.lock().unwrap() = full;
    }

    /// From now on links cannot be looked for, or can again.
    pub(in crate::delivery::tests) fn close_store(&self, closed: bool) {
        *self.shaky.closed.lock().unwrap() = closed;
    }

    /// From now on the record of a link is damaged.
    pub(in crate::delivery::tests) fn damage(&self, id: u128) {
        *self.shaky.damaged.lock().unwrap() = Some(self.key(id));
    }

    /// From now on the record of a resource is damaged.
    pub(in crate::delivery::tests) fn damage_resource(&self, id: u128) {
        *self.shaky.damaged_resource.lock().unwrap() = Some(self.key(id).resource);
    }

    /// From now on the members of a group cannot be read, or the groups of a person.
    pub(in crate::delivery::tests) fn damage_rows(&self, id: u128) {
        *self.shaky.damaged_rows.lock().unwrap() = Some(self.key(id).resource);
    }

    /// From now on somebody takes this person out of groups and puts them in, while the members are looked at.
    pub(in crate::delivery::tests) fn jostle(&self, id: u128) {
        *self.shaky.busy_member.lock().unwrap() = Some(Member {
            id: self.key(id).resource,
            resource_type: "User".to_owned(),
            display: None,
        });
    }

    /// From now on a record is damaged that a change of a link touches.
    pub(in crate::delivery::tests) fn damage_grants(&self, id: u128) {
        *self.shaky.damaged_grants.lock().unwrap() = Some(self.key(id));
    }

    /// No record is damaged any more.
    pub(in crate::delivery::tests) fn mend(&self) {
        *self.shaky.damaged_rows.lock().unwrap() = None;
        *self.shaky.damaged_grants.lock().unwrap() = None;
        *self.shaky.damaged.lock().unwrap() = None;
        *self.shaky.damaged_resource.lock().unwrap() = None;
    }
}
