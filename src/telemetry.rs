//! Logs, on stderr: stdout belongs to what commands answer. And alarms, to a webhook.
mod alarms;
#[cfg(test)]
mod heard;
mod waiting;

use std::io;
use std::panic::{self, Location};

use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use self::alarms::ALARM;
pub use self::alarms::{Tap, Webhook};
#[cfg(test)]
pub(crate) use self::heard::Heard;
use crate::config::{Log, LogFormat};

/// Begins to log, panics too, and to take alarms out of the log. Later calls change no more than that.
///
/// # Errors
/// The filter is none.
pub fn start(log: &Log, tap: Option<Tap>) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = shown(log.filter.parse()?);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let subscriber = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(tap.map(|tap| tap.with_filter(filter_fn(is_alarm))));
    // Refused only where a log has begun already.
    let _ = subscriber.try_init();
    log_panics_by_place();
    Ok(())
}

/// What of the log is written: alarms are no matter of its filter.
fn shown<S: Subscriber>(filter: EnvFilter) -> impl Filter<S> + 'static {
    FilterExt::<S>::or(filter, filter_fn(is_alarm))
}

/// Tells on stderr where the process panics and not what is said there: for commands, which keep no log.
pub fn tell_panics_by_place() {
    panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!("an internal failure at {place}");
        }
    }));
}

fn is_alarm(metadata: &Metadata<'_>) -> bool {
    metadata.fields().field(ALARM).is_some()
}

/// Logs where the process panics and not what is said there: a panic's message may quote what people wrote.
fn log_panics_by_place() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(Location::to_string);
        tracing::error!(place, "panicked");
    }));
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn alarms_are_logged_whatever_the_filter_says() {
        for filter in ["off", "elsewhere=debug", "[span]=trace"] {
            let lines = Lines::default();
            let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
            let log = tracing_subscriber::registry().with(layer.with_filter(shown(filter.parse().unwrap())));
            tracing::subscriber::with_default(log, || {
                tracing::error!(alarm = "store_closed", "told");
                tracing::error!("not told");
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            let told: Vec<_> = text.lines().collect();
            assert!(
                matches!(told[..], [line] if line.contains("store_closed")),
                "{filter}: {text}"
            );
        }
    }

    #[test]
    fn a_panic_is_logged_by_its_place_alone() {
        let lines = Lines::default();
        let log = tracing_subscriber::fmt().with_writer(lines.clone()).finish();
        let former = panic::take_hook();
        log_panics_by_place();
        let panicked = tracing::subscriber::with_default(log, || panic::catch_unwind(|| panic!("ada@example.com")));
        panic::set_hook(former);
        assert!(panicked.is_err());
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("telemetry.rs") && !text.contains("ada"), "{text}");
    }
}
