//! The command `usherd`.
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    usherd::cli::run().await
}
