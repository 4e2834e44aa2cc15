//! Whether the store's file is still where it was opened. What is written to one that was removed, or that another one
//! was put in the place of, is lost with the process, and no call fails.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::open::{Medium, OpenError};
use crate::store::Error;

/// The file as it was opened; of what is in no file nothing is known.
pub(super) struct Place(Option<(PathBuf, Identity)>);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    number: u64,
    /// When it was made, where the file system tells: the number of a file that is gone is given to another one.
    made: Option<SystemTime>,
}

impl Place {
    /// Of a store that is open.
    pub(super) fn of(medium: &Medium) -> Result<Self, OpenError> {
        let Medium::File(path) = medium else {
            return Ok(Self(None));
        };
        let identity = identity(path).map_err(|error| OpenError::Unavailable(Box::new(error)))?;
        Ok(Self(identity.map(|identity| (path.clone(), identity))))
    }

    /// Whether the file is still there. It is one call to the system.
    ///
    /// # Errors
    /// `Unavailable` where it is gone, or another one.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.look(|was, is| was == is)
    }

    /// Whether the file may be opened again. A disk that is mounted again may have another number.
    ///
    /// # Errors
    /// `Unavailable` where it is gone, or another one: what is known of the store in memory holds for no other.
    pub(super) fn check_again(&self) -> Result<(), Error> {
        self.look(|was, is| (was.number, was.made) == (is.number, is.made))
    }

    fn look(&self, is_same: impl Fn(Identity, Identity) -> bool) -> Result<(), Error> {
        let Some((path, was)) = &self.0 else { return Ok(()) };
        let told = match identity(path) {
            Ok(Some(is)) if is_same(*was, is) => return Ok(()),
            Ok(_) => "is another file than was opened: put that one back, or start the server anew".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "is gone: put it back".to_owned(),
            Err(error) => format!("cannot be seen: {error}"),
        };
        Err(Error::Unavailable(format!("{} {told}", path.display()).into()))
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Option<Identity>> {
    use std::os::unix::fs::MetadataExt;

    let file = fs::metadata(path)?;
    Ok(Some(Identity {
        device: file.dev(),
        number: file.ino(),
        made: file.created().ok(),
    }))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Option<Identity>> {
    fs::metadata(path).map(|_| None)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;
    use crate::store::redb::open::Options;
    use crate::store::redb::writer::Writer;
    use crate::store::suite::at;
    use crate::telemetry::Heard;

    #[cfg(unix)]
    #[test]
    fn a_file_is_opened_again_only_as_the_one_that_it_was() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let is = identity(file.path()).unwrap().unwrap();
        let made = Some(SystemTime::UNIX_EPOCH);
        let mounted_again = Identity {
            device: !is.device,
            ..is
        };
        let with_its_number = Identity { made, ..is };
        let another = Identity {
            number: !is.number,
            ..is
        };
        for (was, stays, comes_back) in [
            (is, true, true),
            (mounted_again, false, true),
            (with_its_number, false, false),
            (another, false, false),
        ] {
            let place = Place(Some((file.path().to_owned(), was)));
            assert_eq!(
                (place.check().is_ok(), place.check_again().is_ok()),
                (stays, comes_back)
            );
        }
    }

    /// Until then writes were acknowledged that went to a file which nobody could open any more.
    #[tokio::test(start_paused = true)]
    async fn a_store_whose_file_is_gone_or_another_is_closed_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let [path, aside, other] = ["store", "aside", "other"].map(|name| folder.path().join(name));
        let open = |path: &Path| Writer::open(Options::file(path), Arc::new(ManualClock::at(at(0)))).unwrap();
        drop(open(&other));
        let mut writer = open(&path);
        let current = writer.current();
        let is_open = || current.read().unwrap().is_some();
        let heard = Heard::begin();
        for stands_in in [None, Some(&other)] {
            fs::rename(&path, &aside).unwrap();
            if let Some(other) = stands_in {
                fs::copy(other, &path).unwrap();
            }
            for _ in 0..3 {
                writer.run(&[]);
                assert!(!is_open(), "it stays closed: {stands_in:?}");
                tokio::time::advance(writer.idle_for()).await;
            }
            assert_eq!(heard.types(), ["store_closed"], "{stands_in:?}");
            fs::rename(&aside, &path).unwrap();
            writer.run(&[]);
            assert!(is_open(), "it is back: {stands_in:?}");
            // Then it is news again.
            tokio::time::advance(Duration::from_secs(600)).await;
            writer.run(&[]);
        }
    }
}
