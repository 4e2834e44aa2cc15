//! Limits of requests and answers.
use std::time::Duration;

/// Limits of requests and answers. `ServiceProviderConfig` states those that clients should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body, inflated. A group of 10,000 members is about 1 MB.
    pub body_bytes: usize,
    /// JSON values of a request's body, keys counted as well. In memory each takes up to hundreds of bytes, whatever it
    /// takes in the body; 8 MiB of members are fewer than this.
    pub body_values: usize,
    /// Bytes of large bodies that are held at once, of all requests; a directory has at most half of it. While they are
    /// worked on, they take about ten times as much memory.
    pub bodies_bytes: usize,
    /// Requests of one directory under way at once. IdPs have a few dozen at most.
    pub requests_max: usize,
    /// Searches that look at everything, at once; a directory has at most half of them. Each has a thread for itself,
    /// and as much to read as there is.
    pub searches_max: usize,
    /// Bytes of a resource as it is stored, memberships not counted: every read has to do with all of them.
    pub document_bytes: usize,
    /// Operations of one Bulk request.
    pub bulk_operations: usize,
    /// Bytes of a Bulk request's body, inflated.
    pub bulk_payload_bytes: usize,
    /// Resources on a page when the request names no `count`.
    pub page_default: usize,
    /// Resources on a page at most; a greater `count` is cut down to it.
    pub page_max: usize,
    /// Bytes of a page: one that has so many ends, however few resources are on it.
    pub page_bytes: usize,
    /// Resources, and rows of memberships, that a search without a usable index may look at; beyond it the answer is
    /// `tooMany`.
    pub scan_resources_max: u64,
    /// Matches that may be sorted; beyond it the answer is `tooMany`. Their sort keys are held in memory.
    pub sort_matches_max: usize,
    /// Members of a group up to which a PATCH answers with the resource; beyond it with 204, to who is known to take
    /// that.
    pub patch_members_max: usize,
    /// How long a cursor may be used.
    pub cursor_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 * 1024 * 1024,
            body_values: 400_000,
            bodies_bytes: 32 * 1024 * 1024,
            requests_max: 512,
            searches_max: 4,
            document_bytes: 1024 * 1024,
            bulk_operations: 1_000,
            bulk_payload_bytes: 4 * 1024 * 1024,
            page_default: 100,
            page_max: 1_000,
            page_bytes: 16 * 1024 * 1024,
            scan_resources_max: 1_000_000,
            sort_matches_max: 100_000,
            patch_members_max: 500,
            cursor_timeout: Duration::from_secs(3_600),
        }
    }
}
