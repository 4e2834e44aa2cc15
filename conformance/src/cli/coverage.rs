//! `coverage`: the list of requirements against the cases.
use std::process::ExitCode;

use clap::Args;

use conformance::coverage;

/// What `coverage` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the list as the cases would have it.
    #[arg(long)]
    print: bool,
}

/// Prints every fault of the list, or the corrected list.
///
/// # Errors
/// When a case file or the list does not parse.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.print {
        print!("{}", coverage::corrected()?);
        return Ok(ExitCode::SUCCESS);
    }
    let faults = coverage::faults()?;
    for fault in &faults {
        println!("{fault}");
    }
    Ok(if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
