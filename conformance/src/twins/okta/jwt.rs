//! Signed JSON Web Tokens (RFC 7519) and the keys they are signed with (RFC 7517).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What an uncompressed point of an elliptic curve begins with (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A token in its parts; nothing of it is verified.
pub(super) struct Jwt<'a> {
    pub(super) header: Value,
    pub(super) claims: Value,
    signed: &'a str,
    signature: Vec<u8>,
}

/// How a token is signed.
#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    Rsa(&'static RsaParameters),
    /// The curve's name stands beside it.
    Elliptic(&'static str, &'static EcdsaVerificationAlgorithm),
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Algorithm> {
        Some(match name {
            "RS256" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            "ES256" => Algorithm::Elliptic("P-256", &ECDSA_P256_SHA256_FIXED),
            "ES384" => Algorithm::Elliptic("P-384", &ECDSA_P384_SHA384_FIXED),
            "ES512" => Algorithm::Elliptic("P-521", &ECDSA_P521_SHA512_FIXED),
            _ => return None,
        })
    }
}

impl Jwt<'_> {
    pub(super) fn read(text: &str) -> Option<Jwt<'_>> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        Some(Jwt {
            header: serde_json::from_slice(&decoded(header)?).ok()?,
            claims: serde_json::from_slice(&decoded(claims)?).ok()?,
            signed,
            signature: decoded(signature)?,
        })
    }

    /// Whether this key made the signature.
    pub(super) fn is_signed_by(&self, key: &Value, algorithm: Algorithm) -> bool {
        let verified = match algorithm {
            Algorithm::Rsa(parameters) => self.verify_rsa(key, parameters),
            Algorithm::Elliptic(curve, algorithm) => self.verify_elliptic(key, curve, algorithm),
        };
        verified.is_some()
    }

    fn verify_rsa(&self, key: &Value, parameters: &RsaParameters) -> Option<()> {
        let key = RsaPublicKeyComponents {
            n: member(key, "n")?,
            e: member(key, "e")?,
        };
        key.verify(parameters, self.signed.as_bytes(), &self.signature).ok()
    }

    fn verify_elliptic(&self, key: &Value, curve: &str, algorithm: &'static EcdsaVerificationAlgorithm) -> Option<()> {
        if key.get("crv")?.as_str()? != curve {
            return None;
        }
        let point = [vec![UNCOMPRESSED], member(key, "x")?, member(key, "y")?].concat();
        let key = UnparsedPublicKey::new(algorithm, point);
        key.verify(self.signed.as_bytes(), &self.signature).ok()
    }
}

fn member(key: &Value, name: &str) -> Option<Vec<u8>> {
    decoded(key.get(name)?.as_str()?)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
