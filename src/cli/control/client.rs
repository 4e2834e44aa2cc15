//! A command's end of the socket.
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::{Answer, LINE_BYTES_MAX, Request};
use crate::service::administration::import::Told;

/// Why no server answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreachable {
    /// No server runs on this data folder.
    #[error("no server runs here")]
    NoServer,
    /// The socket is another user's.
    #[error("{} is another user's: run the command as the user of the server", .0.display())]
    Foreign(PathBuf),
    /// It stopped meanwhile.
    #[error("the server stopped before it had answered: what was done by then stays done; see `usherd status`")]
    Ended,
    /// One runs, and does not answer as it should.
    #[error("the server did not answer")]
    Broken(#[source] io::Error),
}

/// Asks the server behind this socket; what happens on the way is told.
///
/// # Errors
/// See [`Unreachable`].
pub(crate) async fn ask(
    socket: &Path,
    request: &Request,
    told: &mut (dyn FnMut(Told) + Send),
) -> Result<Answer, Unreachable> {
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(error) if is_absent(&error) => return Err(Unreachable::NoServer),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(Unreachable::Foreign(socket.to_owned()));
        }
        Err(error) => return Err(Unreachable::Broken(error)),
    };
    match converse(stream, request, told).await {
        Ok(Some(answer)) => Ok(answer),
        Err(error) if !is_over(&error) => Err(Unreachable::Broken(error)),
        Ok(None) | Err(_) => Err(Unreachable::Ended),
    }
}

/// Whether the other end has closed the connection.
fn is_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

/// Whether there is no socket and can be none, or one whose server is dead.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::ConnectionRefused
    )
}

/// The answer; `None` if the server ended without one.
async fn converse(
    mut stream: UnixStream,
    request: &Request,
    told: &mut (dyn FnMut(Told) + Send),
) -> io::Result<Option<Answer>> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    let (read, mut write) = stream.split();
    write.write_all(&line).await?;
    let mut read = BufReader::new(read);
    loop {
        line.clear();
        (&mut read).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
        match line.last() {
            Some(b'\n') => {}
            Some(_) if u64::try_from(line.len()).is_ok_and(|bytes| bytes == LINE_BYTES_MAX) => {
                let rule = format!("its answer has more than {LINE_BYTES_MAX} bytes");
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, rule));
            }
            Some(_) | None => return Ok(None),
        }
        match serde_json::from_slice(&line)? {
            Answer::Told { told: what } => told(what),
            answer => return Ok(Some(answer)),
        }
    }
}
