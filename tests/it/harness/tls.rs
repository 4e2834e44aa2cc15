//! A certificate for 127.0.0.1, signed by itself: nobody else trusts it, and its key guards nothing.

/// In PEM.
pub(crate) const CERTIFICATE: &str = include_str!("tls/certificate.pem");

/// Its private key, in PEM.
pub(crate) const KEY: &str = include_str!("tls/key.pem");
