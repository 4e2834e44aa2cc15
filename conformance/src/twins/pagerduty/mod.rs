//! The twin of PagerDuty's REST API v2, as far as accounts are provisioned through it.
//!
//! It follows PagerDuty's OpenAPI document and developer documentation. Where neither says which status, code or text
//! an error has, the twin's choice is marked with "not documented". The document lists too few statuses here and there
//! (for the deletion of a team neither 400 nor 404); the codes of the documentation are sent all the same. Refusals of
//! the API are collected in `refusal`.
//!
//! A fresh account has one user, its owner [`PagerDuty::OWNER_EMAIL`], whose e-mail may be used as `From`. The token
//! that the twin is started with may do everything, as an account key or as an OAuth token; the twin's own
//! authorization server issues others.

mod abilities;
mod account;
mod admission;
mod body;
mod contact_methods;
mod escalation;
mod fields;
mod incidents;
mod licenses;
mod notification_rules;
mod oauth;
mod page;
mod records;
mod reference;
mod refusal;
mod roles;
mod routes;
mod seed;
mod sessions;
mod team_members;
mod teams;
#[cfg(test)]
mod tests;
mod twin;
mod users;

pub use account::PagerDuty;
