//! Black-box SCIM suite for any server, IdP transcripts, and vendor twins. Imports nothing of the gateway.
pub mod coverage;
pub mod suite;
pub mod transcripts;
pub mod twins;
