//! `usherd mapping try`.
use std::path::{Path, PathBuf};

use adapters::descriptor::Kind;
use anyhow::anyhow;
use serde_json::{Value, json};

use super::control::{Answer, Request};
use super::reach;
use super::say::{say, say_all};
use super::setup::{self, ConfigFile};
use crate::config::{self, Server};
use crate::service::administration::{Trial, TriedCall, Whom};

/// Says what would be sent for one person or group, and by which calls. Nothing is sent.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The target's name.
    target: String,
    #[command(flatten)]
    whom: Named,
    /// As this file of directories and targets would declare the target. It is not applied.
    #[arg(long, value_name = "FILE")]
    declarations: Option<PathBuf>,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Whom to try with.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Named {
    /// A person, by id or userName.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// A group, by id or displayName.
    #[arg(long, value_name = "ID")]
    group: Option<String>,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let declared = arguments.declarations.as_deref();
    let declared = declared.map(|file| declared_target(file, &arguments.target, &server));
    let request = Request::Try {
        declared: declared.transpose()?.map(Box::new),
        target: arguments.target,
        whom: arguments.whom.into(),
    };
    let Answer::Tried { trial } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    match arguments.json {
        true => say(json!(trial))?,
        false => say_all(lines(&trial))?,
    }
    Ok(())
}

/// What a file declares of the target.
fn declared_target(file: &Path, name: &str, server: &Server) -> anyhow::Result<config::Target> {
    let catalogue = setup::catalogue(&server.schemas, &server.resource_types)?;
    let targets = setup::declarations(file, &catalogue)?.targets.into_iter();
    let mut targets = targets.map(|(target, _)| target);
    let found = targets.find(|target| target.name == name);
    found.ok_or_else(|| anyhow!("{} declares no target `{name}`", file.display()))
}

impl From<Named> for Whom {
    fn from(named: Named) -> Self {
        let kind = if named.user.is_some() { Kind::User } else { Kind::Group };
        let name = named.user.or(named.group).unwrap_or_default();
        Whom { kind, name }
    }
}

fn lines(trial: &Trial) -> Vec<String> {
    let Trial {
        resource,
        resource_type,
        fields,
        ..
    } = trial;
    let mut lines = vec![format!("{resource_type} {resource}: {}", standing(trial))];
    let width = fields.iter().map(|field| field.field.len()).max().unwrap_or_default();
    lines.extend(fields.iter().map(|field| {
        let when = if field.on_create { ", for new accounts only" } else { "" };
        let (name, value, source) = (&field.field, shown(&field.value), &field.source);
        format!("  {name:width$} = {value} <- {source}{when}")
    }));
    lines.extend(trial.faults.iter().map(|fault| format!("refused: {fault}")));
    lines.push(match trial.calls.is_empty() {
        true => "no call would be made".to_owned(),
        false => "these calls would be made, and are not:".to_owned(),
    });
    lines.extend(trial.calls.iter().map(|call| format!("  {}", told(call))));
    lines.extend(trial.notes.iter().map(|note| format!("note: {note}")));
    lines
}

fn standing(trial: &Trial) -> String {
    let belongs = match (trial.assigned, trial.active) {
        (false, _) => "does not belong to the target",
        (true, true) if trial.resource_type == "Group" => "is to be there",
        (true, true) => "is to have an account",
        (true, false) => "is switched off",
    };
    let account = match &trial.account {
        Some(id) => format!("has the account {id}"),
        None => "has none".to_owned(),
    };
    let pending = if trial.pending { ", not all of it delivered" } else { "" };
    format!("{belongs}, {account}{pending}")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    }
}

fn told(call: &TriedCall) -> String {
    let fields = call.fields.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("{name} = {}", shown(value)))
        .collect();
    let carried = match fields.is_empty() {
        true => String::new(),
        false => format!(": {}", fields.join(", ")),
    };
    let costs = match call.calls {
        1 => String::new(),
        calls => format!(" (up to {calls} of the vendor's calls)"),
    };
    format!("{}{costs}{carried}", call.verb)
}
