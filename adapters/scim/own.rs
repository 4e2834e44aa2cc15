//! A vendor's file with what a target says of its product's dialect over it. Pure.
use super::Manifest;
use super::attribute::Attribute;
use super::dialect::Resources;
use crate::descriptor::{Field, FieldType, KindDescriptor, Misfit, OwnDialect, OwnField, OwnResources, Update};

/// Resources that a page may be asked for: an answer of more is large, and few products give as many.
const PAGE_COUNT_MAX: u32 = 1_000;

/// Members that one call may change: a body of more is large, and few products take as many.
const MEMBERS_PER_CALL_MAX: usize = 1_000;

/// The name under which a change of who is switched on is known: no field can have it.
const ACTIVE: &str = "active";

/// What does not fit so far, with its place in the dialect.
#[derive(Default)]
struct Misfits(Vec<Misfit>);

impl Misfits {
    fn add(&mut self, place: &[&str], message: impl Into<String>) {
        let place: Vec<_> = place.iter().map(|key| (*key).to_owned()).collect();
        self.0.push(Misfit::new(&place, message));
    }

    /// An attribute as filters name it.
    fn check_filter(&mut self, place: &[&str], text: &str) {
        match Attribute::try_from(text.to_owned()) {
            Ok(attribute) if !attribute.is_chosen() => {}
            Ok(_) | Err(_) => self.add(place, format!("`{text}` is no attribute that a filter can name")),
        }
    }
}

/// One resource type as it is to be.
struct Type<'a> {
    /// Its key in the dialect.
    name: &'static str,
    described: &'a mut KindDescriptor,
    resources: &'a mut Resources,
}

/// The vendor in this dialect.
///
/// # Errors
/// All that does not fit.
pub(super) fn with(vendor: &Manifest, own: &OwnDialect) -> Result<Manifest, Vec<Misfit>> {
    let (mut manifest, mut misfits) = (vendor.clone(), Misfits::default());
    let title = &vendor.descriptor.title;
    let (descriptor, dialect) = (&mut manifest.descriptor, &mut manifest.dialect);
    Type {
        name: "user",
        described: &mut descriptor.user,
        resources: &mut dialect.user,
    }
    .say(&own.user, &mut misfits);
    if own.groups == Some(false) {
        (descriptor.group, dialect.group) = (None, None);
    }
    match (&mut descriptor.group, &mut dialect.group) {
        (Some(described), Some(resources)) => Type {
            name: "group",
            described,
            resources,
        }
        .say(&own.group, &mut misfits),
        (None, _) | (_, None) => {
            if own.groups == Some(true) {
                misfits.add(&["groups"], format!("{title} has no groups"));
            }
            if !own.group.is_empty() {
                misfits.add(&["group"], format!("{title} has no groups here"));
            }
        }
    }
    lists(&mut manifest, own, &mut misfits);
    members(&mut manifest, own, &mut misfits);
    match misfits.0.is_empty() {
        true => Ok(manifest),
        false => Err(misfits.0),
    }
}

fn lists(manifest: &mut Manifest, own: &OwnDialect, misfits: &mut Misfits) {
    let dialect = &mut manifest.dialect;
    dialect.pages = own.pages.unwrap_or(dialect.pages);
    dialect.page_count = own.page_count.unwrap_or(dialect.page_count);
    if !(1..=PAGE_COUNT_MAX).contains(&dialect.page_count) {
        misfits.add(&["page_count"], format!("must be from 1 to {PAGE_COUNT_MAX}"));
    }
    let most = &mut manifest.descriptor.members_per_call;
    *most = own.members_per_call.unwrap_or(*most);
    if !(1..=MEMBERS_PER_CALL_MAX).contains(most) {
        let message = format!("must be from 1 to {MEMBERS_PER_CALL_MAX}");
        misfits.add(&["members_per_call"], message);
    }
}

/// Who says who is in a group; and that groups are not changed by PUT unless they show all their members, since whoever
/// is not shown would be removed.
fn members(manifest: &mut Manifest, own: &OwnDialect, misfits: &mut Misfits) {
    let dialect = &mut manifest.dialect;
    if let Some(attribute) = &own.members_by {
        misfits.check_filter(&["members_by"], attribute);
        dialect.members_by = Some(attribute.clone());
    }
    dialect.shows_members = own.shows_members.unwrap_or(dialect.shows_members);
    if dialect.shows_members && dialect.members_by.is_some() {
        let message = "`members_by` is for groups that do not show their members";
        misfits.add(&["shows_members"], message);
    }
    let is_put = dialect.group.as_ref().is_some_and(|group| group.update == Update::Put);
    if is_put && !dialect.shows_members {
        misfits.add(
            &["group", "update"],
            "PUT sends a group back with the members that it shows, and removes all others: set `shows_members = true` \
             once you have seen that a group shows its members, or `groups = false`",
        );
    }
}

