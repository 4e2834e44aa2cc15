//! What a case is run on, and what it asserts with.
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::samples::sample;
use super::{Fault, Probe};
use crate::descriptor::{Field, FieldType, Kind, KindDescriptor};
use crate::{Account, Adapter, Error, ErrorKind, Fields};

/// A case's outcome; the text says what was expected and what came.
pub(super) type Outcome<T = ()> = Result<T, String>;

/// Numbers of samples, never given twice in a process.
static NUMBERS: AtomicUsize = AtomicUsize::new(1);

/// One kind of account of one adapter.
pub(super) struct Subject<'a> {
    pub(super) adapter: &'a dyn Adapter,
    pub(super) kind: Kind,
    probe: &'a dyn Probe,
}

impl<'a> Subject<'a> {
    pub(super) fn new(adapter: &'a dyn Adapter, probe: &'a dyn Probe, kind: Kind) -> Self {
        Self { adapter, kind, probe }
    }

    /// What the vendor calls this kind.
    pub(super) fn title(&self) -> &'static str {
        self.described().map_or("nothing", |described| described.title.as_str())
    }

    pub(super) fn described(&self) -> Outcome<&'static KindDescriptor> {
        self.adapter.descriptor().kind(self.kind).ok_or("no such kind".into())
    }

    /// The field by which accounts are found.
    pub(super) fn unique(&self) -> Outcome<&'static Field> {
        let described = self.described()?;
        described.field(&described.unique).ok_or("no unique field".into())
    }

    /// The fields that can be changed.
    pub(super) fn changeable(&self) -> Outcome<impl Iterator<Item = &'static Field>> {
        let fields = self.described()?.fields.iter();
        Ok(fields.filter(|field| !field.create_only))
    }

    /// How many calls creating an account takes.
    pub(super) fn creating_calls(&self) -> Outcome<u64> {
        Ok(1 + u64::from(self.described()?.looks_before_create))
    }

    /// How many calls reading an account that is there takes: sub-objects may need some of their own.
    pub(super) fn reading_calls(&self) -> Outcome<u64> {
        Ok(self.described()?.read_calls)
    }

    /// How many calls a page of a listing takes.
    pub(super) fn listing_calls(&self) -> Outcome<u64> {
        Ok(self.described()?.list_calls)
    }

    /// How many calls deleting an account that is there takes.
    pub(super) fn deleting_calls(&self) -> Outcome<u64> {
        Ok(self.described()?.delete_calls)
    }

    /// Fields of an account that is not there: all of the main call that every role has.
    pub(super) fn fresh(&self) -> Outcome<Fields> {
        let n = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let fields = self.described()?.fields.iter();
        let main = fields.filter(|field| field.call.is_none() && field.roles.is_empty());
        let value = |field: &Field| Some((field.name.clone(), self.sample(field, n)?));
        Ok(main.filter_map(value).collect())
    }

    /// A value of a field that it has not got.
    pub(super) fn other(&self, field: &Field, present: &Value) -> Option<Value> {
        let n = NUMBERS.fetch_add(2, Ordering::Relaxed);
        let mut values = [n, n + 1].into_iter().filter_map(|n| self.sample(field, n));
        values.find(|value| !field.same(value, present))
    }

    fn sample(&self, field: &Field, n: usize) -> Option<Value> {
        sample(self.adapter.descriptor(), field, n)
    }

    /// Creates a fresh account and reads it.
    pub(super) async fn made(&self) -> Outcome<Account> {
        self.made_as(&[]).await
    }

    /// The same with one of these roles; any will do if there are none.
    pub(super) async fn made_as(&self, roles: &[String]) -> Outcome<Account> {
        let created = self.created_as(roles).await?;
        self.read(&created.id).await
    }

    /// The same without reading it.
    pub(super) async fn created_as(&self, roles: &[String]) -> Outcome<Account> {
        let mut fields = self.fresh()?;
        let described = self.described()?.fields.iter();
        let role = described.filter(|field| field.kind == FieldType::Role).zip(roles);
        fields.extend(role.map(|(field, role)| (field.name.clone(), role.clone().into())));
        let created = self.adapter.create(self.kind, &fields).await;
        created.map_err(|error| told("create", &error))
    }

    /// Reads an account that is there.
    pub(super) async fn read(&self, id: &str) -> Outcome<Account> {
        let found = self.adapter.get(self.kind, &Account::of(id)).await;
        let found = found.map_err(|error| told("get", &error))?;
        found.ok_or_else(|| "get does not find what was created".into())
    }

    /// The unique value of an account.
    pub(super) fn key<'f>(&self, fields: &'f Fields) -> Outcome<&'f str> {
        let name = &self.unique()?.name;
        let value = fields.get(name).and_then(Value::as_str);
        value.ok_or_else(|| format!("an account without {name}"))
    }

    /// The id of the account that a look-up finds.
    pub(super) async fn find(&self, key: &str) -> Outcome<Option<String>> {
        let found = self.adapter.find(self.kind, key).await;
        let found = found.map_err(|error| told("find", &error))?;
        Ok(found.map(|account| account.id))
    }

    /// The result of a verb that may make at most so many calls.
    pub(super) async fn within<T>(&self, calls_max: u64, verb: impl Future<Output = T>) -> Outcome<T> {
        let before = self.probe.calls().await;
        let result = verb.await;
        let calls = self.probe.calls().await - before;
        ensure(calls <= calls_max, || format!("{calls} calls where {calls_max} do"))?;
        Ok(result)
    }

    pub(super) async fn inject(&self, fault: Fault) {
        self.probe.inject(fault).await;
    }
}

/// Asserts.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// Asserts that a verb failed in this way.
pub(super) fn failed<T: Debug>(verb: &str, result: Result<T, Error>, expected: &ErrorKind) -> Outcome<Error> {
    match result {
        Err(error) if error.kind == *expected => Ok(error),
        Err(error) => Err(format!("{} where {expected:?} was expected", told(verb, &error))),
        Ok(value) => Err(format!("{verb} answered {value:?} where {expected:?} was expected")),
    }
}

/// An error, for people.
pub(super) fn told(verb: &str, error: &Error) -> String {
    format!("{verb} failed: {:?} {:?} {error}", error.kind, error.retry)
}
