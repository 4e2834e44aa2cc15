//! A TOML text whose values know their places.
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::place::{Faults, Gathered};

/// One step into a document.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// A parsed text and what was found wrong with it so far.
pub(super) struct Document<'a> {
    file: &'a str,
    root: Spanned<DeTable<'a>>,
    faults: Gathered<'a>,
}

impl<'a> Document<'a> {
    /// Reads the text. `file` is its name in messages.
    ///
    /// # Errors
    /// All that keeps it from being TOML; what it says is not looked at then.
    pub(super) fn parse(text: &'a str, file: &'a str) -> Result<Self, Faults> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut faults = Gathered::of(text);
        errors.iter().for_each(|error| faults.add_error(error));
        if faults.is_empty() {
            return Ok(Self { file, root, faults });
        }
        Err(faults.finish(file))
    }

    /// The keys of the outermost table that are none of these.
    pub(super) fn refuse_keys_but(&mut self, known: &[&str]) {
        for key in self.root.get_ref().keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let message = format!("unknown key `{}`, expected one of {}", key.get_ref(), known.join(", "));
                self.faults.add(key.span(), message);
            }
        }
    }

    /// Each element of an array of tables as a value, with its index: what is wrong in one is told and left out, and so
    /// is the whole of it if that does not help.
    pub(super) fn elements<T: DeserializeOwned>(&mut self, name: &str) -> Vec<(usize, T)> {
        let Some(value) = self.root.get_ref().get(name) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.faults.add(value.span(), format!("write each as `[[{name}]]`"));
            return Vec::new();
        };
        let mut elements = Vec::new();
        for (index, element) in array.iter().enumerate() {
            let element = read(element.clone(), &mut self.faults);
            elements.extend(element.map(|element| (index, element)));
        }
        elements
    }

    /// The whole document as a value, as far as it is right.
    pub(super) fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        let root = Spanned::new(self.root.span(), DeValue::Table(self.root.get_ref().clone()));
        read(root, &mut self.faults)
    }

    /// Tells a fault of what stands there, or would stand there.
    pub(super) fn fault(&mut self, steps: &[Step<'_>], message: impl Into<String>) {
        let range = self.range(steps);
        self.faults.add(range, message);
    }

    /// What the steps lead to: as far as there is something.
    fn range(&self, steps: &[Step<'_>]) -> Range<usize> {
        let Some((Step::Key(first), rest)) = steps.split_first() else {
            return self.root.span();
        };
        let Some(mut value) = self.root.get_ref().get(*first) else {
            return 0..0;
        };
        for step in rest {
            let next = match step {
                Step::Key(key) => value.get_ref().get(*key),
                Step::Index(index) => value.get_ref().get(*index),
            };
            match next {
                Some(next) => value = next,
                None => break,
            }
        }
        value.span()
    }

    /// `Err` with all faults, if there is one.
    pub(super) fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(self.faults.finish(self.file))
    }
}

/// The value, without what is wrong in it: the reader ends at the first fault, and there may be more.
fn read<T: DeserializeOwned>(mut value: Spanned<DeValue<'_>>, faults: &mut Gathered<'_>) -> Option<T> {
    let mut left_out = Vec::new();
    loop {
        let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let follows = |key: &String| error.message() == format!("missing field `{key}`");
        if !left_out.iter().any(follows) {
            faults.add_error(&error);
        }
        left_out.push(leave_out(value.get_mut(), &error.span()?)?);
    }
}

/// Takes the innermost key out that has, or whose value has, this place. `None`: there is none.
fn leave_out(value: &mut DeValue<'_>, place: &Range<usize>) -> Option<String> {
    let table = match value {
        DeValue::Table(table) => table,
        DeValue::Array(elements) => {
            let mut elements = elements.iter_mut();
            return elements.find_map(|element| leave_out(element.get_mut(), place));
        }
        _ => return None,
    };
    let inside = table
        .iter_mut()
        .find_map(|(_, value)| leave_out(value.get_mut(), place));
    if inside.is_some() {
        return inside;
    }
    let is_in = |outer: Range<usize>| outer.start <= place.start && place.end <= outer.end;
    let mut wrong = table
        .iter()
        .filter(|(key, value)| is_in(key.span()) || is_in(value.span()));
    let key = wrong.next()?.0.get_ref().to_string();
    table.remove(key.as_str());
    Some(key)
}
