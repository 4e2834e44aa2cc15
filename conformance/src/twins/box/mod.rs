//! The twin of Box's Platform API, as far as an enterprise's managed users and groups are kept through it.
//!
//! It follows Box's OpenAPI document and its developer pages. Where neither says which status, code or text an error
//! has, the twin's choice is marked with "not documented". Refusals of the API are collected in `refusal`.
//!
//! Left out: e-mail aliases, invitations of accounts outside of the enterprise, rolling a user out of it (`enterprise`:
//! null, refused as a property that is not known), the end of sessions, and the move of what somebody owns, in whose
//! place a seed can take content away.
//!
//! A fresh enterprise has one user, its administrator [`BoxEnterprise::ADMIN_LOGIN`], for whom the token acts that the
//! twin is started with. Box's addresses for OAuth are other ones than that of the API; the twin is all of them.

mod account;
mod admission;
mod body;
mod groups;
mod memberships;
mod oauth;
mod page;
mod records;
mod refusal;
mod routes;
mod seed;
mod shown;
#[cfg(test)]
mod tests;
mod twin;
mod users;

pub use account::BoxEnterprise;
