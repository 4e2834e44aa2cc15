//! One target's connection: every call to its vendor goes through here.
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::credential::Proof;
use super::limits::{endpoint_wait, limits};
use super::{Answer, Credential, Gate, Limits, Lost, Request, Transport};
use crate::{Error, ErrorKind, Retry};

/// The vendor cannot do this at all, and has not begun: not implemented, such as PATCH (RFC 7644 section 3.12), or not in
/// this version of HTTP.
const CANNOT: [u16; 2] = [501, 505];

/// What one target's calls need.
#[derive(Clone)]
pub struct Connection {
    /// Where the vendor's API is, such as `https://api.pagerduty.com`; with or without a slash at the end.
    pub base_url: String,
    /// What proves who calls.
    pub credential: Credential,
    /// The way the calls take.
    pub transport: Arc<dyn Transport>,
    /// What decides their pace.
    pub gate: Arc<dyn Gate>,
    /// How long one call may take before its answer counts as lost.
    pub deadline: Duration,
    /// How long reads may lag behind writes.
    pub read_lag: Duration,
}

impl Connection {
    /// Makes one call, once; a second time only if the vendor has not accepted an access token that can be renewed,
    /// since nothing was done then. Answers of 2xx come back, and those of 4xx that only the vendor's adapter can
    /// judge, and refusals of writes that the vendor cannot do at all.
    ///
    /// # Errors
    /// `Unauthorized` for 401 and `RateLimited` for 429; `Rejected` if the vendor limits this kind of write alone. A
    /// call that failed or whose answer was lost is `Ambiguous` if it may have changed something, `Unavailable`
    /// otherwise.
    pub async fn call(&self, request: Request) -> Result<Answer, Error> {
        let proof = self.credential.proof().await?;
        let again = request.clone();
        match self.call_once(request, &proof).await {
            Err(error) if error.kind == ErrorKind::Unauthorized && self.credential.refused(&proof).await? => {
                self.call_once(again, &self.credential.proof().await?).await
            }
            result => result,
        }
    }

    async fn call_once(&self, mut request: Request, proof: &Proof) -> Result<Answer, Error> {
        self.gate.pass().await;
        let (vendor, method, route) = (request.vendor, request.method, request.route);
        let is_read = request.is_read();
        request.headers.push(("authorization", proof.authorization.clone()));
        if request.is_bare_write() {
            request.headers.push(("content-length", "0".to_owned()));
        }
        let base_url = self.base_url.trim_end_matches('/');
        let started = Instant::now();
        let outcome = self.transport.send(base_url, request, self.deadline).await;
        let status = outcome.as_ref().ok().map(|answer| answer.status);
        let elapsed_ms = started.elapsed().as_millis();
        tracing::debug!(vendor, method, route, status, elapsed_ms, "vendor call");
        let mut answer = outcome.map_err(|lost| lost_error(lost, is_read))?;
        proof.conceal_in(&mut answer);
        let limits = limits(&answer);
        if let Some(wait) = endpoint_wait(&answer, limits) {
            return Err(limited_alone(wait, is_read));
        }
        self.gate.observe(answer.status, limits);
        judge(answer, limits, is_read)
    }
}

fn lost_error(lost: Lost, is_read: bool) -> Error {
    let (kind, reason) = match (lost, is_read) {
        (Lost::Refused, _) => (
            ErrorKind::Unavailable,
            "the address is not allowed: not https, or not a public one and not allowed by name",
        ),
        (Lost::BeforeSending, _) => (ErrorKind::Unavailable, "the vendor cannot be reached"),
        (Lost::AfterSending, true) => (ErrorKind::Unavailable, "the vendor's answer was lost"),
        (Lost::AfterSending, false) => (
            ErrorKind::Ambiguous,
            "the vendor's answer was lost after the request was sent",
        ),
    };
    Error::new(kind, Retry::Backoff, reason)
}

/// All other calls may go on: it is only what this one is about that has to wait.
fn limited_alone(wait: Duration, is_read: bool) -> Error {
    let kind = match is_read {
        true => ErrorKind::RateLimited,
        false => ErrorKind::Rejected { field: None },
    };
    let reason = "the vendor answered 429: too many calls of this kind";
    Error::new(kind, Retry::After(wait), reason)
}

