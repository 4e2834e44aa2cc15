//! A request carried out.
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{Answer, DeclaredTarget, Request};
use crate::auth::NewToken;
use crate::config;
use crate::service::administration::import::{Imported, Order, Told};
use crate::service::administration::{Administration, Apply, Changed, Credentialed, Declared, Error};
use crate::store::{self, Backup};

/// Carries a request out. A failure is an answer too. What happens on the way is told; the telling ends with the
/// answer.
pub(crate) async fn answer(administration: &Administration, request: Request, told: mpsc::Sender<Told>) -> Answer {
    match carry_out(administration, request, &told).await {
        Ok(answer) => answer,
        Err(error) => Answer::Failed { message: chain(&error) },
    }
}

fn imported(imported: Imported) -> Answer {
    match imported {
        Imported::Previewed(preview) => Answer::Previewed { preview },
        Imported::Applied(applied) => Answer::Imported { applied },
    }
}

async fn carry_out(
    administration: &Administration,
    request: Request,
    told: &mpsc::Sender<Told>,
) -> Result<Answer, Error> {
    Ok(match request {
        Request::Import {
            target,
            source,
            expect,
            confirm,
        } => {
            let order = Order {
                target,
                source,
                expect,
                confirm,
            };
            imported(administration.import(&order, told).await?)
        }
        Request::Apply {
            directories,
            targets,
            remove,
            confirm,
        } => {
            let declared = declared(directories, targets);
            let changes = administration.apply(&declared, Apply { remove, confirm }).await?;
            Answer::Applied { changes }
        }
        Request::Export => {
            let (directories, targets) = administration.export().await?;
            Answer::Exported { directories, targets }
        }
        Request::CreateToken {
            directory,
            expires_seconds,
            note,
        } => create_token(administration, &directory, new_token(expires_seconds, note)).await?,
        Request::ListTokens => Answer::Tokens {
            tokens: administration.list_tokens().await?,
        },
        Request::RevokeToken { id } => Answer::TokenRevoked {
            found: administration.revoke_token(&id).await?,
        },
        Request::Mapping { target } => Answer::Mapping {
            fields: administration.mapping_of(&target)?,
        },
        Request::Try { target, whom, declared } => Answer::Tried {
            trial: administration
                .try_mapping(&target, &whom, declared.map(|declared| *declared))
                .await?,
        },
        Request::Authorize { target } => Answer::Consent {
            url: administration.authorize(&target)?,
        },
        Request::Guarded { target, after } => Answer::Guarded {
            report: administration.guarded_after(&target, after.as_deref()).await?,
        },
        Request::Decide { target, seen, decision } => Answer::Decided {
            resources: administration.decide(&target, &seen, decision).await?,
        },
        Request::Retry { target, what } => retried(administration.retry(&target, &what).await?),
        Request::Drift { target, ask } => Answer::Drifted {
            report: administration.drift(&target, ask).await?,
        },
        Request::Status => status(administration).await?,
        Request::CheckStore => check_store(administration).await?,
        Request::Backup { file, force } => back_up(administration, file, force).await?,
    })
}

fn retried(Changed { changed, damaged }: Changed) -> Answer {
    Answer::Retried {
        resources: changed,
        damaged,
    }
}

async fn status(administration: &Administration) -> Result<Answer, Error> {
    Ok(Answer::Status {
        targets: administration.status().await?,
        store: administration.condition(),
    })
}

async fn check_store(administration: &Administration) -> Result<Answer, Error> {
    let store::Report { records, faults, first } = administration.check_store().await?;
    Ok(Answer::StoreChecked { records, faults, first })
}

async fn back_up(administration: &Administration, file: PathBuf, replace: bool) -> Result<Answer, Error> {
    let Backup { records, bytes, taken } = administration.back_up(file, replace).await?;
    Ok(Answer::BackedUp { records, bytes, taken })
}

fn new_token(expires_seconds: Option<u64>, note: Option<String>) -> NewToken {
    NewToken {
        expires: expires_seconds.map(Duration::from_secs),
        note,
    }
}

async fn create_token(administration: &Administration, directory: &str, new: NewToken) -> Result<Answer, Error> {
    let issued = administration.create_token(directory, new).await?;
    Ok(Answer::TokenCreated {
        id: issued.id,
        secret: issued.secret,
        expires: issued.expires,
    })
}

fn declared(directories: Vec<config::Directory>, targets: Vec<DeclaredTarget>) -> Declared {
    Declared {
        directories,
        targets: targets.into_iter().map(credentialed).collect(),
    }
}

fn credentialed(target: DeclaredTarget) -> Credentialed {
    Credentialed {
        config: target.config,
        credential: target.credential,
    }
}

/// The error with its sources, for an administrator.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
