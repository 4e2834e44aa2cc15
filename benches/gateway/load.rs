//! Load: connections that each send the next request when the last one is answered.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::Connection;
use crate::operations::{Draw, Operation};

/// How much, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
    /// Each round draws other numbers: the same changes made again would change nothing.
    pub(crate) round: usize,
}

/// What was measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// Per second.
    pub(crate) rate: f64,
    /// How long each took, in ascending order.
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    pub(crate) async fn run(&self, addr: SocketAddr, operation: &Operation) -> anyhow::Result<Measured> {
        let began = Instant::now();
        let until = began + self.duration;
        let mut connections = JoinSet::new();
        for number in 0..self.connections {
            let operation = operation.clone();
            let draw = Draw::new(self.round * self.connections + number);
            connections.spawn(async move { drive(addr, &operation, until, draw).await });
        }
        let mut latencies = Vec::new();
        while let Some(driven) = connections.join_next().await {
            latencies.append(&mut driven??);
        }
        let elapsed = began.elapsed();
        latencies.sort_unstable();
        Ok(Measured {
            rate: per_second(latencies.len(), elapsed),
            latencies,
        })
    }
}

pub(crate) fn per_second(count: usize, elapsed: Duration) -> f64 {
    let count = u32::try_from(count).map_or(f64::INFINITY, f64::from);
    count / elapsed.as_secs_f64()
}

async fn drive(
    addr: SocketAddr,
    operation: &Operation,
    until: Instant,
    mut draw: Draw,
) -> anyhow::Result<Vec<Duration>> {
    let request = Arc::clone(&operation.request);
    let mut connection = Connection::open(addr).await?;
    let mut latencies = Vec::new();
    loop {
        let request = request(&mut draw);
        let began = Instant::now();
        if began >= until {
            return Ok(latencies);
        }
        let answer = connection.call(&request).await?;
        ensure!(
            answer.status == operation.status,
            "{}: {} {}",
            operation.name,
            answer.head,
            String::from_utf8_lossy(answer.body)
        );
        latencies.push(began.elapsed());
    }
}
