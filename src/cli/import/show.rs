//! Plans and what was applied of them, for people and for programs.
use serde_json::{Value, json};

use super::progress::{Progress, bar};
use crate::service::administration::import::{
    Applied, FieldChange, Line, List, Presence, Preview, Source, Told, Unapplied,
};

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
    /// The list whose heading was printed.
    list: Option<List>,
    printed: bool,
}

impl Show {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            progress: Progress::new(),
            list: None,
            printed: false,
        }
    }

    pub(super) fn told(&mut self, told: Told) {
        match told {
            Told::Read { pages, accounts } => self
                .progress
                .show(&format!("read {accounts} accounts on {pages} pages")),
            Told::Worked { done, of } => self.progress.show(&bar(done, of)),
            Told::Line(line) => self.line(&line),
            Told::Unapplied(unapplied) => self.unapplied(&unapplied),
        }
    }

    /// Takes the progress away.
    pub(super) fn clear(&mut self) {
        self.progress.clear();
    }

    fn line(&mut self, line: &Line) {
        self.clear();
        if self.shape == Shape::Json {
            return self.element("lines", &json!(line));
        }
        if self.list != Some(line.list) {
            self.list = Some(line.list);
            println!("{}:", heading(line.list));
        }
        println!("  {}", sentence(line));
    }

    fn unapplied(&mut self, unapplied: &Unapplied) {
        self.clear();
        if self.shape == Shape::Json {
            return self.element("unapplied", &json!(unapplied));
        }
        let Unapplied {
            account, name, reason, ..
        } = unapplied;
        let field = unapplied
            .field
            .as_ref()
            .map(|field| format!("{field}: "))
            .unwrap_or_default();
        let verdict = if unapplied.protected { "left alone" } else { "refused" };
        println!("{name} {account} {verdict}: {field}{reason}");
    }

    /// An element of the one array that the object begins with.
    fn element(&mut self, array: &str, element: &Value) {
        match self.printed {
            true => println!(","),
            false => println!("{{\"{array}\":["),
        }
        self.printed = true;
        print!("{element}");
    }

    /// Ends the object with these members.
    fn end(&self, array: &str, members: &Value) {
        if !self.printed {
            print!("{{\"{array}\":[");
        }
        let members = members.to_string();
        println!("],{}", members.strip_prefix('{').unwrap_or(&members));
    }

    pub(super) fn previewed(&self, preview: &Preview, (target, source): (&str, Source)) {
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
        println!("{}; {in_step} of {accounts} accounts are in step", counts.join(", "));
        let source = match source {
            Source::Vendor => "",
            Source::Directory => " --source directory",
        };
        println!("nothing was changed; to apply: usherd import {target}{source} --confirm {plan} --list LISTS");
    }

    pub(super) fn applied(&self, applied: &Applied) {
        if self.shape == Shape::Json {
            return self.end("unapplied", &json!(applied));
        }
        let Applied {
            applied,
            refused,
            protected,
        } = applied;
        println!("{applied} applied, {refused} refused, {protected} protected and left alone");
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

fn heading(list: List) -> &'static str {
    match list {
        List::New => "new (at the vendor, not in the directory)",
        List::Update => "update (fields differ, or the account is not linked yet)",
        List::Activate => "activate (active at the vendor, not here)",
        List::Deactivate => "deactivate (active here, not at the vendor)",
    }
}

fn sentence(line: &Line) -> String {
    let mut parts: Vec<String> = match line.list {
        List::New => line.changes.iter().map(given).collect(),
        List::Update => line.changes.iter().map(changed).collect(),
        List::Activate => vec![format!("{} here", presence(line.directory))],
        List::Deactivate => vec![format!("{} at the vendor", presence(line.vendor))],
    };
    let marks = [
        (line.resource.is_some() && !line.linked, "not linked yet"),
        (line.protected, "protected: only by --account"),
    ];
    parts.extend(
        marks
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, mark)| mark.to_owned()),
    );
    parts.extend(line.fault.as_ref().map(|fault| format!("would be refused: {fault}")));
    format!("{} {}  {}", line.name, line.account, parts.join(", "))
}

fn given(change: &FieldChange) -> String {
    format!("{} {}", change.field, change.new)
}

fn changed(change: &FieldChange) -> String {
    format!("{} {} -> {}", change.field, change.old, change.new)
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Active => "active",
        Presence::Inactive => "inactive",
        Presence::Unassigned => "unassigned",
        Presence::Absent => "absent",
    }
}
