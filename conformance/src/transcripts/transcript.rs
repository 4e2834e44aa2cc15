//! One transcript: a flow of requests as one identity provider sends them.
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::suite::scope::Scope;
use crate::suite::step::Step;
use crate::suite::template::Variables;

/// A transcript as written in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transcript {
    /// The identity provider and how it is set up.
    pub(crate) idp: String,
    /// Headers of every request.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    steps: Vec<Step>,
}

/// The step that failed.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The step's place and what is wrong, in one line.
    pub(crate) text: String,
    /// Whether the step needs a server that normalises dialects.
    pub(crate) needs_normalisation: bool,
}

impl Transcript {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Names what does not parse, with line and column.
    pub(crate) fn parse(text: &str) -> Result<Transcript, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Whether any step leaves the RFCs.
    pub(crate) fn needs_normalisation(&self) -> bool {
        self.steps.iter().any(|step| step.needs_normalisation)
    }

    /// Plays the steps up to the first that fails.
    pub(crate) async fn play(&self, scope: &Scope) -> Result<(), Broken> {
        let mut variables = variables(scope);
        for (index, step) in self.steps.iter().enumerate() {
            let outcome = step.run(scope, &self.headers, &mut variables).await;
            outcome.map_err(|stop| self.broken(index, stop))?;
        }
        Ok(())
    }

    /// Plays the steps while the server is strict, up to the first whose outcome is not as its flag says. One that
    /// needs normalisation must fail, and is then played while the server normalises, so that the flow goes on.
    pub(crate) async fn play_flags(&self, scope: &Scope, strict: &impl AsyncFn(bool)) -> Result<(), Broken> {
        let mut variables = variables(scope);
        for (index, step) in self.steps.iter().enumerate() {
            let made = scope.made();
            let outcome = step.run(scope, &self.headers, &mut variables).await;
            if !step.needs_normalisation {
                outcome.map_err(|stop| self.broken(index, stop))?;
                continue;
            }
            if outcome.is_ok() {
                return Err(self.broken(index, "passes although it needs normalisation"));
            }
            // Where refusing would have been right, something may have been made.
            scope.clean_after(made).await;
            strict(false).await;
            let outcome = step.run(scope, &self.headers, &mut variables).await;
            strict(true).await;
            outcome.map_err(|stop| self.broken(index, stop))?;
        }
        Ok(())
    }

    fn broken(&self, index: usize, what: impl std::fmt::Display) -> Broken {
        let step = self.steps.get(index);
        let say = step.map_or("", |step| step.say.as_str());
        Broken {
            text: format!("step {} of {}, {say}: {what}", index + 1, self.steps.len()),
            needs_normalisation: step.is_some_and(|step| step.needs_normalisation),
        }
    }
}

fn variables(scope: &Scope) -> Variables {
    Variables::from([
        ("nonce".to_owned(), scope.nonce.clone()),
        ("base_url".to_owned(), scope.client.base_url().to_owned()),
    ])
}
