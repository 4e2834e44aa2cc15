//! What is wrong with what a target declares.
use std::fmt;

/// A fault of a target's declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The keys that lead to it within the target; numbers are places in an array.
    pub place: Vec<String>,
    /// What is wrong.
    pub message: String,
}

impl Misfit {
    /// A fault at a place.
    pub fn new(place: &[String], message: impl Into<String>) -> Self {
        Self {
            place: place.to_vec(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place.join("."), self.message)
    }
}
