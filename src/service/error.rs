//! Why a use case failed.
use crate::store;

/// A use case's failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client's fault, or what the protocol answers as an error.
    #[error(transparent)]
    Scim(#[from] schemas::Error),
    /// The store failed: 503 if [`Error::is_temporary`], else 500. Its message is not for clients.
    #[error("the store failed")]
    Store(#[source] store::Error),
    /// Others changed what the request changes, again and again: 503.
    #[error("the resource is being changed by too many requests at once")]
    TooManyConflicts,
    /// Too much of this is under way already: 503.
    #[error("too many requests of this kind are under way")]
    Busy,
    /// A condition of the request does not hold: 412.
    #[error("the resource is not at the version that the request names")]
    PreconditionFailed,
    /// The client has this version already: 304.
    #[error("the resource is still at the version that the request names")]
    NotModified {
        /// The version as in the ETag header.
        version: String,
    },
}

impl Error {
    /// Whether the same request may succeed a little later: 503 with `Retry-After`.
    pub fn is_temporary(&self) -> bool {
        match self {
            Error::Store(store::Error::Unavailable(_)) | Error::TooManyConflicts | Error::Busy => true,
            Error::Store(store::Error::Conflict(_) | store::Error::Damaged(_) | store::Error::Unexpected(_))
            | Error::Scim(_)
            | Error::PreconditionFailed
            | Error::NotModified { .. } => false,
        }
    }
}

impl Error {
    /// Says in the log what is not for clients. Whoever answers an error calls it, once.
    pub(crate) fn log(&self) {
        let Error::Store(error) = self else {
            return;
        };
        let error: &dyn std::error::Error = error;
        if self.is_temporary() {
            tracing::warn!(error, "the store is unavailable");
        } else {
            tracing::error!(error, "the store failed");
        }
    }

    /// The error as SCIM says it, for entries of a BulkResponse and bodies of answers; nothing internal is in it.
    pub fn to_scim(&self) -> schemas::Error {
        match self {
            Error::Scim(error) => error.clone(),
            Error::PreconditionFailed => schemas::Error::precondition_failed(self.to_string()),
            Error::NotModified { .. } => schemas::Error::new(304, None, self.to_string()),
            Error::TooManyConflicts | Error::Busy => schemas::Error::new(503, None, self.to_string()),
            Error::Store(_) if self.is_temporary() => schemas::Error::new(
                503,
                None,
                "the server cannot do this at present; try again a little later",
            ),
            Error::Store(_) => schemas::Error::new(500, None, "the server failed; its log says why"),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Error::Store(error)
    }
}
