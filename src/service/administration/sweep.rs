//! What removed targets leave behind.
use uuid::Uuid;

use super::{Administration, Error};
use crate::store::{Batch, SettingKind, TargetId, Write};

/// How the settings record begins by which a removed target is known until nothing of it is left.
const REMOVED: &str = "removed-target/";

/// Adds to the removal of a target that nothing of it shall stay.
pub(super) fn forget(batch: &mut Batch, target: TargetId) {
    let trace = format!("{REMOVED}{}", target.0);
    batch
        .writes
        .push(Write::PutSetting(SettingKind::Other, trace, Vec::new()));
}

impl Administration {
    /// Takes out what is left of removed targets, in writes of bounded size.
    ///
    /// # Errors
    /// The store failed; the rest goes when declarations are loaded or applied next.
    pub(super) async fn sweep(&self) -> Result<(), Error> {
        let kept = self.parts.store.settings(SettingKind::Other).await?;
        let names: Vec<_> = kept.into_iter().map(|(name, ..)| name).collect();
        for trace in names.iter().filter(|name| name.starts_with(REMOVED)) {
            let Some(id) = trace.strip_prefix(REMOVED).and_then(|id| Uuid::parse_str(id).ok()) else {
                continue;
            };
            while self.write(Write::Sweep(TargetId(id))).await? > 0 {}
            let id = id.to_string();
            // Its identity, tokens and jobs; the trace last.
            let own = names.iter().filter(|name| name.contains(&id) && *name != trace);
            for name in own.chain([trace]) {
                self.write(Write::DeleteSetting(SettingKind::Other, name.clone()))
                    .await?;
            }
        }
        Ok(())
    }

    async fn write(&self, write: Write) -> Result<usize, Error> {
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![write],
        };
        Ok(self.parts.store.commit(batch).await?.swept)
    }
}
