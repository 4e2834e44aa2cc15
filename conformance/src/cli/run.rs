//! `run`: the suite against a server.
use std::process::ExitCode;

use clap::Args;

use conformance::suite::{self, Options, Report, Server};

/// What `run` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The server's base URL, before `/Users`.
    #[arg(long)]
    base_url: String,
    /// The bearer token.
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    token: String,
    /// Base URL of a second tenant, for the cases on their separation.
    #[arg(long, requires = "other_token")]
    other_base_url: Option<String>,
    /// Bearer token of the second tenant.
    #[arg(long, requires = "other_base_url")]
    other_token: Option<String>,
    /// A token of the server whose time is over.
    #[arg(long)]
    expired_token: Option<String>,
    /// Base URL of a directory whose limits are small enough to be reached, for the cases at them.
    #[arg(long, requires_all = ["small_token", "too_many"])]
    small_base_url: Option<String>,
    /// Bearer token of that directory.
    #[arg(long, requires = "small_base_url")]
    small_token: Option<String>,
    /// So many resources are too many to search there.
    #[arg(long, requires = "small_base_url")]
    too_many: Option<u64>,
    /// The server brings what IdPs send into the RFCs' form: skip what only a strict reading refuses.
    #[arg(long)]
    normalises: bool,
    /// Only cases whose name contains this.
    #[arg(long)]
    case: Option<String>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
    /// Fail as well when a case did not run.
    #[arg(long)]
    coverage: bool,
}

/// Runs the suite and prints what it found.
///
/// # Errors
/// When the suite cannot start.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let other = arguments.other_base_url.zip(arguments.other_token);
    let small = arguments.small_base_url.zip(arguments.small_token);
    let small = small.map(|(base_url, token)| Server { base_url, token });
    let options = Options {
        case: arguments.case,
        other: other.map(|(base_url, token)| Server { base_url, token }),
        small: small.zip(arguments.too_many),
        expired_token: arguments.expired_token,
        normalises: arguments.normalises,
    };
    let server = Server {
        base_url: arguments.base_url,
        token: arguments.token,
    };
    let report = suite::run(&server, options).await?;
    print(&report, arguments.json);
    let unrun = arguments.coverage && report.skipped() > 0;
    Ok(match report.failed() > 0 || unrun {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Prints a report as lines or as JSON.
pub(crate) fn print(report: &Report, json: bool) {
    match json {
        true => println!("{}", report.to_json()),
        false => print!("{report}"),
    }
}
