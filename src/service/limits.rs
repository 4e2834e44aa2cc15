//! Limits of requests and answers.
use std::time::Duration;

/// Limits of requests and answers. `ServiceProviderConfig` states those that clients should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body, inflated. A group of 10,000 members is about 1 MB.
    pub body_bytes: usize,
    /// Operations of one Bulk request.
    pub bulk_operations: usize,
    /// Bytes of a Bulk request's body, inflated.
    pub bulk_payload_bytes: usize,
    /// Resources on a page when the request names no `count`.
    pub page_default: usize,
    /// Resources on a page at most; a greater `count` is cut down to it.
    pub page_max: usize,
    /// Resources that a filter without a usable index may look at; beyond it the answer is `tooMany`.
    pub scan_resources_max: u64,
    /// Matches that may be sorted; beyond it the answer is `tooMany`. Their sort keys are held in memory.
    pub sort_matches_max: usize,
    /// Members of a group up to which a PATCH answers with the resource; beyond it with 204.
    pub patch_members_max: usize,
    /// How long a cursor may be used.
    pub cursor_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 * 1024 * 1024,
            bulk_operations: 1_000,
            bulk_payload_bytes: 4 * 1024 * 1024,
            page_default: 100,
            page_max: 1_000,
            scan_resources_max: 1_000_000,
            sort_matches_max: 100_000,
            patch_members_max: 500,
            cursor_timeout: Duration::from_secs(3_600),
        }
    }
}
