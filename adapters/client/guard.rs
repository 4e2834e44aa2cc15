//! Which addresses calls may go to. A target's base URL is an administrator's text, and a vendor's name may be made to
//! point into the gateway's own network; neither may reach what only that network should reach.
//!
//! A host that is not allowed by name must be spoken to over https and have public addresses only. The answer of the
//! one resolution is checked and connected to, so that a second one cannot differ.
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Judges base URLs and the addresses behind their names.
#[derive(Clone)]
pub(super) struct Guard {
    allowed: Arc<[String]>,
    lookup: Arc<Lookup>,
}

/// Asks once for the addresses of a name; their ports do not count.
type Lookup = dyn Fn(&str) -> Addresses + Send + Sync;

/// Addresses under way.
pub(super) type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Whether calls to this base URL would be let out, as far as can be said before its host is resolved: https and no
/// private address, unless the host is one of `allowed_hosts`.
pub fn is_allowed(base_url: &str, allowed_hosts: &[String]) -> bool {
    Guard::new(allowed_hosts)
        .url(base_url.trim_end_matches('/'), "/")
        .is_ok()
}

/// The guard's refusal.
#[derive(Debug, thiserror::Error)]
#[error("the address is not allowed")]
pub(super) struct Refused;

impl Guard {
    /// `allowed` are hosts, as in a URL, that may be private and spoken to without TLS.
    pub(super) fn new(allowed: &[String]) -> Self {
        Self::with_lookup(allowed, system_lookup)
    }

    /// One that asks `lookup` in place of the machine's resolver.
    pub(super) fn with_lookup(allowed: &[String], lookup: impl Fn(&str) -> Addresses + Send + Sync + 'static) -> Self {
        let plain = |host: &String| plain(host).to_ascii_lowercase();
        Self {
            allowed: allowed.iter().map(plain).collect(),
            lookup: Arc::new(lookup),
        }
    }

    /// The URL of a call. Names in it are not resolved yet.
    pub(super) fn url(&self, base_url: &str, path: &str) -> Result<Url, Refused> {
        let base = Url::parse(base_url).map_err(|_| Refused)?;
        let url = Url::parse(&format!("{base_url}{path}")).map_err(|_| Refused)?;
        let host = url.host_str().ok_or(Refused)?;
        let below_base = url.origin() == base.origin() && url.path().starts_with(base.path().trim_end_matches('/'));
        if !below_base || !url.username().is_empty() || url.password().is_some() {
            return Err(Refused);
        }
        if self.allows(host) {
            return Ok(url);
        }
        let public = plain(host).parse().is_ok_and(is_public) || plain(host).parse::<IpAddr>().is_err();
        if url.scheme() == "https" && public {
            Ok(url)
        } else {
            Err(Refused)
        }
    }

    fn allows(&self, host: &str) -> bool {
        let host = plain(host);
        self.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allows(name.as_str());
        let asked = (self.lookup)(name.as_str());
        Box::pin(async move {
            let found = asked.await?;
            if allowed || found.iter().all(|address| is_public(address.ip())) {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            Err(Refused.into())
        })
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Guard").field(&self.allowed).finish()
    }
}

fn system_lookup(name: &str) -> Addresses {
    let name = name.to_owned();
    // The port is the URL's; 0 stands for it here.
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

/// A host without the brackets of an IPv6 literal and the dot of a full domain name.
fn plain(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.')
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The special-purpose registry of IPv4 (RFC 6890 and its updates): network and prefix length.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    // This network, and "any".
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Between providers and their customers (RFC 6598); a metadata service lives here too.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; most metadata services live here.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocol assignments.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // The old 6to4 relays.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarking.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast, reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
    // Azure's platform address: public by number, but answered by the host machine.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let inside = |(network, length): &(Ipv4Addr, u32)| {
        let differing = u32::from(*network) ^ u32::from(address);
        differing.leading_zeros() >= *length
    };
    !SPECIAL_V4.iter().any(inside)
}

/// Public IPv6 is what lies in 2000::/3 and is not set apart there. Forms that carry an IPv4 address are judged by it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64 (RFC 6052): how a network without IPv4 reaches a vendor without IPv6.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Protocol assignments, Teredo and benchmarking among them (RFC 2928).
        [0x2001, 0..=0x1ff, ..] => false,
        // Documentation (RFC 3849, RFC 9637).
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &[&str] = &[
        "https://api.pagerduty.com",
        "https://api.pagerduty.com:8443/v2",
        "https://8.8.8.8",
        "https://1.1.1.1",
        "https://100.63.255.255",
        "https://100.128.0.0",
        "https://172.15.255.255",
        "https://172.32.0.0",
        "https://192.167.255.255",
        "https://169.253.255.255",
        "https://223.255.255.255",
        "https://168.63.129.17",
        "https://[2606:4700::1111]",
        "https://[2a00:1450:4001::1]",
        "https://[64:ff9b::808:808]",
        "https://[2002:808:808::1]",
        "https://[2001:200::1]",
        "https://[3fff:1000::1]",
    ];

