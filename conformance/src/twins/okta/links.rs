//! Where things are: links in answers, and parts of paths.

use std::fmt::Write;

use serde_json::{Value, json};

use super::org::Org;
use crate::twins::Request;

/// Where the request was sent, so that links lead back to the twin.
pub(super) fn base(org: &Org, request: &Request) -> String {
    match request.header("host") {
        Some(host) => format!("http://{host}"),
        None => format!("https://{}", org.domain),
    }
}

pub(super) fn href(base: &str, path: &str) -> Value {
    json!({ "href": format!("{base}/api/v1/{path}") })
}

/// The text of a percent-encoded part of a path. A plus sign stands for itself there.
pub(super) fn decode(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| *first == b'%');
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = behind.get(if byte.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A value as it stands in a query.
pub(super) fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            _ => write!(text, "%{byte:02X}").expect("a string takes any text"),
        }
    }
    text
}
