//! How clients send, and what they make of the answers.
use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use super::gateway::{Gateway, Request};

/// No answer came: the client hung up.
const NO_ANSWER: u16 = 0;

/// What each attempt was answered.
pub(super) type Answers = Vec<Result<String, u16>>;

/// How one attempt is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rough {
    /// Which attempt it is.
    pub(super) attempt: usize,
    pub(super) twice: bool,
    pub(super) hang_up: Option<Duration>,
    /// One before it may have been carried out.
    pub(super) again: bool,
}

impl Rough {
    /// Sends the request, maybe twice, maybe without waiting for the answer.
    pub(super) async fn send(self, gateway: &Gateway, request: &Request) -> Answers {
        let answers = self.all(async || vec![gateway.send(request.clone()).await], 1).await;
        answers.into_iter().next().expect("there is one request")
    }

    /// Sends several requests in one, in the same ways; the answers to each.
    pub(super) async fn bulk(self, gateway: &Gateway, requests: &[Request]) -> Vec<Answers> {
        self.all(async || gateway.bulk(requests).await, requests.len()).await
    }

    async fn all(self, send: impl AsyncFn() -> Answers, count: usize) -> Vec<Answers> {
        let once = async || match self.hang_up {
            Some(after) => timeout(after, send())
                .await
                .unwrap_or_else(|_| vec![Err(NO_ANSWER); count]),
            None => send().await,
        };
        match self.twice {
            true => {
                let (one, other) = join(once(), once()).await;
                one.into_iter()
                    .zip(other)
                    .map(|(one, other)| vec![one, other])
                    .collect()
            }
            false => once().await.into_iter().map(|answer| vec![answer]).collect(),
        }
    }
}

pub(super) enum Decision {
    /// Acknowledged, with the resource's id.
    Done(String),
    /// Nothing is known.
    Again,
    Refused(u16),
}

pub(super) fn decide(answers: &Answers) -> Decision {
    if let Some(id) = answers.iter().find_map(|answer| answer.as_ref().ok()) {
        return Decision::Done(id.clone());
    }
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    match refused.copied().find(|status| ![NO_ANSWER, 503].contains(status)) {
        Some(status) => Decision::Refused(status),
        None => Decision::Again,
    }
}

/// Whether it is known to be gone. That it is gone already is an answer to who asked before.
pub(super) fn is_deleted(answers: &Answers, rough: Rough) -> bool {
    match decide(answers) {
        Decision::Done(_) => true,
        Decision::Again => false,
        Decision::Refused(404) if rough.again || answers.len() > 1 => true,
        Decision::Refused(status) => panic!("DELETE: {status}"),
    }
}
