//! `usherd mapping`.
use super::control::{Answer, Request};
use super::say::say_all;
use super::setup::ConfigFile;
use super::{reach, trial};
use crate::service::administration::MappedField;

/// Shows what becomes of people and groups at a target.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists the vendor's fields with where each comes from.
    Show {
        /// The target's name.
        target: String,
        #[command(flatten)]
        config: ConfigFile,
    },
    Try(trial::Arguments),
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Show { target, config } => show(target, &config).await,
        Command::Try(arguments) => trial::run(arguments).await,
    }
}

async fn show(target: String, config: &ConfigFile) -> anyhow::Result<()> {
    let server = config.read()?;
    let Answer::Mapping { fields } = reach::ask(&server, Request::Mapping { target }).await? else {
        return Err(reach::unexpected());
    };
    let width = fields.iter().map(|field| field.field.len()).max().unwrap_or_default();
    say_all(fields.iter().map(|field| line(field, width)))?;
    Ok(())
}

fn line(field: &MappedField, width: usize) -> String {
    let required = if field.required { ", required" } else { "" };
    let when = if field.on_create { ", for new accounts only" } else { "" };
    let MappedField {
        kind,
        field,
        values,
        source,
        ..
    } = field;
    format!("{kind:5} {field:width$} <- {source} ({values}{required}{when})")
}
