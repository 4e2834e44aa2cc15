//! Each documented fact of the API that a client can meet, as a row.

mod admission;
mod bulk;
mod create_or_update;
mod deletion;
mod desk;
mod groups;
mod identities;
mod lists;
mod oauth;
mod organizations;
mod roles;
mod search;
mod shapes;
mod state;
mod users;
