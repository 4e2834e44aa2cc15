//! What redb's failures are to callers of the store.
use crate::store::Error;

macro_rules! from_redb {
    ($($error:ty),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                classify(error.into())
            }
        })*
    };
}

from_redb!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::DatabaseError,
    redb::SetDurabilityError
);

fn classify(error: redb::Error) -> Error {
    match error {
        redb::Error::Corrupted(what) => Error::Damaged(what),
        redb::Error::Io(_) | redb::Error::PreviousIo | redb::Error::DatabaseClosed => {
            Error::Unavailable(Box::new(error))
        }
        _ => Error::Unexpected(Box::new(error)),
    }
}
