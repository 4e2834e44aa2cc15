//! Calls that stay in the process, for simulation and tests.
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;

use super::{Answer, Lost, Request, Transport};

/// An answer under way.
pub type Answering = Pin<Box<dyn Future<Output = Result<Answer, Lost>> + Send>>;

type Vendor = dyn Fn(Request, &str) -> Answering + Send + Sync;

/// Hands requests to a function in place of a vendor. An answer later than the deadline is lost after sending, as over
/// the network.
pub struct InProcess {
    vendor: Box<Vendor>,
}

impl InProcess {
    /// `vendor` takes the request as it would be sent, `authorization` included, and the target's base URL.
    pub fn new(vendor: impl Fn(Request, &str) -> Answering + Send + Sync + 'static) -> Self {
        Self {
            vendor: Box::new(vendor),
        }
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, base_url: &str, request: Request, deadline: Duration) -> Result<Answer, Lost> {
        let answering = (self.vendor)(request, base_url);
        tokio::time::timeout(deadline, answering)
            .await
            .unwrap_or(Err(Lost::AfterSending))
    }
}
