//! What reads foreign bytes, with examples, generated and hostile ones, on as much stack as the server's threads have.
//! The targets in `fuzz/` let a fuzzer loose on the same entries.
mod corpus;
pub(crate) mod entries;
mod hostile;
mod requests;

use std::env;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use entries::{ENTRIES, Entry};

/// The standard library's own, which all threads of the server have.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Generated cases of one entry: what an unoptimised build bears. [`CASES_VARIABLE`] says another number.
const CASES: u32 = 100;

const CASES_VARIABLE: &str = "FUZZ_CASES";

/// Attempts to find a smaller case than the one that failed: each panics anew, and a panic's trace takes long.
const SHRINKS_MAX: u32 = 50;

/// Changes of an example in one case.
const EDITS_MAX: usize = 6;

/// Times that a part of an example is repeated.
const TIMES_MAX: usize = 40;

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
    "GET ",
    "PATCH ",
    "/scim/acme/v2/",
    "/scim/strict/v2/",
    "Users",
    "Groups",
    "Bulk",
    ".search",
    "?filter=",
    "&attributes=",
    "&count=",
    "{id}",
    "if-match: ",
    "\n",
    "\n\n",
    "[[target]]\n",
    "name = \"x\"\n",
];

/// Runs on a thread as narrow as the server's. A stack that overflows ends the whole test binary: that is seen.
fn narrow<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    let ended = thread.expect("a thread").join();
    ended.expect("nothing panics on foreign bytes")
}

/// A change of an example: places count from its beginning, and wrap around.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, Vec<u8>),
    Overwrite(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
}

impl Edit {
    fn apply(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let place = |place: &Index| place.index(bytes.len() + 1);
        match self {
            Self::Insert(at, part) => {
                let at = place(at);
                bytes.splice(at..at, part.iter().copied());
            }
            Self::Overwrite(at, byte) => {
                let at = place(at);
                bytes.splice(at..(at + 1).min(bytes.len()), [*byte]);
            }
            Self::Remove(at, length) => {
                let at = place(at);
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Self::Repeat(at, length, times) => {
                let at = place(at);
                let part = bytes[at..(at + length).min(bytes.len())].repeat(*times);
                bytes.splice(at..at, part);
            }
        }
        bytes
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let part = prop_oneof![
        select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
        vec(any::<u8>(), 1..8)
    ];
    prop_oneof![
        (any::<Index>(), part).prop_map(|(at, part)| Edit::Insert(at, part)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Overwrite(at, byte)),
        (any::<Index>(), 1..16_usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<Index>(), 1..16_usize, 2..TIMES_MAX).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
    ]
}

/// Examples with a few changes, parts of such texts in any order, and noise.
fn bytes(examples: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let edited = (select(examples), vec(edit(), 1..EDITS_MAX));
    let edited = edited.prop_map(|(example, edits)| edits.iter().fold(example, |bytes, edit| edit.apply(bytes)));
    let parts = vec(select(PARTS), 0..40).prop_map(|parts| parts.concat().into_bytes());
    let noise = vec(any::<u8>(), 0..200);
    let mixed = (any::<u8>(), parts.clone()).prop_map(|(first, rest)| [vec![first], rest].concat());
    prop_oneof![3 => edited, 1 => parts, 1 => noise, 1 => mixed]
}

/// Examples that are right are understood: an entry that reads nothing would find nothing.
#[test]
fn examples_are_what_they_say() {
    let mut wrong = Vec::new();
    for (name, entry) in ENTRIES {
        let (right, others): (Vec<_>, Vec<_>) = corpus::of(name).into_iter().partition(corpus::Example::is_right);
        assert!(
            !right.is_empty() && others.len() > 2,
            "{name} has examples of both kinds"
        );
        for example in right.into_iter().chain(others) {
            let (expected, bytes) = (example.is_right(), example.bytes);
            if narrow(move || entry(&bytes)) != expected {
                wrong.push(format!("{name}/{}", example.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Else the entry of vendors would say nothing of one that was added.
#[test]
fn every_vendors_answers_are_among_the_examples() {
    let examples: Vec<_> = corpus::of("vendor").into_iter().map(|example| example.name).collect();
    for vendor in adapters::VENDORS {
        let name = format!("right-{}", (vendor.descriptor)().name);
        assert!(examples.contains(&name), "no {name}");
    }
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
    let cases = cases();
    for (name, entry) in ENTRIES {
        println!("{name}: {cases} cases");
        let examples = corpus::of(name).into_iter().map(|example| example.bytes).collect();
        narrow(move || generated(entry, examples, cases));
    }
}

fn generated(entry: Entry, examples: Vec<Vec<u8>>, cases: u32) {
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: SHRINKS_MAX,
        failure_persistence: None,
        ..Config::default()
    });
    let ran = runner.run(&bytes(examples), |bytes| {
        entry(&bytes);
        Ok(())
    });
    ran.expect("no bytes are too much");
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is for who starts it to say"
)]
fn cases() -> u32 {
    let asked = env::var(CASES_VARIABLE).ok();
    asked.map_or(CASES, |asked| asked.parse().expect("a number of cases"))
}
