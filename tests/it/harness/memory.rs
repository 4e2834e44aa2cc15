//! How much memory processes take, as the kernel says.
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Lines of output between two looks: the peak only grows, so that the last look says nearly all.
const LINES: usize = 200;

/// The most memory that a process had so far, in KiB; none once it has ended.
pub(crate) fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Runs the command, which must succeed: what it printed, and the most memory that it had, in KiB.
pub(crate) fn measured(arguments: &[&str]) -> (String, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usherd"));
    let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("it runs");
    let (mut printed, mut peak) = (String::new(), 0);
    let output = BufReader::new(child.stdout.take().expect("it was asked for"));
    for (number, line) in output.lines().enumerate() {
        printed += &format!("{}\n", line.expect("commands print text"));
        if number.is_multiple_of(LINES) {
            peak = peak_kib(child.id()).unwrap_or(peak);
        }
    }
    assert!(child.wait().expect("it ends").success(), "{arguments:?}");
    (printed, peak)
}
