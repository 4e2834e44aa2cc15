//! What a change of a group means for the roles of those who come into it, or for whom its name means something.
use super::concern::{self, States};
use super::error::Error;
use super::followers::{Person, is_person};
use super::members::Delta;
use super::plan::Next;
use super::registry::Target;
use super::seats::Check;

impl Check<'_> {
    /// Looks at what the change of a group gives to people. What takes access away from anybody is not held up by what
    /// it gives to others. Of a crowd it is left to delivery, so that no write takes long.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn members(&mut self, next: &Next) -> Result<(), Error> {
        let targets = self.context.directory.targets.iter();
        let targets: Vec<_> = targets.filter(|target| target.mapping.reads_groups()).collect();
        let people = next.followers.people.iter();
        let people: Vec<_> = people
            .filter_map(|follower| Some((follower.member.id, follower.person.as_ref()?)))
            .collect();
        let none = Delta::default();
        let loses = |person: &Person| targets.iter().any(|target| loses(target, person.states(&none)));
        if next.members.removed.iter().any(is_person) || people.iter().any(|(_, person)| loses(person)) {
            return Ok(());
        }
        for (id, person) in people {
            let faults = targets
                .iter()
                .flat_map(|target| concern::faults(target, person.states(&none)));
            let named = faults.map(|fault| format!("{}: {fault}", person.name()));
            self.faults.extend(named);
            self.seat(id, person.states(&none)).await?;
        }
        Ok(())
    }
}

fn loses(target: &Target, states: States<'_>) -> bool {
    let (before, after) = (concern::before(target, states), concern::after(target, states));
    let both = before.zip(after);
    both.is_some_and(|(before, after)| target.mapping.takes_away(&before, &after))
}
