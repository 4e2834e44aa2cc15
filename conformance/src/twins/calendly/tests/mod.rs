//! What the twin must do, feature by feature.

mod admission;
mod desk;
mod groups;
mod invitations;
mod memberships;
mod oauth;
mod pages;
mod state;
