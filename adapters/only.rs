//! The account that a search is for, where vendors let several have one name.
use crate::{Error, ErrorKind, Retry};

/// More than these need not be found: two are several.
pub(crate) const FOUND_MAX: usize = 2;

/// The one that was found, if any.
///
/// # Errors
/// `Rejected` if there are several of this `field`: which one is meant only a person can tell, who is to rename the
/// others.
pub(crate) fn only<T>(found: Vec<T>, field: &str) -> Result<Option<T>, Error> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (_, Some(_)) => {
            let reason = "there are several of this name at the vendor: rename all but the one that is meant";
            let field = Some(field.to_owned());
            Err(Error::new(ErrorKind::Rejected { field }, Retry::Backoff, reason))
        }
        (one, None) => Ok(one),
    }
}
