//! All cases, one after the other.
use std::fmt;

use super::subject::{Outcome, Subject};
use super::{Probe, accounts, changes, faults, members};
use crate::Adapter;
use crate::descriptor::{Deactivate, Kind};

/// A case that an adapter does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The case, with the kind of account it was run on.
    pub case: String,
    /// What was expected and what came.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.case, self.what)
    }
}

/// Runs the whole contract against a vendor's account that holds nothing but what the vendor cannot be without, and
/// that nobody else uses meanwhile. Leaves accounts behind. Answers what failed; nothing means passed.
pub async fn run(adapter: &dyn Adapter, probe: &dyn Probe) -> Vec<Failure> {
    let mut report = Report::default();
    for kind in [Kind::User, Kind::Group] {
        if adapter.descriptor().kind(kind).is_some() {
            run_kind(&Subject::new(adapter, probe, kind), &mut report).await;
        }
    }
    let people = Subject::new(adapter, probe, Kind::User);
    report.add("identity", &people, accounts::identity(&people).await);
    report.add("unassignable role", &people, changes::unassignable_role(&people).await);
    match adapter.descriptor().deactivate {
        Deactivate::Suspend => report.add("suspension", &people, changes::suspension(&people).await),
        Deactivate::Delete => {}
    }
    if adapter.descriptor().group.is_some() {
        let groups = Subject::new(adapter, probe, Kind::Group);
        report.add("members", &groups, members::come_and_go(&groups, &people).await);
        report.add(
            "members of nothing",
            &groups,
            members::of_nothing(&groups, &people).await,
        );
        report.add("members in pages", &groups, members::in_pages(&groups, &people).await);
    }
    report.failures
}

async fn run_kind(subject: &Subject<'_>, report: &mut Report) {
    report.add("create", subject, accounts::create(subject).await);
    report.add("create what exists", subject, accounts::create_existing(subject).await);
    report.add("find exactly", subject, accounts::find_exactly(subject).await);
    report.add("change and clear", subject, changes::change_and_clear(subject).await);
    report.add("forgotten parts", subject, changes::forgotten_parts(subject).await);
    report.add("change the unique field", subject, changes::rename(subject).await);
    if subject.creating_calls() == Ok(1) {
        let outcome = changes::rename_into_existing(subject).await;
        report.add("change into what exists", subject, outcome);
    } else {
        report.add("two of one name", subject, changes::two_of_one_name(subject).await);
    }
    report.add("delete twice", subject, accounts::delete_twice(subject).await);
    report.add("unknown id", subject, accounts::unknown(subject).await);
    report.add("rate limit", subject, faults::rate_limit(subject).await);
    report.add("failing vendor", subject, faults::failing(subject).await);
    report.add("lost answers", subject, faults::lost(subject).await);
    // Last, since it leaves the most behind.
    report.add("list", subject, accounts::list(subject).await);
}

#[derive(Default)]
struct Report {
    failures: Vec<Failure>,
}

impl Report {
    fn add(&mut self, name: &str, subject: &Subject<'_>, outcome: Outcome) {
        let case = format!("{name} ({})", subject.title());
        let failure = outcome.err().map(|what| Failure { case, what });
        self.failures.extend(failure);
    }
}
