//! What the twins must do, feature by feature, and then vendor by vendor.

mod admission;
mod aws;
mod blogin;
mod discovery;
mod filters;
mod groups;
mod lists;
mod patches;
mod plan_my_leave;
mod slack;
mod state;
mod users;
