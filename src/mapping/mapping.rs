//! One target's mapping, compiled.
use std::sync::Arc;

use adapters::descriptor::{Descriptor, Field, FieldType, Kind, KindDescriptor};
use schemas::{Catalogue, Filter, Matcher, ResourceType};

use super::role::Roles;
use super::source::check_path;
use super::subject::Subject;
use super::table::Table;
use crate::config::{self, OnDelete, OnUnassign};
use adapters::descriptor::DefaultOnDelete;
use adapters::descriptor::Misfit;

/// How resources become accounts at one target: the vendor's description and the target's declaration, compiled.
#[derive(Debug)]
pub struct Mapping {
    pub(super) descriptor: &'static Descriptor,
    user: Table,
    group: Option<Table>,
    pub(super) roles: Roles,
    assignment: Option<Assignment>,
    /// What the deletion of a person means at the vendor.
    pub on_delete: OnDelete,
    /// What becomes of who stops to belong to the target.
    pub on_unassign: OnUnassign,
}

/// Who belongs to the target.
#[derive(Debug)]
struct Assignment {
    matcher: Matcher,
    reads_groups: bool,
}

impl Mapping {
    /// Compiles what is declared; `catalogue` is what the gateway serves.
    ///
    /// # Errors
    /// Everything that is wrong with the declaration, each fault with its place; paths and expressions that can have no
    /// value once nothing else is.
    pub fn new(
        catalogue: &Catalogue,
        descriptor: &'static Descriptor,
        target: &config::Target,
    ) -> Result<Self, Vec<Misfit>> {
        let mapping = Self::declared(catalogue, descriptor, target)?;
        let tables = [(Kind::User, Some(&mapping.user)), (Kind::Group, mapping.group.as_ref())];
        let mut misfits = Vec::new();
        for (kind, table) in tables {
            let (Some(table), Ok(resource_type)) = (table, resource_type(catalogue, kind)) else {
                continue;
            };
            misfits.extend(table.barren(kind, resource_type));
        }
        if let (Some(text), Ok(people)) = (&target.assignment, resource_type(catalogue, Kind::User)) {
            misfits.extend(barren_assignment(people, text));
        }
        match misfits.is_empty() {
            true => Ok(mapping),
            false => Err(misfits),
        }
    }

    /// Compiles what was declared once, and taken: a path or expression that would not be taken today goes on as it is,
    /// and has a value for whom it has one, so that no server stays down for it.
    ///
    /// # Errors
    /// As for [`Mapping::new`], but for paths and expressions that can have no value.
    pub fn declared(
        catalogue: &Catalogue,
        descriptor: &'static Descriptor,
        target: &config::Target,
    ) -> Result<Self, Vec<Misfit>> {
        let mut misfits = Vec::new();
        let table = |kind| table(catalogue, (descriptor, kind), &target.mapping);
        let user = table((Kind::User, &descriptor.user));
        let group = descriptor.group.as_ref();
        let group = group.map(|kind| table((Kind::Group, kind)));
        if group.is_none() && !target.mapping.group.is_empty() {
            let message = format!("{} has no groups", descriptor.title);
            misfits.push(Misfit::new(&["mapping".to_owned(), "group".to_owned()], message));
        }
        let user = gathered(user, &mut misfits);
        let group = group.map(|group| gathered(group, &mut misfits));
        let roles = gathered(Roles::compile(descriptor, target), &mut misfits);
        let assignment = target.assignment.as_deref().map(|text| assignment(catalogue, text));
        let assignment = assignment.map(|assignment| gathered(assignment, &mut misfits));
        let (Some(user), Some(roles), true) = (user, roles, misfits.is_empty()) else {
            return Err(misfits);
        };
        Ok(Self {
            descriptor,
            user,
            group: group.flatten(),
            roles,
            assignment: assignment.flatten(),
            on_delete: on_delete(descriptor, target),
            on_unassign: target.on_unassign,
        })
    }

    /// The fields that the target has of this kind; `None` where the vendor has none of that kind.
    pub fn kind(&self, kind: Kind) -> Option<&KindDescriptor> {
        self.table(kind).map(|table| &table.kind)
    }

    /// Whether what a person is depends on the groups that have them as a member.
    pub fn reads_groups(&self) -> bool {
        let in_assignment = self
            .assignment
            .as_ref()
            .is_some_and(|assignment| assignment.reads_groups);
        in_assignment || self.roles.reads_groups() || self.user.reads_groups()
    }

