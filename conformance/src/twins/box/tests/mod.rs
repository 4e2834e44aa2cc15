//! What the twin must do, feature by feature.

mod admission;
mod desk;
mod groups;
mod oauth;
mod pages;
mod state;
mod users;
