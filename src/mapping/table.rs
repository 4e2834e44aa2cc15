//! The fields of one kind of account, each with its source.
use std::collections::BTreeMap;

use adapters::descriptor::{Descriptor, Field, FieldType, Kind, KindDescriptor};
use schemas::{ResourceType, Type};
use serde_json::Value;

use super::check;
use super::expression::Expression;
use super::source::{self, Source};
use super::subject::Subject;
use crate::config::{self, On};
use adapters::descriptor::Misfit;

/// The fields that a target has of one kind of account, in the vendor's order; each knows where its value comes from.
#[derive(Debug)]
pub(super) struct Table {
    /// The vendor's description with the fields of this target.
    pub(super) kind: KindDescriptor,
    /// In the order of the fields.
    sources: Vec<Mapped>,
}

/// Where a field comes from.
#[derive(Debug)]
struct Mapped {
    source: Source,
    default: Option<Value>,
    /// By the target, and not by the vendor's description.
    is_declared: bool,
    /// For people: the attribute, constant or expression; of several that are tried in order, each.
    origins: Vec<String>,
}

impl Mapped {
    /// All that is tried, in order.
    fn told(&self) -> String {
        let paths = self.origins.join(", then ");
        match (&self.default, paths.as_str()) {
            (None, "") => "nothing".to_owned(),
            (None, _) => paths,
            (Some(value), "") => value.to_string(),
            (Some(value), paths) => format!("{paths}, then {value}"),
        }
    }
}

impl Table {
    /// # Errors
    /// Every fault of the declared sources, with its place.
    pub(super) fn compile(
        descriptor: &Descriptor,
        (kind, described): (Kind, &KindDescriptor),
        resource_type: &ResourceType,
        declared: &BTreeMap<String, config::Source>,
    ) -> Result<Self, Vec<Misfit>> {
        let mut compiler = Compiler {
            descriptor,
            variable: variable(kind),
            resource_type,
            misfits: Vec::new(),
            fields: Vec::new(),
            sources: Vec::new(),
        };
        for field in &described.fields {
            compiler.add(field, declared.get(&field.name));
        }
        for (name, source) in declared {
            match described.custom_field(name) {
                Some(field) => compiler.add(&field, Some(source)),
                None if described.field(name).is_some() => {}
                None => compiler.misfit(name, unknown(described, name)),
            }
        }
        if !compiler.misfits.is_empty() {
            return Err(compiler.misfits);
        }
        Ok(Self {
            kind: KindDescriptor {
                fields: compiler.fields,
                ..described.clone()
            },
            sources: compiler.sources,
        })
    }

    /// The declared sources that can have no value for any resource of the type, each with its place.
    pub(super) fn barren(&self, kind: Kind, resource_type: &ResourceType) -> impl Iterator<Item = Misfit> {
        let pairs = self.kind.fields.iter().zip(&self.sources);
        pairs
            .filter(|(_, mapped)| mapped.is_declared)
            .filter_map(move |(field, mapped)| {
                let checked = match &mapped.source {
                    Source::Expression(expression) => expression.check(resource_type),
                    Source::Paths(_) => mapped
                        .origins
                        .iter()
                        .try_for_each(|path| source::check(resource_type, path)),
                    Source::Constant(_) => Ok(()),
                };
                Some(misfit(variable(kind), &field.name, checked.err()?))
            })
    }

