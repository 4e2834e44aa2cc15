//! One case: a name, the requirements it shows, what it needs, and what it does.
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::suite::claims::Feature;
use crate::suite::failure::Outcome;
use crate::suite::scope::Scope;

/// What a case does, as a future.
type Doing = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One case of the suite.
pub(crate) struct Case {
    /// `area.what_it_shows`.
    pub(crate) name: String,
    /// Ids of the requirements it shows.
    pub(crate) shows: Vec<String>,
    /// Without these the case is skipped.
    pub(crate) needs: Vec<Feature>,
    /// Does it.
    pub(crate) run: Box<dyn Fn(Arc<Scope>) -> Doing + Send + Sync>,
}

impl Case {
    /// A case that needs nothing.
    pub(crate) fn new<F, D>(name: &str, shows: &[&str], run: F) -> Case
    where
        F: Fn(Arc<Scope>) -> D + Send + Sync + 'static,
        D: Future<Output = Outcome> + Send + 'static,
    {
        Case {
            name: name.to_owned(),
            shows: shows.iter().map(|id| (*id).to_owned()).collect(),
            needs: Vec::new(),
            run: Box::new(move |scope| Box::pin(run(scope))),
        }
    }

    /// The same case, skipped where these are not claimed.
    pub(crate) fn needs(mut self, features: &[Feature]) -> Case {
        self.needs.extend(features);
        self
    }
}
