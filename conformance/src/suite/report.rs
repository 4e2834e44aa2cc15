//! What a run found.
use std::fmt;

use serde_json::{Value, json};

/// The outcome of every case of a run, in the order of the cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One entry for each case.
    pub results: Vec<CaseReport>,
}

/// The outcome of one case.
#[derive(Clone, Debug)]
pub struct CaseReport {
    /// The case's name.
    pub name: String,
    /// Ids of the requirements it shows; none for a transcript.
    pub shows: Vec<String>,
    /// How it ended.
    pub verdict: Verdict,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was as expected.
    Passed,
    /// Something was not; the text names the request, what was expected and what came.
    Failed(String),
    /// The server does not claim it, or the run was not given what it needs.
    Skipped(String),
}

impl Report {
    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Passed))
    }

    /// How many cases failed.
    pub fn failed(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// How many cases were skipped.
    pub fn skipped(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Skipped(_)))
    }

    /// The report as JSON: the three counts and every case.
    pub fn to_json(&self) -> Value {
        let results: Vec<_> = self.results.iter().map(CaseReport::to_json).collect();
        json!({
            "passed": self.passed(),
            "failed": self.failed(),
            "skipped": self.skipped(),
            "results": results,
        })
    }

    fn count(&self, which: impl Fn(&Verdict) -> bool) -> usize {
        self.results.iter().filter(|result| which(&result.verdict)).count()
    }
}

impl CaseReport {
    fn to_json(&self) -> Value {
        let (verdict, text) = match &self.verdict {
            Verdict::Passed => ("passed", Value::Null),
            Verdict::Failed(text) => ("failed", json!(text)),
            Verdict::Skipped(text) => ("skipped", json!(text)),
        };
        json!({"name": self.name, "requirements": self.shows, "verdict": verdict, "text": text})
    }
}

/// A line for each case that failed or was skipped, and the counts on the last.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.results {
            match &result.verdict {
                Verdict::Passed => {}
                Verdict::Failed(text) if result.shows.is_empty() => writeln!(f, "FAILED {}: {text}", result.name)?,
                Verdict::Failed(text) => {
                    writeln!(f, "FAILED {} ({}): {text}", result.name, result.shows.join(" "))?;
                }
                Verdict::Skipped(text) => writeln!(f, "skipped {}: {text}", result.name)?,
            }
        }
        let (passed, failed, skipped) = (self.passed(), self.failed(), self.skipped());
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_failure_and_the_counts_last() {
        let case = |name: &str, shows: &[&str], verdict| CaseReport {
            name: name.to_owned(),
            shows: shows.iter().map(|id| (*id).to_owned()).collect(),
            verdict,
        };
        let report = Report {
            results: vec![
                case("a", &["1"], Verdict::Passed),
                case("b", &["1", "2"], Verdict::Failed("POST /Users: no".into())),
                case("c", &[], Verdict::Skipped("not claimed: sort".into())),
                case("d", &[], Verdict::Failed("no".into())),
            ],
        };
        let expected = "FAILED b (1 2): POST /Users: no\nskipped c: not claimed: sort\nFAILED d: no\n\
                        1 passed, 2 failed, 1 skipped\n";
        assert_eq!(report.to_string(), expected);
        assert_eq!(report.to_json()["failed"], 2);
    }
}
