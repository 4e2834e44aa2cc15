//! The server's end of the socket.
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::WriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Answer, LINE_BYTES_MAX, Request, TOLD_MAX, answer};
use crate::service::administration::Administration;

/// Commands at the same time; a person gives one.
const COMMANDS_MAX: usize = 8;

/// The rest after a socket that could not be accepted: usually for want of file descriptors, which takes a while to
/// heal.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How long a command may take to arrive, and its answer to be taken.
const TALK_MAX: Duration = Duration::from_secs(60);

/// How long a command that is under way at a stop may go on. What is broken off then is as sound as after a kill: each of its
/// steps is a commit of its own.
const END_MAX: Duration = Duration::from_secs(10);

/// The open socket.
pub(crate) struct Commands {
    listener: UnixListener,
    path: PathBuf,
}

/// Opens the socket, for the file's owner alone, in place of one that a dead server left behind: whoever calls this has
/// the store open, so that no live one is there.
///
/// # Errors
/// The folder takes no socket, or the path is too long for one (about 100 bytes).
pub(crate) fn listen(path: &Path) -> io::Result<Commands> {
    let fresh = path.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
    fs::rename(&fresh, path)?;
    Ok(Commands {
        listener,
        path: path.to_owned(),
    })
}

/// Serves commands until told to stop; commands under way have a while to be carried out.
pub(crate) async fn serve(socket: Commands, administration: Administration, mut stop: watch::Receiver<bool>) {
    let mut commands = JoinSet::new();
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => {}
            Some(_) = commands.join_next() => {}
            accepted = socket.listener.accept(), if commands.len() < COMMANDS_MAX => match accepted {
                Ok((stream, _)) => {
                    commands.spawn(command(stream, administration.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a command was not taken");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    // A socket that stays is replaced by the next server, and until then tells commands that there is none.
    fs::remove_file(&socket.path).ok();
    let ended = timeout(END_MAX, async { while commands.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(commands = commands.len(), "commands under way are broken off");
        commands.shutdown().await;
    }
}

/// A command that is carried out goes on though nobody listens: half of it may be done.
async fn command(stream: UnixStream, administration: Administration) {
    if let Err(error) = converse(stream, &administration).await {
        tracing::warn!(%error, "a command broke off");
    }
}

async fn converse(mut stream: UnixStream, administration: &Administration) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = Vec::new();
    let mut read = BufReader::new(read.take(LINE_BYTES_MAX));
    timeout(TALK_MAX, read.read_until(b'\n', &mut line)).await??;
    let answer = match serde_json::from_slice(&line) {
        Ok(request) => answer_aloud(administration, request, &mut write).await,
        Err(error) => Answer::Failed {
            message: format!("the server does not know this command; is it of another version? ({error})"),
        },
    };
    send(&mut write, &answer).await
}

/// Carries a request out, and tells meanwhile what happens. Nobody may listen any more: whoever tells finds out.
async fn answer_aloud(administration: &Administration, request: Request, write: &mut WriteHalf<'_>) -> Answer {
    let (told, mut to_tell) = mpsc::channel(TOLD_MAX);
    let telling = async move {
        while let Some(told) = to_tell.recv().await {
            if send(write, &Answer::Told { told }).await.is_err() {
                return;
            }
        }
    };
    let (answer, ()) = tokio::join!(answer(administration, request, told), telling);
    answer
}

async fn send(write: &mut WriteHalf<'_>, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    timeout(TALK_MAX, write.write_all(&line)).await?
}
