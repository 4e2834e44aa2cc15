//! What reads foreign bytes, with generated and with hostile ones, on as much stack as the server's threads have. The
//! targets in `fuzz/` let a fuzzer loose on the same entries.
mod entries;
mod hostile;
mod requests;

use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use entries::{ENTRIES, Entry};

/// The standard library's own, which all threads of the server have.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Cases of one entry: what an unoptimised build bears.
const CASES: u32 = 100;

/// Parts of which foreign texts are made, so that more of them get past the first sign.
const PARTS: &[&str] = &[
    "userName",
    "emails",
    "members",
    "name",
    ".",
    "givenName",
    "value",
    "type",
    "[",
    "]",
    "(",
    ")",
    " eq ",
    " and ",
    " or ",
    "not ",
    " pr",
    " co ",
    "\"a\"",
    "\"",
    "\\",
    "1",
    "-1",
    "1.5e9",
    "true",
    "null",
    "{",
    "}",
    ":",
    ",",
    " ",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "\u{0}",
    "é",
    "\u{10ffff}",
    "user",
    "groups",
    ".map(x, ",
    " + ",
    "? ",
    "\"op\":\"add\"",
    "\"path\":",
    "\"value\":",
    "\"Operations\":[",
    "\"schemas\":[",
    "\"id\":",
    "\"users\":[",
    "\"data\":",
    "\"error\":",
    "\"access_token\":\"x\"",
    "\"expires_in\":",
    "usherd_",
    "[[target]]\n",
    "name = \"x\"\n",
];

/// Runs on a thread as narrow as the server's. A stack that overflows ends the whole test binary: that is seen.
fn narrow(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    thread
        .expect("a thread")
        .join()
        .expect("nothing panics on foreign bytes");
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let parts = vec(select(PARTS), 0..40).prop_map(|parts| parts.concat().into_bytes());
    let noise = vec(any::<u8>(), 0..200);
    let mixed = (any::<u8>(), parts.clone()).prop_map(|(first, rest)| [vec![first], rest].concat());
    prop_oneof![parts, noise, mixed]
}

#[test]
fn hostile_bytes_are_errors_and_never_an_end() {
    for (name, entry) in ENTRIES {
        for (row, bytes) in hostile::rows() {
            println!("{name}: {row}");
            narrow(move || entry(&bytes));
        }
    }
}

#[test]
fn generated_bytes_are_errors_and_never_an_end() {
    for (name, entry) in ENTRIES {
        println!("{name}");
        narrow(move || generated(entry));
    }
}

fn generated(entry: Entry) {
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let ran = runner.run(&bytes(), |bytes| {
        entry(&bytes);
        Ok(())
    });
    ran.expect("no bytes are too much");
}
