//! Every endpoint and the methods that it has. What is not listed here cannot be served: [`listed`] is where routes get
//! their paths from, and what tests go through.

/// The path below which a directory's endpoints are.
pub const DIRECTORY_PATH: &str = "/scim/{directory}/v2";

/// An endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// Its path, its parameters in braces.
    pub path: &'static str,
    /// Its methods, as the header `Allow` has them.
    pub methods: &'static str,
}

const READ: &str = "GET, HEAD";

const ANY: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// What is served below [`DIRECTORY_PATH`] to who has a token of the directory.
pub const OF_A_DIRECTORY: &[Endpoint] = &[
    endpoint("", READ),
    endpoint("/.search", "POST"),
    endpoint("/Bulk", "POST"),
    endpoint("/Me", ANY),
    endpoint("/ServiceProviderConfig", READ),
    endpoint("/ResourceTypes", READ),
    endpoint("/ResourceTypes/{id}", READ),
    endpoint("/Schemas", READ),
    endpoint("/Schemas/{id}", READ),
    endpoint("/{endpoint}", "GET, HEAD, POST"),
    endpoint("/{endpoint}/.search", "POST"),
    endpoint("/{endpoint}/{id}", "GET, HEAD, PUT, PATCH, DELETE"),
];

/// What is served to everybody: nothing of it is of a directory.
pub const OPEN: &[Endpoint] = &[
    endpoint("/healthz", READ),
    endpoint("/readyz", READ),
    endpoint(crate::authorize::LINK, "GET"),
    endpoint(crate::authorize::CALLBACK, "GET"),
    endpoint("/scim/{directory}/{rest:.*}", ANY),
];

const fn endpoint(path: &'static str, methods: &'static str) -> Endpoint {
    Endpoint { path, methods }
}

/// The endpoint of this path.
pub(super) fn listed(path: &str) -> &'static Endpoint {
    let mut all = OF_A_DIRECTORY.iter().chain(OPEN);
    let found = all.find(|endpoint| endpoint.path == path);
    found.expect("routes are made when the server starts, of paths that are listed")
}
