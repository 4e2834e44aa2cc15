//! The twin of Okta's Management API, as far as users, groups and administrators are provisioned through it.
//!
//! It follows Okta's OpenAPI document and developer documentation. Where neither says which status, code or text an
//! error has, the twin's choice is marked with "not documented". The document lists too few statuses here and there
//! (401, 405, 409, 411 nowhere); those of the documentation are sent all the same. Refusals are collected in `refusal`.
//!
//! A fresh org has one user, the super administrator [`Okta::OWNER_LOGIN`], and the group `Everyone`.

mod account;
mod admission;
mod assertion;
mod assignees;
mod attributes;
mod body;
mod credentials;
mod filter;
mod group_members;
mod group_roles;
mod group_rules;
mod groups;
mod ids;
mod index;
mod jwt;
mod lifecycle;
mod limits;
mod links;
mod oauth;
mod org;
mod page;
mod profile;
mod records;
mod refusal;
mod roles;
mod routes;
mod schema;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod twin;
mod user_json;
mod user_types;
mod user_writes;
mod users;

pub use account::Okta;
