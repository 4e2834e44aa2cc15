//! Seats at a vendor that are set aside for writes under way. Pure.
use std::collections::{BTreeMap, BTreeSet};

use adapters::{Lack, LiveRole, count_down, lack, none_left};

use crate::service::Seating;
use crate::store::LinkKey;

/// Seats that are set aside at most: of more it is left to the vendor.
const SEATS_MAX: usize = 10_000;

/// Writes of one person whose seats are remembered: the last one counts, and the one before if that is not made.
const WRITES_MAX: usize = 4;

/// What is set aside, by whose it will be; for several writes of one person in their order.
#[derive(Debug, Default)]
pub(super) struct Reserved {
    seats: BTreeMap<LinkKey, Vec<Seating>>,
}

impl Reserved {
    /// Sets a seat aside if one is left of these roles; else answers what is in the way.
    pub(super) fn reserve(&mut self, roles: &[LiveRole], seating: &Seating) -> Option<Lack> {
        let (mut left, mut unnamed) = (roles.to_vec(), 0);
        let last = self.seats.values().filter_map(|seatings| seatings.last());
        for other in last.filter(|other| other.link != seating.link) {
            match &other.role {
                Some(role) => count_down(&mut left, other.had.as_deref(), role),
                None => unnamed += u64::from(other.had.is_none()),
            }
        }
        let lack = match &seating.role {
            Some(role) => lack(&left, seating.had.as_deref(), role),
            None if seating.had.is_some() => None,
            None => {
                let is_full = none_left(&left) || seats(&left).is_some_and(|seats| seats <= unnamed);
                is_full.then_some(Lack::Licence)
            }
        };
        if lack.is_none() && (self.seats.len() < SEATS_MAX || self.seats.contains_key(&seating.link)) {
            let seatings = self.seats.entry(seating.link).or_default();
            seatings.push(seating.clone());
            let oldest = seatings.len().saturating_sub(WRITES_MAX);
            seatings.drain(..oldest);
        }
        lack
    }

    /// The write is not made: what was set aside for one before it stays.
    pub(super) fn give_back(&mut self, seating: &Seating) {
        let Some(seatings) = self.seats.get_mut(&seating.link) else {
            return;
        };
        if let Some(place) = seatings.iter().rposition(|other| other == seating) {
            seatings.remove(place);
        }
        if seatings.is_empty() {
            self.seats.remove(&seating.link);
        }
    }

    /// Delivery has come to an end with the link.
    pub(super) fn release(&mut self, link: &LinkKey) {
        self.seats.remove(link);
    }
}

/// How many more accounts there can be at the most; `None`: without bound, or unknown. Roles of the same licences share
/// them.
fn seats(roles: &[LiveRole]) -> Option<u64> {
    let mut by_licence: BTreeMap<BTreeSet<&str>, u64> = BTreeMap::new();
    for role in roles {
        let licences: BTreeSet<_> = match role.licences.is_empty() {
            true => [role.name.as_str()].into(),
            false => role.licences.iter().map(String::as_str).collect(),
        };
        let seats = by_licence.entry(licences).or_default();
        *seats = (*seats).max(role.available?);
    }
    (!roles.is_empty()).then(|| by_licence.values().sum())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId};

    fn role(name: &str, available: Option<u64>, licence: &str) -> LiveRole {
        LiveRole {
            name: name.to_owned(),
            available,
            licences: vec![licence.to_owned()],
        }
    }

    fn seating(id: u128, had: Option<&str>, role: Option<&str>) -> Seating {
        Seating {
            link: LinkKey {
                directory: DirectoryId(Uuid::nil()),
                target: TargetId(Uuid::nil()),
                resource: ResourceId(Uuid::from_u128(id)),
            },
            had: had.map(str::to_owned),
            role: role.map(str::to_owned),
        }
    }

    /// Who asks one after the other, and who of them gets a seat: two of the one kind are left, and one of the other.
    #[test]
    fn what_is_set_aside_is_nobody_elses() {
        let roles = [
            role("admin", Some(2), "Full"),
            role("user", Some(2), "Full"),
            role("watcher", Some(1), "Stake"),
        ];
        for (asked, expected) in [
            (
                vec![
                    (1, None, Some("admin")),
                    (2, None, Some("user")),
                    (3, None, Some("admin")),
                ],
                "yyn",
            ),
            (
                vec![
                    (1, None, Some("admin")),
                    (1, None, Some("user")),
                    (2, None, Some("user")),
                ],
                "yyy",
            ),
            (
                vec![
                    (1, None, Some("watcher")),
                    (2, None, Some("watcher")),
                    (3, None, Some("user")),
                ],
                "yny",
            ),
            // The licence stays.
            (
                vec![
                    (1, Some("user"), Some("admin")),
                    (2, None, Some("user")),
                    (3, None, Some("user")),
                ],
                "yyy",
            ),
            (
                vec![(1, None, None), (2, None, None), (3, None, None), (4, None, None)],
                "yyyn",
            ),
            (
                vec![
                    (1, None, Some("watcher")),
                    (2, None, None),
                    (3, None, None),
                    (4, None, None),
                ],
                "yyyn",
            ),
            (vec![(1, None, Some("king"))], "n"),
        ] {
            let mut reserved = Reserved::default();
            let told: String = asked
                .iter()
                .map(
                    |(id, had, role)| match reserved.reserve(&roles, &seating(*id, *had, *role)) {
                        None => 'y',
                        Some(_) => 'n',
                    },
                )
                .collect();
            assert_eq!(told, expected, "{asked:?}");
        }
    }

    #[test]
    fn what_is_released_is_left_again() {
        let (roles, mut reserved) = ([role("user", Some(1), "Full")], Reserved::default());
        let [first, second] = [1, 2].map(|id| seating(id, None, Some("user")));
        assert_eq!(reserved.reserve(&roles, &first), None);
        assert_eq!(reserved.reserve(&roles, &second), Some(Lack::Licence));
        reserved.release(&first.link);
        assert_eq!(reserved.reserve(&roles, &second), None);
        assert_eq!(
            reserved.reserve(&[role("user", None, "Full")], &first),
            None,
            "there is no bound"
        );
    }

    /// A person is written twice, and the second write is not made.
    #[test]
    fn what_a_write_before_has_set_aside_stays() {
        let (roles, mut reserved) = ([role("user", Some(1), "Full")], Reserved::default());
        let [first, second] = [1, 2].map(|id| seating(id, None, Some("user")));
        for _ in 0..9 {
            assert_eq!(reserved.reserve(&roles, &first), None);
        }
        for _ in 0..3 {
            reserved.give_back(&first);
            assert_eq!(reserved.reserve(&roles, &second), Some(Lack::Licence));
        }
        reserved.give_back(&first);
        assert_eq!(reserved.reserve(&roles, &second), None);
    }
}
