//! What a call comes to: the faults on demand.
use adapters::{Error, ErrorKind, Retry};

/// What a verb does instead of its work.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::delivery::tests) enum Fault {
    /// Fails before doing anything.
    Fail(ErrorKind, Retry),
    /// Does the work, and the answer is lost.
    LoseAnswer,
    /// Loses the request, and the caller cannot know.
    LoseRequest,
    /// Stays in the vendor until let go, then does the work.
    Hang,
    /// The same, and then refuses.
    HangAndRefuse,
    /// Does the work, and refuses what goes along with it.
    DoAndRefuse,
    /// Does the work and never answers.
    DoAndHang,
    /// Creates, and answers once let go.
    CreateAndWait,
    /// Says that it did the work, and did not.
    Ignore,
    Panic,
    /// A bug that shows once the vendor has done the work.
    DoAndPanic,
}

/// How a call goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Answer,
    LoseAnswer,
    Refuse,
    Hang,
    Wait,
    Ignore,
    Panic,
}

pub(super) fn lost() -> Error {
    Error::new(ErrorKind::Ambiguous, Retry::Backoff, "the answer was lost")
}

pub(super) async fn answer<T>(course: Course, value: T) -> Result<T, Error> {
    match course {
        Course::Answer | Course::Wait | Course::Ignore => Ok(value),
        Course::LoseAnswer => Err(lost()),
        Course::Refuse => Err(Error::rejected(None, "no: not all of it")),
        Course::Hang => std::future::pending().await,
        Course::Panic => panic!("a bug of the adapter"),
    }
}
