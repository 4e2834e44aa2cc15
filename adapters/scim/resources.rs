//! Users and groups, which SCIM treats alike.
use serde_json::{Value, json};

use super::api::{Api, Type, equals, gone};
use super::attribute::{Document, Form, get};
use super::error::Call;
use crate::client::Answer;
use crate::descriptor::{Kind, Update};
use crate::only::only;
use crate::{Account, Error, ErrorKind, Fields, Identity, Page, Retry};

/// RFC 7644 section 3.5.2.
pub(super) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What a service provider alone writes. Some refuse a PUT that has it, though RFC 7644 section 3.5.1 lets them ignore
/// it.
const READ_ONLY: [&str; 3] = ["id", "meta", "groups"];

/// A change of one resource.
pub(super) struct Change<'a> {
    pub(super) of: &'a Type,
    pub(super) id: &'a str,
    /// What is changed, as far as the meaning of a refusal depends on it.
    pub(super) call: Call<'a>,
}

impl Api {
    /// Proves the credential by reading a user. SCIM has no name for whose account it is; most have an address of their
    /// own.
    pub(super) async fn identity(&self) -> Result<Identity, Error> {
        self.read_list(&self.of(Kind::User)?, "count=1").await?;
        let id = self.connection.base_url.trim_end_matches('/').to_owned();
        let (_, rest) = id.split_once("://").unwrap_or(("", &id));
        let name = rest.split('/').next().unwrap_or_default().to_owned();
        Ok(Identity { id, name })
    }

    pub(super) async fn read_account(&self, kind: Kind, id: &str) -> Result<Option<Account>, Error> {
        let of = self.of(kind)?;
        let query = of.excluded().map(|excluded| format!("?{excluded}")).unwrap_or_default();
        let found = self.read(&of, id, &query).await?;
        found.map(|document| self.account(&of, &document)).transpose()
    }

