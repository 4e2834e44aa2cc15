//! The contract of a store: what every backend must do, as functions that a backend's own tests run on it.
pub(crate) mod batches;
pub(crate) mod concurrency;
pub(crate) mod expectations;
mod fixture;
pub(crate) mod grants;
pub(crate) mod handover;
pub(crate) mod leases;
pub(crate) mod links;
pub(crate) mod members;
pub(crate) mod pages;
pub(crate) mod reopening;
pub(crate) mod resources;
pub(crate) mod settings;
pub(crate) mod sweep;

pub(crate) use fixture::*;

/// Makes a test of every function of the suite, each on a fresh store of a [`Backend`] that is sound afterwards.
macro_rules! suite {
    ($backend:expr) => {
        $crate::store::suite::suite! { @ $backend,
            resources: put_then_read,
            resources: put_replaces_index,
            resources: delete_takes_index_and_count,
            resources: directories_and_types_are_apart,
            resources: long_terms_are_told_apart,
            resources: touch_changes_modified_alone,
            pages: skip_counts_as_a_list_does,
            pages: after_continues,
            pages: scan_sees_one_snapshot,
            members: rows_and_reverse,
            members: stamps_change_with_rows,
            members: pages_of_members,
            members: deletion_empties_groups,
            expectations: every_expectation,
            expectations: an_account_is_linked_once,
            batches: refused_leaves_nothing,
            batches: missing_are_conflicts,
            batches: writes_go_in_order,
            links: marks_are_counted,
            links: due_comes_in_lanes,
            links: parked_and_all,
            links: backlog_is_counted,
            links: accounts_are_found,
            links: only_marks_and_settles_make,
            grants: due_when_possible,
            grants: table,
            handover: grants_go_along,
            settings: versions_grow,
            settings: kinds_are_apart,
            sweep: nothing_stays_of_a_removed_target,
            leases: one_holder,
            leases: tokens_grow,
            concurrency: members_of_one_group,
            concurrency: one_of_two_creates,
            concurrency: versions_lose_nothing,
        }
    };
    (@ $backend:expr, $($module:ident: $case:ident,)*) => {
        $(#[tokio::test(start_paused = true)]
        async fn $case() {
            let backend = $backend;
            let store = $crate::store::suite::Backend::open(&backend).await;
            $crate::store::suite::$module::$case(&store).await;
            $crate::store::suite::Backend::verify(&backend, store).await;
        })*
    };
}

/// The same for what must outlive the store's process.
macro_rules! suite_of_reopening {
    ($backend:expr) => {
        $crate::store::suite::suite_of_reopening! { @ $backend,
            everything_is_there_again,
            leases_tell_how_they_ended,
        }
    };
    (@ $backend:expr, $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            $crate::store::suite::reopening::$case(&$backend).await;
        })*
    };
}

pub(crate) use {suite, suite_of_reopening};
