//! In which order operations are carried out, so that what they refer to is there. Pure.
use std::collections::HashSet;

use schemas::bulk::{BulkOperation, Method, reference, references};

/// What is to be done next: the number of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// All of it. What it refers to is there, or will never be.
    Whole(usize),
    /// A creation without its references, since it refers to resources that refer to it. The whole of it comes again.
    WithoutReferences(usize),
}

/// The operations that are not done yet.
pub(super) struct Schedule {
    steps: Vec<Step>,
}

struct Step {
    number: usize,
    /// The `bulkId`s it refers to.
    needs: Vec<String>,
    /// The `bulkId` of the resource it creates.
    creates: Option<String>,
    /// The resource it changes: operations on one resource keep their order.
    changes: Option<String>,
}

impl Schedule {
    pub(super) fn new(operations: &[BulkOperation]) -> Schedule {
        let steps = operations.iter().enumerate().map(|(number, operation)| {
            let is_new = operation.method == Method::Post;
            let in_path = operation.id.as_deref().and_then(reference).map(str::to_owned);
            let in_data = operation.data.as_ref().map(references).unwrap_or_default();
            Step {
                number,
                needs: in_path.into_iter().chain(in_data).collect(),
                creates: operation.bulk_id.clone().filter(|_| is_new),
                changes: operation.id.clone().filter(|_| !is_new),
            }
        });
        Schedule { steps: steps.collect() }
    }

    /// Takes the next operation; `None` after the last.
    pub(super) fn next(&mut self) -> Option<Next> {
        if let Some(place) = self.ready() {
            return Some(Next::Whole(self.steps.remove(place).number));
        }
        if let Some(step) = self.steps.iter_mut().find(|step| step.creates.is_some()) {
            step.creates = None;
            return Some(Next::WithoutReferences(step.number));
        }
        (!self.steps.is_empty()).then(|| Next::Whole(self.steps.remove(0).number))
    }

    /// The first operation that waits neither for a creation nor for an earlier change of its resource.
    fn ready(&self) -> Option<usize> {
        let awaited: HashSet<&str> = self.steps.iter().filter_map(|step| step.creates.as_deref()).collect();
        let mut changed = HashSet::new();
        self.steps.iter().position(|step| {
            let first = step.changes.as_ref().is_none_or(|resource| changed.insert(resource));
            first && !step.needs.iter().any(|needed| awaited.contains(needed.as_str()))
        })
    }
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
