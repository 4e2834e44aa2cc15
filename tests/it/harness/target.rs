//! Further twins, and a second target for `acme`.
use conformance::twins::pagerduty::PagerDuty;
use conformance::twins::shell;
use usherd::config::Declarations;
use usherd::service::administration::{Apply, Credentialed, Declared};

use super::{Gateway, Options, Twin, until};

/// The credential of these twins: what cargo has in the environment of every test.
pub(crate) const TWIN_TOKEN: &str = env!("CARGO_PKG_NAME");

/// A reference to that credential, as declarations have it.
pub(super) const TWIN_TOKEN_REFERENCE: &str = "env:CARGO_PKG_NAME";

/// Starts a twin of PagerDuty in this process; it ends with the test.
pub(crate) async fn start_twin(account: u64) -> Twin {
    let options = shell::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        token: TWIN_TOKEN.into(),
        data: None,
    };
    let running = shell::start(Box::new(PagerDuty::new(account)), options).await;
    Twin::new(running.expect("the twin starts").base_url())
}

/// The target `name` of `acme` at a twin, as TOML; `acme` and `target` are further lines of each.
pub(super) fn declaration(name: &str, twin: &Twin, (acme, target): (&str, &str)) -> String {
    format!(
        r#"
        [[directory]]
        name = "acme"
        {acme}
        [[target]]
        name = "{name}"
        directory = "acme"
        vendor = "pagerduty"
        base_url = "{}"
        allow_private = ["127.0.0.1"]
        credential = "{TWIN_TOKEN_REFERENCE}"
        {target}
        [target.settings]
        from = "{}"
        "#,
        twin.base_url,
        PagerDuty::OWNER_EMAIL
    )
}

/// Gives `acme` a second target like the first, and waits until it works.
pub(crate) async fn second_target(gateway: &Gateway, options: &Options) -> Twin {
    let twin = start_twin(2).await;
    let text = declaration("second", &twin, (&options.acme, &options.target));
    let declared = Declarations::parse(&text, "test").unwrap_or_else(|faults| panic!("{faults}"));
    let credentialed = |(config, credential)| Credentialed { config, credential };
    let declared = Declared {
        directories: declared.directories,
        targets: declared.targets.into_iter().map(credentialed).collect(),
    };
    let administration = gateway.administration();
    administration
        .apply(&declared, Apply::default())
        .await
        .expect("it can be declared");
    until("both targets work", async || {
        let status = administration.status().await.expect("a status");
        (status.len() == 2 && status.iter().all(|target| target.state == "working")).then_some(())
    })
    .await;
    twin.forget_calls().await;
    twin
}
