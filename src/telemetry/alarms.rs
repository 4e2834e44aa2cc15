//! Alarms: events of the log that carry a field `alarm`, sent to a webhook as well.
//!
//! An alarm is what a person must act on. Its fields are ids, names of targets and counts, as in the log.
use std::time::Duration;

use adapters::client::{HttpTransport, Lost, Request, Transport, Unusable};
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::clock::{Clock, Ids};

/// Alarms that wait for the webhook; beyond it they are in the log alone.
const QUEUE_MAX: usize = 1_000;

/// Longest wait for the webhook's answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// First wait before an alarm is sent again, doubled each time, and the longest.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// After this time an alarm is given up: it is no news any more.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);

/// Where alarms go.
pub struct Webhook {
    url: String,
    key: hmac::Key,
    transport: HttpTransport,
    alarms: Receiver<Value>,
}

/// Takes alarms out of the log.
pub struct Tap(Sender<Value>);

impl Webhook {
    /// A webhook and what feeds it. `allow_private` names hosts that may be private, or spoken to without TLS.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(url: String, secret: &SecretString, allow_private: &[String]) -> Result<(Self, Tap), Unusable> {
        let (tap, alarms) = channel(QUEUE_MAX);
        let webhook = Self {
            url,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()),
            transport: HttpTransport::new(allow_private)?,
            alarms,
        };
        Ok((webhook, Tap(tap)))
    }

    /// Sends alarms one by one until told to stop.
    pub async fn run(mut self, clock: &dyn Clock, ids: &dyn Ids, mut stopped: watch::Receiver<bool>) {
        loop {
            let alarm = tokio::select! {
                _ = stopped.changed() => return,
                alarm = self.alarms.recv() => alarm,
            };
            let Some(alarm) = alarm else { return };
            let now = clock.now();
            let body = json!({ "id": ids.next(now).to_string(), "at": now.to_string(), "alarm": alarm });
            tokio::select! {
                _ = stopped.changed() => return,
                () = self.deliver(&body, clock) => {}
            }
        }
    }

    async fn deliver(&self, body: &Value, clock: &dyn Clock) {
        let (began, mut wait) = (Instant::now(), RETRY_FIRST);
        let body = body.to_string().into_bytes();
        loop {
            // Signed anew each time, so that an old request cannot be replayed for long.
            let request = self.signed(&body, clock.now().as_second());
            let reason = match self.transport.send(&self.url, request, DEADLINE).await {
                Ok(answer) if (200..300).contains(&answer.status) => return,
                Ok(answer) => format!("it answered {}", answer.status),
                Err(Lost::Refused) => "its address is not public, and not named in `allow_private`".to_owned(),
                Err(Lost::BeforeSending | Lost::AfterSending) => "it cannot be reached, or does not answer".to_owned(),
            };
            if began.elapsed() > GIVEN_UP {
                tracing::warn!(reason, "an alarm was given up: the webhook does not take it");
                return;
            }
            tracing::warn!(reason, "the webhook does not take an alarm");
            sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// The signature covers time and body, as `HMAC-SHA256(secret, "TIME.BODY")`.
    fn signed(&self, body: &[u8], time: i64) -> Request {
        let mut signature = hmac::Context::with_key(&self.key);
        signature.update(format!("{time}.").as_bytes());
        signature.update(body);
        let signature: String = signature
            .sign()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut request = Request::new("webhook", "POST", "/", String::new())
            .header("content-type", "application/json")
            .header("usherd-signature", format!("t={time},v1={signature}"));
        request.body = Some(body.to_vec());
        request
    }
}

impl<S: Subscriber> Layer<S> for Tap {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // A full queue loses none of the log.
        let _ = self.0.try_send(Value::Object(fields.0));
    }
}

/// The field that makes an event an alarm, and says which.
pub(super) const ALARM: &str = "alarm";

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        let name = match field.name() {
            ALARM => "type",
            name => name,
        };
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }
}
