//! Changes of many links, of which some may be damaged.
use super::{Administration, Error};
use crate::store::{self, Batch, LinkChange, LinkKey, Write};

/// What became of many links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// So many were changed.
    pub changed: usize,
    /// So many were left out, as their records are damaged.
    pub damaged: usize,
}

impl Changed {
    pub(super) fn add(&mut self, other: Self) {
        self.changed += other.changed;
        self.damaged += other.damaged;
    }
}

impl Administration {
    /// Changes links in one write. Those whose records are damaged are left out: they keep no other back.
    pub(super) async fn change_links(&self, links: Vec<(LinkKey, Vec<LinkChange>)>) -> Result<Changed, Error> {
        let whole = self.parts.store.commit(batch(&links)).await;
        match whole {
            Err(store::Error::Damaged(_)) => self.change_one_by_one(&links).await,
            whole => {
                whole?;
                Ok(Changed {
                    changed: links.len(),
                    damaged: 0,
                })
            }
        }
    }

    async fn change_one_by_one(&self, links: &[(LinkKey, Vec<LinkChange>)]) -> Result<Changed, Error> {
        let mut all = Changed::default();
        for link in links {
            match self.parts.store.commit(batch(std::slice::from_ref(link))).await {
                Ok(_) => all.changed += 1,
                Err(store::Error::Damaged(_)) => all.damaged += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }
}

fn batch(links: &[(LinkKey, Vec<LinkChange>)]) -> Batch {
    let writes = links.iter().flat_map(|(key, changes)| {
        let change = |change: &LinkChange| Write::Link(*key, change.clone());
        changes.iter().map(change)
    });
    Batch {
        expect: Vec::new(),
        writes: writes.collect(),
    }
}
