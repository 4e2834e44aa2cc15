//! The twin of Zendesk's Support API, as far as accounts are provisioned through it.
//!
//! It follows Zendesk's OpenAPI document, its developer documentation and its help articles; where the document and the
//! product differ, answers keep to the document. Where no source says which status, code or text an error has, the
//! twin's choice is marked with "not documented". Refusals of the API are collected in `refusal`.
//!
//! A fresh account is on the Enterprise plan, without bulk import; it has one user, its owner [`Zendesk::OWNER_EMAIL`],
//! and one group. The token that the twin is started with is a bearer token of the owner with all scopes, so that
//! simple runs need no OAuth; the twin's own authorization server issues others. API tokens (`email/token:…`) are not
//! taken: Zendesk is withdrawing them.

mod account;
mod admission;
mod body;
mod bulk;
mod create_or_update;
mod custom_roles;
mod deleted_users;
mod group_memberships;
mod groups;
mod identities;
mod jobs;
mod locales;
mod memberships;
mod oauth;
mod organization_memberships;
mod organizations;
mod page;
mod records;
mod refusal;
mod roles;
mod routes;
mod search;
mod seed;
mod sessions;
#[cfg(test)]
mod tests;
mod time_zones;
mod twin;
mod user_changes;
mod user_fields;
mod user_input;
mod user_json;
mod users;

pub use account::Zendesk;
