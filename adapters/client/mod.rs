//! The one door to vendors: deadlines, limits, redaction, the guard against forbidden addresses.
//!
//! Nothing else in the workspace opens a connection to a vendor. The client retries nothing; it measures and reports
//! what the vendor says of its limits to the [`Gate`], which decides the pace.
mod connection;
mod credential;
mod gate;
mod guard;
mod http;
mod in_process;
mod limits;
pub mod oauth;
mod request;
mod transport;

pub use connection::Connection;
pub use credential::Credential;
pub use gate::{Gate, Limits};
pub use guard::is_allowed;
pub use http::{HttpTransport, Unusable};
pub use in_process::{Answering, InProcess};
pub use request::{ANSWER_BYTES_MAX, Answer, Request};
pub use transport::{Lost, Transport};
