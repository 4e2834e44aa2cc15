//! Logs, on stderr: stdout belongs to what commands answer.
use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Begins to log. Later calls change nothing, so that tests may start many servers.
///
/// # Errors
/// The filter is none.
pub fn start(log: &Log) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter: EnvFilter = log.filter.parse()?;
    let lines = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(filter);
    // Refused only where a log has begun already.
    let _ = match log.format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