    /// Each field with its value, or what its expression meets.
    pub(super) fn values<'a>(
        &'a self,
        subject: &'a Subject<'_>,
    ) -> impl Iterator<Item = (&'a Field, Result<Value, String>)> {
        self.kind.fields.iter().zip(&self.sources).map(|(field, mapped)| {
            let value = mapped.source.value(subject, field.kind == FieldType::List);
            let or_default = |value: Value| match value {
                Value::Null => mapped.default.clone().unwrap_or(Value::Null),
                value => value,
            };
            (field, value.map(or_default))
        })
    }

    /// The fields that come from a single path, with that path; alternatives to it do not count. Nobody puts a person
    /// into groups by a field.
    pub(super) fn plain(&self) -> impl Iterator<Item = (&Field, &str)> {
        let pairs = self.kind.fields.iter().zip(&self.sources);
        pairs.filter_map(|(field, mapped)| match &mapped.source {
            Source::Paths(alternatives) if alternatives.first()?.len() == 1 && !mapped.source.reads_groups() => {
                Some((field, mapped.origins.first()?.as_str()))
            }
            Source::Paths(_) | Source::Constant(_) | Source::Expression(_) => None,
        })
    }

    /// Whether a path or an expression reads groups.
    pub(super) fn reads_groups(&self) -> bool {
        self.sources.iter().any(|mapped| mapped.source.reads_groups())
    }

    /// The first source of a field, for people; `None` if it comes from nowhere.
    pub(super) fn origin(&self, field: &str) -> Option<&str> {
        self.mapped(field)?.origins.first().map(String::as_str)
    }

    /// All sources of a field in the order in which they are tried, for people.
    pub(super) fn sources(&self, field: &str) -> Option<String> {
        self.mapped(field).map(Mapped::told)
    }

    /// The source that has a value for this resource, for people; all of them if none has.
    pub(super) fn used(&self, field: &Field, subject: &Subject<'_>) -> Option<String> {
        let mapped = self.mapped(&field.name)?;
        let used = mapped.source.used(subject, field.kind == FieldType::List);
        let used = used.and_then(|index| mapped.origins.get(index)).cloned();
        Some(used.unwrap_or_else(|| mapped.told()))
    }

    fn mapped(&self, field: &str) -> Option<&Mapped> {
        let index = self.kind.fields.iter().position(|other| other.name == field)?;
        self.sources.get(index)
    }
}

/// The name under which an expression knows the resource.
fn variable(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "user",
        Kind::Group => "group",
    }
}

/// That there is no such field, and which there are.
fn unknown(described: &KindDescriptor, name: &str) -> String {
    let names: Vec<_> = described.fields.iter().map(|field| field.name.as_str()).collect();
    let own = described.custom_prefix.as_deref();
    let own = own
        .map(|prefix| format!(", and its own beginning with `{prefix}`"))
        .unwrap_or_default();
    let title = &described.title;
    format!(
        "the vendor's {title} has no field `{name}`; there are {}{own}",
        names.join(", ")
    )
}

fn misfit(variable: &str, field: &str, message: impl Into<String>) -> Misfit {
    Misfit::new(&["mapping".to_owned(), variable.to_owned(), field.to_owned()], message)
}

struct Compiler<'a> {
    descriptor: &'a Descriptor,
    variable: &'static str,
    resource_type: &'a ResourceType,
    misfits: Vec<Misfit>,
    fields: Vec<Field>,
    sources: Vec<Mapped>,
}

