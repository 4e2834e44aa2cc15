//! What tests are made with: the gateway in this process or as the real command, a twin beside it, and a small client.
mod binary;
mod gateway;
mod scim;
mod second;
mod server;
mod twin;
mod wait;

pub(crate) use binary::{Demo, Process, command};
pub(crate) use gateway::{Gateway, Options, PUBLIC_URL};
pub(crate) use scim::{Scim, group, user};
pub(crate) use second::{TWIN_TOKEN, second_target, start_twin};
pub(crate) use server::Server;
pub(crate) use twin::Twin;
pub(crate) use wait::until;
