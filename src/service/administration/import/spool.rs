//! A plan's findings in a file without a name, so that a vendor with a hundred thousand accounts takes little memory.
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use tokio::task;

use super::compare::Finding;
use super::order::List;

/// The findings of a plan, in order of their keys. The file is the owner's alone and goes with this value, or the
/// process.
pub(super) struct Spool {
    file: File,
    end: u64,
    places: BTreeMap<String, Place>,
}

/// Where a finding is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    offset: u64,
    length: usize,
    /// The lists that it is in, a bit each.
    lists: u8,
}

impl Spool {
    /// An empty one, in this folder.
    ///
    /// # Errors
    /// The folder takes no file.
    pub(super) async fn new(folder: &Path) -> io::Result<Self> {
        let folder = folder.to_owned();
        let file = blocking(move || tempfile::tempfile_in(folder)).await?;
        Ok(Self {
            file,
            end: 0,
            places: BTreeMap::new(),
        })
    }

    /// Adds findings; one takes the place of an earlier one of its key.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub(super) async fn add(self, findings: Vec<(String, Finding)>) -> io::Result<Self> {
        blocking(move || self.write(findings)).await
    }

    fn write(mut self, findings: Vec<(String, Finding)>) -> io::Result<Self> {
        let mut bytes = Vec::new();
        for (key, finding) in findings {
            let offset = bytes.len();
            serde_json::to_writer(&mut bytes, &finding)?;
            let place = Place {
                offset: self.end + offset as u64,
                length: bytes.len() - offset,
                lists: finding.lists.iter().fold(0, |lists, list| lists | bit(*list)),
            };
            self.places.insert(key, place);
        }
        self.file.write_all_at(&bytes, self.end)?;
        self.end += bytes.len() as u64;
        Ok(self)
    }

    /// Where they are, in order.
    pub(super) fn places(&self) -> Vec<Place> {
        self.places.values().copied().collect()
    }

    /// Where those of a list are, in order.
    pub(super) fn places_in(&self, list: List) -> Vec<Place> {
        let places = self.places.values().filter(|place| place.lists & bit(list) != 0);
        places.copied().collect()
    }

    /// Reads some.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) async fn read(self: &Arc<Self>, places: &[Place]) -> io::Result<Vec<Finding>> {
        let (spool, places) = (Arc::clone(self), places.to_vec());
        blocking(move || places.iter().map(|place| spool.one(*place)).collect()).await
    }

    fn one(&self, place: Place) -> io::Result<Finding> {
        let mut bytes = vec![0; place.length];
        self.file.read_exact_at(&mut bytes, place.offset)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

fn bit(list: List) -> u8 {
    match list {
        List::New => 1,
        List::Update => 2,
        List::Activate => 4,
        List::Deactivate => 8,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    task::spawn_blocking(work).await.map_err(io::Error::other)?
}
