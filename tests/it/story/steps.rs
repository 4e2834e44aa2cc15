//! What happens in stories, step by step. How many calls each may make is said where it is done.
use adapters::Fields;
use adapters::descriptor::{Field, Kind};

use super::scene::{Outcome, Scene, same};
use super::vendor::Vendor;

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
    /// A group comes with several people in it, and goes.
    Crowd,
    /// The person is switched off.
    Off,
    /// The person is switched on again.
    On,
    /// Whatever may be without a value loses it, but for the role.
    Clear,
    /// The role is taken away.
    NoRole,
    /// The person goes, and so does the account.
    Delete,
    /// The person goes from a target that says nothing of that.
    DeleteAsUsual,
    /// The person goes, and the account is switched off.
    DeleteByOff,
    /// The person goes, and the account stays.
    DeleteAndLeave,
    /// Who has gone comes again.
    Return,
    /// The vendor has an account of the person already, which is taken over.
    Adopt,
    /// The vendor has one, which the target does not take over.
    Refuse,
    /// The vendor has one, which only a person may take over.
    Protected,
    /// The vendor has one, and says that it is an administrator's.
    Administrator,
    /// The vendor has a group of the name, which is taken over.
    AdoptGroup,
    /// It goes from the directory, and waits at the vendor for a person.
    LeaveGroup,
    /// The vendor has no licence left, and then has.
    NoLicence,
    /// A write is accepted and kept, and nothing is sent.
    Keep(Write),
}

/// What is written to the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// The person comes.
    Create,
    /// A field gets another value.
    Change,
    /// What is mapped no longer gets another value.
    Unmapped,
    /// The person is switched off.
    Off,
    /// The person is switched on.
    On,
    /// The person goes.
    Delete,
    /// A group comes, with the person in it.
    Group,
    /// The group gets another name.
    RenameGroup,
    /// The group goes.
    DeleteGroup,
}

impl Scene<'_> {
    /// Does a step.
    pub(super) async fn step(&mut self, step: Step) -> Outcome {
        match step {
            Step::Create => self.create().await,
            Step::Repeat => self.repeat().await,
            Step::EachField => self.each_field().await,
            Step::Rename => self.rename().await,
            Step::Role => self.another_role().await,
            Step::WrongRole => self.wrong_roles().await,
            Step::Group => self.create_group().await,
            Step::LeaveAndJoin => self.leave_and_join().await,
            Step::RenameGroup => self.rename_group().await,
            Step::DeleteGroup => self.delete_group().await,
            Step::Crowd => self.crowd().await,
            Step::Off => self.off().await,
            Step::On => self.on().await,
            Step::Clear => self.clear().await,
            Step::NoRole => self.no_role().await,
            Step::Delete => self.delete().await,
            Step::DeleteAsUsual => self.delete_as_usual().await,
            Step::DeleteByOff => self.delete_by_switching_off().await,
            Step::DeleteAndLeave => self.delete_and_leave().await,
            Step::Return => self.come_again().await,
            Step::Adopt => self.adopt().await,
            Step::Refuse => self.refuse_existing().await,
            Step::Protected => self.hold_existing().await,
            Step::Administrator => self.meet_administrator().await,
            Step::AdoptGroup => self.adopt_group().await,
            Step::LeaveGroup => self.leave_group().await,
            Step::NoLicence => self.no_licence().await,
            Step::Keep(write) => self.keep(write).await,
        }
    }

    /// Nothing changes, here or there.
    async fn repeat(&mut self) -> Outcome {
        let path = format!("/Users/{}", self.id);
        let before = self.scim.get(&path).await.etag;
        self.change(0).await?;
        same("the version", &before, &self.scim.get(&path).await.etag)
    }

    async fn refuse_existing(&mut self) -> Outcome {
        self.exists().await?;
        self.leave_alone(("parked", "adopts none")).await
    }

    async fn hold_existing(&mut self) -> Outcome {
        self.exists().await?;
        self.leave_alone(("held", "protected")).await
    }

    async fn create_group(&mut self) -> Outcome {
        self.group.has_person = true;
        self.group.follow();
        let calls = match self.has_groups() {
            true => self.vendor.creation(Kind::Group, &self.group_fields(&self.group.name)) + self.joining(),
            false => 0,
        };
        let calls = calls + self.follow_group();
        self.write_group("POST", (201, calls)).await
    }

    /// The role that comes and goes with the group, if a rule says so; the calls that it takes.
    fn follow_group(&mut self) -> u64 {
        if self.rules.roles.is_none() {
            return 0;
        }
        let calls = self.changing() + self.lowering();
        self.held = Some(self.account_of(self.wanted()));
        calls
    }

    /// A role that is lowered goes first and alone: nothing may hold that up. What comes with the new one goes after it.
    fn lowering(&self) -> u64 {
        let (Some(role), Some(held)) = (self.vendor.role(), &self.held) else {
            return 0;
        };
        let (had, wanted) = (&held.fields, self.wanted());
        let value = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
        let is = value(&wanted, &role.name);
        let lowers = self.vendor.descriptor.takes_role(&value(had, &role.name), &is);
        let comes = |field: &Field| {
            field.name != role.name
                && field.changing_call() == role.changing_call()
                && Vendor::has_with(field, Some(&is))
                && !field.same(&value(had, &field.name), &value(&wanted, &field.name))
        };
        u64::from(lowers && self.vendor.fields().any(comes))
    }

    async fn leave_and_join(&mut self) -> Outcome {
        let descriptor = self.vendor.descriptor;
        for (is_in, calls) in [(false, descriptor.leave_calls), (true, descriptor.join_calls)] {
            self.group.has_person = is_in;
            self.group.follow();
            let calls = calls + self.follow_group();
            self.write_group("PUT", (200, calls)).await?;
        }
        Ok(())
    }

    async fn rename_group(&mut self) -> Outcome {
        let before = self.group_fields(&self.group.name);
        self.group.name.push_str(" renamed");
        self.group.follow();
        let calls = match self.has_groups() {
            true => {
                let after = self.group_fields(&self.group.name);
                self.vendor.change(Kind::Group, &before, &after)
            }
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
        self.group.held = None;
        let calls = calls + self.follow_group();
        self.write_group("DELETE", (204, calls)).await
    }

    /// The vendor is not asked, and has what it had.
    async fn keep(&mut self, write: Write) -> Outcome {
        match write {
            Write::Create => self.come(self.creation((201, 0))).await,
            Write::Change => {
                self.give_something_else();
                self.change(0).await
            }
            Write::Unmapped => {
                self.give_what_is_not_mapped();
                self.change(0).await
            }
            Write::Off | Write::On => {
                self.person.active = write == Write::On;
                self.change(0).await
            }
            Write::Delete => self.go(0).await,
            Write::Group => {
                self.group.has_person = true;
                self.write_group("POST", (201, 0)).await
            }
            Write::RenameGroup => {
                self.group.name.push_str(" renamed");
                self.write_group("PUT", (200, 0)).await
            }
            Write::DeleteGroup => {
                self.group.has_person = false;
                self.write_group("DELETE", (204, 0)).await
            }
        }
    }
}
