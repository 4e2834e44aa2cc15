//! A socket with both its ends.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;
use crate::service::administration::TakeUp;
use crate::service::administration::fixture::{Desk, desk};

/// A served socket.
struct Server {
    _desk: Desk,
    folder: TempDir,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Server {
    fn start() -> Self {
        let (desk, folder) = (desk(), tempfile::tempdir().unwrap());
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let socket = listen(&folder.path().join(SOCKET)).unwrap();
        tasks.spawn(serve(socket, desk.administration.clone(), stopped));
        Self {
            _desk: desk,
            folder,
            stop,
            tasks,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }

    async fn ask(&self, request: Request) -> String {
        let answer = ask(&self.path(), &request, &mut |_| {}).await.unwrap();
        serde_json::to_string(&answer).unwrap()
    }

    /// Sends bytes as they are; what comes back.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.path()).await.unwrap();
        // A server that has refused already takes no more.
        stream.write_all(bytes).await.ok();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok();
        answer
    }
}

fn apply(directory: &str) -> Request {
    Request::Apply {
        directories: vec![toml::from_str(&format!("name = \"{directory}\"")).unwrap()],
        targets: Vec::new(),
        remove: false,
        confirm: false,
    }
}

/// How a gateway is that feeds nothing.
const STATUS: &str = r#"{"answer":"status","targets":[],"store":{"check":"not_due","restored":null}}"#;

#[tokio::test]
async fn requests_are_answered_in_turn() {
    let server = Server::start();
    let create = |directory: &str| Request::CreateToken {
        directory: directory.into(),
        expires_seconds: Some(60),
        note: None,
    };
    assert_eq!(server.ask(Request::Status).await, STATUS);
    let failed = server.ask(create("acme")).await;
    assert_eq!(
        failed,
        r#"{"answer":"failed","message":"there is no directory `acme`"}"#
    );
    let applied = server.ask(apply("acme")).await;
    let change = r#"{"kind":"directory","name":"acme","verdict":"added","warnings":[]}"#;
    assert_eq!(applied, format!(r#"{{"answer":"applied","changes":[{change}]}}"#));
    assert!(
        server
            .ask(create("acme"))
            .await
            .starts_with(r#"{"answer":"token_created","id":""#)
    );
    assert!(server.ask(Request::ListTokens).await.contains(r#""directory":"acme""#));
    assert!(server.ask(Request::Export).await.contains(r#""name":"acme""#));
    let retry = Request::Retry {
        target: "pd".into(),
        what: TakeUp::Parked,
    };
    let failed = server.ask(retry).await;
    assert_eq!(failed, r#"{"answer":"failed","message":"there is no target `pd`"}"#);
    let revoked = server.ask(Request::RevokeToken { id: "x".into() }).await;
    assert_eq!(revoked, r#"{"answer":"token_revoked","found":false}"#);
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let server = Server::start();
    for bytes in [
        &b"\n"[..],
        b"{}\n",
        b"nonsense\n",
        b"\xff\xfe\n",
        b"{\"command\":\"drop_everything\"}\n",
        b"{\"command\":\"revoke_token\",\"id\":\"x\",\"more\":1}\n",
    ] {
        let answer = server.send(bytes).await;
        assert!(
            answer.starts_with(r#"{"answer":"failed","message":"the server does not know this"#),
            "{answer}"
        );
    }
    assert_eq!(server.ask(Request::Status).await, STATUS, "it serves on");
}

#[tokio::test]
async fn the_socket_is_the_owners_alone_and_goes_with_its_server() {
    let mut server = Server::start();
    let mode = fs::metadata(server.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.stop.send_replace(true);
    server.tasks.join_next().await.unwrap().unwrap();
    assert!(fs::read_dir(server.folder.path()).unwrap().next().is_none());
    assert!(matches!(
        ask(&server.path(), &Request::Status, &mut |_| {}).await,
        Err(Unreachable::NoServer)
    ));
}

#[tokio::test]
async fn the_socket_of_a_dead_server_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SOCKET);
    drop(listen(&path).unwrap());
    assert!(path.exists(), "as after a kill");
    assert!(matches!(
        ask(&path, &Request::Status, &mut |_| {}).await,
        Err(Unreachable::NoServer)
    ));
    listen(&path).expect("the next server listens");
}

#[test]
fn requests_print_no_credential() {
    let target = DeclaredTarget {
        config: toml::from_str("name = \"a\"\ndirectory = \"b\"\nvendor = \"c\"\ncredential = \"env:X\"").unwrap(),
        credential: "s3cret".into(),
    };
    assert!(!format!("{target:?}").contains("s3cret"));
    let sent = serde_json::to_value(&target).unwrap();
    assert_eq!(sent["credential"], "s3cret");
    let created = Answer::TokenCreated {
        id: "id".to_owned(),
        secret: "s3cret".into(),
        expires: None,
    };
    assert!(!format!("{created:?}").contains("s3cret"));
}

/// Longer than a stop waits for commands, on a busy machine, and shorter than it is waited for a request.
const PATIENCE: Duration = Duration::from_secs(40);

#[tokio::test]
async fn a_stop_does_not_wait_for_commands_without_end() {
    let mut server = Server::start();
    let silent = UnixStream::connect(server.path()).await.unwrap();
    assert_eq!(server.ask(Request::Status).await, STATUS, "both were taken");
    server.stop.send_replace(true);
    let ended = timeout(PATIENCE, server.tasks.join_next()).await;
    assert!(matches!(ended, Ok(Some(Ok(())))), "{ended:?}");
    drop(silent);
}

/// Whose command is broken off hears that, and not of what its line was to be.
#[tokio::test]
async fn a_server_that_ends_says_so_to_who_waits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SOCKET);
    let listener = UnixListener::bind(&path).unwrap();
    let ends = async { drop(listener.accept().await.unwrap()) };
    let mut deaf = |_| {};
    let (asked, ()) = tokio::join!(ask(&path, &Request::Status, &mut deaf), ends);
    assert!(matches!(asked, Err(Unreachable::Ended)), "{asked:?}");
}
