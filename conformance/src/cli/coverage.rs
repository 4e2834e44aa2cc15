//! `coverage`: the list of requirements against the cases.
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use conformance::coverage;

/// What `coverage` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Bring the list in this folder to what the cases show; reasons stay where there is no case.
    #[arg(long, value_name = "LIST", num_args = 0..=1, default_missing_value = "conformance/coverage/requirements.tsv")]
    write: Option<PathBuf>,
}

/// Prints every fault of the list, or corrects a file of it.
///
/// # Errors
/// When a case file or the list does not parse, or the file cannot be read or written.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(file) = &arguments.write {
        let list = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        fs::write(file, coverage::corrected(&list)?).with_context(|| file.display().to_string())?;
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