impl Type<'_> {
    fn say(mut self, own: &OwnResources, misfits: &mut Misfits) {
        let (described, resources) = (&mut *self.described, &mut *self.resources);
        resources.update = own.update.unwrap_or(resources.update);
        resources.clear = own.clear.unwrap_or(resources.clear);
        resources.single_values = own.single_values.unwrap_or(resources.single_values);
        described.looks_before_create = own.looks_before_create.unwrap_or(described.looks_before_create);
        if let Some(excluded) = &own.excluded {
            resources.excluded = Some(excluded.clone()).filter(|excluded| !excluded.is_empty());
        }
        if let Some(takes) = &own.takes {
            self.take(takes, misfits);
        }
        for (field, own) in &own.fields {
            self.put(field, own, misfits);
        }
        for (field, own) in &own.fields {
            self.check(field, own, misfits);
        }
        self.find(own, misfits);
    }

    /// Leaves out the vendor's fields that the product does not take.
    fn take(&mut self, takes: &[String], misfits: &mut Misfits) {
        for (index, field) in takes.iter().enumerate() {
            if self.described.field(field).is_none() {
                let names: Vec<_> = self.described.fields.iter().map(|field| field.name.as_str()).collect();
                let message = format!("there is no field `{field}` to take; there are {}", names.join(", "));
                misfits.add(&[self.name, "takes", &index.to_string()], message);
            }
        }
        self.described.fields.retain(|field| takes.contains(&field.name));
        self.resources.attributes.retain(|field, _| takes.contains(field));
        self.resources.new_values.retain(|field, _| takes.contains(field));
    }

    /// A field as the product has it: the vendor's, or a further one.
    fn put(&mut self, name: &str, own: &OwnField, misfits: &mut Misfits) {
        let place = [self.name, "fields", name];
        if own.attribute.is_none() && self.described.field(name).is_none() {
            return misfits.add(&place, "a field that the vendor has not got needs its `attribute`");
        }
        match own.attribute.clone().map(Attribute::try_from) {
            Some(Ok(attribute)) => {
                // What stands beside a value belongs to the attribute.
                self.resources.new_values.remove(name);
                self.resources.attributes.insert(name.to_owned(), attribute);
            }
            Some(Err(message)) => misfits.add(&[place[0], place[1], place[2], "attribute"], message),
            None => {}
        }
        if let Some(with) = &own.with {
            self.resources.new_values.insert(name.to_owned(), with.clone());
        }
        if matches!(own.kind, Some(FieldType::Role | FieldType::List | FieldType::Any)) {
            let message = "must be `string`, `email`, `boolean`, `integer`, `time_zone` or `phone`";
            misfits.add(&[place[0], place[1], place[2], "type"], message);
        }
        self.describe(name, own);
    }

    /// What cannot work of a field, once all are put.
    fn check(&self, name: &str, own: &OwnField, misfits: &mut Misfits) {
        let at = |key| [self.name, "fields", name, key];
        if name == ACTIVE {
            misfits.add(&at("")[..3], "no field can be called `active`: give it another name");
        }
        if own.length_max == Some(0) {
            misfits.add(&at("length_max"), "must be at least 1");
        }
        let Some(attribute) = self.resources.attributes.get(name) else {
            return;
        };
        if own.with.is_some() && !attribute.is_chosen() {
            let message = "is for one of several values: its `attribute` says in brackets which";
            misfits.add(&at("with"), message);
        }
        let Some(text) = &own.attribute else {
            return;
        };
        if attribute.is_reserved() {
            misfits.add(&at("attribute"), format!("`{text}` cannot be a field"));
        }
        let mut others = self.resources.attributes.iter();
        if let Some((other, _)) = others.find(|(other, held)| *other != name && held.is_same(attribute)) {
            misfits.add(
                &at("attribute"),
                format!("`{text}` is the field `{other}` already: leave that out by `takes`"),
            );
        }
    }

    fn describe(&mut self, name: &str, own: &OwnField) {
        if self.described.field(name).is_none() {
            self.described.fields.push(Field::custom(name, FieldType::String));
        }
        let mut fields = self.described.fields.iter_mut();
        let field = fields.find(|field| field.name == name);
        let field = field.expect("it was added if it was not there");
        field.kind = own.kind.unwrap_or(field.kind);
        field.required = own.required.unwrap_or(field.required);
        field.case_insensitive = own.case_insensitive.unwrap_or(field.case_insensitive);
        field.length_max = own.length_max.or(field.length_max);
    }

    /// By what accounts are found: a text that each of them has.
    fn find(&mut self, own: &OwnResources, misfits: &mut Misfits) {
        if let Some(find_by) = &own.find_by {
            misfits.check_filter(&[self.name, "find_by"], find_by);
            self.resources.find_by.clone_from(find_by);
        }
        if let Some(unique) = &own.unique {
            if own.find_by.is_none() && *unique != self.described.unique {
                let message = "say as well how filters name it: `find_by`";
                misfits.add(&[self.name, "unique"], message);
            }
            self.described.unique.clone_from(unique);
        }
        let unique = &self.described.unique;
        let mut fields = self.described.fields.iter_mut();
        match fields.find(|field| field.name == *unique) {
            Some(field) if matches!(field.kind, FieldType::String | FieldType::Email) => field.required = true,
            Some(_) => misfits.add(&[self.name, "unique"], format!("`{unique}` is no text")),
            None => {
                let key = if own.unique.is_some() { "unique" } else { "takes" };
                let message = format!("there must be the field `{unique}`, by which accounts are found");
                misfits.add(&[self.name, key], message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Descriptor;

    fn spoken(vendor: &str, text: &str) -> Result<&'static Descriptor, Vec<String>> {
        let own: OwnDialect = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let spoken = crate::spoken(vendor, Some(&own)).map(|spoken| spoken.descriptor);
        spoken.map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
    }

    /// Each expected misfit is a beginning.
    fn check(vendor: &str, text: &str, expected: &[&str]) {
        let misfits = spoken(vendor, text).err().unwrap_or_default();
        let begins = misfits
            .iter()
            .zip(expected)
            .all(|(found, begins)| found.starts_with(begins));
        assert!(begins && misfits.len() == expected.len(), "{text}: {misfits:#?}");
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        for (text, expected) in [
            ("", &[][..]),
            ("pages = 'cursor'\npage_count = 50\nmembers_per_call = 1", &[]),
            ("page_count = 0", &["dialect.page_count: must be from 1 to 1000"]),
            (
                "page_count = 1001\nmembers_per_call = 1001",
                &["dialect.page_count: ", "dialect.members_per_call: "],
            ),
            ("members_per_call = 0", &["dialect.members_per_call: must be from 1"]),
            (
                "members_by = 'groups[type eq \"x\"].value'",
                &["dialect.members_by: `groups[type"],
            ),
            (
                "members_by = 'groups.value'\nshows_members = true",
                &["dialect.shows_members: `members_by` is"],
            ),
            (
                "group.update = 'put'",
                &["dialect.group.update: PUT sends a group back with the members"],
            ),
            (
                "group.update = 'put'\nmembers_by = 'groups.value'",
                &["dialect.group.update: PUT sends"],
            ),
            ("group.update = 'put'\nshows_members = true", &[]),
            ("groups = false", &[]),
            (
                "groups = false\ngroup.update = 'put'",
                &["dialect.group: SCIM has no groups here"],
            ),
        ] {
            check("scim", text, expected);
        }
        check(
            "pagerduty",
            "page_count = 1",
            &["dialect: PagerDuty is not spoken to in SCIM"],
        );
        check(
            "scim-planmyleave",
            "groups = true",
            &["dialect.groups: PlanMyLeave has no groups"],
        );
        check(
            "scim-planmyleave",
            "group.update = 'patch'",
            &["dialect.group: PlanMyLeave has no groups"],
        );
        check("nobody", "", &["vendor: no vendor `nobody`; there are pagerduty, "]);
    }

    #[test]
    fn fields_that_do_not_fit_are_told_with_their_place() {
        for (text, expected) in [
            (
                "user.takes = ['user_name', 'nick']",
                &["dialect.user.takes.1: there is no field `nick` to take; there are user_name, "][..],
            ),
            (
                "user.takes = ['email']",
                &["dialect.user.takes: there must be the field `user_name`"],
            ),
            (
                "user.unique = 'badge'\nuser.find_by = 'badge'",
                &["dialect.user.unique: there must be the field `badge`"],
            ),
            (
                "user.unique = 'email'",
                &["dialect.user.unique: say as well how filters name it"],
            ),
            (
                "user.unique = 'email'\nuser.find_by = 'emails.value'\nuser.takes = ['email']",
                &[],
            ),
            ("user.find_by = 'a b'", &["dialect.user.find_by: `a b` is no attribute"]),
            (
                "user.fields.badge.type = 'string'",
                &["dialect.user.fields.badge: a field that the vendor has not got"],
            ),
            (
                "user.fields.badge.attribute = 'a.b.c'",
                &["dialect.user.fields.badge.attribute: `a.b.c` is no path"],
            ),
            (
                "user.fields.badge = { attribute = 'badge', type = 'role' }",
                &["dialect.user.fields.badge.type: must be"],
            ),
            (
                "user.fields.user_name.type = 'boolean'",
                &["dialect.user.unique: `user_name` is no text"],
            ),
        ] {
            check("scim", text, expected);
        }
    }

    #[test]
    fn fields_that_cannot_work_are_told_with_their_place() {
        let core = "urn:ietf:params:scim:schemas:core:2.0:User";
        for (attribute, is_reserved) in [
            ("active", true),
            ("Active", true),
            ("id", true),
            ("meta.version", true),
            ("schemas", true),
            ("groups.value", true),
            ("members", true),
            (&format!("{core}:active"), true),
            ("urn:example:Badge:active", false),
            ("identity", false),
        ] {
            let told = format!("dialect.user.fields.badge.attribute: `{attribute}` cannot be a field");
            let expected: &[_] = if is_reserved { &[told.as_str()] } else { &[] };
            check(
                "scim",
                &format!("user.fields.badge.attribute = '{attribute}'"),
                expected,
            );
        }
        for (text, expected) in [
            (
                "user.fields.active.attribute = 'badge'",
                &["dialect.user.fields.active: no field can be called `active`"][..],
            ),
            (
                "user.fields.login.attribute = 'username'",
                &["dialect.user.fields.login.attribute: `username` is the field `user_name` already"],
            ),
            ("user.takes = ['user_name']\nuser.fields.label.attribute = 'title'", &[]),
            (
                "user.fields.a.attribute = 'badge'\nuser.fields.b.attribute = 'badge'",
                &[
                    "dialect.user.fields.a.attribute: `badge` is the field `b` already",
                    "dialect.user.fields.b.attribute: `badge` is the field `a` already",
                ],
            ),
            (
                "user.fields.title.length_max = 0",
                &["dialect.user.fields.title.length_max: must be"],
            ),
            ("user.fields.title.length_max = 1", &[]),
            (
                "user.fields.title.with = { type = 'work' }",
                &["dialect.user.fields.title.with: is for one of several values"],
            ),
            ("user.fields.email.with = { type = 'work' }", &[]),
        ] {
            check("scim", text, expected);
        }
    }

    /// `user update, active; group update, join, leave; a page of members`.
    #[test]
    fn calls_are_those_that_the_dialect_takes() {
        for (vendor, text, expected) in [
            ("scim", "", "1 1; 1 1 1; 1"),
            ("scim", "user.update = 'put'", "2 2; 1 1 1; 1"),
            ("scim", "group.update = 'put'\nshows_members = true", "1 1; 2 2 2; 1"),
            ("scim", "members_by = 'groups.value'", "1 1; 1 1 1; 2"),
            ("scim-aws", "", "1 1; 1 1 1; 2"),
            ("scim-planmyleave", "", "2 2; - 1 1; 1"),
            ("scim-planmyleave", "user.update = 'patch'", "1 1; - 1 1; 1"),
        ] {
            let described = spoken(vendor, text).unwrap();
            let most = |kind: &KindDescriptor| kind.fields.iter().map(|field| field.update_calls).max().unwrap();
            let group = described
                .group
                .as_ref()
                .map_or("-".to_owned(), |kind| most(kind).to_string());
            let (user, active) = (most(&described.user), described.active_calls);
            let (join, leave) = (described.join_calls, described.leave_calls);
            let calls = format!(
                "{user} {active}; {group} {join} {leave}; {}",
                described.member_read_calls
            );
            assert_eq!(calls, expected, "{vendor} {text}");
        }
    }

    #[test]
    fn a_dialect_is_made_once() {
        let text = "page_count = 7";
        assert!(std::ptr::eq(
            spoken("scim", text).unwrap(),
            spoken("scim", text).unwrap()
        ));
        assert!(!std::ptr::eq(
            spoken("scim", text).unwrap(),
            spoken("scim", "").unwrap()
        ));
        assert!(!std::ptr::eq(
            spoken("scim", text).unwrap(),
            spoken("scim-aws", text).unwrap()
        ));
    }

    #[test]
    fn fields_are_the_vendors_but_for_what_is_said() {
        let text = r#"
            user.takes = ["user_name", "email", "title"]
            user.fields.title = { required = true, length_max = 20 }
            user.fields.badge = { attribute = "urn:example:Badge:number", type = "integer" }
        "#;
        let described = spoken("scim", text).unwrap();
        let told = described.user.fields.iter().map(|field| {
            let (name, kind) = (&field.name, field.kind);
            format!("{name} {kind:?} {} {:?}", field.required, field.length_max)
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "user_name String true None",
                "email Email false None",
                "title String true Some(20)",
                "badge Integer false None",
            ]
        );
    }
}
