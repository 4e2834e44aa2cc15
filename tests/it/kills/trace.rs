//! What happened last, for who reads a failure.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Older lines are forgotten: a failure is seen a few kills after its cause.
const LINES_MAX: usize = 20_000;

/// Lines shown of one failure.
const SHOWN_MAX: usize = 150;

/// What begins the lines of kills, which belong to every story.
const KILL: &str = "--";

/// Requests, calls to vendors and kills in the order in which they were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Arc<Mutex<VecDeque<String>>>);

impl Trace {
    pub(super) fn tell(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(super) fn killed(&self, number: usize, point: &str) {
        self.tell(format!("{KILL} kill {number}, {point}"));
    }

    /// The last lines that mention one of these, and the kills between them.
    pub(super) fn about(&self, tags: &[String]) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let concerns = |line: &&String| line.starts_with(KILL) || tags.iter().any(|tag| line.contains(tag.as_str()));
        let mut told: Vec<_> = lines.iter().filter(concerns).cloned().collect();
        let told = told.split_off(told.len().saturating_sub(SHOWN_MAX));
        told.join("\n")
    }
}
