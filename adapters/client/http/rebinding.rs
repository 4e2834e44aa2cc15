//! Names that lead into the own network, at once or at the second look. A listener here is the witness.
use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::super::guard::Addresses;
use super::*;

/// Long enough for a loopback call on a busy machine; the one call that waits for it goes nowhere.
const DEADLINE: Duration = Duration::from_millis(500);

/// Public by number and given to nobody, so that no call to it arrives.
const PUBLIC: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 1);

/// Answers of a resolver, each given once and the last one for ever; how many were asked for.
struct Names {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: Mutex<usize>,
}

impl Names {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let address = |text: &&str| SocketAddr::new(text.parse().unwrap(), 0);
        let answer = |answer: &&[&str]| answer.iter().map(address).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(answer).collect()),
            asked: Mutex::default(),
        })
    }

    fn transport(self: &Arc<Self>, allowed: &[&str]) -> HttpTransport {
        let allowed: Vec<_> = allowed.iter().map(|host| (*host).to_owned()).collect();
        let names = Arc::clone(self);
        let guard = Guard::with_lookup(&allowed, move |_| {
            let found = names.next();
            Box::pin(async move { Ok(found) }) as Addresses
        });
        HttpTransport::guarded(guard).unwrap()
    }

    fn next(&self) -> Vec<SocketAddr> {
        *self.asked.lock().unwrap() += 1;
        let mut answers = self.answers.lock().unwrap();
        match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        }
    }
}

/// A listener that nobody is to find.
struct Witness(TcpListener);

impl Witness {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// Connections are taken in the order in which they came: the first one is this, unless another came before.
    async fn saw_nobody(&self) -> bool {
        let own = TcpStream::connect(self.0.local_addr().unwrap()).await.unwrap();
        let (_, first) = self.0.accept().await.unwrap();
        first == own.local_addr().unwrap()
    }
}

async fn send(transport: &HttpTransport, witness: &Witness) -> Lost {
    let request = Request::new("v", "POST", "/x", "/x".into()).header("authorization", "Bearer t");
    let base_url = format!("https://vendor.example:{}", witness.port());
    transport.send(&base_url, request, DEADLINE).await.unwrap_err()
}

#[tokio::test]
async fn a_name_that_has_any_address_of_the_own_network_is_not_called() {
    let public = PUBLIC.to_string();
    for answer in [
        &["127.0.0.1"][..],
        &["::1", "127.0.0.1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
        &["10.0.0.1"],
        &["192.168.1.1"],
        &["100.64.0.1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["fe80::1"],
        &["224.0.0.1"],
        &["0.0.0.0"],
        // One public address does not excuse the other.
        &[&public, "127.0.0.1"],
        &["127.0.0.1", &public],
    ] {
        let (names, witness) = (Names::new(&[answer]), Witness::new().await);
        let sent = send(&names.transport(&["other.example"]), &witness).await;
        assert_eq!(sent, Lost::Refused, "{answer:?}");
        assert!(witness.saw_nobody().await, "{answer:?}");
    }
}

/// A name that is public when it is judged and private when it is called: there is no second look.
#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_called() {
    let (names, witness) = (
        Names::new(&[&[&PUBLIC.to_string()], &["127.0.0.1"]]),
        Witness::new().await,
    );
    let sent = send(&names.transport(&[]), &witness).await;
    assert_ne!(sent, Lost::Refused, "the first answer is public");
    assert_eq!(*names.asked.lock().unwrap(), 1);
    assert!(witness.saw_nobody().await);
    let sent = send(&names.transport(&[]), &witness).await;
    assert_eq!(sent, Lost::Refused, "the next call is judged anew");
    assert!(witness.saw_nobody().await);
}

/// That the witness can see: the same call arrives where the name is allowed.
#[tokio::test]
async fn an_allowed_name_is_called_where_it_leads() {
    let (names, witness) = (Names::new(&[&["127.0.0.1"]]), Witness::new().await);
    send(&names.transport(&["vendor.example"]), &witness).await;
    assert!(!witness.saw_nobody().await);
}
