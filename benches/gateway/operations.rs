//! What is measured.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::client::Connection;
use crate::served::{GROWING, PLAIN, Served, user, user_name};

/// Makes the next request.
pub(crate) type Request = Arc<dyn Fn(&mut Draw) -> Vec<u8> + Send + Sync>;

/// A kind of request.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) request: Request,
    /// Of each answer.
    pub(crate) status: u16,
    pub(crate) rows: Rows,
}

/// Which rows of the store a request makes durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// None.
    None,
    /// A resource with its entries in the index and in the counts.
    New,
    /// A resource with one entry of the index changed.
    Changed,
}

/// An answer of the gateway, to be answered again by a handler that does nothing else.
pub(crate) struct Canned {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Operation {
    /// What the gateway answers to it.
    pub(crate) async fn answer(&self, addr: SocketAddr) -> anyhow::Result<Canned> {
        let mut connection = Connection::open(addr).await?;
        let request = (self.request)(&mut Draw::new(usize::MAX));
        let answer = connection.call(&request).await?;
        let headers = answer.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        // The server writes these by itself.
        let own = headers.filter(|(name, _)| !["content-length", "date"].contains(name));
        Ok(Canned {
            status: answer.status,
            headers: own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: answer.body.to_owned(),
        })
    }
}

/// All of them, in the order of the report.
pub(crate) fn all(served: &Served) -> Vec<Operation> {
    let ids = Arc::clone(&served.ids);
    let users = ids.len();
    let any = move |draw: &mut Draw| ids.get(draw.below(ids.len())).cloned().unwrap_or_default();
    let get = {
        let (any, head) = (any.clone(), served.head(PLAIN));
        move |draw: &mut Draw| head.get(&format!("/Users/{}", any(draw)))
    };
    let filter = {
        let head = served.head(PLAIN);
        move |draw: &mut Draw| {
            head.get(&format!(
                "/Users?filter=userName%20eq%20%22{}%22",
                user_name(draw.below(users))
            ))
        }
    };
    let list = {
        let head = served.head(PLAIN);
        move |draw: &mut Draw| head.get(&format!("/Users?startIndex={}&count=100", 1 + draw.below(users - 99)))
    };
    let create = {
        let (head, next) = (served.head(GROWING), AtomicUsize::new(users));
        move |_: &mut Draw| {
            head.send(
                "POST",
                "/Users",
                &user(next.fetch_add(1, Ordering::Relaxed)).to_string(),
            )
        }
    };
    let patch = {
        let head = served.head(PLAIN);
        move |draw: &mut Draw| {
            let change = json!({ "op": "replace", "path": "displayName", "value": format!("Name {}", draw.next()) });
            let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change] });
            head.send("PATCH", &format!("/Users/{}", any(draw)), &body.to_string())
        }
    };
    vec![
        operation("GET by id", 200, Rows::None, get),
        operation("filter by userName", 200, Rows::None, filter),
        operation("list 100", 200, Rows::None, list),
        operation("create", 201, Rows::New, create),
        operation("PATCH", 200, Rows::Changed, patch),
    ]
}

fn operation(
    name: &'static str,
    status: u16,
    rows: Rows,
    request: impl Fn(&mut Draw) -> Vec<u8> + Send + Sync + 'static,
) -> Operation {
    Operation {
        name,
        request: Arc::new(request),
        status,
        rows,
    }
}

/// Numbers that look random, the same in every run (xorshift).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (seed as u64).wrapping_mul(0xd134_2543_de82_ef95) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound as u64)).unwrap_or(0)
    }
}
