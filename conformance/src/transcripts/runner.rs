//! Plays transcripts, one after the other, as one directory would see them.
use std::sync::Arc;

use anyhow::Context as _;

use super::transcript::{Broken, Transcript};
use crate::suite::claims::Claims;
use crate::suite::runner::nonce;
use crate::suite::scope::Scope;
use crate::suite::server::{Client, Server};
use crate::suite::watch::Watch;
use crate::suite::{CaseReport, Report, Verdict};

/// The transcripts of this crate: name and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/transcripts.rs"));

/// What a run may be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only transcripts whose name contains this.
    pub name: Option<String>,
    /// The server does not normalise: a transcript that needs it passes by failing at a step that needs it, and
    /// the others are not played.
    pub expect_red: bool,
}

/// Plays every transcript of this crate.
///
/// # Errors
/// When no HTTP client can be set up, or a transcript does not parse.
pub async fn run_all(server: &Server, options: Options) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for (name, text) in FILES {
        if options.name.as_ref().is_none_or(|part| name.contains(part)) {
            let one = run_text(server, name, text, &options).await?;
            report.results.extend(one.results);
        }
    }
    Ok(report)
}

/// Plays every transcript of this crate and judges each `needs_normalisation` by itself. The server is strict at first,
/// and `strict` makes it take requests to the letter of the RFCs (true) or as identity providers send them (false).
///
/// # Errors
/// When no HTTP client can be set up, or a transcript does not parse.
pub async fn run_flags(server: &Server, strict: impl AsyncFn(bool)) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for (name, text) in FILES {
        let (transcript, scope) = prepare(server, name, text)?;
        let verdict = must_be_green(transcript.play_flags(&scope, &strict).await);
        scope.clean().await;
        report.results.push(transcript.report(name, verdict));
    }
    Ok(report)
}

/// Plays one transcript given as text.
///
/// # Errors
/// When no HTTP client can be set up, or the transcript does not parse.
pub async fn run_text(server: &Server, name: &str, text: &str, options: &Options) -> anyhow::Result<Report> {
    let (transcript, scope) = prepare(server, name, text)?;
    let verdict = match options.expect_red {
        true if !transcript.needs_normalisation() => Verdict::Skipped("needs no normalisation".to_owned()),
        true => must_be_red(transcript.play(&scope).await),
        false => must_be_green(transcript.play(&scope).await),
    };
    scope.clean().await;
    Ok(Report {
        results: vec![transcript.report(name, verdict)],
    })
}

fn prepare(server: &Server, name: &str, text: &str) -> anyhow::Result<(Transcript, Scope)> {
    let transcript = Transcript::parse(text).with_context(|| format!("transcript {name}"))?;
    let client = Client::new(server, Arc::new(Watch::default()))?;
    Ok((transcript, Scope::new(client, Arc::new(Claims::default()), nonce())))
}

impl Transcript {
    fn report(&self, name: &str, verdict: Verdict) -> CaseReport {
        let verdict = match verdict {
            Verdict::Failed(text) => Verdict::Failed(format!("{text} [{}]", self.idp)),
            Verdict::Passed | Verdict::Skipped(_) => verdict,
        };
        CaseReport {
            name: name.to_owned(),
            shows: Vec::new(),
            verdict,
        }
    }
}

fn must_be_green(outcome: Result<(), Broken>) -> Verdict {
    match outcome {
        Ok(()) => Verdict::Passed,
        Err(broken) => Verdict::Failed(broken.text),
    }
}

fn must_be_red(outcome: Result<(), Broken>) -> Verdict {
    match outcome {
        Ok(()) => Verdict::Failed("passes although it needs normalisation".to_owned()),
        Err(broken) if broken.needs_normalisation => Verdict::Passed,
        Err(broken) => Verdict::Failed(format!("fails where no normalisation is needed: {}", broken.text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transcript_parses_and_names_its_idp() {
        assert!(!FILES.is_empty());
        for (name, text) in FILES {
            let transcript = Transcript::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!transcript.idp.is_empty(), "{name}");
        }
    }

    #[test]
    fn red_is_right_only_where_normalisation_is_needed() {
        let broken = |needs_normalisation| Broken {
            text: "no".to_owned(),
            needs_normalisation,
        };
        let check = |outcome, expected| assert_eq!(must_be_red(outcome) == Verdict::Passed, expected);
        check(Ok(()), false);
        check(Err(broken(true)), true);
        check(Err(broken(false)), false);
        assert_eq!(must_be_green(Err(broken(true))), Verdict::Failed("no".to_owned()));
    }
}
