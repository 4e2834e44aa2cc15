//! What is checked of a declared target before anything is sent anywhere.
use std::sync::Arc;
use std::time::Duration;

use adapters::client::{Connection, Credential, Gate, InProcess, Limits, Lost, is_allowed};
use adapters::descriptor::{AuthMethod, Descriptor, Grant, Setting};
use adapters::{ErrorKind, Spoken};
use async_trait::async_trait;
use secrecy::SecretString;

use super::declarations::steps;
use super::document::{Document, Step};
use super::{Reference, Target};

/// Longest duration of one call that can be set. A lease is handed over only after it.
const CALL_DEADLINE_MS_MAX: u64 = 120_000;

/// Longest duration of one bulk job that can be set. The links of one whose answer was lost are left alone so long.
const JOB_DEADLINE_MS_MAX: u64 = 3_600_000;

/// Longest lag of a vendor's reads that can be set.
const READ_LAG_MS_MAX: u64 = 3_600_000;

/// Most resources that must fail before a vendor counts as down: beyond it a call of each would be made in vain.
const BREAKER_RESOURCES_MAX: u32 = 100;

/// Longest wait between probes: an hour after a vendor is back nobody should wait still.
const PROBE_SECONDS_MAX: u32 = 3_600;

/// Most tries before a resource is parked: with waits of five minutes between them that is most of a day.
const TRIES_MAX: u32 = 100;

/// Longest time after which what is parked is tried again: thirty days.
const AGAIN_MINUTES_MAX: u32 = 30 * 24 * 60;

/// A leaver whose access has not ended for a day is told of in any case.
const ALARM_MINUTES_MAX: u32 = 24 * 60;

/// Tells everything that is wrong with the target; its credential, if there is one.
pub(super) fn check(document: &mut Document<'_>, index: usize, target: &Target) -> Option<SecretString> {
    let mut fault = |key: &str, message: String| {
        document.fault(&[Step::Key("target"), Step::Index(index), Step::Key(key)], message);
    };
    if let Some(base_url) = &target.base_url
        && let Some(rule) = broken_rule(base_url, &target.allow_private)
    {
        fault("base_url", rule.to_owned());
    }
    if target
        .allow_private
        .iter()
        .any(|host| host.is_empty() || host.contains(['/', '*']))
    {
        fault(
            "allow_private",
            "name hosts or addresses, such as `127.0.0.1`; no URLs, networks or patterns".into(),
        );
    }
    let bounds = [
        (
            "calls_per_minute",
            target.calls_per_minute.map(u64::from),
            u64::from(u32::MAX),
        ),
        ("call_deadline_ms", target.call_deadline_ms, CALL_DEADLINE_MS_MAX),
        ("job_deadline_ms", target.job_deadline_ms, JOB_DEADLINE_MS_MAX),
    ];
    for (key, value, max) in bounds {
        if value.is_some_and(|value| !(1..=max).contains(&value)) {
            fault(key, format!("must be from 1 to {max}"));
        }
    }
    check_patience(&mut fault, target);
    if target.guard.percent > 100 {
        fault("guard", "`percent` must be at most 100".to_owned());
    }
    if target.drift.every_minutes == 0 {
        fault("drift", "`every_minutes` must be at least 1".to_owned());
    }
    if target.read_lag_ms.is_some_and(|lag| lag > READ_LAG_MS_MAX) {
        fault("read_lag_ms", format!("must be at most {READ_LAG_MS_MAX}"));
    }
    let credential = target
        .credential
        .parse()
        .and_then(|reference: Reference| reference.read());
    let credential = credential.map_err(|error| fault("credential", error.to_string())).ok();
    match adapters::spoken(&target.vendor, target.dialect.as_ref()) {
        Ok(spoken) => {
            if spoken.descriptor.needs_base_url() && target.base_url.is_none() {
                fault("base_url", endpoint(spoken.descriptor));
            }
            check_auth(document, (index, target), spoken.descriptor);
            check_settings(document, (index, target), &spoken);
        }
        Err(misfits) => {
            for misfit in misfits {
                document.fault(&steps(index, &misfit.place), misfit.message);
            }
        }
    }
    credential
}

/// Bounds of what an operator sets of delivery: each so far that nobody is forgotten.
fn check_patience(fault: &mut impl FnMut(&str, String), target: &Target) {
    let bounds = [
        ("breaker", "resources", target.breaker.resources, BREAKER_RESOURCES_MAX),
        (
            "breaker",
            "probe_max_seconds",
            target.breaker.probe_max_seconds,
            PROBE_SECONDS_MAX,
        ),
        ("parking", "tries", target.parking.tries, TRIES_MAX),
        (
            "parking",
            "again_minutes",
            target.parking.again_minutes,
            AGAIN_MINUTES_MAX,
        ),
    ];
    for (key, name, value, max) in bounds {
        if value.is_some_and(|value| !(1..=max).contains(&value)) {
            fault(key, format!("`{name}` must be from 1 to {max}"));
        }
    }
    if let Some([first, second]) = target.leaver_alarm_minutes
        && !(1 <= first && first < second && second <= ALARM_MINUTES_MAX)
    {
        let rule = format!("must be two numbers from 1 to {ALARM_MINUTES_MAX}, the second one greater");
        fault("leaver_alarm_minutes", rule);
    }
}

