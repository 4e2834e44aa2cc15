//! A file of directories and targets.
use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Serialize;

use super::document::{Document, Step};
use super::place::Faults;
use super::target;
use super::{Directory, Target};

/// The longest wait that a directory may ask for: below the shortest time after which IdPs give up.
const RESPOND_WITHIN_MS_MAX: u64 = 50_000;

/// Characters of a name: what a label of a host's name may have.
const NAME_LENGTH_MAX: usize = 63;

/// What is wrong with a target beyond its form: the keys that lead to it, and a sentence.
pub type Misfit = (Vec<String>, String);

/// What a file declares.
#[derive(Debug, Default)]
pub struct Declarations {
    /// The directories.
    pub directories: Vec<Directory>,
    /// The targets with their credentials.
    pub targets: Vec<(Target, SecretString)>,
}

impl Declarations {
    /// Reads a file's text, and the secrets that it refers to. `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, each fault with its place.
    pub fn parse(text: &str, file: &str) -> Result<Self, Faults> {
        Self::parse_with(text, file, &|_| Vec::new())
    }

    /// As [`Declarations::parse`]; `misfits` tells what is wrong with a target beyond its form, each with the keys that
    /// lead to it.
    ///
    /// # Errors
    /// As [`Declarations::parse`].
    pub fn parse_with(text: &str, file: &str, misfits: &dyn Fn(&Target) -> Vec<Misfit>) -> Result<Self, Faults> {
        let mut document = Document::parse(text, file)?;
        document.refuse_keys_but(&["directory", "target"]);
        let directories = document.elements::<Directory>("directory");
        let targets = document.elements::<Target>("target");
        for (index, directory) in &directories {
            check_directory(&mut document, *index, directory);
        }
        check_names(
            &mut document,
            "directory",
            directories.iter().map(|(index, each)| (*index, &each.name)),
        );
        check_names(
            &mut document,
            "target",
            targets.iter().map(|(index, each)| (*index, &each.name)),
        );
        let mut credentialed = Vec::new();
        for (index, target) in targets {
            if !directories
                .iter()
                .any(|(_, directory)| directory.name == target.directory)
            {
                let message = format!("no directory `{}` is declared in this file", target.directory);
                document.fault(
                    &[Step::Key("target"), Step::Index(index), Step::Key("directory")],
                    message,
                );
            }
            let credential = target::check(&mut document, index, &target);
            for (place, message) in misfits(&target) {
                document.fault(&steps(index, &place), message);
            }
            credentialed.extend(credential.map(|credential| (target, credential)));
        }
        document.finish()?;
        Ok(Self {
            directories: directories.into_iter().map(|(_, directory)| directory).collect(),
            targets: credentialed,
        })
    }
}

/// The steps to a place within a target.
pub(super) fn steps(index: usize, place: &[String]) -> Vec<Step<'_>> {
    let within = place.iter().map(|key| match key.parse() {
        Ok(index) => Step::Index(index),
        Err(_) => Step::Key(key),
    });
    [Step::Key("target"), Step::Index(index)]
        .into_iter()
        .chain(within)
        .collect()
}

/// Directories and targets as a file that declares them.
pub fn export(directories: &[Directory], targets: &[Target]) -> String {
    #[derive(Serialize)]
    struct File<'a> {
        #[serde(skip_serializing_if = "<[Directory]>::is_empty")]
        directory: &'a [Directory],
        #[serde(skip_serializing_if = "<[Target]>::is_empty")]
        target: &'a [Target],
    }
    let file = File {
        directory: directories,
        target: targets,
    };
    toml::to_string(&file).expect("declarations of strings, numbers and tables are TOML")
}

fn check_directory(document: &mut Document<'_>, index: usize, directory: &Directory) {
    if directory.respond_within_ms > RESPOND_WITHIN_MS_MAX {
        let steps = [
            Step::Key("directory"),
            Step::Index(index),
            Step::Key("respond_within_ms"),
        ];
        document.fault(
            &steps,
            format!("must be at most {RESPOND_WITHIN_MS_MAX}: IdPs give up by then"),
        );
    }
}

fn check_names<'a>(document: &mut Document<'_>, table: &str, names: impl Iterator<Item = (usize, &'a String)>) {
    let mut seen = BTreeMap::new();
    for (index, name) in names {
        let steps = [Step::Key(table), Step::Index(index), Step::Key("name")];
        if !is_name(name) {
            let rule = "a name has lower-case letters, digits and hyphens between them, at most 63 characters";
            document.fault(&steps, rule);
        }
        if seen.insert(name, index).is_some() {
            document.fault(&steps, format!("there are two of the name `{name}`"));
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_LENGTH_MAX).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
