//! The tables of the file.
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition, TableError, WriteTransaction};

/// Keys and values of every table; [`keys`](super::keys) and [`codec`](super::codec) say what is in them.
pub(super) type Bytes = &'static [u8];

/// Tables whose rows have a key alone; the values of the others are records.
pub(super) const INDEXES: [&str; 7] = [
    "index",
    "memberships",
    "due",
    "parked",
    "accounts",
    "grants_due",
    "grants_of",
];

/// A table that can be read, of a snapshot or of the write under way.
pub(super) trait Rows: ReadableTable<Bytes, Bytes> {}

impl<T: ReadableTable<Bytes, Bytes>> Rows for T {}

/// How many tables there are.
const TABLES: usize = 19;

/// All tables, of a snapshot or of the write under way.
pub(super) struct Tables<T> {
    /// Scope, id → resource.
    pub(super) resources: T,
    /// Scope, attribute, value, id → nothing.
    pub(super) index: T,
    /// Scope → how many resources.
    pub(super) counts: T,
    /// Scope, level, first id → how many resources and children from there on.
    pub(super) blocks: T,
    /// Directory, group, member → member.
    pub(super) members: T,
    /// Directory, member, group → nothing.
    pub(super) memberships: T,
    /// Directory, group → stamp.
    pub(super) stamps: T,
    /// Target → its directory.
    pub(super) targets: T,
    /// Directory, target, resource → link.
    pub(super) links: T,
    /// Directory, target, lane, due, resource → nothing.
    pub(super) due: T,
    /// Directory, target, resource → nothing.
    pub(super) parked: T,
    /// Directory, target → counts.
    pub(super) backlogs: T,
    /// Directory, target, hour → how many leave.
    pub(super) going: T,
    /// Directory, target, type, what, vendor id or unique value, resource → nothing.
    pub(super) accounts: T,
    /// Directory, target, group, member → grant.
    pub(super) grants: T,
    /// Directory, target, group, lane, member → nothing.
    pub(super) grants_due: T,
    /// Directory, target, member, group → nothing.
    pub(super) grants_of: T,
    /// Kind, name → version and value.
    pub(super) settings: T,
    /// Target → lease.
    pub(super) leases: T,
}

/// The tables of a snapshot; it lives as long as they do.
pub(super) type Snapshot = Tables<ReadOnlyTable<Bytes, Bytes>>;

/// The tables of the write under way.
pub(super) type Writing<'t> = Tables<Table<'t, Bytes, Bytes>>;

impl Snapshot {
    pub(super) fn of(transaction: &ReadTransaction) -> Result<Self, TableError> {
        Tables::open(|name| transaction.open_table(TableDefinition::new(name)))
    }
}

impl<'t> Writing<'t> {
    /// Opens the tables; those that are not there are made.
    pub(super) fn of(transaction: &'t WriteTransaction) -> Result<Self, TableError> {
        Tables::open(|name| transaction.open_table(TableDefinition::new(name)))
    }
}

impl<T> Tables<T> {
    /// Every table with its name.
    pub(super) fn all(&self) -> [(&'static str, &T); TABLES] {
        [
            ("resources", &self.resources),
            ("index", &self.index),
            ("counts", &self.counts),
            ("blocks", &self.blocks),
            ("members", &self.members),
            ("memberships", &self.memberships),
            ("stamps", &self.stamps),
            ("targets", &self.targets),
            ("links", &self.links),
            ("due", &self.due),
            ("parked", &self.parked),
            ("backlogs", &self.backlogs),
            ("going", &self.going),
            ("accounts", &self.accounts),
            ("grants", &self.grants),
            ("grants_due", &self.grants_due),
            ("grants_of", &self.grants_of),
            ("settings", &self.settings),
            ("leases", &self.leases),
        ]
    }

    fn open(open: impl Fn(&'static str) -> Result<T, TableError>) -> Result<Self, TableError> {
        Ok(Self {
            resources: open("resources")?,
            index: open("index")?,
            counts: open("counts")?,
            blocks: open("blocks")?,
            members: open("members")?,
            memberships: open("memberships")?,
            stamps: open("stamps")?,
            targets: open("targets")?,
            links: open("links")?,
            due: open("due")?,
            parked: open("parked")?,
            backlogs: open("backlogs")?,
            going: open("going")?,
            accounts: open("accounts")?,
            grants: open("grants")?,
            grants_due: open("grants_due")?,
            grants_of: open("grants_of")?,
            settings: open("settings")?,
            leases: open("leases")?,
        })
    }
}
