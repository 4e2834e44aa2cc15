//! A target's vendor compared with its directory, because a person asks.
use super::{Administration, Error};
use crate::service::drift::{Ask, Report};

impl Administration {
    /// Compares a target's vendor with what is wanted, and corrects what a person wants.
    ///
    /// # Errors
    /// There is no such target; see [`crate::service::drift::Error`]. Nothing was changed then.
    pub async fn drift(&self, target: &str, ask: Ask) -> Result<Report, Error> {
        let target = self.named(target)?;
        Ok(self.parts.deliveries.drift(target.id, ask).await?)
    }
}
