//! `usherd drift`.
use serde_json::{Value, json};

use super::control::{Answer, Request};
use super::reach;
use super::say::{counted, say, say_all};
use super::setup::ConfigFile;
use crate::service::drift::{Ask, Difference, Fix, Kind, Report};

/// Reads a target's vendor and shows in what it differs from the directory, though nothing is left to deliver.
///
/// Nothing is changed without --fix. Whatever is found is corrected with the identity provider's next write of the
/// person, too.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The target's name.
    target: String,
    /// Corrects what is found: all but what gives access.
    #[arg(long)]
    fix: bool,
    /// Only if it is still what was shown, by the name that the differences were shown with.
    #[arg(long, value_name = "PLAN", requires = "fix")]
    plan: Option<String>,
    /// Gives this person access back as well, or the account, role or membership that the directory says: the name as
    /// it is shown. May be given several times.
    #[arg(long, value_name = "NAME", requires = "fix")]
    give: Vec<String>,
    /// So few linked accounts are right: takes a listing that lacks over 20 % of them, if it has this many.
    #[arg(long, value_name = "ACCOUNTS")]
    expect: Option<u64>,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let fix = arguments.fix.then(|| Fix {
        plan: arguments.plan,
        give: arguments.give.into_iter().collect(),
    });
    let is_fixed = fix.is_some();
    let expect = arguments.expect;
    let request = Request::Drift {
        target: arguments.target.clone(),
        ask: Ask { expect, fix },
    };
    let Answer::Drifted { report } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    match arguments.json {
        true => say(json!(report))?,
        false => {
            let expected = expect.map(|accounts| format!(" --expect {accounts}"));
            let again = format!("{}{}", arguments.target, expected.unwrap_or_default());
            say_all(lines(&report, (&again, is_fixed)))?;
        }
    }
    Ok(())
}

/// What is said where nothing was corrected.
const GIVES: &str =
    "nothing was changed: what gives access is corrected with `--give NAME` alone, the name as it is listed";

/// `again`: how it is asked for once more.
fn lines(report: &Report, (again, fixed): (&str, bool)) -> Vec<String> {
    let Report {
        plan,
        compared,
        unsettled,
        found,
        differences,
        corrected,
    } = report;
    let mut lines: Vec<_> = differences.iter().map(line).collect();
    let more = found.saturating_sub(differences.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.push(format!(
        "differences: {found}; compared: {compared}; left out, as something is to be delivered, or rests: {unsettled}"
    ));
    lines.extend(match (found, fixed) {
        (0, _) => None,
        (_, true) if *corrected == 0 => Some(GIVES.to_owned()),
        (_, true) => {
            let corrected = counted(*corrected, "difference is", "differences are");
            Some(format!("{corrected} being corrected: see `usherd status`"))
        }
        (_, false) => Some(format!(
            "nothing was changed; to correct: usherd drift {again} --fix --plan {plan} [--give NAME]"
        )),
    });
    lines
}

/// A difference, and what the directory and the vendor say.
fn line(difference: &Difference) -> String {
    let Difference {
        kind,
        name,
        account,
        field,
        directory,
        vendor,
        ..
    } = difference;
    let meaning = match kind {
        Kind::LeaverBack => "has left, and has access at the vendor",
        Kind::RoleHigher => "has a greater role at the vendor",
        Kind::Suspended => "is switched off at the vendor",
        Kind::Gone => "is gone at the vendor",
        Kind::RoleLower => "has a lesser role at the vendor",
        Kind::RoleOther => "has another role at the vendor",
        Kind::MemberMissing => "lacks a member at the vendor",
        Kind::Field => "differs at the vendor",
    };
    let values = match (kind, field) {
        (Kind::MemberMissing, _) => format!(": {}", plain(directory)),
        (_, Some(field)) => format!(": {field} is {} here, {} there", plain(directory), plain(vendor)),
        (_, None) => String::new(),
    };
    format!("{name} {account} {meaning}{values}")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_who_and_what() {
        for (kind, field, directory, vendor, expected) in [
            (
                Kind::LeaverBack,
                Some("active"),
                json!(false),
                json!(true),
                "ann V1 has left, and has access at the vendor: active is false here, true there",
            ),
            (
                Kind::Field,
                Some("title"),
                json!("Dr"),
                Value::Null,
                "ann V1 differs at the vendor: title is Dr here, nothing there",
            ),
            (
                Kind::Gone,
                None,
                json!(true),
                Value::Null,
                "ann V1 is gone at the vendor",
            ),
            (
                Kind::MemberMissing,
                Some("members"),
                json!("bob"),
                Value::Null,
                "ann V1 lacks a member at the vendor: bob",
            ),
        ] {
            let difference = Difference {
                kind,
                name: "ann".to_owned(),
                resource: String::new(),
                resource_type: "User".to_owned(),
                account: "V1".to_owned(),
                field: field.map(str::to_owned),
                directory,
                vendor,
            };
            assert_eq!(line(&difference), expected);
        }
    }
}
