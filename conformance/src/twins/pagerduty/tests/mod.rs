//! Each documented fact of the API that a client can meet, as a row.

mod admission;
mod contact_methods;
mod deletion;
mod desk;
mod lists;
mod oauth;
mod roles;
mod state;
mod teams;
mod users;
