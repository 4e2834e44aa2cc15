//! A session: access over time, new consents, and everything that can go wrong with a renewal.
use super::*;
use crate::client::{Connection, Credential, Gate, Limits};

/// A token that lives is used while it is renewed: nobody waits, and one caller renews.
#[tokio::test]
async fn a_token_is_renewed_early_and_by_one_caller_only() {
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = session(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
    assert_eq!(access(&session).await.as_deref(), Ok("A0"));
    desk.at(NOON + SignedDuration::from_mins(56));
    for present in futures_join([(); 8].map(|()| access(&session))).await {
        assert_eq!(present.as_deref(), Ok("A0"));
    }
    settled(&session).await;
    assert_eq!(access(&session).await.as_deref(), Ok("A1"));
    assert_eq!(desk.saved.load(Ordering::Relaxed), 1, "kept once, before it was used");
    desk.at(NOON + SignedDuration::from_hours(3));
    for renewed in futures_join([(); 8].map(|()| access(&session))).await {
        assert_eq!(renewed.as_deref(), Ok("A2"), "who finds none that lives waits for one");
    }
}

/// A server that is down is not asked with each call, and nobody waits for it while access lives.
#[tokio::test]
async fn a_failed_renewal_leaves_what_still_works() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let down: Server = Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        answer(503, &json!({}))
    });
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = session(client(method(Grant::AuthorizationCode), down), desk.clone());
    for (second, expected) in [(3_360, 1), (3_389, 1), (3_390, 2), (3_400, 2)] {
        desk.at(NOON + SignedDuration::from_secs(second));
        for _ in 0..3 {
            assert_eq!(access(&session).await.as_deref(), Ok("A0"));
            settled(&session).await;
        }
        assert_eq!(asked.load(Ordering::Relaxed), expected, "{second}");
    }
    desk.at(NOON + SignedDuration::from_mins(61));
    assert_eq!(access(&session).await, Err(ErrorKind::Unavailable));
}

