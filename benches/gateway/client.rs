//! HTTP/1.1 with as little work as possible, so that the client is not what is measured.
use std::net::SocketAddr;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, until the next one.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(addr: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(1 << 20),
        })
    }

    /// Sends a request and receives the answer in full.
    pub(crate) async fn call(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let head = loop {
            self.more().await?;
            if let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
        };
        let length = length(text(&self.received, head)?)?;
        while self.received.len() < head + 4 + length {
            self.more().await?;
        }
        let head = text(&self.received, head)?;
        let status = head.split(' ').nth(1).context("a status line")?.parse()?;
        let body = self.received.get(head.len() + 4..).unwrap_or_default();
        Ok(Answer { status, head, body })
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn text(received: &[u8], end: usize) -> anyhow::Result<&str> {
    Ok(std::str::from_utf8(received.get(..end).unwrap_or_default())?)
}

fn length(head: &str) -> anyhow::Result<usize> {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(line.context("a length")?.parse()?)
}
