//! What must hold in every exchange, whatever a case is about: looked at while the cases run, judged at the end.
use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::Value;

use crate::suite::report::{CaseReport, Verdict};
use crate::suite::rules::{RULES, resources_of};
use crate::suite::server::{Answer, Request};

/// How many breaches of one rule are shown.
const BREACHES_SHOWN_MAX: usize = 3;

/// Name of the rule that needs more than one exchange.
pub(crate) const UNIQUE_IDS: (&str, &[&str]) = ("always.ids_are_unique_over_all_types", &["7643-3.1-05"]);

/// Collects breaches while cases run.
#[derive(Default)]
pub(crate) struct Watch {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    looked_at: BTreeMap<&'static str, usize>,
    breaches: BTreeMap<&'static str, Vec<String>>,
    types_by_id: BTreeMap<String, String>,
}

impl Watch {
    /// Looks at one exchange.
    pub(crate) fn see(&self, request: &Request, answer: &Answer) {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for rule in RULES {
            if let Some(result) = (rule.holds)(request, answer) {
                seen.note(rule.name, result.map_err(|text| format!("{}: {text}", answer.request)));
            }
        }
        for resource in resources_of(answer) {
            seen.note_id(resource);
        }
    }

    /// A report for each rule.
    pub(crate) fn reports(&self) -> Vec<CaseReport> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let names = RULES.iter().map(|rule| (rule.name, rule.shows));
        names
            .chain([UNIQUE_IDS])
            .map(|(name, shows)| CaseReport {
                name: name.to_owned(),
                shows: shows.iter().map(|id| (*id).to_owned()).collect(),
                verdict: seen.verdict(name),
            })
            .collect()
    }
}

impl Seen {
    fn note(&mut self, rule: &'static str, result: Result<(), String>) {
        *self.looked_at.entry(rule).or_default() += 1;
        if let Err(text) = result {
            self.breaches.entry(rule).or_default().push(text);
        }
    }

    fn note_id(&mut self, resource: &Value) {
        let (Some(id), Some(kind)) = (resource["id"].as_str(), resource["meta"]["resourceType"].as_str()) else {
            return;
        };
        if ["Schema", "ResourceType", "ServiceProviderConfig"].contains(&kind) {
            return;
        }
        let known = self.types_by_id.entry(id.to_owned()).or_insert_with(|| kind.to_owned());
        let result = match known == kind {
            true => Ok(()),
            false => Err(format!("id {id} is a {known} and a {kind}")),
        };
        self.note(UNIQUE_IDS.0, result);
    }

    fn verdict(&self, rule: &'static str) -> Verdict {
        if let Some(breaches) = self.breaches.get(rule) {
            let shown: Vec<_> = breaches.iter().take(BREACHES_SHOWN_MAX).cloned().collect();
            return Verdict::Failed(format!("{} times: {}", breaches.len(), shown.join("; ")));
        }
        match self.looked_at.get(rule) {
            Some(_) => Verdict::Passed,
            None => Verdict::Skipped("no exchange was concerned".to_owned()),
        }
    }
}
