//! Twins in this process, and targets at them as declarations have them.
use conformance::twins::pagerduty::PagerDuty;
use conformance::twins::{self, shell};

use super::Twin;

/// The credential of the twins: what cargo has in the environment of every test.
pub(crate) const TWIN_TOKEN: &str = env!("CARGO_PKG_NAME");

/// A reference to that credential, as declarations have it.
pub(crate) const TWIN_TOKEN_REFERENCE: &str = "env:CARGO_PKG_NAME";

/// How twins of tests are served.
pub(crate) fn twin_options() -> shell::Options {
    shell::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        token: TWIN_TOKEN.into(),
        data: None,
    }
}

/// Starts a twin of PagerDuty; it ends with the test.
pub(crate) async fn start_twin(account: u64) -> Twin {
    let running = shell::start(Box::new(PagerDuty::new(account)), twin_options()).await;
    Twin::new(running.expect("the twin starts").base_url())
}

/// A target at a twin.
pub(crate) struct AtTwin<'a> {
    pub(crate) name: &'a str,
    pub(crate) directory: &'a str,
    pub(crate) vendor: &'a str,
    pub(crate) base_url: &'a str,
}

impl AtTwin<'_> {
    /// As TOML with these further lines.
    pub(crate) fn toml(&self, more: &str) -> String {
        let Self {
            name,
            directory,
            vendor,
            base_url,
        } = self;
        let twin = twins::by_vendor(vendor, 1).expect("the vendor has a twin");
        let settings: String = twin
            .settings()
            .iter()
            .map(|(name, value)| format!("{name} = {value:?}\n"))
            .collect();
        format!(
            r#"
            [[target]]
            name = "{name}"
            directory = "{directory}"
            vendor = "{vendor}"
            base_url = "{base_url}"
            allow_private = ["127.0.0.1"]
            credential = "{TWIN_TOKEN_REFERENCE}"
            {more}
            [target.settings]
            {settings}
            "#
        )
    }
}

/// The target `name` of a directory at the twin of PagerDuty of this base URL, as TOML with these further lines.
pub(crate) fn target(name: &str, directory: &str, base_url: &str, more: &str) -> String {
    let target = AtTwin {
        name,
        directory,
        vendor: PagerDuty::VENDOR,
        base_url,
    };
    target.toml(more)
}

/// A directory, as TOML with these further lines.
pub(crate) fn directory(name: &str, more: &str) -> String {
    format!("[[directory]]\nname = \"{name}\"\n{more}\n")
}
