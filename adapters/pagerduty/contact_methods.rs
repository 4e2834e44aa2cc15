//! Contact methods: objects of their own behind the fields `contact_email`, `phone` and `sms`.
//!
//! A field is one method of its type: the one that is known to be it, else the one that has the former value, else the
//! one that came with the user, else the first. Others that a person has added are left alone.
use serde_json::{Map, Value, json};

use super::api::{Api, decode, request, segment};
use super::error::Call;
use super::wire::{ContactMethod, ContactMethodEnvelope, ContactMethods, wrapped};
use crate::phone::{self, Number};
use crate::{Account, Error, ErrorKind, Fields, Retry};

const METHODS: &str = "/users/{id}/contact_methods";
const METHOD: &str = "/users/{id}/contact_methods/{contact_method_id}";

const CONTACT_EMAIL: &str = "contact_email";

/// A field that lives in a contact method.
pub(super) struct Part {
    /// The field's name.
    pub(super) field: &'static str,
    /// The contact method's `type`.
    kind: &'static str,
    /// Its label if it is made by us.
    label: &'static str,
}

/// The fields that live in contact methods.
pub(super) const PARTS: [Part; 3] = [
    Part {
        field: CONTACT_EMAIL,
        kind: "email_contact_method",
        label: "Work",
    },
    Part {
        field: "phone",
        kind: "phone_contact_method",
        label: "Mobile",
    },
    Part {
        field: "sms",
        kind: "sms_contact_method",
        label: "Mobile",
    },
];

/// What PagerDuty labels the e-mail contact method that it makes together with a user.
const MADE_WITH_USER: &str = "Default";

/// Where a message or call goes.
#[derive(Debug, Clone, PartialEq)]
enum Address {
    Email(String),
    Dialled(Number),
}

impl Part {
    /// Shows the method of this field in an account.
    pub(super) fn show(&self, methods: &[ContactMethod], account: &mut Account) {
        let is_reference = |method: &&ContactMethod| method.kind.strip_suffix("_reference") == Some(self.kind);
        let references: Vec<_> = methods.iter().filter(is_reference).collect();
        let former = self.former(account, None);
        match (references.as_slice(), self.pick(methods, former.as_ref())) {
            ([], method) => {
                let address = method.and_then(|method| self.address(method));
                let value = address.map_or(Value::Null, |address| address.to_string().into());
                account.fields.insert(self.field.into(), value);
                account
                    .parts
                    .extend(method.map(|method| (self.field.into(), method.id.clone())));
            }
            // Without addresses it is known which one it is if there is no other, but not its value.
            ([only], _) => {
                account.parts.insert(self.field.into(), only.id.clone());
            }
            _ => {}
        }
    }

    fn pick<'a>(&self, methods: &'a [ContactMethod], former: Option<&Address>) -> Option<&'a ContactMethod> {
        if let Some(method) = former.and_then(|former| self.having(methods, former)) {
            return Some(method);
        }
        let mut own = methods.iter().filter(|method| method.kind == self.kind);
        let default = own
            .clone()
            .find(|method| method.label.as_deref() == Some(MADE_WITH_USER));
        default.or_else(|| own.next())
    }

    fn having<'a>(&self, methods: &'a [ContactMethod], address: &Address) -> Option<&'a ContactMethod> {
        let mut own = methods.iter().filter(|method| method.kind == self.kind);
        own.find(|method| self.address(method).is_some_and(|other| other.reaches_same(address)))
    }

    fn address(&self, method: &ContactMethod) -> Option<Address> {
        let text = method.address.clone()?;
        Some(match method.country_code {
            Some(country_code) => Address::Dialled(Number {
                country_code,
                national: text.chars().filter(char::is_ascii_digit).collect(),
            }),
            None => Address::Email(text),
        })
    }

    /// What the field had, as far as the account tells. The e-mail method comes into being with the login address.
    fn former(&self, account: &Account, default_country: Option<u16>) -> Option<Address> {
        let own = account.fields.get(self.field);
        let value = own.or_else(|| account.fields.get("email").filter(|_| self.field == CONTACT_EMAIL))?;
        self.wanted(value, default_country).ok().flatten()
    }

    /// Reads a field's value; `None` clears it.
    fn wanted(&self, value: &Value, default_country: Option<u16>) -> Result<Option<Address>, Error> {
        let text = match value {
            Value::Null => return Ok(None),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => text,
            _ => return Err(Error::rejected(Some(self.field), "not a text")),
        };
        if self.field == CONTACT_EMAIL {
            return Ok(Some(Address::Email(text.clone())));
        }
        let number = phone::parse(text, default_country);
        let number = number.map_err(|fault| Error::rejected(Some(self.field), fault.to_string()))?;
        Ok(Some(Address::Dialled(number)))
    }

    fn body(&self, fields: Map<String, Value>) -> Value {
        wrapped("contact_method", self.kind, fields)
    }
}

impl Address {
    fn reaches_same(&self, other: &Address) -> bool {
        match (self, other) {
            (Address::Email(left), Address::Email(right)) => left.to_lowercase() == right.to_lowercase(),
            _ => self == other,
        }
    }

    fn json(&self) -> Map<String, Value> {
        let fields = match self {
            Address::Email(address) => json!({ "address": address }),
            Address::Dialled(number) => json!({ "address": number.national, "country_code": number.country_code }),
        };
        fields.as_object().cloned().unwrap_or_default()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Email(address) => formatter.write_str(address),
            Address::Dialled(number) => number.fmt(formatter),
        }
    }
}

/// One change of one field.
struct Change<'a> {
    part: &'a Part,
    user_id: &'a str,
    /// What the field had, as far as known.
    former: Option<Address>,
    sent: Fields,
}

