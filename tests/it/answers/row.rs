//! What varies from row to row.
use serde_json::{Value, json};

/// What the vendor does with the calls that the write leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vendor {
    Settles,
    Refuses,
    /// It settles, but nobody waits so long.
    Slow,
    /// It refuses, but nobody waits so long.
    RefusesLate,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// A time zone is set.
    Grant,
    /// The person is switched off.
    Removal,
    /// A role is taken away and a time zone is set.
    Both,
}

/// Whether the title is changed before the vendor has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Later {
    Nothing,
    Title,
}

/// When the gateway gets SIGKILL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kill {
    /// The vendor has done or refused the work, and its answer is on the way.
    BeforeUndo,
    /// Everything is as it will be, what was to be undone included. It is looked at before and after the kill.
    AfterUndo,
}

/// What is written, what else, and what is expected: the statuses, what is stored with its version, how the link is at
/// each target, and the calls at each, with `|` between. Where the statuses are left out, everything was answered with
/// success or, if the vendor is waited for, not at all.
pub(super) type Row = (Write, Later, &'static str);

impl Vendor {
    /// Longer than any answer takes that is waited for; or so short that none comes in time. A removal is never refused
    /// but tried again, so that its handler waits to the end; whether it still waits at the refusal changes nothing.
    pub(super) fn respond_within_ms(self, write: Write) -> u64 {
        match (self, write) {
            (Vendor::Refuses, Write::Removal) => 2_000,
            (Vendor::Settles | Vendor::Refuses, _) => 50_000,
            (Vendor::Slow | Vendor::RefusesLate, _) => 200,
        }
    }

    pub(super) fn is_waited_for(self) -> bool {
        match self {
            Vendor::Settles | Vendor::Refuses => true,
            Vendor::Slow | Vendor::RefusesLate => false,
        }
    }

    pub(super) fn refuses(self) -> bool {
        match self {
            Vendor::Settles | Vendor::Slow => false,
            Vendor::Refuses | Vendor::RefusesLate => true,
        }
    }

    /// A time zone that the vendor knows or does not; of both the description says nothing.
    fn time_zone(self) -> &'static str {
        match self.refuses() {
            false => "Europe/Berlin",
            true => "Mars/Olympus",
        }
    }
}

impl Write {
    pub(super) fn operations(self, vendor: Vendor) -> Value {
        let time_zone = json!({ "op": "replace", "path": "timezone", "value": vendor.time_zone() });
        match self {
            Write::Grant => json!([time_zone]),
            Write::Removal => json!([{ "op": "replace", "path": "active", "value": false }]),
            Write::Both => json!([time_zone, { "op": "remove", "path": "roles" }]),
        }
    }
}
