//! The vendor, answering from a script.
use super::VENDOR;
use crate::client::Request;
use crate::scripted::{Scripted, Stage, body, header, sorted};

/// Makes the adapter of one target with a vendor that answers from a script.
pub(super) struct Fake;

const STAGE: Stage = Stage {
    vendor: &VENDOR,
    base_url: "https://engine.zendesk.com",
    prefix: "Bearer ",
    settings: &[("subdomain", "engine")],
    line,
};

impl Fake {
    /// Answers calls in this order; see [`Scripted`].
    pub(super) fn play(script: &[(u16, &str)]) -> Scripted {
        STAGE.play(&[], script)
    }

    /// The same with further settings.
    pub(super) fn with(settings: &[(&str, &str)], script: &[(u16, &str)]) -> Scripted {
        STAGE.play(settings, script)
    }
}

/// Without the part that all paths begin with.
fn line(request: &Request) -> String {
    let header = |name| header(request, name);
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("authorization"), Some("Bearer key"));
    let body = body(request);
    assert_eq!(header("content-type"), body.as_ref().map(|_| "application/json"));
    let body = body.map(|body| format!(" {}", sorted(&body))).unwrap_or_default();
    let path = request.path.strip_prefix("/api/v2").unwrap();
    format!("{} {path}{body}", request.method)
}
