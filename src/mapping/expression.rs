//! Values by expression: CEL, the Common Expression Language.
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, ExecutionError, Program, extensions};
use schemas::ResourceType;
use serde_json::Value;

use super::number::Decimals;
use super::subject::Subject;
use super::{cost, number, types};

/// Longest expression, in bytes: an administrator's screen ends earlier.
const LENGTH_MAX: usize = 500;

/// Signs that are neither letters, digits nor blanks. The parser and the evaluation recurse at every operator.
const SIGNS_MAX: usize = 80;

/// Stack for the parser. In an unoptimised build it takes some 30 KiB for every operator.
const PARSER_STACK_BYTES: usize = 32 * 1024 * 1024;

/// Brackets within brackets. The parser recurses at each.
const DEPTH_MAX: usize = 10;

/// Characters that are told of a failure: its words can hold what the expression read.
const FAILURE_MAX: usize = 200;

/// CEL's own functions, and those on texts of its strings library: `lowerAscii`, `replace`, `split`, …
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    extensions::strings(&mut environment).expect("the library has names of its own");
    Arc::new(environment)
});

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    program: Program,
    variable: &'static str,
    decimals: Decimals,
}

impl Expression {
    /// Compiles; `variable` is the name under which the resource is known.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(super) fn compile(text: &str, variable: &'static str) -> Result<Self, String> {
        check_bounds(text)?;
        let program = parse(text)?;
        let elements = cost::walks(program.expression())?;
        let references = program.references();
        let known = |name: &&str| [variable, "groups"].contains(name) || elements.contains(name);
        if let Some(unknown) = references.variables().into_iter().find(|name| !known(name)) {
            return Err(format!("there is no `{unknown}`; there are `{variable}` and `groups`"));
        }
        let text = text.to_owned();
        Ok(Self {
            text,
            program,
            variable,
            decimals: Decimals::default(),
        })
    }

    /// The same for resources of this type, whose decimals it knows as such.
    pub(super) fn reading(mut self, resource_type: &ResourceType) -> Self {
        self.decimals = Decimals::of(resource_type);
        self
    }

    /// Refuses what can have no value for any resource of a type.
    ///
    /// # Errors
    /// What there is not, or what takes no values of such types.
    pub(super) fn check(&self, resource_type: &ResourceType) -> Result<(), String> {
        types::check(&ENVIRONMENT, self.program.expression(), (self.variable, resource_type))
    }

    /// Whether it asks for the groups of a person.
    pub(super) fn reads_groups(&self) -> bool {
        self.program.references().has_variable("groups")
    }

    /// The value. An attribute that the resource has not got makes the whole expression have no value: `Null`.
    ///
    /// # Errors
    /// What went wrong, as a rule that reads on after the field's name: also that it would take too many steps, before it
    /// takes the first.
    pub(super) fn value(&self, subject: &Subject<'_>) -> Result<Value, String> {
        if cost::steps(self.program.expression(), self.variable, subject) > cost::STEPS_MAX {
            let (most, text) = (cost::STEPS_MAX, &self.text);
            return Err(format!(
                "has an expression that could take more than {most} steps here: `{text}`"
            ));
        }
        let failed = |reason: String| {
            let reason: String = reason.chars().take(FAILURE_MAX).collect();
            format!("has an expression that fails: {reason}")
        };
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.add_variable_from_value(self.variable, self.decimals.read(subject.resource));
        let names: Vec<_> = subject.groups.iter().filter_map(|group| group.name.clone()).collect();
        context.add_variable_from_value("groups", names);
        match self.program.execute(&context) {
            Ok(value) => value
                .json()
                .map(number::given)
                .map_err(|error| failed(error.to_string())),
            Err(ExecutionError::NoSuchKey(_)) => Ok(Value::Null),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// Parses on a thread of its own, whose stack is large enough for what the bounds let through.
fn parse(text: &str) -> Result<Program, String> {
    let parser = || ENVIRONMENT.compile(text).map_err(|error| told(&error.to_string()));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(PARSER_STACK_BYTES);
        let parsing = thread.spawn_scoped(scope, parser).map_err(|error| error.to_string())?;
        parsing.join().unwrap_or_else(|_| Err("the parser gave up".to_owned()))
    })
}

/// The parser's words without its drawing, and without all that it would have taken instead.
fn told(words: &str) -> String {
    let faults = words.lines().filter_map(|line| line.strip_prefix("ERROR: <input>:"));
    let fault = |line: &str| {
        let (place, fault) = line.split_once(": ")?;
        let (_, character) = place.split_once(':')?;
        let fault = fault.strip_prefix("Syntax error: ").unwrap_or(fault);
        let (fault, _) = fault.split_once(" expecting {").unwrap_or((fault, ""));
        Some(format!("at character {character} of the expression: {fault}"))
    };
    let faults: Vec<_> = faults.filter_map(fault).collect();
    match faults.is_empty() {
        true => words.replace('\n', " "),
        false => faults.join("; "),
    }
}

/// Refuses what the parser must not see, before it sees it.
fn check_bounds(text: &str) -> Result<(), String> {
    if text.len() > LENGTH_MAX {
        return Err(format!("an expression has at most {LENGTH_MAX} bytes"));
    }
    let is_sign = |sign: &char| !sign.is_alphanumeric() && !sign.is_whitespace() && !"_\"'".contains(*sign);
    if text.chars().filter(is_sign).count() > SIGNS_MAX {
        return Err(format!(
            "an expression has at most {SIGNS_MAX} operators, dots and brackets"
        ));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for character in text.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > DEPTH_MAX {
        return Err(format!(
            "an expression has at most {DEPTH_MAX} brackets within each other"
        ));
    }
    Ok(())
}
