//! The whole state of a twin: what there is once, and its tables.

use anyhow::{Context, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::table::Saved;

/// The name of the last id in a saved state.
const LAST_ID: &str = "last_id";

/// The name of the keys of rows that are gone.
const GONE: &str = "gone";

/// A twin whose state is an account, a count of ids and tables.
pub(super) trait State {
    /// What there is once.
    type Account: Serialize + DeserializeOwned;

    /// The name of the account in a saved state.
    const ACCOUNT: &'static str;

    /// The account and the last id.
    fn head(&self) -> (&Self::Account, u64);

    /// The same to be set, and whether the account has changed since it was last saved.
    fn head_mut(&mut self) -> Head<'_, Self::Account>;

    fn tables(&self) -> impl Iterator<Item = &dyn Saved>;

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut dyn Saved>;

    /// Derives anew what is derived from the rows, which were put there all at once.
    fn rows_came(&mut self);
}

/// What a saved state sets.
pub(super) struct Head<'a, A> {
    pub(super) account: &'a mut A,
    pub(super) last_id: &'a mut u64,
    pub(super) unsaved: &'a mut bool,
}

/// See [`super::Twin::snapshot`].
pub(super) fn snapshot<S: State>(twin: &S) -> Value {
    let (account, last_id) = twin.head();
    let mut state = Map::new();
    state.insert(S::ACCOUNT.to_owned(), json!(account));
    state.insert(LAST_ID.to_owned(), last_id.into());
    for table in twin.tables() {
        table.snapshot(&mut state);
    }
    state.into()
}

/// See [`super::Twin::changes`].
pub(super) fn changes<S: State>(twin: &mut S) -> Option<Value> {
    let (mut changed, mut gone) = (Map::new(), Map::new());
    for table in twin.tables_mut() {
        table.changes(&mut changed, &mut gone);
    }
    if std::mem::take(twin.head_mut().unsaved) {
        changed.insert(S::ACCOUNT.to_owned(), json!(twin.head().0));
    }
    if !gone.is_empty() {
        changed.insert(GONE.to_owned(), gone.into());
    }
    if changed.is_empty() {
        return None;
    }
    changed.insert(LAST_ID.to_owned(), twin.head().1.into());
    Some(changed.into())
}

/// See [`super::Twin::restore`].
///
/// # Errors
/// The saved state is not one of this twin.
pub(super) fn restore<S: State>(twin: &mut S, state: Value, changes: Vec<Value>) -> anyhow::Result<()> {
    for table in twin.tables_mut() {
        table.clear();
    }
    for change in std::iter::once(state).chain(changes) {
        apply(twin, change)?;
    }
    twin.rows_came();
    Ok(())
}

fn apply<S: State>(twin: &mut S, change: Value) -> anyhow::Result<()> {
    let Value::Object(mut changed) = change else {
        bail!("a saved change is not an object")
    };
    let mut gone = match changed.remove(GONE) {
        Some(Value::Object(gone)) => gone,
        _ => Map::new(),
    };
    let account = changed.remove(S::ACCOUNT);
    let last_id = changed.get(LAST_ID).and_then(Value::as_u64);
    let head = twin.head_mut();
    if let Some(account) = account {
        *head.account = serde_json::from_value(account).context("the saved account cannot be read")?;
    }
    *head.last_id = last_id.context("the last id is not saved")?;
    for table in twin.tables_mut() {
        table.apply(&mut changed, &mut gone)?;
    }
    Ok(())
}
