//! Cases written as data: resources given beforehand, then steps.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, Stop, failed};
use crate::suite::scope::Scope;
use crate::suite::step::Step;
use crate::suite::template::{Variables, fill_value};

/// A case as written in a file under `cases/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    name: String,
    shows: Vec<String>,
    /// Features besides those that the steps themselves tell.
    #[serde(default)]
    needs: Vec<Feature>,
    /// Resources made first, in this order: `"pat": {"/Users": {attributes}}`. `schemas` and the name are
    /// filled in; `{pat}`, `{pat_location}`, `{pat_name}` and, if there is one, `{pat_version}` hold what came.
    #[serde(default)]
    given: Map<String, Value>,
    steps: Vec<Step>,
}

/// What a step's text tells of the features it needs.
const TOLD: &[(&str, Feature)] = &[
    ("PATCH ", Feature::Patch),
    ("/Bulk", Feature::Bulk),
    ("/Groups", Feature::Groups),
    ("filter", Feature::Filter),
    ("sortBy", Feature::Sort),
    ("enterprise:2.0", Feature::Enterprise),
];

/// The cases of one file: a JSON array of scripts.
///
/// # Errors
/// Names what does not parse, with line and column.
pub(crate) fn cases(text: &str) -> Result<Vec<Case>, serde_json::Error> {
    let scripts: Vec<Script> = serde_json::from_str(text)?;
    Ok(scripts.into_iter().map(Script::into_case).collect())
}

impl Script {
    fn into_case(self) -> Case {
        let script = Arc::new(self);
        let ids: Vec<_> = script.shows.iter().map(String::as_str).collect();
        let own = Arc::clone(&script);
        let case = Case::new(&script.name, &ids, move |scope| {
            let script = Arc::clone(&own);
            async move { script.run(&scope).await }
        });
        case.needs(&script.needed())
    }

    fn needed(&self) -> Vec<Feature> {
        let mut needed = self.needs.clone();
        for (word, feature) in TOLD {
            let given = self.given.values().any(|value| value.to_string().contains(word));
            if given || self.steps.iter().any(|step| step.mentions(word)) {
                needed.push(*feature);
            }
        }
        needed
    }

    async fn run(&self, scope: &Scope) -> Outcome {
        let mut variables = Variables::from([
            ("nonce".to_owned(), scope.nonce.clone()),
            ("base_url".to_owned(), scope.client.base_url().to_owned()),
        ]);
        for (label, what) in &self.given {
            give(scope, label, what, &mut variables).await?;
        }
        for step in &self.steps {
            step.run(scope, &BTreeMap::new(), &mut variables).await?;
        }
        Ok(())
    }
}

/// Makes one given resource.
pub(crate) async fn give(scope: &Scope, label: &str, what: &Value, variables: &mut Variables) -> Outcome {
    let Some((endpoint, attributes)) = what.as_object().and_then(|what| what.iter().next()) else {
        return failed(format!("given `{label}` is no {{endpoint: attributes}}"));
    };
    let attributes = fill_value(attributes, variables).map_err(Stop::Failed)?;
    let body = match endpoint.as_str() {
        "/Groups" => scope.group_body(label, attributes),
        _ => scope.user_body(label, attributes),
    };
    let answer = scope.post(endpoint.clone(), &body).await?;
    answer.status(&[201])?;
    let name = if endpoint == "/Groups" {
        "/displayName"
    } else {
        "/userName"
    };
    let pointers = [
        ("", "/id"),
        ("_location", "/meta/location"),
        ("_name", name),
        ("_version", "/meta/version"),
    ];
    for (suffix, pointer) in pointers {
        if let Some(text) = answer.json.pointer(pointer).and_then(Value::as_str) {
            variables.insert(format!("{label}{suffix}"), text.to_owned());
        }
    }
    Ok(())
}
