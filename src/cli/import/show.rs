//! Plans and what was applied of them, for people and for programs.
use std::fmt::Display;

use serde_json::{Value, json};

use super::progress::{Progress, bar};
use super::table::Table;
use crate::cli::say::{Unheard, say};
use crate::service::administration::import::{Applied, List, Preview, Source, Told, Unapplied};

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Table,
    Json,
}

/// Shows as it comes: a plan may be longer than memory should hold.
pub(super) struct Show {
    shape: Shape,
    progress: Progress,
    table: Table,
    elements: bool,
    /// Once nothing can be shown any more, nothing is: what was confirmed is applied all the same.
    said: Result<(), Unheard>,
}

impl Show {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            progress: Progress::new(),
            table: Table::new(),
            elements: false,
            said: Ok(()),
        }
    }

    pub(super) fn told(&mut self, told: Told) {
        match told {
            Told::Read { pages, accounts } => self
                .progress
                .show(&format!("read {accounts} accounts on {pages} pages")),
            Told::Worked { done, of } => self.progress.show(&bar(done, of)),
            Told::Line(line) => match self.shape {
                Shape::Json => self.element("lines", &json!(line)),
                Shape::Table => {
                    let rows = self.table.rows(&line);
                    self.say(rows.join("\n"));
                }
            },
            Told::Unapplied(unapplied) => match self.shape {
                Shape::Json => self.element("unapplied", &json!(unapplied)),
                Shape::Table => self.say(sentence(&unapplied)),
            },
        }
    }

    /// Takes the progress away.
    pub(super) fn clear(&mut self) {
        self.progress.clear();
    }

    /// Ends a plan.
    ///
    /// # Errors
    /// Not all of it could be shown.
    pub(super) fn previewed(mut self, preview: &Preview, (target, source): (&str, Source)) -> Result<(), Unheard> {
        if self.shape == Shape::Json {
            return self.end("lines", &json!(preview));
        }
        let counts: Vec<_> = preview
            .lists
            .iter()
            .map(|(list, count)| format!("{count} {}", name(*list)))
            .collect();
        let Preview {
            plan,
            accounts,
            in_step,
            ..
        } = preview;
        let counts = counts.join(", ");
        self.say(format_args!("{counts}; {in_step} of {accounts} accounts are in step"));
        let source = match source {
            Source::Vendor => "",
            Source::Directory => " --source directory",
        };
        self.say(format_args!(
            "nothing was changed; to apply: usherd import {target}{source} --confirm {plan} --list LISTS, or --account ID"
        ));
        self.said
    }

    /// Ends what was applied.
    ///
    /// # Errors
    /// Not all of it could be shown.
    pub(super) fn applied(mut self, applied: &Applied) -> Result<(), Unheard> {
        if self.shape == Shape::Json {
            return self.end("unapplied", &json!(applied));
        }
        let Applied {
            applied,
            refused,
            protected,
        } = applied;
        self.say(format_args!(
            "{applied} applied, {refused} refused, {protected} protected and left alone"
        ));
        self.said
    }

    /// An element of the one array that the object begins with.
    fn element(&mut self, array: &str, element: &Value) {
        match self.elements {
            true => self.say(format_args!(",{element}")),
            false => self.say(format_args!("{{\"{array}\":[\n{element}")),
        }
        self.elements = true;
    }

    /// Ends the object with these members.
    fn end(mut self, array: &str, members: &Value) -> Result<(), Unheard> {
        let members = members.to_string();
        let members = members.strip_prefix('{').unwrap_or(&members);
        match self.elements {
            true => self.say(format_args!("],{members}")),
            false => self.say(format_args!("{{\"{array}\":[],{members}")),
        }
        self.said
    }

    fn say(&mut self, line: impl Display) {
        self.clear();
        if self.said.is_ok() {
            self.said = say(line);
        }
    }
}

fn name(list: List) -> &'static str {
    match list {
        List::New => "new",
        List::Update => "update",
        List::Activate => "activate",
        List::Deactivate => "deactivate",
    }
}

fn sentence(unapplied: &Unapplied) -> String {
    let Unapplied {
        account, name, reason, ..
    } = unapplied;
    let field = unapplied
        .field
        .as_ref()
        .map(|field| format!("{field}: "))
        .unwrap_or_default();
    let verdict = if unapplied.protected { "left alone" } else { "refused" };
    format!("{name} {account} {verdict}: {field}{reason}")
}
