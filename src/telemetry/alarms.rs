//! Alarms: events of the log that carry a field `alarm`, sent to a webhook as well.
//!
//! An alarm is what a person must act on. Its fields are ids, names of targets and counts, as in the log.
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::client::{HttpTransport, Lost, Request, Transport, Unusable};
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::waiting::{Alarm, RETRY_FIRST, RETRY_MAX, WAIT_MAX, Waiting};
use crate::clock::{Clock, Ids};

/// Longest wait for the webhook's answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// For how long what waits is still sent at a stop: less than calls to vendors take to end.
const LAST_TRIES: Duration = Duration::from_secs(5);

/// Longest wait for an answer at a stop, so that what is never answered leaves others their time.
const LAST_DEADLINE: Duration = Duration::from_secs(1);

/// Where alarms go.
pub struct Webhook {
    url: String,
    key: hmac::Key,
    transport: HttpTransport,
    queue: Arc<Queue>,
}

/// Takes alarms out of the log.
pub struct Tap(Arc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    added: Notify,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next alarm, once it is due.
    async fn next(&self) -> Alarm {
        loop {
            let (alarm, due) = {
                let mut waiting = self.waiting();
                (waiting.take(Instant::now()), waiting.due())
            };
            match (alarm, due) {
                (Some(alarm), _) => return alarm,
                (None, None) => self.added.notified().await,
                (None, Some(due)) => tokio::select! {
                    () = self.added.notified() => {}
                    () = sleep_until(due) => {}
                },
            }
        }
    }
}

/// Why the webhook has not got an alarm.
enum Untaken {
    /// It does not take this one.
    Refused(u16),
    /// It takes none at present.
    Down(String),
}

/// What is known of a webhook that fails.
#[derive(Default)]
struct Outage {
    /// The last alarm for which it could not be had.
    failed: Option<Value>,
    /// How long the last rest was.
    rest: Duration,
}

impl Outage {
    /// It could not be had for this alarm: answers for how long nothing is sent. One alone may be what it stumbles over, and
    /// waits for itself; of two it is down.
    fn fail(&mut self, alarm: &Alarm) -> Duration {
        let id = alarm.id().cloned();
        let former = mem::replace(&mut self.failed, id.clone());
        if former.is_none() || former == id {
            return Duration::ZERO;
        }
        self.rest = (self.rest * 2).clamp(RETRY_FIRST, RETRY_MAX);
        self.rest
    }

    /// It has taken one: says whether it was down.
    fn end(&mut self) -> bool {
        let Self { rest, .. } = mem::take(self);
        !rest.is_zero()
    }
}

impl Webhook {
    /// A webhook and what feeds it. `allow_private` names hosts that may be private, or spoken to without TLS.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(url: String, secret: &SecretString, allow_private: &[String]) -> Result<(Self, Tap), Unusable> {
        let queue = Arc::<Queue>::default();
        let webhook = Self {
            url,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()),
            transport: HttpTransport::new(allow_private)?,
            queue: Arc::clone(&queue),
        };
        Ok((webhook, Tap(queue)))
    }

    /// Sends alarms one by one until told to stop; then tries once more to send what waits.
    pub async fn run(self, clock: &dyn Clock, ids: &dyn Ids, mut stopped: watch::Receiver<bool>) {
        let mut outage = Outage::default();
        while !*stopped.borrow() {
            let mut alarm = tokio::select! {
                _ = stopped.changed() => break,
                alarm = self.queue.next() => alarm,
            };
            let sent = tokio::select! {
                _ = stopped.changed() => None,
                sent = self.send(&mut alarm, clock, ids) => Some(sent),
            };
            match sent {
                Some(Ok(())) => {
                    if outage.end() {
                        self.queue.waiting().take_up(Instant::now());
                    }
                }
                Some(Err(Untaken::Refused(status))) => self.refused(alarm, status),
                Some(Err(Untaken::Down(reason))) => {
                    let rest = outage.fail(&alarm);
                    self.keep(alarm, &reason);
                    tokio::select! {
                        _ = stopped.changed() => {}
                        () = sleep(rest) => {}
                    }
                }
                None => drop(self.queue.waiting().keep(Instant::now(), alarm)),
            }
        }
        // What is not sent by then is in the log.
        let _ = timeout(LAST_TRIES, self.last_tries(clock, ids)).await;
    }

    /// Sends each that waits once: what fails keeps no other back.
    async fn last_tries(&self, clock: &dyn Clock, ids: &dyn Ids) {
        let whenever_due = Instant::now() + WAIT_MAX;
        loop {
            let next = self.queue.waiting().take(whenever_due);
            let Some(mut alarm) = next else { return };
            let _ = timeout(LAST_DEADLINE, self.send(&mut alarm, clock, ids)).await;
        }
    }

    fn refused(&self, alarm: Alarm, status: u16) {
        let again = self.queue.waiting().refused(Instant::now(), alarm);
        tracing::warn!(status, again, "the webhook refuses an alarm");
    }

    fn keep(&self, alarm: Alarm, reason: &str) {
        let kept = self.queue.waiting().keep(Instant::now(), alarm);
        tracing::warn!(reason, kept, "the webhook does not take alarms");
    }

    async fn send(&self, alarm: &mut Alarm, clock: &dyn Clock, ids: &dyn Ids) -> Result<(), Untaken> {
        let time = clock.now();
        let id = ids.next(time);
        let body = self.queue.waiting().seal(alarm, id, (Instant::now(), time));
        // Signed anew each time, so that an old request cannot be replayed for long.
        let request = self.signed(body.to_string().as_bytes(), time.as_second());
        match self.transport.send(&self.url, request, DEADLINE).await {
            Ok(answer) => match answer.status {
                200..300 => Ok(()),
                status @ (408 | 429) => Err(Untaken::Down(format!("it answered {status}"))),
                status @ 400..500 => Err(Untaken::Refused(status)),
                status => Err(Untaken::Down(format!("it answered {status}"))),
            },
            Err(Lost::Refused) => Err(Untaken::Down(
                "its address is not public, and not named in `allow_private`".to_owned(),
            )),
            Err(Lost::BeforeSending | Lost::AfterSending) => {
                Err(Untaken::Down("it cannot be reached, or does not answer".to_owned()))
            }
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
        self.0.waiting().add(Instant::now(), fields.0);
        self.0.added.notify_one();
    }
}

