//! What would be sent for one resource, if the vendor took everything: the plan, played through without a call.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adapters::descriptor::KindDescriptor;
use adapters::{Account, Fields};
use jiff::Timestamp;

use crate::delivery::Settings;
use crate::delivery::goal::{Goal, goal};
use crate::delivery::outcome::{Answer, Circumstances, Next, outcome};
use crate::delivery::plan::{Facts, Step, plan};
use crate::mapping::{self, Wanted};
use crate::service::{Foreseen, Target, Verb};
use crate::store::{Link, LinkChange};

/// Steps that are looked ahead: no plan needs more.
const STEPS_MAX: usize = 32;

/// The calls that bring the vendor to what is wanted, from what the link says of it; `None`: the resource is deleted. It
/// ends at the first step after which only the vendor knows how it goes on.
pub(super) fn forecast(target: &Target, link: &Link, wanted: Option<Wanted>) -> Vec<Foreseen> {
    let kind = match &wanted {
        Some(wanted) => Some(wanted.kind),
        None => mapping::kind(&link.resource_type),
    };
    let Some((kind, described)) = kind.and_then(|kind| Some((kind, target.mapping.kind(kind)?))) else {
        return Vec::new();
    };
    let goal = goal(kind, wanted, target);
    let (mut link, mut calls) = (link.clone(), Vec::new());
    let settings = Settings::default();
    for _ in 0..STEPS_MAX {
        let facts = Facts {
            link: &link,
            goal: &goal,
            kind: described,
            asked_for: None,
            switches: target.config.switches,
            unknown: &BTreeSet::new(),
            refused: &BTreeMap::new(),
            descriptor: target.descriptor,
        };
        let step = plan(&facts);
        let Some(call) = foreseen(target, described, &step) else {
            break;
        };
        calls.push(call);
        let Some(answer) = answer(&step, &goal) else { break };
        let Next::Progress(settle) = outcome(&facts, &step, Ok(answer), &circumstances(target, &settings)) else {
            break;
        };
        link = link.apply(LinkChange::Settle(settle)).unwrap_or_default();
    }
    calls
}

/// The step as a call; `None` if it is none.
fn foreseen(target: &Target, described: &KindDescriptor, step: &Step) -> Option<Foreseen> {
    let descriptor = target.descriptor;
    let look = u64::from(described.looks_before_create);
    let costs = |name: &String| described.field(name).map_or(1, |field| field.update_calls);
    let (verb, fields, calls) = match step {
        Step::Settle | Step::Refuse(_) => return None,
        // Who is found is read by id as well.
        Step::LookUp { .. } => (Verb::LookUp, Fields::new(), 2 * described.read_calls),
        Step::Create(fields) => (Verb::Create, fields.clone(), 1 + look + look_ups(described, fields)),
        Step::Update(fields) => {
            let calls = fields.keys().map(costs).max().unwrap_or(1);
            (Verb::Update, fields.clone(), calls + look_ups(described, fields))
        }
        Step::SetActive(active) => {
            let verb = if *active { Verb::Activate } else { Verb::Deactivate };
            (verb, Fields::new(), descriptor.active_calls)
        }
        Step::Delete => (Verb::Delete, Fields::new(), described.delete_calls),
        Step::ReadBack => (Verb::ReadBack, Fields::new(), described.read_calls),
    };
    Some(Foreseen { verb, fields, calls })
}

/// Readings by which the vendor's ids of these values are found, at most.
fn look_ups(described: &KindDescriptor, fields: &Fields) -> u64 {
    let given = fields.iter().filter(|(_, value)| !value.is_null());
    let fields = given.filter_map(|(name, _)| described.field(name));
    fields.map(|field| field.look_up_calls).sum()
}

/// What the vendor answers if it does as it is told; `None`: nobody knows.
fn answer(step: &Step, goal: &Goal) -> Option<Answer> {
    match step {
        Step::Create(_) => Some(Answer::Created(Account::of(""))),
        Step::Update(_) => Some(Answer::Updated([].into())),
        Step::SetActive(_) => Some(Answer::Switched(Fields::new())),
        Step::Delete => Some(Answer::Done),
        Step::ReadBack => match goal {
            Goal::Gone => Some(Answer::Read(None)),
            Goal::Suspended => Some(Answer::Read(Some(Account {
                active: false,
                ..Account::default()
            }))),
            Goal::Account(_) | Goal::Untouched | Goal::Faulty(_) => None,
        },
        Step::Settle | Step::Refuse(_) | Step::LookUp { .. } => None,
    }
}

/// Nothing here takes time.
fn circumstances<'a>(target: &Target, settings: &'a Settings) -> Circumstances<'a> {
    Circumstances {
        now: Timestamp::UNIX_EPOCH,
        steady: Timestamp::UNIX_EPOCH,
        settings,
        call_deadline: Duration::ZERO,
        read_lag: Duration::ZERO,
        generation: target.generation,
        seed: 0,
        failures: 0,
        fails_alone: false,
    }
}

#[cfg(test)]
mod tests {

    use adapters::descriptor::Kind;
    use serde_json::json;

    use super::*;
    use crate::store::Applied;

    /// The organization is looked up by its name before it is sent, and not to take it away.
    #[test]
    fn what_is_looked_up_is_counted() {
        let target = Target::example((adapters::vendor("zendesk").unwrap().descriptor)(), "");
        for (had, given, calls) in [
            (None, json!("Acme"), 1 + 1),
            (Some(json!(null)), json!("Acme"), 1 + 1),
            (Some(json!("Acme")), json!(null), 1),
        ] {
            let fields = |organization| Fields::from([("organization".to_owned(), organization)]);
            let account = had.map(|had| Applied {
                active: true,
                fields: fields(had),
                ..Applied::default()
            });
            let link = Link {
                account,
                ..Link::default()
            };
            let wanted = Wanted {
                kind: Kind::User,
                active: true,
                assigned: true,
                switched_off: false,
                fields: fields(given),
                faults: Vec::new(),
            };
            let foreseen = forecast(&target, &link, Some(wanted));
            let counted: Vec<_> = foreseen.iter().map(|call| call.calls).collect();
            assert_eq!(counted, [calls], "{foreseen:?}");
        }
    }
}
