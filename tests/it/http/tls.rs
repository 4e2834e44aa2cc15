//! The server over TLS.
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Server, Setup};
use crate::harness::{CERTIFICATE, KEY};

#[tokio::test]
async fn urls_are_https() {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    let setup = Setup {
        tls: Some(tls.expect("key and certificate fit")),
        ..Setup::default()
    };
    let server = Server::with(setup).await;
    let url = format!("https://{}/scim/acme/v2/ServiceProviderConfig", server.addr);
    let body = get(&url).await;
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["meta"]["location"], url);
}

#[expect(clippy::disallowed_methods, reason = "a test's client is not one to a vendor")]
async fn get(url: &str) -> String {
    let trusted = reqwest::Certificate::from_pem(CERTIFICATE.as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([trusted])
        .build()
        .expect("a client");
    let answer = client.get(url).send().await.expect("an answer");
    answer.text().await.expect("a body")
}