    /// The vendor fields of a person that a change of groups may change.
    pub fn fields_of_groups(&self) -> impl Iterator<Item = &str> {
        let fields = self.user.kind.fields.iter();
        let is_role = |name: &str| self.is_role(Kind::User, name);
        fields
            .map(|field| field.name.as_str())
            .filter(move |name| is_role(name) || self.user.reads_groups())
    }

    /// Whether a vendor's field is a role.
    pub fn is_role(&self, kind: Kind, field: &str) -> bool {
        let field = self.kind(kind).and_then(|kind| kind.field(field));
        field.is_some_and(|field| field.kind == FieldType::Role)
    }

    /// All that a vendor's field may come from, in order, for people; `nothing` if there is no source.
    pub fn sources(&self, kind: Kind, field: &str) -> String {
        let sources = self.table(kind).and_then(|table| table.sources(field));
        sources.unwrap_or_else(|| "nothing".to_owned())
    }

    /// What a field of this resource comes from, for people: the source that has a value, or all of them if none has.
    pub fn used(&self, kind: Kind, field: &Field, subject: &Subject<'_>) -> String {
        let used = self.table(kind).and_then(|table| table.used(field, subject));
        used.unwrap_or_else(|| "nothing".to_owned())
    }

    /// The attribute to name when a vendor's field is at fault: its first source; the field itself if it has none.
    pub fn origin<'a>(&'a self, kind: Kind, field: &'a str) -> &'a str {
        self.table(kind).and_then(|table| table.origin(field)).unwrap_or(field)
    }

    /// Whether the person belongs to the target.
    pub(super) fn is_assigned(&self, subject: &Subject<'_>) -> bool {
        self.assignment
            .as_ref()
            .is_none_or(|assignment| match assignment.reads_groups {
                true => assignment.matcher.matches(&subject.document()),
                false => assignment.matcher.matches(subject.resource),
            })
    }

    pub(super) fn people(&self) -> &Table {
        &self.user
    }

    pub(super) fn table(&self, kind: Kind) -> Option<&Table> {
        match kind {
            Kind::User => Some(&self.user),
            Kind::Group => self.group.as_ref(),
        }
    }
}

fn gathered<T>(result: Result<T, Vec<Misfit>>, misfits: &mut Vec<Misfit>) -> Option<T> {
    result.map_err(|found| misfits.extend(found)).ok()
}

fn table(
    catalogue: &Catalogue,
    (descriptor, (kind, described)): (&Descriptor, (Kind, &KindDescriptor)),
    declared: &config::Mappings,
) -> Result<Table, Vec<Misfit>> {
    let declared = match kind {
        Kind::User => &declared.user,
        Kind::Group => &declared.group,
    };
    Table::compile(descriptor, (kind, described), resource_type(catalogue, kind)?, declared)
}

fn resource_type(catalogue: &Catalogue, kind: Kind) -> Result<&ResourceType, Vec<Misfit>> {
    let name = match kind {
        Kind::User => "User",
        Kind::Group => "Group",
    };
    let found = catalogue.by_name(name).map(Arc::as_ref);
    found.ok_or_else(|| vec![Misfit::new(&[], format!("there is no type {name}"))])
}

fn assignment(catalogue: &Catalogue, text: &str) -> Result<Assignment, Vec<Misfit>> {
    let misfit = |message: String| vec![Misfit::new(&["assignment".to_owned()], message)];
    let people = catalogue
        .by_name("User")
        .ok_or_else(|| misfit("there is no type User".to_owned()))?;
    let filter = Filter::parse(text).map_err(|error| misfit(error.detail))?;
    filter.check(people).map_err(|error| misfit(error.detail))?;
    Ok(Assignment {
        matcher: filter.compile(people),
        reads_groups: filter.mentions("groups"),
    })
}

/// What of the filter is in nobody's document when it is known who belongs to the target.
fn barren_assignment(people: &ResourceType, text: &str) -> Vec<Misfit> {
    let filter = Filter::parse(text).ok();
    let paths = filter.iter().flat_map(Filter::paths);
    let checked = paths.filter_map(|path| check_path(people, path, &path.to_string()).err());
    checked
        .map(|message| Misfit::new(&["assignment".to_owned()], message))
        .collect()
}

fn on_delete(descriptor: &Descriptor, target: &config::Target) -> OnDelete {
    target.on_delete.unwrap_or(match descriptor.default_on_delete {
        Some(DefaultOnDelete::Deactivate) => OnDelete::Deactivate,
        None => OnDelete::Delete,
    })
}