fn endpoint(descriptor: &Descriptor) -> String {
    format!(
        "{} has an API of its own for each account: set `base_url` to the one that it shows",
        descriptor.title
    )
}

fn broken_rule(base_url: &str, allow_private: &[String]) -> Option<&'static str> {
    if base_url.contains(['?', '#']) {
        return Some("a base URL has no query and no fragment");
    }
    let rule =
        "a base URL is https, has no user in it, and a public host; other hosts are allowed by name in `allow_private`";
    (!is_allowed(base_url, allow_private)).then_some(rule)
}

/// A way of authorization that the vendor has, with what it needs; its URLs are held to the same rule as the base URL.
fn check_auth(document: &mut Document<'_>, (index, target): (usize, &Target), descriptor: &Descriptor) {
    let auth = &target.auth;
    let mut fault = |key: &str, message: String| {
        let steps = [
            Step::Key("target"),
            Step::Index(index),
            Step::Key("auth"),
            Step::Key(key),
        ];
        document.fault(&steps, message);
    };
    let method = descriptor.auth_method(auth.method.as_deref());
    if let (None, Some(name)) = (method, &auth.method) {
        let names: Vec<_> = descriptor.auth.iter().map(|method| method.name.as_str()).collect();
        fault(
            "method",
            format!("{} has no `{name}`; there are {}", descriptor.title, names.join(", ")),
        );
    }
    if method.is_some_and(|method| method.grant != Grant::Secret) && auth.client_id.is_none() {
        fault(
            "client_id",
            "this way of authorization needs the client's id".to_owned(),
        );
    }
    if let Some(missing) = method.and_then(|method| unset(target, descriptor, method)) {
        let (name, description) = (&missing.name, &missing.description);
        fault(
            "method",
            format!("this way of authorization needs the setting `{name}`: {description}"),
        );
    }
    for (key, url) in [("authorize_url", &auth.authorize_url), ("token_url", &auth.token_url)] {
        let whole = url.as_ref().filter(|url| !url.starts_with('/'));
        if whole.is_some_and(|url| !is_allowed(url, &target.allow_private)) {
            fault(
                key,
                "must be https and a public host; other hosts are allowed by name in `allow_private`".to_owned(),
            );
        }
    }
}

/// The first setting that the way of authorization names in braces and the target leaves open. Of those that every
/// target needs [`check_settings`] tells.
fn unset<'d>(target: &Target, descriptor: &'d Descriptor, method: &AuthMethod) -> Option<&'d Setting> {
    let scopes = match &target.auth.scopes {
        Some(own) => own,
        None => &method.scopes,
    };
    let urls = [
        (&target.auth.authorize_url, &method.authorize_url),
        (&target.auth.token_url, &method.token_url),
    ];
    let urls = urls
        .into_iter()
        .filter_map(|(own, usual)| own.as_ref().or(usual.as_ref()));
    let texts = scopes.iter().chain(method.token_parameters.values()).chain(urls);
    let open = descriptor
        .settings
        .iter()
        .filter(|setting| !setting.required && !target.settings.contains_key(&setting.name));
    let mut open = open.filter(|setting| {
        let place = format!("{{{}}}", setting.name);
        texts.clone().any(|text| text.contains(&place))
    });
    open.next()
}

/// Unknown and missing settings, or else the first whose value the vendor's adapter does not take.
fn check_settings(document: &mut Document<'_>, (index, target): (usize, &Target), spoken: &Spoken) {
    let descriptor = spoken.descriptor;
    let table = [Step::Key("target"), Step::Index(index), Step::Key("settings")];
    let mut is_right = true;
    for name in target.settings.keys() {
        if !descriptor.settings.iter().any(|setting| setting.name == *name) {
            let steps = [&table[..], &[Step::Key(name)]].concat();
            document.fault(&steps, descriptor.no_setting(name));
            is_right = false;
        }
    }
    for setting in descriptor.settings.iter().filter(|setting| setting.required) {
        if !target.settings.contains_key(&setting.name) {
            let (title, name, description) = (&descriptor.title, &setting.name, &setting.description);
            document.fault(&table, format!("{title} needs the setting `{name}`: {description}"));
            is_right = false;
        }
    }
    if let Some(error) = is_right
        .then(|| spoken.connect(target.settings.clone(), nowhere()).err())
        .flatten()
    {
        let name = match &error.kind {
            ErrorKind::Rejected { field: Some(name) } => Some(Step::Key(name)),
            _ => None,
        };
        let steps: Vec<_> = table.into_iter().chain(name).collect();
        document.fault(&steps, error.reason.clone());
    }
}

/// A connection that leads nowhere: adapters check their settings when they are made, before any call.
fn nowhere() -> Connection {
    Connection {
        base_url: String::new(),
        credential: Credential::new(SecretString::default()),
        transport: Arc::new(InProcess::new(|_, _| Box::pin(async { Err(Lost::Refused) }))),
        gate: Arc::new(Closed),
        deadline: Duration::ZERO,
        read_lag: Duration::ZERO,
    }
}

struct Closed;

#[async_trait]
impl Gate for Closed {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}
