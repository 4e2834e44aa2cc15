//! The command `scim-conformance`.
use std::process::ExitCode;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    conformance::cli::main().await
}