impl Api {
    /// Brings a field's contact method to the value. Answers its id; `None` if there is none now.
    pub(super) async fn set_contact_method(
        &self,
        part: &Part,
        account: &Account,
        value: &Value,
    ) -> Result<Option<String>, Error> {
        let country = self.choices.default_country;
        let wanted = part.wanted(value, country)?;
        let change = Change {
            part,
            user_id: segment(&account.id)?,
            former: part.former(account, country),
            sent: Fields::from([(part.field.to_owned(), value.clone())]),
        };
        let is_none = account.fields.get(part.field).is_some_and(Value::is_null);
        match (account.parts.get(part.field), wanted) {
            (Some(id), Some(address)) => self.move_known(&change, id, &address).await.map(Some),
            (None, Some(address)) if is_none => self.make(&change, &address).await.map(Some),
            (None, Some(address)) => self.place(&change, &address).await.map(Some),
            (None, None) if is_none => Ok(None),
            (Some(id), None) => self.remove_method(&change, id).await.map(|()| None),
            (None, None) => self.clear(&change).await.map(|()| None),
        }
    }

    /// Changes the method that is known to be the field's.
    async fn move_known(&self, change: &Change<'_>, id: &str, address: &Address) -> Result<String, Error> {
        match self.put_method(change, id, address).await {
            Ok(()) => Ok(id.to_owned()),
            Err(error) => match error.kind {
                // A person has deleted it.
                ErrorKind::NotFound => self.place(change, address).await,
                // A person has added the new value already, as another one.
                ErrorKind::Exists { .. } => self.give_way(change, id, address).await,
                _ => Err(error),
            },
        }
    }

    /// Makes the field's method, which is known not to be there.
    async fn make(&self, change: &Change<'_>, address: &Address) -> Result<String, Error> {
        match self.post_method(change, address).await {
            Err(error) => match error.kind {
                // A person has added it.
                ErrorKind::Exists { .. } => self.place(change, address).await,
                _ => Err(error),
            },
            made => made,
        }
    }

    /// Finds the field's method and changes it, or makes one.
    async fn place(&self, change: &Change<'_>, address: &Address) -> Result<String, Error> {
        let methods = self.methods(change).await?;
        let part = change.part;
        if let Some(method) = part.having(&methods, address) {
            return Ok(method.id.clone());
        }
        match part.pick(&methods, change.former.as_ref()) {
            Some(method) => {
                let put = self.put_method(change, &method.id, address).await;
                put.map(|()| method.id.clone()).map_err(|error| late(change, error))
            }
            None => {
                let posted = self.post_method(change, address).await;
                posted.map_err(|error| late(change, error))
            }
        }
    }

    /// Deletes the field's former method in favour of one that has the value already.
    async fn give_way(&self, change: &Change<'_>, id: &str, address: &Address) -> Result<String, Error> {
        let methods = self.methods(change).await?;
        let Some(other) = change.part.having(&methods, address).filter(|method| method.id != id) else {
            return Err(unfound(change));
        };
        self.remove_method(change, id).await?;
        Ok(other.id.clone())
    }

    async fn clear(&self, change: &Change<'_>) -> Result<(), Error> {
        let methods = self.methods(change).await?;
        let found = match &change.former {
            Some(former) => change.part.having(&methods, former),
            None => change.part.pick(&methods, None),
        };
        match found {
            Some(method) => self.remove_method(change, &method.id).await,
            None => Ok(()),
        }
    }

    async fn methods(&self, change: &Change<'_>) -> Result<Vec<ContactMethod>, Error> {
        let gone = || Error::new(ErrorKind::NotFound, Retry::Never, "the user is gone");
        self.contact_methods(change.user_id).await?.ok_or_else(gone)
    }

    /// All contact methods of a user; `None` if there is no such user.
    pub(super) async fn contact_methods(&self, user_id: &str) -> Result<Option<Vec<ContactMethod>>, Error> {
        let path = format!("/users/{user_id}/contact_methods");
        let found = self.read::<ContactMethods>(request("GET", METHODS, path)).await?;
        Ok(found.map(|found| found.contact_methods))
    }

    async fn put_method(&self, change: &Change<'_>, id: &str, address: &Address) -> Result<(), Error> {
        let path = format!("/users/{}/contact_methods/{}", change.user_id, segment(id)?);
        let request = request("PUT", METHOD, path).json(&change.part.body(address.json()));
        let answer = self.send(request, &Call::save_contact_method(&change.sent)).await;
        answer.map(|_| ())
    }

    async fn post_method(&self, change: &Change<'_>, address: &Address) -> Result<String, Error> {
        let path = format!("/users/{}/contact_methods", change.user_id);
        let mut fields = address.json();
        fields.insert("label".into(), change.part.label.into());
        let request = request("POST", METHODS, path).json(&change.part.body(fields));
        let answer = self.send(request, &Call::save_contact_method(&change.sent)).await?;
        let made = decode::<ContactMethodEnvelope>(&answer, ErrorKind::Ambiguous)?;
        Ok(made.contact_method.id)
    }

    async fn remove_method(&self, change: &Change<'_>, id: &str) -> Result<(), Error> {
        let path = format!("/users/{}/contact_methods/{}", change.user_id, segment(id)?);
        match self.send(request("DELETE", METHOD, path), &Call::REMOVE).await {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// "Exists" from a method that the listing just now did not show: the listing lags.
fn late(change: &Change<'_>, error: Error) -> Error {
    match error.kind {
        ErrorKind::Exists { .. } => unfound(change),
        _ => error,
    }
}

fn unfound(change: &Change<'_>) -> Error {
    let field = Some(change.part.field.to_owned());
    let reason = "PagerDuty has such a contact method already, but does not list it yet";
    Error::new(ErrorKind::Rejected { field }, Retry::Backoff, reason)
}
