//! How a command reaches the gateway: through a running server, or by opening the store itself.
use anyhow::{Context, bail};

use super::control::{self, Answer, Request, Unreachable};
use super::setup;
use crate::app::{self, App};
use crate::config::Server;
use crate::store::OpenError;

/// Asks the server that has the store; without one, opens the store and carries the request out.
pub(super) async fn ask(server: &Server, request: Request) -> anyhow::Result<Answer> {
    let answer = match control::ask(&setup::socket(&server.data), &request).await {
        Ok(answer) => answer,
        Err(Unreachable::NoServer) => by_itself(server, request).await?,
        Err(error) => return Err(error.into()),
    };
    match answer {
        Answer::Failed { message } => bail!(message),
        answer => Ok(answer),
    }
}

/// Asks the server that runs: what is asked needs one.
pub(super) async fn ask_running(server: &Server, request: Request) -> anyhow::Result<Answer> {
    match control::ask(&setup::socket(&server.data), &request).await {
        Ok(Answer::Failed { message }) => bail!(message),
        Ok(answer) => Ok(answer),
        Err(Unreachable::NoServer) => bail!(
            "no server runs on {}: start `usherd serve` first",
            server.data.display()
        ),
        Err(error) => Err(error.into()),
    }
}

async fn by_itself(server: &Server, request: Request) -> anyhow::Result<Answer> {
    let file = setup::store_file(&server.data);
    match request {
        // What is declared first makes the store.
        Request::Apply { .. } => setup::make_folder(&server.data)?,
        _ if !file.exists() => bail!("there is no store at {}, and no server runs", file.display()),
        _ => {}
    }
    let app = App::open(setup::setup(server)?).await;
    if let Err(app::Error::Store(OpenError::Locked)) = app {
        bail!("another process has the store open, and takes no commands");
    }
    let app = app.with_context(|| format!("in {}", server.data.display()))?;
    Ok(control::answer(app.administration(), request).await)
}

/// An answer to another request: the server is of another version.
pub(super) fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("the server answered something else; is it of another version?")
}
