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
        let mut variables = Variables::from([
            ("nonce".to_owned(), scope.nonce.clone()),
            ("base_url".to_owned(), scope.client.base_url().to_owned()),
        ]);
        for (index, step) in self.steps.iter().enumerate() {
            let outcome = step.run(scope, &self.headers, &mut variables).await;
            outcome.map_err(|stop| Broken {
                text: format!("step {} of {}, {}: {stop}", index + 1, self.steps.len(), step.say),
                needs_normalisation: step.needs_normalisation,
            })?;
        }
        Ok(())
    }
}
