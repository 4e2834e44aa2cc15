//! In which order operations are carried out, so that what they refer to is there. Pure.
use std::collections::{BTreeSet, HashMap};

use schemas::bulk::{BulkOperation, Method, reference, references};

/// What is to be done next: the number of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// All of it. What it refers to is there, or will never be.
    Whole(usize),
    /// A creation without its references, since it refers to resources that refer to it. The whole of it comes again,
    /// unless it is given up.
    WithoutReferences(usize),
}

/// The operations that are not done yet.
pub(super) struct Schedule {
    steps: Vec<Step>,
    /// Those that wait for nothing.
    ready: BTreeSet<usize>,
    /// Those whose creations others may wait for.
    creating: BTreeSet<usize>,
}

#[derive(Default)]
struct Step {
    /// For how many others it waits.
    waits: usize,
    /// Which steps wait for its creation.
    referring: Vec<usize>,
    /// Which step changes the same resource next, if any: such steps keep their order.
    following: Vec<usize>,
}

impl Schedule {
    pub(super) fn new(operations: &[BulkOperation]) -> Schedule {
        let mut schedule = Schedule {
            steps: operations.iter().map(|_| Step::default()).collect(),
            ready: BTreeSet::new(),
            creating: BTreeSet::new(),
        };
        let numbered = || operations.iter().enumerate();
        let created = numbered().filter(|(_, operation)| operation.method == Method::Post);
        let created: HashMap<&str, usize> = created
            .filter_map(|(number, operation)| Some((operation.bulk_id.as_deref()?, number)))
            .collect();
        schedule.creating.extend(created.values());
        let mut last_changes: HashMap<&str, usize> = HashMap::new();
        for (number, operation) in numbered() {
            for needed in needs(operation) {
                schedule.wait(number, created.get(needed.as_str()).copied(), |step| {
                    &mut step.referring
                });
            }
            let changed = operation.id.as_deref().filter(|_| operation.method != Method::Post);
            let before = changed.and_then(|resource| last_changes.insert(resource, number));
            schedule.wait(number, before, |step| &mut step.following);
        }
        let waits = schedule.steps.iter().enumerate();
        schedule.ready = waits
            .filter(|(_, step)| step.waits == 0)
            .map(|(number, _)| number)
            .collect();
        schedule
    }

    /// Takes the next operation; `None` after the last.
    pub(super) fn next(&mut self) -> Option<Next> {
        if let Some(number) = self.ready.pop_first() {
            self.created(number);
            let step = self.steps.get_mut(number).map(std::mem::take).unwrap_or_default();
            self.release(step.following);
            return Some(Next::Whole(number));
        }
        let number = self.creating.first().copied()?;
        self.created(number);
        Some(Next::WithoutReferences(number))
    }

    /// Says that an operation does not come again: its creation failed.
    pub(super) fn give_up(&mut self, number: usize) {
        self.ready.remove(&number);
        if let Some(step) = self.steps.get_mut(number) {
            step.waits = usize::MAX;
        }
    }

    /// Lets a step wait for another one, which notes it among those that wait for it.
    fn wait(&mut self, number: usize, other: Option<usize>, list: fn(&mut Step) -> &mut Vec<usize>) {
        let Some(other) = other.and_then(|other| self.steps.get_mut(other)) else {
            return;
        };
        list(other).push(number);
        if let Some(step) = self.steps.get_mut(number) {
            step.waits += 1;
        }
    }

    /// Nobody waits for the creation any more.
    fn created(&mut self, number: usize) {
        if self.creating.remove(&number)
            && let Some(step) = self.steps.get_mut(number)
        {
            let referring = std::mem::take(&mut step.referring);
            self.release(referring);
        }
    }

    fn release(&mut self, waiting: impl IntoIterator<Item = usize>) {
        for number in waiting {
            let Some(step) = self.steps.get_mut(number) else {
                continue;
            };
            step.waits = step.waits.saturating_sub(1);
            if step.waits == 0 {
                self.ready.insert(number);
            }
        }
    }
}

/// The `bulkId`s that an operation refers to, each once.
fn needs(operation: &BulkOperation) -> BTreeSet<String> {
    let in_path = operation.id.as_deref().and_then(reference).map(str::to_owned);
    let in_data = operation.data.as_ref().map(references).unwrap_or_default();
    in_path.into_iter().chain(in_data).collect()
}

#[cfg(test)]
mod tests {
    use schemas::bulk::BulkRequest;
    use schemas::urn;
    use serde_json::{Value, json};

    use super::*;

    /// Creates `bulk_id`, referring to these.
    fn post(bulk_id: &str, needs: &[&str]) -> Value {
        let needs: Vec<_> = needs.iter().map(|needed| format!("bulkId:{needed}")).collect();
        json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": { "x": needs } })
    }

    /// Changes `id`, referring to these.
    fn put(id: &str, needs: &[&str]) -> Value {
        let needs: Vec<_> = needs.iter().map(|needed| format!("bulkId:{needed}")).collect();
        json!({ "method": "PUT", "path": format!("/Users/{id}"), "data": { "x": needs } })
    }

    #[test]
    fn operations_come_after_what_they_refer_to() {
        use Next::{Whole, WithoutReferences};
        let check = |operations: Value, expected: &[Next]| {
            let body = json!({ "schemas": [urn::BULK_REQUEST], "Operations": operations });
            let request = BulkRequest::parse(&body, 10).expect("a request");
            let mut schedule = Schedule::new(&request.operations);
            let order: Vec<_> = std::iter::from_fn(|| schedule.next()).collect();
            assert_eq!(order, expected, "{operations}");
        };
        check(
            json!([post("a", &[]), put("1", &[]), post("b", &["a"])]),
            &[Whole(0), Whole(1), Whole(2)],
        );
        check(
            json!([post("a", &["b"]), put("1", &[]), post("b", &[])]),
            &[Whole(1), Whole(2), Whole(0)],
        );
        check(
            json!([put("1", &["a"]), put("1", &[]), post("a", &[])]),
            &[Whole(2), Whole(0), Whole(1)],
        );
        check(
            json!([put("bulkId:a", &[]), put("1", &[]), post("a", &[])]),
            &[Whole(1), Whole(2), Whole(0)],
        );
        check(json!([put("1", &["nobody"]), put("1", &[])]), &[Whole(0), Whole(1)]);
        check(
            json!([post("a", &["b"]), post("b", &["a"])]),
            &[WithoutReferences(0), Whole(1), Whole(0)],
        );
        check(json!([post("a", &["a"])]), &[WithoutReferences(0), Whole(0)]);
        check(
            json!([
                put("bulkId:b", &[]),
                post("a", &["b"]),
                post("b", &["c"]),
                post("c", &["a"])
            ]),
            &[WithoutReferences(1), Whole(3), Whole(2), Whole(0), Whole(1)],
        );
    }
}
