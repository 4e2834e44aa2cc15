//! Alarms as a test hears them.
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Map, Value};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::alarms::Fields;
use super::is_alarm;

/// Hears the alarms of this thread until it is dropped.
pub(crate) struct Heard {
    alarms: Ear,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Map<String, Value>>>>);

/// Listens all the time. Whether anybody listens to a place in the code is asked once, at its first event, and of the
/// thread's own subscriber alone if there is but one: without this one, a test that listens to nothing would silence
/// the place for all others.
static ALWAYS: OnceLock<Dispatch> = OnceLock::new();

impl Heard {
    pub(crate) fn begin() -> Self {
        ALWAYS.get_or_init(|| Dispatch::new(Ear::default().subscriber()));
        let alarms = Ear::default();
        let guard = set_default(alarms.subscriber());
        Self { alarms, _guard: guard }
    }

    /// What was heard since this was asked last, in order.
    pub(crate) fn take(&self) -> Vec<Map<String, Value>> {
        std::mem::take(&mut *self.alarms.0.lock().unwrap())
    }

    /// The types of these.
    pub(crate) fn types(&self) -> Vec<String> {
        let of = |alarm: Map<String, Value>| alarm["type"].as_str().unwrap_or_default().to_owned();
        self.take().into_iter().map(of).collect()
    }
}

impl Ear {
    fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        tracing_subscriber::registry().with(self.clone().with_filter(filter_fn(is_alarm)))
    }
}

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}
