//! `usherd serve`.
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
    setup::make_folder(&server.data)?;
    let setup = Setup {
        webhook,
        ..setup::setup(&server)?
    };
    let app = App::open(setup).await;
    let app = app.with_context(|| super::setup::store_file(&server.data).display().to_string())?;
    let mut running = app.start(listen, Some(setup::socket(&server.data))).await?;
    tracing::info!(addr = %running.addr(), "serving");
    tokio::select! {
        () = signals.wait() => {}
        error = running.broken() => return Err(error.into()),
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
