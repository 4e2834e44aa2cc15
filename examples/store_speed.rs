//! What the store's verbs cost on a large directory: the numbers of `docs/adr/0002-reads-on-async-threads.md`.
//!
//! `cargo run --release --example store_speed -- FOLDER [RESOURCES]`
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use tokio::time::{Duration, Instant};
use usherd::clock::SystemClock;
use usherd::store::{
    Batch, DirectoryId, Error, Expect, From, IndexTerm, Options, Redb, Resource, ResourceId, ResourceKey, Scope, Store,
    Write,
};
use uuid::Uuid;

const RESOURCES: u128 = 1_000_000;
const BATCH: u128 = 2_000;
const BODY_BYTES: usize = 700;
const MEASURED: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "target".to_owned());
    let resources = arguments.next().map_or(Ok(RESOURCES), |count| count.parse())?;
    let path = Path::new(&folder).join("speed.redb");
    let store = Redb::open(Options::file(&path), Arc::new(SystemClock))?;
    fill(&store, resources).await?;
    println!("| verb | each |\n|---|---|");
    reads(&store, resources).await?;
    for clients in [1, 32, 64] {
        let creates = creates(&store, resources, clients).await?;
        println!("| commit of a create, {clients} clients | {creates:.0}/s |");
    }
    drop(store);
    Ok(std::fs::remove_file(path)?)
}

async fn fill(store: &Redb, resources: u128) -> Result<()> {
    for first in (0..resources).step_by(usize::try_from(BATCH)?) {
        let writes = (first..first + BATCH)
            .map(|number| Write::PutResource(user(number)))
            .collect();
        store
            .commit(Batch {
                expect: Vec::new(),
                writes,
            })
            .await?;
    }
    Ok(())
}

async fn reads(store: &Redb, resources: u128) -> Result<()> {
    let scattered = |step: u128| step.wrapping_mul(0x9E37_79B9) % resources;
    let scope = &scope();
    measure("resource, few of them", async |step| {
        store.resource(&key(step % 100)).await
    })
    .await?;
    measure("resource, anywhere", async |step| {
        store.resource(&key(scattered(step))).await
    })
    .await?;
    measure("find by userName", async |step| {
        store.find(scope, &name(scattered(step)), 2).await
    })
    .await?;
    for skip in [0, 100, 1_000, 10_000, 100_000, 500_000, 999_000] {
        let label = format!("page of 100 after {skip}");
        measure(&label, async |_| store.page(scope, From::Skip(skip), 100).await).await?;
    }
    measure("count", async |_| store.count(scope).await).await
}

async fn measure<V>(label: &str, verb: impl AsyncFn(u128) -> Result<V, Error>) -> Result<()> {
    let begun = Instant::now();
    let mut calls = 0_u32;
    while begun.elapsed() < MEASURED {
        verb(calls.into()).await?;
        calls += 1;
    }
    println!("| {label} | {:.1?} |", begun.elapsed() / calls);
    Ok(())
}

/// Creates per second of clients that each wait for their own.
async fn creates(store: &Redb, resources: u128, clients: u128) -> Result<f64> {
    let begun = Instant::now();
    let client = async |client: u128| -> Result<u32> {
        let mut creates = 0;
        while begun.elapsed() < MEASURED {
            let number = resources + (clients << 64) + (client << 32) + u128::from(creates);
            let user = user(number);
            let unique = Expect::Unique {
                scope: scope(),
                term: name(number),
                except: None,
            };
            let expect = vec![Expect::Version(user.key.clone(), None), unique];
            store
                .commit(Batch {
                    expect,
                    writes: vec![Write::PutResource(user)],
                })
                .await?;
            creates += 1;
        }
        Ok(creates)
    };
    let created = futures(clients, client).await?;
    Ok(f64::from(created) / begun.elapsed().as_secs_f64())
}

/// All clients at once on this task; how much they did together.
async fn futures(clients: u128, client: impl AsyncFn(u128) -> Result<u32>) -> Result<u32> {
    let mut waiting: Vec<_> = (0..clients).map(|number| Box::pin(client(number))).collect();
    let mut done = 0;
    std::future::poll_fn(|context| {
        let mut result = Ok(());
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(Ok(creates)) => {
                done += creates;
                false
            }
            std::task::Poll::Ready(Err(error)) => {
                result = Err(error);
                false
            }
            std::task::Poll::Pending => true,
        });
        if result.is_err() || waiting.is_empty() {
            std::task::Poll::Ready(result)
        } else {
            std::task::Poll::Pending
        }
    })
    .await?;
    Ok(done)
}

fn scope() -> Scope {
    Scope {
        directory: DirectoryId(Uuid::from_u128(1)),
        resource_type: "User".to_owned(),
    }
}

fn key(number: u128) -> ResourceKey {
    ResourceKey {
        scope: scope(),
        id: ResourceId(Uuid::from_u128(number)),
    }
}

fn name(number: u128) -> IndexTerm {
    IndexTerm {
        attribute: "userName".to_owned(),
        value: format!("person.{number}@example.com"),
    }
}

fn user(number: u128) -> Resource {
    let email = IndexTerm {
        attribute: "emails.value".to_owned(),
        ..name(number)
    };
    let external = IndexTerm {
        attribute: "externalId".to_owned(),
        value: number.to_string(),
    };
    Resource {
        key: key(number),
        version: 1,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        body: vec![b'x'; BODY_BYTES],
        splices: Vec::new(),
        index: vec![name(number), email, external],
        origins: Vec::new(),
    }
}
