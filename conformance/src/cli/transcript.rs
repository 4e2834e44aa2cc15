//! `transcript`: what identity providers send, replayed against a server.
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::run::print;
use conformance::suite::{Report, Server};
use conformance::transcripts::{self, Options};

/// What `transcript` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Transcript files.
    #[arg(required_unless_present = "all")]
    files: Vec<PathBuf>,
    /// Every transcript that this command carries.
    #[arg(long)]
    all: bool,
    /// With `--all`: only those whose name contains this.
    #[arg(long, requires = "all")]
    name: Option<String>,
    /// The server's base URL, before `/Users`.
    #[arg(long)]
    base_url: String,
    /// The bearer token.
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    token: String,
    /// The server does not normalise: succeed only if every transcript that needs it fails.
    #[arg(long)]
    expect_red: bool,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

/// Plays the transcripts and prints what was found.
///
/// # Errors
/// When a file cannot be read or does not parse.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let options = Options {
        name: arguments.name,
        expect_red: arguments.expect_red,
    };
    let server = Server {
        base_url: arguments.base_url,
        token: arguments.token,
    };
    let mut report = Report::default();
    if arguments.all {
        report = transcripts::run_all(&server, options.clone()).await?;
    }
    for file in arguments.files {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let name = file.display().to_string();
        let one = transcripts::run_text(&server, &name, &text, &options).await?;
        report.results.extend(one.results);
    }
    print(&report, arguments.json);
    Ok(match report.failed() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
