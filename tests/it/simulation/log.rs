//! What happened, for whoever reads why a seed failed, and what the gateway logged.
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use usherd::clock::Clock;

use super::clock::WorldClock;

/// Events in order.
#[derive(Clone)]
pub(super) struct Trace {
    clock: Arc<WorldClock>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Trace {
    pub(super) fn new(clock: Arc<WorldClock>) -> Self {
        let lines = Arc::default();
        Self { clock, lines }
    }

    pub(super) fn tell(&self, line: impl FnOnce() -> String) {
        let line = format!("{:.3} {}", self.clock.now(), line());
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(super) fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

/// All that the gateway logged.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Everything logged while this is the thread's subscriber.
    pub(super) fn subscriber(&self) -> impl tracing::Subscriber + use<> {
        let log = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .without_time()
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
