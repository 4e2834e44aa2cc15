//! Alarms reach the webhook, signed, whatever the log's filter is, and again if it did not take them.
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::contract;
use crate::harness::Site;

const SECRET: &str = "the secret of the alarms";

/// Longer than an alarm and one more try take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads one request and answers it: its headers and body.
async fn request(listener: &TcpListener, status: &str) -> (String, String) {
    let (mut stream, _) = timeout(PATIENCE, listener.accept())
        .await
        .expect("a request")
        .expect("a connection");
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.expect("it can be read");
        bytes.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if length.and_then(|length| length.parse().ok()) == Some(body.len()) {
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("it can be answered");
            return (head, body.to_owned());
        }
    }
}

/// Whether the header's signature is that of its time and the body.
fn is_signed(head: &str, body: &str) -> bool {
    let header = head.lines().find_map(|line| line.strip_prefix("usherd-signature: "));
    let (time, signature) = header
        .and_then(|header| header.split_once(",v1="))
        .expect("a signature");
    let time = time.strip_prefix("t=").expect("a time");
    let bytes = (0..signature.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&signature[at..at + 2], 16));
    let signature: Vec<u8> = bytes.collect::<Result<_, _>>().expect("hexadecimal digits");
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::verify(&key, format!("{time}.{body}").as_bytes(), &signature).is_ok()
}

#[tokio::test]
async fn an_alarm_is_sent_until_it_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/usherd", listener.local_addr().expect("an address"));
    let (twin, probe) = contract::start("pagerduty").await;
    let site = Site::new(&format!(
        "[alarms]\nurl = \"{url}\"\nsecret = \"env:USHERD_TEST_ALARMS\"\nallow_private = [\"127.0.0.1\"]"
    ));
    site.write("secret", SECRET);
    site.edit(
        "usherd.toml",
        "env:USHERD_TEST_ALARMS",
        &format!("file:{}", site.path("secret").display()),
    );
    site.edit(
        "usherd.toml",
        "format = \"json\"",
        "format = \"json\"\nfilter = \"off,usherd::cli=info\"",
    );
    site.write(
        "directories.toml",
        &format!(
            "[[directory]]\nname = \"staff\"\n[[target]]\nname = \"pager\"\ndirectory = \"staff\"\nvendor = \"pagerduty\"\n\
             base_url = \"{}\"\nallow_private = [\"127.0.0.1\"]\ncredential = \"file:{}\"\nsettings = {{ from = \"a@x.example\" }}\n",
            probe.base_url,
            site.path("credential").display()
        ),
    );
    let server = site.serve();
    assert_eq!(site.declare().0, 0);
    let (_, refused) = request(&listener, "503 Service Unavailable").await;
    let (head, body) = request(&listener, "204 No Content").await;
    assert_eq!(refused, body, "the same alarm again");
    assert!(is_signed(&head, &body) && !is_signed(&head, "another"), "{head}");
    let told: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(
        (&told["alarm"]["type"], &told["alarm"]["target.name"]),
        (&"target_unauthorized".into(), &"pager".into())
    );
    let (_, log) = server.terminate().await;
    let lines: Vec<_> = log.lines().collect();
    let are_let_through = |line: &&str| line.contains("\"alarm\"") || line.contains("usherd::cli");
    assert!(
        log.contains("does not accept"),
        "alarms are no matter of the filter: {log}"
    );
    assert!(lines.iter().all(are_let_through), "nothing else is let through: {log}");
    twin.stop().await;
}
