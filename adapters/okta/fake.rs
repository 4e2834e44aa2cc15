//! The vendor, answering from a script.
use super::VENDOR;
use crate::client::{Answer, Request};
use crate::scripted::{Scripted, Stage, body, header};

/// Makes the adapter of one target with a vendor that answers from a script.
pub(super) struct Fake;

const STAGE: Stage = Stage {
    vendor: &VENDOR,
    base_url: "https://acme.okta.com",
    prefix: "SSWS ",
    settings: &[("domain", "acme.okta.com")],
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

    /// The same with whole answers.
    pub(super) fn answering(settings: &[(&str, &str)], script: impl IntoIterator<Item = Answer>) -> Scripted {
        STAGE.play_whole(settings, script.into_iter().map(Ok))
    }
}

fn line(request: &Request) -> String {
    let header = |name| header(request, name);
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("authorization"), Some("SSWS key"));
    let body = body(request);
    assert_eq!(header("content-type"), body.as_ref().map(|_| "application/json"));
    let is_bare_write = body.is_none() && ["POST", "PUT"].contains(&request.method);
    assert_eq!(header("content-length"), is_bare_write.then_some("0"));
    let body = body.map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{body}", request.method, request.path)
}
