//! What tests are made with: the gateway in this process or as the real command, a twin beside it, and a small client.
mod binary;
mod gateway;
mod installation;
mod memory;
mod people;
mod prism;
mod scim;
mod server;
mod site;
mod target;
mod tls;
mod twin;
mod wait;

pub(crate) use binary::{Demo, Killer, Process, command, spawn, unheard};
pub(crate) use gateway::{Gateway, Options, PUBLIC_URL, setup, token};
pub(crate) use installation::Installation;
pub(crate) use prism::{Prism, ThroughPrism};
pub(crate) use scim::{Answer, Scim, group, patch, user};
pub(crate) use server::Server;
pub(crate) use site::{Site, text};
pub(crate) use target::{AtTwin, TWIN_TOKEN, TWIN_TOKEN_REFERENCE, directory, start_twin, target, twin_options};
pub(crate) use tls::{CERTIFICATE, KEY};
pub(crate) use twin::Twin;
pub(crate) use wait::{agree, until};
