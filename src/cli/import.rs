//! `usherd import`.
mod progress;
mod show;
mod table;

use anyhow::bail;

use super::control::{Answer, Request};
use super::reach;
use super::setup::ConfigFile;
use crate::service::administration::import::{Choice, List, Source};
use show::{Shape, Show};

/// Takes over the accounts that a vendor has already: compares them with the directory, and applies what is confirmed.
///
/// Without --confirm nothing is changed: four lists are shown. *New* accounts are not in the directory. *Update*:
/// fields differ, or the account is not linked to its person yet. *Activate*: active at the vendor, inactive or
/// unassigned here. *Deactivate*: the reverse.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The target's name.
    target: String,
    /// Whose values win: the directory becomes as the vendor is, or the vendor as the directory is.
    #[arg(long, value_enum, default_value = "vendor")]
    source: Winner,
    /// So few accounts are right: takes a listing that is over 20 % shorter than the last one, if it has this many.
    #[arg(long, value_name = "ACCOUNTS")]
    expect: Option<u64>,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    /// Applies what was shown, by the name that the plan was shown with. With --list or --account: what of it.
    #[arg(long, value_name = "PLAN")]
    confirm: Option<String>,
    /// Whole lists, with commas between them. Protected accounts are left out.
    #[arg(long, value_enum, value_delimiter = ',', requires = "confirm")]
    list: Vec<Which>,
    /// Single accounts by the vendor's ids, also protected ones. May be given several times.
    #[arg(long, value_name = "ID", requires = "confirm")]
    account: Vec<String>,
    #[command(flatten)]
    config: ConfigFile,
}

/// The values of `--source`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Winner {
    Vendor,
    Directory,
}

/// The values of `--list`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    New,
    Update,
    Activate,
    Deactivate,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let confirm = choice(&arguments)?;
    let source = match arguments.source {
        Winner::Vendor => Source::Vendor,
        Winner::Directory => Source::Directory,
    };
    let mut show = Show::new(if arguments.json { Shape::Json } else { Shape::Table });
    let request = Request::Import {
        target: arguments.target.clone(),
        source,
        expect: arguments.expect,
        confirm,
    };
    let answer = reach::ask_aloud(&server, request, &mut |told| show.told(told)).await;
    show.clear();
    match answer? {
        Answer::Previewed { preview } => show.previewed(&preview, (&arguments.target, source))?,
        Answer::Imported { applied } => {
            let said = show.applied(&applied);
            if applied.refused > 0 {
                bail!("{} were refused", applied.refused);
            }
            said?;
        }
        _ => return Err(reach::unexpected()),
    }
    Ok(())
}

/// What is applied of a plan; a plan without a choice would be a whole import by a slip.
fn choice(arguments: &Arguments) -> anyhow::Result<Option<Choice>> {
    let Some(plan) = &arguments.confirm else {
        return Ok(None);
    };
    if arguments.list.is_empty() && arguments.account.is_empty() {
        bail!("say what of the plan is applied: --list new,update,activate,deactivate or --account ID");
    }
    let list = |which: &Which| match which {
        Which::New => List::New,
        Which::Update => List::Update,
        Which::Activate => List::Activate,
        Which::Deactivate => List::Deactivate,
    };
    Ok(Some(Choice {
        plan: plan.clone(),
        lists: arguments.list.iter().map(list).collect(),
        accounts: arguments.account.iter().cloned().collect(),
    }))
}
