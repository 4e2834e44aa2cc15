//! How a command reaches the gateway: through a running server, or by opening the store itself.
use std::io::{self, IsTerminal};

use anyhow::{Context, bail};
use tokio::sync::mpsc;

use super::control::{self, Answer, Request, Unreachable};
use super::setup;
use crate::app::{self, App};
use crate::config::Server;
use crate::service::administration::import::Told;
use crate::store::OpenError;

/// What is said where the store is in use, and no server answers: another command has it, or a server starts or ends.
const HELD: &str = "another process has the store open, and takes no commands";

/// Asks the server that has the store; without one, opens the store and carries the request out.
pub(super) async fn ask(server: &Server, request: Request) -> anyhow::Result<Answer> {
    ask_aloud(server, request, &mut |_| {}).await
}

/// As [`ask`]; what happens on the way is told.
pub(super) async fn ask_aloud(
    server: &Server,
    request: Request,
    told: &mut (dyn FnMut(Told) + Send),
) -> anyhow::Result<Answer> {
    let answer = match control::ask(&setup::socket(&server.data), &request, told).await {
        Ok(answer) => answer,
        Err(Unreachable::NoServer) => by_itself(server, request, told).await?,
        Err(error) => return Err(error.into()),
    };
    match answer {
        Answer::Failed { message } => bail!(message),
        answer => Ok(answer),
    }
}

/// Asks the server that runs: what is asked needs one.
pub(super) async fn ask_running(server: &Server, request: Request) -> anyhow::Result<Answer> {
    let none = format!(
        "no server runs on {}: start `usherd serve` first",
        server.data.display()
    );
    ask_who_runs(server, request, none).await
}

/// Asks the server that has the store, which another process has.
pub(super) async fn ask_holder(server: &Server, request: Request) -> anyhow::Result<Answer> {
    ask_who_runs(server, request, HELD.to_owned()).await
}

async fn ask_who_runs(server: &Server, request: Request, none: String) -> anyhow::Result<Answer> {
    match control::ask(&setup::socket(&server.data), &request, &mut |_| {}).await {
        Ok(Answer::Failed { message }) => bail!(message),
        Ok(answer) => Ok(answer),
        Err(Unreachable::NoServer) => bail!(none),
        Err(error) => Err(error.into()),
    }
}

async fn by_itself(server: &Server, request: Request, told: &mut (dyn FnMut(Told) + Send)) -> anyhow::Result<Answer> {
    let file = setup::store_file(&server.data);
    match request {
        // What is declared first makes the store.
        Request::Apply { .. } => setup::make_folder(&server.data)?,
        _ if !file.exists() => bail!("there is no store at {}, and no server runs", file.display()),
        _ => {}
    }
    let setup = match needs_the_key(&request) {
        true => setup::setup(server)?,
        false => setup::setup_for_reading(server)?,
    };
    let app = match mends(&request) {
        true => App::open_as_it_is(setup).await.map(|(app, _)| app),
        false => App::open(setup).await,
    };
    if let Err(app::Error::Store(OpenError::Locked)) = app {
        bail!(HELD);
    }
    let app = app.with_context(|| format!("in {}", server.data.display()))?;
    let administration = app.administration().clone();
    // Only who reads a vendor needs a sender, which delivers what is due as well.
    let sending = match request {
        Request::Import { .. } | Request::Drift { .. } => Some(app.send().await?),
        _ => None,
    };
    if matches!(request, Request::Drift { .. }) && io::stderr().is_terminal() {
        eprintln!("no server runs: what was sent before is waited for first, at some vendors for minutes");
    }
    let (telling, mut to_tell) = mpsc::channel(control::TOLD_MAX);
    let hearing = async {
        while let Some(what) = to_tell.recv().await {
            told(what);
        }
    };
    let (answer, ()) = tokio::join!(control::answer(&administration, request, telling), hearing);
    if let Some(sending) = sending {
        sending.stop().await;
    }
    Ok(answer)
}

/// Whether it is of use where what is declared is not: it replaces that, or shows or keeps what there is.
fn mends(request: &Request) -> bool {
    matches!(
        request,
        Request::Apply { .. } | Request::Export | Request::Backup { .. }
    )
}

/// Whether it seals or opens credentials of vendors.
fn needs_the_key(request: &Request) -> bool {
    match request {
        Request::Apply { .. } | Request::Import { .. } | Request::Drift { .. } | Request::Authorize { .. } => true,
        Request::Export | Request::Status | Request::CheckStore => false,
        Request::CreateToken { .. } | Request::ListTokens | Request::RevokeToken { .. } => false,
        Request::Mapping { .. } | Request::Try { .. } | Request::Retry { .. } => false,
        Request::Guarded { .. } | Request::Decide { .. } | Request::Backup { .. } => false,
    }
}

/// An answer to another request: the server is of another version.
pub(super) fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("the server answered something else; is it of another version?")
}
