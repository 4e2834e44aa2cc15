//! Each documented fact of the API that a client can meet, as a row.

mod admission;
mod desk;
mod groups;
mod lifecycle;
mod lists;
mod oauth;
mod profile;
mod roles;
mod served;
mod signing;
mod state;
mod users;
