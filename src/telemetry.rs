//! Logs, on stderr: stdout belongs to what commands answer. And alarms, to a webhook.
mod alarms;

use std::io;

use tracing::Metadata;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use self::alarms::ALARM;
pub use self::alarms::{Tap, Webhook};
use crate::config::{Log, LogFormat};

/// Begins to log, and to take alarms out of the log. Later calls change nothing, so that tests may start many servers.
///
/// # Errors
/// The filter is none.
pub fn start(log: &Log, tap: Option<Tap>) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter: EnvFilter = log.filter.parse()?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // Alarms are no matter of the log's filter.
    let is_alarm = |metadata: &Metadata<'_>| metadata.fields().field(ALARM).is_some();
    let subscriber = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(tap.map(|tap| tap.with_filter(filter_fn(is_alarm))));
    // Refused only where a log has begun already.
    let _ = subscriber.try_init();
    Ok(())
}
