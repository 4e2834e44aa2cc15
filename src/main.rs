//! The command `usherd`.
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;

/// How long a thread that reads or writes files may go on once all else has ended: a disk that hangs keeps no process.
const BLOCKING_MAX: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("usherd: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(usherd::cli::run());
    runtime.shutdown_timeout(BLOCKING_MAX);
    code
}