    /// The one that has this unique value. A service provider that does not heed the filter finds others; they are no
    /// answer.
    pub(super) async fn find_account(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error> {
        let of = self.of(kind)?;
        let excluded = of.excluded().map(|excluded| format!("&{excluded}")).unwrap_or_default();
        let query = format!("{}{excluded}", equals(&of.resources.find_by, unique_value));
        let list = self.read_list(&of, &query).await?;
        let resources = list.resources.unwrap_or_default();
        let unique = of.described.field(&of.described.unique);
        let accounts: Result<Vec<_>, _> = resources.iter().map(|document| self.account(&of, document)).collect();
        let is_wanted = |account: &Account| {
            let found = account.fields.get(&of.described.unique).unwrap_or(&Value::Null);
            unique.is_some_and(|unique| unique.same(found, &unique_value.into()))
        };
        let found: Vec<_> = accounts?.into_iter().filter(is_wanted).collect();
        if let Some(account) = only(found, &of.described.unique)? {
            return Ok(Some(account));
        }
        let read = u64::try_from(resources.len()).unwrap_or(u64::MAX);
        match list.total_results {
            Some(total) if read >= total => Ok(None),
            Some(_) => Err(self.unfit("finds more than it shows, and not who was asked for")),
            None => Err(self.unfit("does not say how many were found (totalResults)")),
        }
    }

    pub(super) async fn create_account(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        let of = self.of(kind)?;
        let given: Fields = fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect();
        of.check_required(|name| given.get(name).is_none_or(Value::is_null))?;
        if of.described.looks_before_create
            && let Some(value) = given.get(&of.described.unique).and_then(Value::as_str)
            && let Some(found) = self.find_account(kind, value).await?
        {
            let exists = ErrorKind::Exists { id: Some(found.id) };
            return Err(Error::new(exists, Retry::Never, "there is one of this name already"));
        }
        let mut document = Document::new();
        of.write(&mut document, &given)?;
        if kind == Kind::User {
            document.insert("active".into(), true.into());
        }
        let request = self.request("POST", of.endpoint, of.endpoint.to_owned());
        let request = self.with_body(request, &of.body(document));
        let answer = self.send(request, &Call::create(of.resources, &given)).await?;
        let made: Document = self.decode(&answer, ErrorKind::Ambiguous)?;
        let made = self.account(&of, &made);
        made.map_err(|_| self.not_scim(answer.status, ErrorKind::Ambiguous))
    }

    pub(super) async fn update_account(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<(), Error> {
        let of = self.of(kind)?;
        let changed: Fields = changed
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect();
        of.check_required(|name| changed.get(name).is_some_and(Value::is_null))?;
        let change = Change {
            of: &of,
            id: &account.id,
            call: Call::update(of.resources, &changed, &of.described.unique),
        };
        match of.resources.update {
            Update::Put => self
                .put(&change, |document| of.write(document, &changed))
                .await
                .map(|_| ()),
            Update::Patch => self.patch_fields(&change, account, &changed).await,
        }
    }

    pub(super) async fn switch(&self, account: &Account, active: bool) -> Result<(), Error> {
        let of = self.of(Kind::User)?;
        let change = Change {
            of: &of,
            id: &account.id,
            call: match active {
                true => Call::ACTIVATE,
                false => Call::OTHER,
            },
        };
        match of.resources.update {
            Update::Put => {
                let set = |document: &mut Document| {
                    document.retain(|name, _| !name.eq_ignore_ascii_case("active"));
                    document.insert("active".into(), active.into());
                    Ok(())
                };
                self.put(&change, set).await.map(|_| ())
            }
            Update::Patch => {
                let operation = json!({ "op": "replace", "path": "active", "value": active });
                self.patch(&change, vec![operation]).await
            }
        }
    }

    pub(super) async fn delete_account(&self, kind: Kind, id: &str) -> Result<(), Error> {
        let Some(request) = self.one("DELETE", &self.of(kind)?, id) else {
            return Ok(());
        };
        match self.send(request, &Call::OTHER).await {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => {
                self.shown.forget(id);
                Ok(())
            }
        }
    }

    pub(super) async fn list_accounts(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        let of = self.of(kind)?;
        let (resources, next) = self.page(&of, "", after).await?;
        let accounts = resources.iter().map(|document| self.account(&of, document));
        Ok(Page {
            accounts: accounts.collect::<Result<_, _>>()?,
            next,
        })
    }

    /// Reads a resource, changes it, and sends it back.
    pub(super) async fn put(
        &self,
        change: &Change<'_>,
        set: impl FnOnce(&mut Document) -> Result<(), Error>,
    ) -> Result<Answer, Error> {
        let (of, id) = (change.of, change.id);
        let mut document = self.read(of, id, "").await?.ok_or_else(gone)?;
        document.retain(|name, _| !READ_ONLY.iter().any(|other| other.eq_ignore_ascii_case(name)));
        set(&mut document)?;
        let request = self.one("PUT", of, id).ok_or_else(gone)?;
        let request = self.with_body(request, &of.body(document));
        self.send(request, &change.call).await
    }

    pub(super) async fn patch(&self, change: &Change<'_>, operations: Vec<Value>) -> Result<(), Error> {
        let request = self.one("PATCH", change.of, change.id).ok_or_else(gone)?;
        let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
        self.send(self.with_body(request, &body), &change.call)
            .await
            .map(|_| ())
    }

    /// Which of several values there are must be known: a path that meets none is refused, and adding what is there
    /// makes a second one.
    async fn patch_fields(&self, change: &Change<'_>, account: &Account, changed: &Fields) -> Result<(), Error> {
        let of = change.of;
        let is_unknown = |name: &String| of.asks_first(name) && !account.fields.contains_key(name);
        let read = match changed.keys().any(is_unknown) {
            true => Some(self.read_account(of.kind, &account.id).await?.ok_or_else(gone)?),
            false => None,
        };
        let known = &read.as_ref().unwrap_or(account).fields;
        let operations = of.operations(changed, known)?;
        let answer = self.patch(change, operations.clone()).await;
        let is_refused = answer
            .as_ref()
            .is_err_and(|error| matches!(error.kind, ErrorKind::Rejected { .. }));
        if read.is_some() || !is_refused || !changed.keys().any(|name| of.asks_first(name)) {
            return answer;
        }
        // Somebody may have taken away, or given, what was there.
        let there = self.read_account(of.kind, &account.id).await?.ok_or_else(gone)?;
        let others = of.operations(changed, &there.fields)?;
        match others == operations {
            true => answer,
            false => self.patch(change, others).await,
        }
    }

    /// A resource in the vendor's fields. What it does not have is known to have no value (RFC 7643 section 2.5).
    fn account(&self, of: &Type, document: &Document) -> Result<Account, Error> {
        let id = get(document, "id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| self.not_scim(200, ErrorKind::Unavailable))?;
        let attributes = of.resources.attributes.iter();
        let fields = attributes.map(|(name, attribute)| (name.clone(), plain(&attribute.read(document))));
        Ok(Account {
            id: id.to_owned(),
            fields: fields.collect(),
            active: get(document, "active").is_none_or(is_true),
            ..Account::default()
        })
    }
}

impl Type {
    /// A body with the schemas of what it has.
    fn body(&self, mut document: Document) -> Value {
        let attributes = self.resources.attributes.values();
        let urns = attributes.filter_map(|attribute| attribute.urn.as_deref());
        let mut urns: Vec<_> = urns.filter(|urn| get(&document, urn).is_some()).collect();
        urns.sort_unstable();
        urns.dedup();
        urns.insert(0, self.urn);
        let schemas = json!(urns);
        document.retain(|name, _| !name.eq_ignore_ascii_case("schemas"));
        document.insert("schemas".into(), schemas);
        document.into()
    }

    fn write(&self, document: &mut Document, fields: &Fields) -> Result<(), Error> {
        for (name, value) in fields {
            let attribute = self.resources.attributes.get(name).ok_or_else(|| unknown(name))?;
            attribute.write(document, value, self.resources.new_values.get(name));
        }
        Ok(())
    }

    fn operation(&self, name: &str, value: &Value, is_there: bool) -> Result<Value, Error> {
        let attribute = self.resources.attributes.get(name).ok_or_else(|| unknown(name))?;
        let form = Form {
            clear: self.resources.clear,
            whole: self.resources.single_values,
            is_there,
            beside: self.resources.new_values.get(name),
        };
        Ok(attribute.operation(value, form))
    }

    fn operations(&self, changed: &Fields, known: &Fields) -> Result<Vec<Value>, Error> {
        let is_there = |name| known.get(name).is_some_and(|value| !value.is_null());
        let operations = changed
            .iter()
            .map(|(name, value)| self.operation(name, value, is_there(name)));
        operations.collect()
    }

    /// Whether a change of the field must know what is there.
    fn asks_first(&self, name: &str) -> bool {
        let attribute = self.resources.attributes.get(name);
        attribute.is_some_and(|attribute| attribute.is_chosen()) && !self.resources.single_values
    }

    fn check_required(&self, is_missing: impl Fn(&str) -> bool) -> Result<(), Error> {
        let mut required = self.described.fields.iter().filter(|field| field.required);
        match required.find(|field| is_missing(&field.name)) {
            Some(field) => Err(Error::rejected(Some(&field.name), "there is none without it")),
            None => Ok(()),
        }
    }
}

/// A value with empty text as none.
fn plain(value: &Value) -> Value {
    match value.as_str() {
        Some("") => Value::Null,
        _ => value.clone(),
    }
}

/// Some write it as text.
fn is_true(value: &Value) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        value => *value != Value::Bool(false),
    }
}

fn unknown(name: &str) -> Error {
    Error::rejected(Some(name), "there is no such field")
}
