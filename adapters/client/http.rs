//! Calls over the network.
use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, RequestBuilder, Response};

use super::guard::{Guard, Refused};
use super::{ANSWER_BYTES_MAX, Answer, Lost, Request, Transport};

/// How long opening a connection may take. Shorter than any call's deadline, so that a vendor that is down is known not
/// to have got the call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Carries calls over HTTP: no proxy, no redirects, guarded addresses, bounded answers.
pub struct HttpTransport {
    client: Client,
    guard: Guard,
}

/// No HTTP client can be built on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct Unusable(#[source] reqwest::Error);

impl HttpTransport {
    /// `allowed_hosts` may have private addresses and be spoken to without TLS; all others need https and public ones.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(allowed_hosts: &[String]) -> Result<Self, Unusable> {
        Self::guarded(Guard::new(allowed_hosts))
    }

    fn guarded(guard: Guard) -> Result<Self, Unusable> {
        // The machine's own trusted authorities count; where it has none, as in a bare container, Mozilla's do.
        let client = builder(&guard)
            .build()
            .or_else(|_| builder(&guard).tls_certs_only(mozilla()?).build());
        Ok(Self {
            client: client.map_err(Unusable)?,
            guard,
        })
    }

    fn build(&self, base_url: &str, request: Request) -> Result<RequestBuilder, Lost> {
        let url = self.guard.url(base_url, &request.path).map_err(|_| Lost::Refused)?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| Lost::BeforeSending)?;
        let mut http = self.client.request(method, url);
        for (name, value) in request.headers {
            let mut value = HeaderValue::from_str(&value).map_err(|_| Lost::BeforeSending)?;
            value.set_sensitive(name == AUTHORIZATION);
            http = http.header(name, value);
        }
        Ok(match request.body {
            Some(body) => http.body(body),
            None => http,
        })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that sends")]
    async fn send(&self, base_url: &str, request: Request, deadline: Duration) -> Result<Answer, Lost> {
        let http = self.build(base_url, request)?.timeout(deadline);
        let response = http.send().await.map_err(|error| lost(&error))?;
        read(response).await
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that opens connections")]
fn builder(guard: &Guard) -> reqwest::ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .dns_resolver(guard.clone())
        .user_agent(concat!("usherd/", env!("CARGO_PKG_VERSION")))
}

fn mozilla() -> reqwest::Result<Vec<Certificate>> {
    let authorities = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    authorities.map(|authority| Certificate::from_der(authority)).collect()
}

/// What an error of the client says of the request's fate; doubtful ones count as sent.
fn lost(error: &reqwest::Error) -> Lost {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<Refused>() {
            return Lost::Refused;
        }
        source = inner.source();
    }
    if error.is_connect() || error.is_builder() {
        Lost::BeforeSending
    } else {
        Lost::AfterSending
    }
}

/// Reads an answer while it is within bounds.
async fn read(mut response: Response) -> Result<Answer, Lost> {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Lost::AfterSending)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Lost::AfterSending);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

#[cfg(test)]
mod rebinding;

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Long enough for a loopback call on a busy machine; short enough to wait for once.
    const DEADLINE: Duration = Duration::from_millis(500);

    fn transport() -> HttpTransport {
        HttpTransport::new(&["127.0.0.1".into()]).unwrap()
    }

    fn request() -> Request {
        let request = Request::new("v", "POST", "/x", "/x?y=z".into());
        request
            .header("authorization", "Bearer t")
            .json(&serde_json::json!({"a": 1}))
    }

    /// Sends one request to a server that reads it and answers by `answer`.
    async fn check(answer: impl AsyncFnOnce(&mut TcpStream)) -> (Result<Answer, Lost>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 1024];
            let mut length = 0;
            while !seen[..length].ends_with(b"}") {
                length += stream.read(&mut seen[length..]).await.unwrap();
            }
            answer(&mut stream).await;
            String::from_utf8(seen[..length].to_vec()).unwrap()
        };
        let transport = transport();
        tokio::join!(transport.send(&base_url, request(), DEADLINE), server)
    }

    #[tokio::test]
    async fn a_call_goes_out_and_its_answer_comes_back() {
        let (answer, seen) = check(async |stream| {
            let answer = b"HTTP/1.1 201 Created\r\nRateLimit-Remaining: 9\r\nContent-Length: 2\r\n\r\n{}";
            stream.write_all(answer).await.unwrap();
        })
        .await;
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (201, &b"{}"[..]));
        assert_eq!(answer.header("ratelimit-remaining"), Some("9"));
        assert!(seen.starts_with("POST /x?y=z HTTP/1.1\r\n"), "{seen}");
        assert!(seen.contains("authorization: Bearer t\r\n"), "{seen}");
        assert!(seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
    }

    #[test]
    fn a_machine_without_authorities_trusts_mozillas() {
        let authorities = mozilla().unwrap();
        assert!(authorities.len() > 50, "{}", authorities.len());
        assert!(builder(&Guard::new(&[])).tls_certs_only(authorities).build().is_ok());
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        let (answer, _) = check(async |stream| {
            let answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        })
        .await;
        assert_eq!(answer.unwrap().status, 302);
    }

    #[tokio::test]
    async fn a_closed_connection_loses_the_answer_after_sending() {
        let (answer, _) = check(async |stream| stream.shutdown().await.unwrap()).await;
        assert_eq!(answer.unwrap_err(), Lost::AfterSending);
    }

    #[tokio::test]
    async fn a_late_answer_is_lost_after_sending() {
        let (answer, _) = check(async |stream| {
            // Ends when the client gives up.
            assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
        })
        .await;
        assert_eq!(answer.unwrap_err(), Lost::AfterSending);
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut_off() {
        let (answer, _) = check(async |stream| {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head).await.unwrap();
            let mut chunk = format!("{:x}\r\n", 1 << 20).into_bytes();
            chunk.extend(vec![b'x'; 1 << 20]);
            chunk.extend(b"\r\n");
            while stream.write_all(&chunk).await.is_ok() {}
        })
        .await;
        assert_eq!(answer.unwrap_err(), Lost::AfterSending);
    }

    #[tokio::test]
    async fn what_is_never_sent_is_known_not_to_have_happened() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = open.local_addr().unwrap().port();
        for (base_url, expected) in [
            (closed, Lost::BeforeSending),
            (format!("http://localhost:{port}"), Lost::Refused),
            (format!("https://localhost:{port}"), Lost::Refused),
            (format!("https://127.0.0.2:{port}"), Lost::Refused),
        ] {
            let sent = transport().send(&base_url, request(), DEADLINE).await;
            assert_eq!(sent.unwrap_err(), expected, "{base_url}");
        }
    }
}
