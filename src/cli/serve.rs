//! `usherd serve`.
use anyhow::Context;

use super::setup::{self, ConfigFile};
use super::stop::Signals;
use crate::app::App;
use crate::{http, telemetry};

/// Runs the gateway until SIGTERM or Ctrl-C.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    telemetry::start(&server.log).context("the filter of the log")?;
    let mut signals = Signals::catch()?;
    let listen = http::Listen {
        addr: server.listen,
        tls: setup::tls(&server)?,
    };
    setup::make_folder(&server.data)?;
    let app = App::open(setup::setup(&server)?).await?;
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
