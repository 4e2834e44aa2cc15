//! The twin of Calendly's API v2, as far as an organization's people are managed through it.
//!
//! It follows Calendly's OpenAPI document and developer pages. Where neither says which status, title or text an error
//! has, the twin's choice is marked with "not documented". Refusals of the API are collected in `refusal`.
//!
//! Nobody is created through this API: an e-mail is invited, and only its owner's acceptance makes a user and a
//! membership, with ids of their own. Nobody is changed through it either; roles and groups can only be read. Ids are
//! URIs at Calendly's own address, whatever address the API is called by.
//!
//! A fresh organization has one member, its owner [`Calendly::OWNER_EMAIL`]. The token that the twin is started with
//! acts for the owner and may do everything, as the tokens of old did; a seed brings others, and the twin's own
//! authorization server issues them, for the owner as well.

mod account;
mod admission;
mod groups;
mod invitations;
mod memberships;
mod oauth;
mod page;
mod records;
mod refusal;
mod routes;
mod seed;
#[cfg(test)]
mod tests;
mod twin;
mod uri;
mod users;

pub use account::Calendly;