    const REFUSED: &[&str] = &[
        "http://api.pagerduty.com",
        "http://8.8.8.8",
        "ftp://api.pagerduty.com",
        "file:///etc/passwd",
        "unix:/run/docker.sock",
        "api.pagerduty.com",
        "",
        "https://",
        "https://user@api.pagerduty.com",
        "https://user:secret@api.pagerduty.com",
        "https://0.0.0.0",
        "https://0",
        "https://0.1.2.3",
        "https://127.0.0.1",
        "https://127.0.0.1.",
        "https://127.1",
        "https://127.255.255.254",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://017700000001",
        "https://%31%32%37.0.0.1",
        "https://１２７.0.0.1",
        "https://127。0。0。1",
        "https://10.0.0.1",
        "https://10.255.255.255",
        "https://167772161",
        "https://172.16.0.1",
        "https://172.31.255.255",
        "https://192.168.0.1",
        "https://192.168.255.255",
        "https://0xc0a80001",
        "https://100.64.0.1",
        "https://100.127.255.255",
        "https://100.100.100.200",
        "https://169.254.169.254",
        "https://169.254.170.2",
        "https://0xa9fea9fe",
        "https://2852039166",
        "https://168.63.129.16",
        "https://192.0.0.192",
        "https://192.0.2.1",
        "https://198.51.100.1",
        "https://203.0.113.1",
        "https://192.88.99.1",
        "https://198.18.0.1",
        "https://198.19.255.255",
        "https://224.0.0.1",
        "https://239.255.255.255",
        "https://240.0.0.1",
        "https://255.255.255.255",
        "https://[::]",
        "https://[::1]",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:7f00:1]",
        "https://[::ffff:10.0.0.1]",
        "https://[::ffff:169.254.169.254]",
        "https://[::ffff:8.8.8.8]",
        "https://[::ffff:0:127.0.0.1]",
        "https://[::127.0.0.1]",
        "https://[64:ff9b::127.0.0.1]",
        "https://[64:ff9b::a9fe:a9fe]",
        "https://[64:ff9b:1::808:808]",
        "https://[2002:7f00:1::]",
        "https://[2002:a9fe:a9fe::1]",
        "https://[2001::1]",
        "https://[2001:2::1]",
        "https://[2001:db8::1]",
        "https://[3fff::1]",
        "https://[100::1]",
        "https://[5f00::1]",
        "https://[fc00::1]",
        "https://[fd00:ec2::254]",
        "https://[fdff:ffff::1]",
        "https://[fe80::1]",
        "https://[febf::1]",
        "https://[fec0::1]",
        "https://[ff02::1]",
        "https://[ff0e::1]",
    ];

    #[test]
    fn only_public_hosts_over_https_are_allowed_without_a_name() {
        let guard = Guard::new(&[]);
        let check = |base: &str| guard.url(base, "/users?limit=1").is_ok();
        let wrong: Vec<_> = PUBLIC.iter().filter(|base| !check(base)).collect();
        assert!(wrong.is_empty(), "refused, but public: {wrong:?}");
        let wrong: Vec<_> = REFUSED.iter().filter(|base| check(base)).collect();
        assert!(wrong.is_empty(), "to be refused: {wrong:?}");
    }

    #[test]
    fn a_host_allowed_by_name_may_be_private_and_plain() {
        let allowed = ["127.0.0.1", "[::1]", "Proxy.internal."].map(str::to_owned);
        let guard = Guard::new(&allowed);
        for (base, expected) in [
            ("http://127.0.0.1:8080", true),
            ("https://127.0.0.1", true),
            ("http://[::1]:1", true),
            ("http://proxy.INTERNAL/pagerduty", true),
            ("http://127.0.0.2", false),
            ("http://proxy.internal.evil.example", false),
            ("http://localhost", false),
        ] {
            assert_eq!(guard.url(base, "/users").is_ok(), expected, "{base}");
        }
    }

    #[test]
    fn a_path_cannot_leave_the_base_url() {
        let guard = Guard::new(&[]);
        for (base, path, expected) in [
            ("https://proxy.example/pd", "/users/P1", true),
            ("https://proxy.example/pd", "/../secret", false),
            ("https://proxy.example/pd", "/users/%2e%2e/%2e%2e/secret", false),
            ("https://proxy.example", ".evil.example/", false),
            ("https://proxy.example", "@evil.example/", false),
            ("https://proxy.example", ":99/", false),
        ] {
            assert_eq!(guard.url(base, path).is_ok(), expected, "{base} {path}");
        }
    }

    #[tokio::test]
    async fn a_name_with_a_private_address_is_refused_when_resolved() {
        let resolve = async |guard: Guard| guard.resolve("localhost".parse().unwrap()).await;
        let refused = resolve(Guard::new(&[])).await.err().expect("localhost is not public");
        assert!(refused.is::<Refused>());
        assert!(resolve(Guard::new(&["localhost".into()])).await.is_ok());
    }
}