/// What a new consent brought is neither written over nor used unasked: a session that knows of it is over, for all who
/// use it, and the next one begins with it.
#[tokio::test]
async fn a_new_consent_is_neither_overwritten_nor_used_unasked() {
    for refresh in [Some("R0"), Some("spent"), None] {
        let desk = desk(Some(tokens("A0", refresh)));
        let opened = || session(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
        let session = opened();
        assert_eq!(access(&session).await.as_deref(), Ok("A0"));
        let anew = Tokens {
            expires: None,
            ..tokens("anew", Some("other"))
        };
        *desk.kept.lock().unwrap() = Some(anew);
        desk.at(NOON + SignedDuration::from_hours(2));
        for _ in 0..2 {
            assert_eq!(access(&session).await, Err(ErrorKind::Unauthorized), "{refresh:?}");
        }
        assert_eq!(access(&opened()).await.as_deref(), Ok("anew"), "{refresh:?}");
    }
}

/// Who asked goes away while the server spends the refresh token: what it gives is kept all the same.
#[tokio::test]
async fn a_renewal_is_ended_though_its_caller_is_gone() {
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = session(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
    desk.at(NOON + SignedDuration::from_hours(2));
    let mut caller = Box::pin(access(&session));
    let polled = std::future::poll_fn(|context| std::task::Poll::Ready(caller.as_mut().poll(context))).await;
    assert!(polled.is_pending());
    drop(caller);
    assert_eq!(access(&session).await.as_deref(), Ok("A1"));
    assert_eq!(desk.saved.load(Ordering::Relaxed), 1);
}

/// A target is opened anew while its tokens are renewed: the next session waits, and begins with what was got.
#[tokio::test]
async fn the_next_session_begins_with_what_the_former_one_gets() {
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let renewing = Arc::default();
    let opened = |renewing: &Arc<_>| {
        let client = client(method(Grant::AuthorizationCode), rotating());
        Arc::new(Session::new(client, desk.clone(), Arc::clone(renewing)))
    };
    let (former, next) = (opened(&renewing), opened(&renewing));
    desk.at(NOON + SignedDuration::from_hours(2));
    let both = futures_join([access(&former), access(&next)]).await;
    assert_eq!(both, [Ok("A1".to_owned()), Ok("A1".to_owned())]);
    assert_eq!(desk.saved.load(Ordering::Relaxed), 1);
}

/// Renewed tokens that cannot be kept are used, and kept when there is room again.
#[tokio::test]
async fn what_cannot_be_kept_is_not_lost() {
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = session(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
    desk.is_full.store(true, Ordering::Relaxed);
    desk.at(NOON + SignedDuration::from_hours(2));
    assert_eq!(access(&session).await.as_deref(), Ok("A1"));
    desk.is_full.store(false, Ordering::Relaxed);
    desk.at(NOON + SignedDuration::from_secs(7_230));
    assert_eq!(access(&session).await.as_deref(), Ok("A1"));
    settled(&session).await;
    let kept = desk.load().await.unwrap().unwrap();
    assert_eq!(kept.access.expose_secret(), "A1");
}

/// A renewal that brings fewer scopes has spent the refresh token all the same.
#[tokio::test]
async fn renewed_tokens_with_fewer_scopes_are_kept() {
    let server: Server = Box::new(|_| answer(200, &json!({ "access_token": "A1", "scope": "openid" })));
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = session(client(method(Grant::AuthorizationCode), server), desk.clone());
    desk.at(NOON + SignedDuration::from_hours(2));
    assert_eq!(access(&session).await.as_deref(), Ok("A1"));
    assert_eq!(desk.saved.load(Ordering::Relaxed), 1);
}

/// Waits until no renewal is under way.
async fn settled(session: &Session) {
    drop(session.renewing.lock().await);
}

#[tokio::test]
async fn who_has_not_consented_is_asked_to() {
    for kept in [None, Some(tokens("A0", Some("spent"))), Some(tokens("A0", None))] {
        let desk = desk(kept.clone());
        let session = session(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
        desk.at(NOON + SignedDuration::from_hours(2));
        let error = session.access().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthorized, "{kept:?}");
        assert!(error.reason.contains("usherd target authorize"), "{error}");
    }
}

/// The answer to a renewal was lost and the server has spent the refresh token: a client that acts for itself asks anew.
#[tokio::test]
async fn a_lost_answer_to_a_renewal() {
    let lost = AtomicUsize::new(0);
    let server: Server = Box::new(move |request| match parameter(request, "grant_type").as_str() {
        "refresh_token" if lost.fetch_add(1, Ordering::Relaxed) == 0 => Err(Lost::AfterSending),
        "refresh_token" => answer(400, &json!({ "error": "invalid_grant" })),
        _ => answer(200, &json!({ "access_token": "own", "expires_in": 3600 })),
    });
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = session(client(method(Grant::ClientCredentials), server), desk.clone());
    desk.at(NOON + SignedDuration::from_hours(2));
    assert_eq!(access(&session).await, Err(ErrorKind::Unavailable));
    assert_eq!(access(&session).await.as_deref(), Ok("own"));
}

/// The refresh token is spent while access still lives: access is used to its end, the server is not asked with each
/// call, and what is kept says when the end is.
#[tokio::test]
async fn a_spent_refresh_token_is_forgotten() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server: Server = Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        answer(400, &json!({ "error": "invalid_grant" }))
    });
    let desk = desk(Some(tokens("A0", Some("spent"))));
    let session = session(client(method(Grant::AuthorizationCode), server), desk.clone());
    desk.at(NOON + SignedDuration::from_mins(56));
    for _ in 0..3 {
        assert_eq!(access(&session).await.as_deref(), Ok("A0"));
        settled(&session).await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let kept = desk.kept.lock().unwrap().clone().unwrap();
    assert!(kept.refresh.is_none() && kept.expires == Some(NOON + SignedDuration::from_hours(1)));
    desk.at(NOON + SignedDuration::from_mins(61));
    assert_eq!(access(&session).await, Err(ErrorKind::Unauthorized));
}

async fn futures_join<const N: usize>(
    all: [impl Future<Output = Result<String, ErrorKind>>; N],
) -> Vec<Result<String, ErrorKind>> {
    let mut running: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        running.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(result) => {
                done.push(result);
                false
            }
            std::task::Poll::Pending => true,
        });
        match running.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done
}

#[derive(Default)]
struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

/// A call whose token the vendor has withdrawn is made once more with a new one, and not a third time.
#[tokio::test]
async fn a_call_is_made_again_with_a_renewed_token() {
    for (accepted, expected) in [("Bearer A1", Ok(200)), ("Bearer none", Err(ErrorKind::Unauthorized))] {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let vendor: Server = Box::new(move |request| {
            count.fetch_add(1, Ordering::Relaxed);
            let accepted = request.headers.contains(&("authorization", accepted.to_owned()));
            answer(if accepted { 200 } else { 401 }, &json!({}))
        });
        let desk = desk(Some(tokens("A0", Some("R0"))));
        let session = session(client(method(Grant::AuthorizationCode), rotating()), desk);
        let connection = Connection {
            base_url: "https://api.vendor.example".into(),
            credential: Credential::session(session),
            transport: transport(vendor),
            gate: Arc::new(Open),
            deadline: Duration::from_secs(1),
            read_lag: Duration::ZERO,
        };
        let answer = connection.call(Request::new("v", "POST", "/x", "/x".into())).await;
        assert_eq!(answer.map(|answer| answer.status).map_err(|error| error.kind), expected);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
