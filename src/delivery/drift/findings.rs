//! What a comparison found, the most serious first, in bounded memory.
use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};

use super::compare::Deviation;
use crate::service::drift::{Difference, Error, Kind, Report};
use crate::store::{LinkKey, ResourceId};

/// Differences that are kept: a line of the commands' socket holds them. The rest is found once these are corrected.
const KEPT_MAX: usize = 10_000;

/// Bytes of a digest that name a plan: enough that no other one has the name.
const NAME_BYTES: usize = 8;

/// A difference, and what it was computed from.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) key: LinkKey,
    /// The link's.
    pub(super) revision: u64,
    /// The member that is missing, if that is what differs.
    pub(super) member: Option<ResourceId>,
    /// Whether the vendor says that the account is one that only a person may take anything from.
    pub(super) protected: bool,
    pub(super) difference: Difference,
}

/// Whose a difference is.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) key: LinkKey,
    pub(super) revision: u64,
    pub(super) resource_type: String,
    /// The vendor's id of the account.
    pub(super) account: String,
    pub(super) name: String,
}

/// Where a finding stands.
type Place = (Kind, String, ResourceId, Option<String>, Option<ResourceId>);

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: BTreeMap<Place, Finding>,
    /// Those found of each kind, kept or not.
    found: BTreeMap<Kind, u64>,
    pub(super) compared: u64,
    pub(super) unsettled: u64,
    /// Why the listing is not to be believed: what is not in it may be there, but what is in it is.
    pub(super) shrunk: Option<Error>,
}

impl Subject {
    pub(super) fn finding(&self, deviation: Deviation) -> Finding {
        let Deviation {
            kind,
            field,
            wanted,
            found,
        } = deviation;
        Finding {
            key: self.key,
            revision: self.revision,
            member: None,
            protected: false,
            difference: Difference {
                kind,
                name: self.name.clone(),
                resource: self.key.resource.to_string(),
                resource_type: self.resource_type.clone(),
                account: self.account.clone(),
                field,
                directory: wanted,
                vendor: found,
            },
        }
    }
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        let difference = &finding.difference;
        *self.found.entry(difference.kind).or_default() += 1;
        let place = (
            difference.kind,
            difference.name.clone(),
            finding.key.resource,
            difference.field.clone(),
            finding.member,
        );
        self.kept.insert(place, finding);
        if self.kept.len() > KEPT_MAX {
            self.kept.pop_last();
        }
    }

    /// In order, the most serious first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Finding> {
        self.kept.values()
    }

    /// How many there are of a kind.
    pub(super) fn count(&self, kind: Kind) -> u64 {
        self.found.get(&kind).copied().unwrap_or_default()
    }

    pub(super) fn report(&self, corrected: u64) -> Report {
        Report {
            plan: self.plan(),
            compared: self.compared,
            unsettled: self.unsettled,
            found: self.found.values().sum(),
            differences: self.all().map(|finding| finding.difference.clone()).collect(),
            corrected,
        }
    }

    /// The name of all that is shown.
    pub(super) fn plan(&self) -> String {
        let mut digest = Context::new(&SHA256);
        for finding in self.all() {
            digest.update(&serde_json::to_vec(&finding.difference).unwrap_or_default());
        }
        let digest = digest.finish();
        let name = digest.as_ref().iter().take(NAME_BYTES);
        name.map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, TargetId};

    fn finding(kind: Kind, name: &str) -> Finding {
        let nil = Uuid::nil();
        let subject = Subject {
            key: LinkKey {
                directory: DirectoryId(nil),
                target: TargetId(nil),
                resource: ResourceId(nil),
            },
            revision: 1,
            resource_type: "User".to_owned(),
            account: "V1".to_owned(),
            name: name.to_owned(),
        };
        subject.finding(Deviation {
            kind,
            field: None,
            wanted: true.into(),
            found: false.into(),
        })
    }

    #[test]
    fn the_least_serious_give_way() {
        let mut findings = Findings::default();
        for number in 0..KEPT_MAX {
            findings.add(finding(Kind::Field, &format!("p{number:05}")));
        }
        for name in ["zoe", "yan"] {
            findings.add(finding(Kind::LeaverBack, name));
        }
        let report = findings.report(0);
        assert_eq!(report.found, KEPT_MAX as u64 + 2);
        let names: Vec<_> = report.differences.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), KEPT_MAX);
        assert_eq!(&names[..3], ["yan", "zoe", "p00000"]);
        assert_eq!(names.last(), Some(&"p09997"));
    }

    #[test]
    fn a_plan_has_another_name_as_soon_as_anything_changes() {
        let plan = |findings: &[(Kind, &str)]| {
            let mut all = Findings::default();
            findings.iter().for_each(|(kind, name)| all.add(finding(*kind, name)));
            all.plan()
        };
        let one = plan(&[(Kind::Field, "ann"), (Kind::Gone, "bob")]);
        assert_eq!(
            one,
            plan(&[(Kind::Gone, "bob"), (Kind::Field, "ann")]),
            "whatever the order"
        );
        assert_ne!(one, plan(&[(Kind::Field, "ann"), (Kind::Suspended, "bob")]));
        assert_ne!(one, plan(&[(Kind::Field, "ann")]));
    }
}