/// The field that makes an event an alarm, and says which.
pub(super) const ALARM: &str = "alarm";

/// The fields of an alarm.
#[derive(Default)]
pub(super) struct Fields(pub(super) Map<String, Value>);

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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use uuid::Uuid;

    use super::*;
    use crate::clock::{SystemClock, SystemIds};

    fn add(queue: &Queue, kind: &str) {
        let alarm = json!({"type": kind, "target.name": "t"});
        let alarm = alarm.as_object().unwrap().clone();
        queue.waiting().add(Instant::now(), alarm);
        queue.added.notify_one();
    }

    /// Answers one request so; its body.
    async fn answer(listener: &TcpListener, status: u16) -> Value {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        loop {
            let mut some = [0; 4096];
            let read = stream.read(&mut some).await.unwrap();
            text += std::str::from_utf8(&some[..read]).unwrap();
            let body = text.split_once("\r\n\r\n").map(|(_, body)| serde_json::from_str(body));
            if let Some(Ok(body)) = body {
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                return body;
            }
        }
    }

    async fn hook() -> (TcpListener, Webhook) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (webhook, _) = Webhook::new(url, &"secret".into(), &["127.0.0.1".to_owned()]).unwrap();
        (listener, webhook)
    }

    #[tokio::test]
    async fn an_alarm_that_is_not_taken_keeps_no_other_back() {
        for failure in [400, 500] {
            let (listener, webhook) = hook().await;
            let (_stop, stopped) = watch::channel(false);
            for kind in ["resource_parked", "guard_tripped"] {
                add(&webhook.queue, kind);
            }
            let seen = async {
                let mut seen = Vec::new();
                for status in [failure, 204, 204] {
                    let body = answer(&listener, status).await;
                    seen.push(body["alarm"]["type"].as_str().unwrap().to_owned());
                }
                seen
            };
            let ids = SystemIds::default();
            tokio::select! {
                () = webhook.run(&SystemClock, &ids, stopped) => panic!("it ends"),
                seen = seen => assert_eq!(seen, ["guard_tripped", "resource_parked", "guard_tripped"]),
            }
        }
    }

    #[test]
    fn a_webhook_is_down_once_two_alarms_have_failed() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        let mut alarm = |number: u128| {
            let fields = json!({"type": number.to_string()});
            waiting.add(now, fields.as_object().unwrap().clone());
            let mut alarm = waiting.take(now).unwrap();
            waiting.seal(&mut alarm, Uuid::from_u128(number), (now, Timestamp::UNIX_EPOCH));
            alarm
        };
        let both = [alarm(1), alarm(2)];
        let mut outage = Outage::default();
        assert_eq!([0, 0].map(|place| outage.fail(&both[place])), [Duration::ZERO; 2]);
        assert!(!outage.end(), "it stumbles over one");
        let rests = [0, 1, 0, 1].map(|place| outage.fail(&both[place]).as_secs());
        assert_eq!(rests, [0, 1, 2, 4]);
        let longest = (0..20).map(|number| outage.fail(&both[number % 2])).max();
        assert_eq!(longest, Some(RETRY_MAX));
        assert!(outage.end());
        assert_eq!(outage.fail(&both[1]), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_waits_is_tried_again_at_a_stop() {
        let (listener, webhook) = hook().await;
        let (stop, stopped) = watch::channel(false);
        for kind in ["resource_parked", "guard_tripped"] {
            add(&webhook.queue, kind);
        }
        let seen = async {
            let first = answer(&listener, 503).await;
            stop.send_replace(true);
            let again = answer(&listener, 204).await;
            assert_eq!(first, again);
            answer(&listener, 204).await
        };
        let ids = SystemIds::default();
        let ((), last) = tokio::join!(webhook.run(&SystemClock, &ids, stopped), seen);
        assert_eq!(last["alarm"]["type"], "resource_parked");
    }

    #[tokio::test]
    async fn what_fails_at_a_stop_keeps_no_other_back() {
        let (listener, webhook) = hook().await;
        let (_stop, stopped) = watch::channel(true);
        let kinds = ["guard_tripped", "leaver_back", "leaver_overdue", "resource_parked"];
        for kind in kinds {
            add(&webhook.queue, kind);
        }
        let seen = async {
            let mut seen = Vec::new();
            for status in [503, 503, 400, 204] {
                let body = answer(&listener, status).await;
                seen.push(body["alarm"]["type"].as_str().unwrap().to_owned());
            }
            seen
        };
        let ids = SystemIds::default();
        let run = async {
            webhook.run(&SystemClock, &ids, stopped).await;
            std::future::pending::<()>().await;
        };
        let seen = tokio::select! {
            () = run => Vec::new(),
            seen = timeout(LAST_TRIES * 2, seen) => seen.expect("each is tried"),
        };
        assert_eq!(seen, kinds);
    }
}
