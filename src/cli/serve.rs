//! `usherd serve`.
use std::net::TcpListener;

use anyhow::Context;

use super::setup::{self, ConfigFile};
use super::stop::Signals;
use crate::app::{App, Setup};
use crate::{http, telemetry};

/// Runs the gateway until SIGTERM or Ctrl-C.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let (webhook, tap) = setup::webhook(&server)?.unzip();
    telemetry::start(&server.log, tap).context("the filter of the log")?;
    let mut signals = Signals::catch()?;
    let listen = http::Listen {
        addr: server.listen,
        tls: setup::tls(&server)?,
    };
    // Asked before anything is made; the address is taken once there is something to be served.
    TcpListener::bind(server.listen).with_context(|| format!("cannot listen on {}", server.listen))?;
    setup::make_folder(&server.data)?;
    let file = setup::store_file(&server.data);
    let is_new = !file.exists();
    let setup = Setup {
        webhook,
        ..setup::setup(&server)?
    };
    let app = App::open(setup).await;
    let app = app.with_context(|| file.display().to_string())?;
    let mut running = app.start(listen, Some(setup::socket(&server.data))).await?;
    tracing::info!(addr = %running.addr(), "serving");
    if is_new {
        tracing::warn!(file = %file.display(), "there was no store: a new and empty one was made");
    }
    tokio::select! {
        () = signals.wait() => {}
        error = running.broken() => return Err(error.into()),
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
