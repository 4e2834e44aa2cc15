//! A plan's lists as a table.
use serde_json::Value;

use crate::service::administration::import::{FieldChange, Line, List, Presence};

/// The columns' least widths: ids of most vendors, and most addresses.
const WIDTHS: (usize, usize) = (16, 32);

/// Lines as they come, under headings. A column grows with the longest that it has had, since a plan may be longer than
/// memory should hold.
pub(super) struct Table {
    list: Option<List>,
    account: usize,
    name: usize,
}

impl Table {
    pub(super) fn new() -> Self {
        let (account, name) = WIDTHS;
        Self {
            list: None,
            account,
            name,
        }
    }

    /// An account: one row, and one a field.
    pub(super) fn rows(&mut self, line: &Line) -> Vec<String> {
        let mut rows = Vec::new();
        if self.list != Some(line.list) {
            self.list = Some(line.list);
            rows.push(format!("{}:", heading(line.list)));
            rows.push(self.row("account", "name", "what"));
        }
        self.account = self.account.max(line.account.chars().count());
        self.name = self.name.max(line.name.chars().count());
        rows.push(self.row(&line.account, &line.name, &what(line)));
        let width = line.changes.iter().map(|change| change.field.len()).max();
        let width = width.unwrap_or_default();
        rows.extend(line.changes.iter().map(|change| {
            let (field, values) = (&change.field, values(line.list, change));
            format!("      {field:width$}  {values}")
        }));
        rows
    }

    fn row(&self, account: &str, name: &str, what: &str) -> String {
        format!(
            "  {account:first$}  {name:second$}  {what}",
            first = self.account,
            second = self.name
        )
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

fn what(line: &Line) -> String {
    let linked = if line.linked { "linked" } else { "not linked yet" };
    let state = match line.list {
        List::New => "new".to_owned(),
        List::Update => linked.to_owned(),
        List::Activate => format!("{} here, {linked}", presence(line.directory)),
        List::Deactivate => format!("{} at the vendor, {linked}", presence(line.vendor)),
    };
    let protected = line.protected.then(|| "protected: only by --account".to_owned());
    let fault = line.fault.as_ref().map(|fault| format!("would be refused: {fault}"));
    let parts: Vec<_> = [Some(state), protected, fault].into_iter().flatten().collect();
    parts.join("; ")
}

/// Of a new person what the account has, and what the target's rules would have instead.
fn values(list: List, change: &FieldChange) -> String {
    let (old, new) = (shown(&change.old), shown(&change.new));
    match (list, change.old.is_null()) {
        (List::New, true) => new,
        (List::New, false) => format!("{old}, would become {new}"),
        (List::Update | List::Activate | List::Deactivate, _) => format!("{old} -> {new}"),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    }
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Active => "active",
        Presence::Inactive => "inactive",
        Presence::Unassigned => "unassigned",
        Presence::Absent => "absent",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(list: List, changes: &[(&str, Value, Value)]) -> Line {
        let change = |(field, old, new): &(&str, Value, Value)| FieldChange {
            field: (*field).to_owned(),
            old: old.clone(),
            new: new.clone(),
        };
        Line {
            list,
            account: "7".to_owned(),
            name: "bo@example.com".to_owned(),
            resource: None,
            linked: false,
            protected: false,
            vendor: Presence::Inactive,
            directory: Presence::Unassigned,
            changes: changes.iter().map(change).collect(),
            fault: None,
        }
    }

    #[test]
    fn an_account_is_a_row_and_each_field_one_below_it() {
        let new = line(
            List::New,
            &[
                ("name", Value::Null, json!("Bo")),
                ("role", json!("end-user"), json!("agent")),
            ],
        );
        let update = line(List::Update, &[("firstName", json!("Bo"), Value::Null)]);
        let protected = Line {
            account: "an-id-of-more-signs".to_owned(),
            linked: true,
            protected: true,
            fault: Some("it waits".to_owned()),
            ..line(List::Update, &[])
        };
        let mut table = Table::new();
        let lines = [
            new,
            update,
            protected,
            line(List::Activate, &[]),
            line(List::Deactivate, &[]),
        ];
        let rows: Vec<_> = lines.iter().flat_map(|line| table.rows(line)).collect();
        let expected = [
            "new (at the vendor, not in the directory):",
            "  account           name                              what",
            "  7                 bo@example.com                    new",
            "      name  \"Bo\"",
            "      role  \"end-user\", would become \"agent\"",
            "update (fields differ, or the account is not linked yet):",
            "  account           name                              what",
            "  7                 bo@example.com                    not linked yet",
            "      firstName  \"Bo\" -> nothing",
            "  an-id-of-more-signs  bo@example.com                    linked; protected: only by --account; would be \
             refused: it waits",
            "activate (active at the vendor, not here):",
            "  account              name                              what",
            "  7                    bo@example.com                    unassigned here, not linked yet",
            "deactivate (active here, not at the vendor):",
            "  account              name                              what",
            "  7                    bo@example.com                    inactive at the vendor, not linked yet",
        ];
        assert_eq!(rows, expected);
    }
}