impl Compiler<'_> {
    fn add(&mut self, field: &Field, declared: Option<&config::Source>) {
        let mapped = match declared {
            None => self.described(field),
            Some(source) if source.omit => return self.left_out(field, source),
            Some(source) => self.declared(field, source),
        };
        match mapped {
            Ok(mapped) => {
                let on_create = declared.is_some_and(|source| source.on == On::Create);
                self.fields.push(Field {
                    create_only: field.create_only || on_create,
                    ..field.clone()
                });
                self.sources.push(mapped);
            }
            Err(message) => self.misfit(&field.name, message),
        }
    }

    fn misfit(&mut self, field: &str, message: impl Into<String>) {
        self.misfits.push(misfit(self.variable, field, message));
    }

    fn left_out(&mut self, field: &Field, source: &config::Source) {
        if field.required {
            self.misfit(&field.name, "the vendor has no account without it");
        }
        if source.path.is_some() || source.value.is_some() || source.expression.is_some() {
            self.misfit(&field.name, "is left out and has a source");
        }
    }

    /// The source of the vendor's description.
    fn described(&self, field: &Field) -> Result<Mapped, String> {
        let texts = field.default_source.iter().chain(&field.fallback_sources);
        let paths = texts.clone().map(|text| source::paths(self.resource_type, text));
        let paths: Result<Vec<_>, _> = paths.collect();
        Ok(Mapped {
            source: Source::Paths(paths?),
            default: field.default_value.clone(),
            is_declared: false,
            origins: texts.cloned().collect(),
        })
    }

    fn declared(&self, field: &Field, declared: &config::Source) -> Result<Mapped, String> {
        let (source, origin) = match (&declared.path, &declared.value, &declared.expression) {
            (Some(path), None, None) => {
                self.check_type(field, path)?;
                (
                    Source::Paths(vec![source::paths(self.resource_type, path)?]),
                    path.clone(),
                )
            }
            (None, Some(value), None) => {
                check_constant(self.descriptor, field, value)?;
                (Source::Constant(value.clone()), "a constant".to_owned())
            }
            (None, None, Some(text)) => {
                let expression = Expression::compile(text, self.variable)?.reading(self.resource_type);
                (Source::Expression(expression), text.clone())
            }
            _ => return Err("name one of `path`, `value` and `expression`, or `omit = true`".to_owned()),
        };
        Ok(Mapped {
            source,
            default: None,
            is_declared: true,
            origins: vec![origin],
        })
    }

    /// Whether what stands at the path can be a value of the field. Text can be anything's form; the rest cannot.
    fn check_type(&self, field: &Field, path: &str) -> Result<(), String> {
        let leaf = source::leaf(self.resource_type, path);
        let fits = |kind: Type| match field.kind {
            FieldType::Boolean => kind == Type::Boolean,
            FieldType::Integer => kind == Type::Integer,
            FieldType::Email | FieldType::Phone | FieldType::TimeZone | FieldType::Role => kind == Type::String,
            FieldType::List => kind != Type::Boolean,
            FieldType::String | FieldType::Any => true,
        };
        match leaf {
            Some(kind) if !fits(kind) => {
                let has = format!("{kind:?}").to_lowercase();
                Err(format!(
                    "`{path}` is of type {has}, and the vendor's field takes {}",
                    taken(field)
                ))
            }
            _ => Ok(()),
        }
    }
}

/// What a field takes, for people.
fn taken(field: &Field) -> &'static str {
    match field.kind {
        FieldType::Boolean => "true or false",
        FieldType::Integer => "a whole number",
        FieldType::List => "a list of texts",
        FieldType::Any => check::ANY,
        FieldType::String | FieldType::Email | FieldType::Phone | FieldType::TimeZone | FieldType::Role => "a text",
    }
}

fn check_constant(descriptor: &Descriptor, field: &Field, value: &Value) -> Result<(), String> {
    let fits = match field.kind {
        FieldType::Boolean => value.is_boolean(),
        FieldType::Integer => value.is_i64(),
        FieldType::List => value
            .as_array()
            .is_some_and(|values| values.iter().all(Value::is_string)),
        FieldType::Any => check::is_any(value),
        FieldType::String | FieldType::Email | FieldType::Phone | FieldType::TimeZone | FieldType::Role => {
            value.is_string()
        }
    };
    if !fits {
        return Err(format!(
            "the vendor's field takes {}, and the value is none",
            taken(field)
        ));
    }
    match check::checked(descriptor, field, value.clone()) {
        (_, Some(rule)) => Err(format!("the value {rule}")),
        (_, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use schemas::Catalogue;

    use crate::config::Target;
    use crate::mapping::Mapping;

    #[test]
    fn what_is_true_or_false_is_no_list_of_texts() {
        let vendor = adapters::vendor("zendesk").expect("it is registered");
        let fits = |path: &str| {
            let declared = "name = 't'\ndirectory = 'd'\nvendor = 'zendesk'\ncredential = 'env:X'\n";
            let target: Target = toml::from_str(&format!("{declared}mapping.user.tags = '{path}'")).expect("a target");
            Mapping::new(&Catalogue::builtin(), (vendor.descriptor)(), &target).is_ok()
        };
        for (path, expected) in [("active", false), ("title", true), ("groups.display", true)] {
            assert_eq!(fits(path), expected, "{path}");
        }
    }
}
