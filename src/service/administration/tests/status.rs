//! What is pending at a target, and why.
use uuid::Uuid;

use super::super::{GuardCount, ProblemReport, TargetReport};
use super::links::{at, mark, one_target, problem};
use crate::store::{Access, LinkChange, ProblemKind};

#[tokio::test]
async fn status_tells_what_is_pending_and_why() {
    let desk = one_target().await;
    let administration = &desk.administration;
    let retry = LinkChange::Retry {
        due: at(),
        problem: problem(ProblemKind::Retrying, None, "open incidents"),
        counts: true,
        ambiguous_until: None,
        seen: u64::MAX,
    };
    let park = LinkChange::Park {
        problem: problem(ProblemKind::Parked, Some("email"), "is taken"),
        due: None,
        seen: 1,
    };
    mark(&desk, 1, (Access::Kept, None)).await;
    mark(&desk, 2, (Access::Taken, Some(retry))).await;
    mark(&desk, 3, (Access::Kept, Some(park))).await;
    let report = |number, kind: &str, field: Option<&str>, reason: &str| ProblemReport {
        resource: Uuid::from_u128(number).to_string(),
        resource_type: "User".into(),
        kind: kind.into(),
        field: field.map(str::to_owned),
        reason: reason.into(),
        since: at(),
    };
    let expected = TargetReport {
        name: "pd".into(),
        directory: "acme".into(),
        vendor: "pagerduty".into(),
        state: "down".into(),
        reason: Some("the vendor answered 503".into()),
        since: None,
        authorized_until: None,
        needs_consent: false,
        pending: 2,
        leavers: 1,
        oldest_pending: Some(at()),
        oldest_leaver: Some(at()),
        reading_back: 0,
        parked: 1,
        held: 0,
        withheld: 0,
        pace: None,
        guard: GuardCount {
            accounts: 0,
            allowed: Some(10),
            going: 0,
        },
        problems: vec![
            report(3, "parked", Some("email"), "is taken"),
            report(2, "retrying", None, "open incidents"),
        ],
        roles: None,
        warnings: Vec::new(),
        drift: None,
    };
    assert_eq!(administration.status().await.unwrap(), [expected]);
}