fn judge(answer: Answer, limits: Limits, is_read: bool) -> Result<Answer, Error> {
    let status = answer.status;
    let wait = limits.retry_after.or(limits.reset.filter(|_| status == 429));
    let kind = match status {
        200..300 => return Ok(answer),
        401 => ErrorKind::Unauthorized,
        429 => ErrorKind::RateLimited,
        // The vendor gave up waiting for the request, or wants it elsewhere: nothing was done.
        300..400 | 408 => ErrorKind::Unavailable,
        400..500 => return Ok(answer),
        // A vendor that says when to come back has not begun.
        503 if limits.retry_after.is_some() => ErrorKind::Unavailable,
        _ if !is_read && CANNOT.contains(&status) => return Ok(answer),
        _ if is_read => ErrorKind::Unavailable,
        _ => ErrorKind::Ambiguous,
    };
    let retry = wait.map_or(Retry::Backoff, Retry::After);
    Err(Error::new(kind, retry, format!("the vendor answered {status}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use secrecy::SecretString;

    use super::*;
    use crate::client::InProcess;

    #[derive(Default)]
    struct Recorder(Mutex<Vec<String>>);

    #[async_trait]
    impl Gate for Recorder {
        async fn pass(&self) {
            self.0.lock().unwrap().push("pass".into());
        }
        fn observe(&self, status: u16, limits: Limits) {
            let line = format!("{status} {:?}", limits.retry_after);
            self.0.lock().unwrap().push(line);
        }
    }

    async fn call(method: &'static str, answer: Result<Answer, Lost>) -> (Result<u16, Error>, Vec<String>) {
        let gate = Arc::new(Recorder::default());
        let connection = Connection {
            base_url: "https://vendor.example/".into(),
            credential: Credential::new(SecretString::from("s3cret")).with_prefix("Token token="),
            transport: Arc::new(InProcess::new(move |request, base_url| {
                assert_eq!(base_url, "https://vendor.example");
                assert!(
                    request
                        .headers
                        .contains(&("authorization", "Token token=s3cret".into()))
                );
                assert!(!format!("{request:?}").contains("s3cret"));
                let says_empty = request.headers.contains(&("content-length", "0".into()));
                assert_eq!(says_empty, ["POST", "PUT"].contains(&request.method));
                let answer = answer.clone();
                Box::pin(async move { answer })
            })),
            gate: gate.clone(),
            deadline: Duration::from_secs(1),
            read_lag: Duration::ZERO,
        };
        let outcome = connection
            .call(Request::new("v", method, "/x", "/x".into()))
            .await
            .map(|a| a.status);
        let seen = gate.0.lock().unwrap().clone();
        (outcome, seen)
    }

    async fn check(method: &'static str, status: u16, headers: &[(&str, &str)]) -> String {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let answer = Answer {
            status,
            headers: headers.collect(),
            body: Vec::new(),
        };
        let (outcome, seen) = call(method, Ok(answer)).await;
        assert_eq!(seen.len(), 2, "the gate is passed before and told after each call");
        match outcome {
            Ok(status) => status.to_string(),
            Err(error) => format!("{:?} {:?}", error.kind, error.retry),
        }
    }

    #[tokio::test]
    async fn answers_are_judged_by_what_may_have_happened() {
        let after = &[("retry-after", "7")][..];
        let reset = &[("ratelimit-reset", "5")][..];
        for (method, status, headers, expected) in [
            ("GET", 200, &[][..], "200"),
            ("POST", 201, &[], "201"),
            ("DELETE", 204, &[], "204"),
            ("POST", 400, &[], "400"),
            ("POST", 402, &[], "402"),
            ("GET", 403, &[], "403"),
            ("GET", 404, &[], "404"),
            ("POST", 409, &[], "409"),
            ("GET", 401, &[], "Unauthorized Backoff"),
            ("POST", 401, &[], "Unauthorized Backoff"),
            ("POST", 429, &[], "RateLimited Backoff"),
            ("POST", 429, after, "RateLimited After(7s)"),
            ("GET", 429, reset, "RateLimited After(5s)"),
            ("GET", 500, &[], "Unavailable Backoff"),
            ("GET", 503, after, "Unavailable After(7s)"),
            ("POST", 500, &[], "Ambiguous Backoff"),
            ("PUT", 502, &[], "Ambiguous Backoff"),
            ("DELETE", 503, &[], "Ambiguous Backoff"),
            ("POST", 503, after, "Unavailable After(7s)"),
            ("POST", 503, reset, "Ambiguous Backoff"),
            ("POST", 504, &[], "Ambiguous Backoff"),
            ("PUT", 501, &[], "501"),
            ("PUT", 505, &[], "505"),
            ("GET", 501, &[], "Unavailable Backoff"),
            ("POST", 302, &[], "Unavailable Backoff"),
            ("POST", 408, &[], "Unavailable Backoff"),
        ] {
            assert_eq!(
                check(method, status, headers).await,
                expected,
                "{method} {status} {headers:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_limit_of_one_kind_of_call_holds_up_no_other() {
        let headers = [
            ("retry-after", "17"),
            ("ratelimit-remaining", "9"),
            ("zendesk-ratelimit-users-update", "total=5; remaining=0; resets=17"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (method, expected) in [
            ("PUT", ErrorKind::Rejected { field: None }),
            ("GET", ErrorKind::RateLimited),
        ] {
            let answer = Answer {
                status: 429,
                headers: headers.to_vec(),
                body: Vec::new(),
            };
            let (outcome, seen) = call(method, Ok(answer)).await;
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.kind, error.retry),
                (expected, Retry::After(Duration::from_secs(17)))
            );
            assert_eq!(seen, ["pass"], "the pace of the others stays");
        }
    }

    #[tokio::test]
    async fn a_lost_answer_is_in_doubt_only_after_sending_a_write() {
        for (method, lost, expected) in [
            ("GET", Lost::BeforeSending, ErrorKind::Unavailable),
            ("POST", Lost::BeforeSending, ErrorKind::Unavailable),
            ("POST", Lost::Refused, ErrorKind::Unavailable),
            ("GET", Lost::AfterSending, ErrorKind::Unavailable),
            ("POST", Lost::AfterSending, ErrorKind::Ambiguous),
            ("DELETE", Lost::AfterSending, ErrorKind::Ambiguous),
        ] {
            let (outcome, seen) = call(method, Err(lost)).await;
            assert_eq!(outcome.unwrap_err().kind, expected, "{method} {lost:?}");
            assert_eq!(seen, ["pass"]);
        }
    }
}
