//! Runs the cases, a few at a time.
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::suite::case::Case;
use crate::suite::cases;
use crate::suite::claims::Claims;
use crate::suite::failure::Stop;
use crate::suite::report::{CaseReport, Report, Verdict};
use crate::suite::scope::Scope;
use crate::suite::server::{Client, Server};
use crate::suite::watch::Watch;

/// Cases that run at the same time: enough to hide the network, few enough for a server with a rate limit.
const CONCURRENCY: usize = 4;

/// What a run may be told.
#[derive(Clone, Default)]
pub struct Options {
    /// Only cases whose name contains this.
    pub case: Option<String>,
    /// A second tenant of the same provider, for the cases on their separation.
    pub other: Option<Server>,
    /// A token of the server whose time is over.
    pub expired_token: Option<String>,
    /// A directory whose limits are small enough to be reached, and how many resources there are too many to search.
    pub small: Option<(Server, u64)>,
    /// The server brings what IdPs send into the RFCs' form; what only a strict reading refuses is skipped.
    pub normalises: bool,
}

/// Runs the suite against a server. Every case makes its own resources and deletes them.
///
/// # Errors
/// When no HTTP client can be set up, or a case file does not parse.
pub async fn run(server: &Server, options: Options) -> anyhow::Result<Report> {
    let watch = Arc::new(Watch::default());
    let client = Client::new(server, Arc::clone(&watch))?;
    let other = options
        .other
        .map(|other| Client::new(&other, Arc::clone(&watch)))
        .transpose()?;
    let (small, too_many) = options.small.unzip();
    let small = small.map(|small| Client::new(&small, Arc::clone(&watch))).transpose()?;
    let mut claims = Claims::read(&client).await;
    claims.normalises = options.normalises;
    let part = options.case;
    let wanted = |name: &str| part.as_ref().is_none_or(|part| name.contains(part));

    let room = Room {
        client,
        other,
        expired_token: options.expired_token,
        small,
        too_many,
        claims: Arc::new(claims),
    };
    let cases: Vec<_> = cases::all()?.into_iter().filter(|case| wanted(&case.name)).collect();
    let mut report = run_cases(cases, room).await?;
    let standing = watch.reports().into_iter().filter(|rule| wanted(&rule.name));
    report.results.extend(standing);
    Ok(report)
}

/// What all cases share.
#[derive(Clone)]
pub(super) struct Room {
    pub(super) client: Client,
    pub(super) other: Option<Client>,
    pub(super) expired_token: Option<String>,
    pub(super) small: Option<Client>,
    pub(super) too_many: Option<u64>,
    pub(super) claims: Arc<Claims>,
}

impl Room {
    fn scope(&self, nonce: String) -> Scope {
        let mut scope = Scope::new(self.client.clone(), Arc::clone(&self.claims), nonce);
        scope.other = self.other.clone();
        scope.expired_token = self.expired_token.clone();
        scope.small = self.small.clone();
        scope.too_many = self.too_many;
        scope
    }
}

pub(super) async fn run_cases(cases: Vec<Case>, room: Room) -> anyhow::Result<Report> {
    let permits = Arc::new(Semaphore::new(CONCURRENCY));
    let mut running = JoinSet::new();
    let run_nonce = nonce();
    for (index, case) in cases.into_iter().enumerate() {
        let scope = room.scope(format!("{run_nonce}x{index}"));
        let permits = Arc::clone(&permits);
        running.spawn(async move {
            let _permit = permits.acquire_owned().await;
            (index, run_case(case, scope).await)
        });
    }
    let mut results = running.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    Ok(Report {
        results: results.into_iter().map(|(_, result)| result).collect(),
    })
}

async fn run_case(case: Case, scope: Scope) -> CaseReport {
    let verdict = match case.needs.iter().find(|feature| !scope.claims.has(**feature)) {
        Some(feature) => Verdict::Skipped(format!("not claimed: {feature:?}").to_lowercase()),
        None => judge(&case, scope).await,
    };
    CaseReport {
        name: case.name,
        shows: case.shows,
        verdict,
    }
}

async fn judge(case: &Case, scope: Scope) -> Verdict {
    let scope = Arc::new(scope);
    let outcome = (case.run)(Arc::clone(&scope)).await;
    scope.clean().await;
    match outcome {
        Ok(()) => Verdict::Passed,
        Err(Stop::Failed(text)) => Verdict::Failed(text),
        Err(Stop::Skipped(text)) => Verdict::Skipped(text),
    }
}

/// Eight characters that differ from run to run, so that runs against one server do not meet.
pub(crate) fn nonce() -> String {
    let random = RandomState::new().build_hasher().finish();
    format!("{:08x}", random & 0xffff_ffff)
}
