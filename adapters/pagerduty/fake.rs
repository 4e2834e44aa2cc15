//! The vendor, answering from a script.
use super::VENDOR;
use crate::client::Request;
use crate::scripted::{Scripted, Stage, body, header};

/// Makes the adapter of one target with a vendor that answers from a script.
pub(super) struct Fake;

const STAGE: Stage = Stage {
    vendor: &VENDOR,
    base_url: "https://api.pagerduty.com",
    prefix: "Token token=",
    settings: &[("from", "boss@engine.example")],
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

fn line(request: &Request) -> String {
    let header = |name| header(request, name);
    assert_eq!(header("accept"), Some("application/vnd.pagerduty+json;version=2"));
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("authorization"), Some("Token token=key"));
    let from = header("from").map(|from| format!(" From: {from}")).unwrap_or_default();
    let body = body(request).map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{from}{body}", request.method, request.path)
}
