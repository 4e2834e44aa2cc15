//! The web framework: extract, one call, answer.
